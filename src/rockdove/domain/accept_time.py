"""`accept_time`: the hours of the day in which a message may be delivered over the own channel.

Daily windows on the wall clock of the application's time zone, from the minute `start` until just before the minute
`end`; a window whose end lies before its start goes over midnight. Outside of them a message waits for the next one.
Wall clocks jump: where the clock is put forward over a `start`, the window opens at the jump, and an hour that comes
twice is open twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

_MINUTE = timedelta(minutes=1)
_DAYS_AHEAD = 3
"""A window that opens at all does so within two days: one for the day, one for a `start` that the clock jumps over."""


class Window(NamedTuple):
    """Minutes since midnight."""

    start: int
    end: int

    def holds(self, minute: int) -> bool:
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


class AcceptTime(NamedTuple):
    """The windows of a push, read in its application's time zone."""

    windows: tuple[Window, ...]
    zone: tzinfo

    @classmethod
    def of(cls, windows: Iterable[Mapping[str, Any]] | None, timezone: str) -> AcceptTime | None:
        """From `accept_time` of a stored message and the name of a time zone; None: it may be delivered at any time."""
        read = tuple(Window(_minute(window["start"]), _minute(window["end"])) for window in windows or ())
        return cls(read, ZoneInfo(timezone)) if read else None

    def is_open(self, at: datetime) -> bool:
        """`at` is aware, of any zone."""
        local = at.astimezone(self.zone)
        return any(window.holds(local.hour * 60 + local.minute) for window in self.windows)

    def next_opening(self, after: datetime) -> datetime | None:
        """The first moment after `after` (aware) at which it is open and was not just before, in UTC; None: it is
        always open. Goes from minute to minute, about 1 ms a day."""
        minute, was_open = after.astimezone(UTC).replace(second=0, microsecond=0), self.is_open(after)
        for _ in range(_DAYS_AHEAD * 24 * 60):
            minute += _MINUTE
            if (is_open := self.is_open(minute)) and not was_open:
                return minute
            was_open = is_open
        return None


def _minute(moment: Mapping[str, Any]) -> int:
    return int(moment["hour"]) * 60 + int(moment["min"])
