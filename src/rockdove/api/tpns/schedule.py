"""When a push goes out: `send_time` and `loop_param`, both in the application's time zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from rockdove.api.tpns.errors import IllegalPushTimeError
from rockdove.api.tpns.fields import Fields
from rockdove.config import Limits
from rockdove.domain.push import AudienceType
from rockdove.pushes.loop import Loop, Rhythm

EVERY_OCCURRENCE = 100_000
"""Without a limit of the configuration: each becomes a row."""
MAX_TIMES = 24 * 60
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"


def check_audience(fields: Fields, audience_type: AudienceType, limits: Limits) -> None:
    """Is a schedule kept to for this audience? Raises InvalidParameterError."""
    if not limits.strict_schedule_audience or not audience_type.is_small:
        return
    for key, given in (("send_time", fields.given("send_time")), ("loop_param", _loop_param(fields))):
        if given:
            raise fields.invalid(key, f"is for all, tag and packages only, not for {audience_type}")


class Occurrences(NamedTuple):
    """Of a loop; none without one."""

    times: list[datetime]
    loop: Loop | None


def read_loop(fields: Fields, zone: ZoneInfo, now: datetime, limits: Limits) -> Occurrences:
    """The occurrences of `loop_param`, none when it is not given. Raises InvalidParameterError."""
    loop_fields = _loop_param(fields)
    if loop_fields is None:
        return Occurrences([], None)
    most = limits.loop_occurrences or EVERY_OCCURRENCE
    loop = _loop(loop_fields, zone, now, limits)
    times = loop.occurrences(now, zone, most + 1)
    if not times:
        raise fields.invalid("loop_param", "has no occurrence that is not in the past")
    if len(times) > most:
        raise fields.invalid("loop_param", f"has more than {most} occurrences")
    return Occurrences(times, loop)


def _loop_param(fields: Fields) -> Fields | None:
    """None also when none of its members is given: the Go client always sends it."""
    given = fields.object("loop_param")
    return given if given and any(given.given(key) for key in given.members) else None


def read_send_time(fields: Fields, zone: ZoneInfo, now: datetime, limits: Limits) -> datetime | None:
    """None: now. Raises InvalidParameterError or IllegalPushTimeError."""
    if not fields.given("send_time"):
        return None
    text = fields.text("send_time")
    try:
        moment = datetime.strptime(text.strip(), TIME_FORMAT).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise fields.invalid("send_time", f"must be yyyy-MM-dd HH:mm:ss, not {text!r}") from None
    if limits.schedule_ahead_days and moment > now + timedelta(days=limits.schedule_ahead_days):
        raise IllegalPushTimeError(
            f"send_time {text} ({zone.key}) is more than {limits.schedule_ahead_days} days ahead"
        )
    if limits.schedule_late_seconds and moment < now - timedelta(seconds=limits.schedule_late_seconds):
        raise IllegalPushTimeError(
            f"send_time {text} ({zone.key}) is more than {limits.schedule_late_seconds / 60:g} minutes in the past"
        )
    return moment if moment > now else None


def asked(times: Sequence[datetime | None], loop: Loop | None) -> dict[str, Any]:
    """What is kept among a push's options, so that it can be made again: {} for one that goes out at once."""
    if loop:
        return {"schedule": {"loop": loop.described()}}
    return {"schedule": {"send_at": times[0].isoformat()}} if times[0] else {}


def _loop(fields: Fields, zone: ZoneInfo, now: datetime, limits: Limits) -> Loop:
    start, end = _date(fields, "startDate"), _date(fields, "endDate")
    if end < start:
        raise fields.invalid("endDate", "is before startDate")
    ahead = limits.schedule_ahead_days
    if ahead and end > (now + timedelta(days=ahead)).astimezone(zone).date():
        raise fields.invalid("endDate", f"is more than {ahead} days ahead")
    rhythm = Rhythm(_required_integer(fields, "loopType", 3))
    return Loop(start, end, rhythm, _days(fields, rhythm), _times(fields))


def _required_integer(fields: Fields, key: str, maximum: int) -> int:
    value = fields.integer(key, minimum=1, maximum=maximum)
    if not value:
        raise fields.invalid(key, f"must be 1 to {maximum}")
    return value


def _date(fields: Fields, key: str) -> date:
    text = fields.text(key)
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  a calendar day has no zone
    except ValueError:
        raise fields.invalid(key, f"must be YYYY-MM-DD, not {text!r}") from None


def _days(fields: Fields, rhythm: Rhythm) -> frozenset[int]:
    if rhythm is Rhythm.DAILY:
        return frozenset()
    lowest, highest = (0, 6) if rhythm is Rhythm.WEEKLY else (1, 31)
    days = frozenset(fields.integers("loopDayIndexs", lowest, highest))
    if not days:
        raise fields.invalid("loopDayIndexs", f"needs days, {lowest} to {highest}")
    return days


def _times(fields: Fields) -> tuple[time, ...]:
    texts = fields.texts("dayTimes", MAX_TIMES)
    try:
        times = tuple(datetime.strptime(text, "%H:%M:%S").time() for text in texts)  # noqa: DTZ007  a time of any day
    except ValueError:
        raise fields.invalid("dayTimes", "must be times like 09:30:00") from None
    if not times:
        raise fields.invalid("dayTimes", "needs at least one time")
    return times
