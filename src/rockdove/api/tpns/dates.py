"""Days that statistics are asked for, in the application's time zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rockdove.api.tpns.errors import DateFormatError
from rockdove.api.tpns.fields import Fields
from rockdove.domain.day import begin_of

COMPACT = "%Y%m%d"
_FORMS = {COMPACT: "YYYYMMDD", "%Y-%m-%d": "YYYY-MM-DD"}


def read_days(fields: Fields, zone: ZoneInfo, most: int, form: str = COMPACT) -> tuple[datetime, datetime]:
    """From the beginning of `startDate` to the end of `endDate`, at most `most` days back.

    Raises MissingParameterError or DateFormatError.
    """
    start, end = _read_span(fields, zone, most, form)
    return begin_of(start, zone), begin_of(end + timedelta(days=1), zone)


def read_date_span(fields: Fields, zone: ZoneInfo, most: int) -> tuple[date, date]:
    """`startDate` and `endDate` themselves; days to come are left out, for they have no figures.

    Raises MissingParameterError or DateFormatError.
    """
    start, end = _read_span(fields, zone, most, COMPACT)
    return start, min(end, datetime.now(zone).date())


def _read_span(fields: Fields, zone: ZoneInfo, most: int, form: str) -> tuple[date, date]:
    start, end = read_day(fields, "startDate", form), read_day(fields, "endDate", form)
    earliest = datetime.now(zone).date() - timedelta(days=most)
    if start < earliest or end < start:
        raise DateFormatError(f"startDate must be {earliest:{form}} or later, endDate not before it")
    return start, end


def read_day(fields: Fields, key: str, form: str = COMPACT) -> date:
    """Raises MissingParameterError or DateFormatError."""
    fields.require(key)
    text = fields.text(key)
    try:
        day = datetime.strptime(text, form).date()  # noqa: DTZ007  a calendar day has no zone
        if day.strftime(form) != text:  # strptime also takes single digits
            raise ValueError(text)
        return min(day, date.max - timedelta(days=1))
    except (ValueError, OverflowError):
        raise DateFormatError(f"{key} must be {_FORMS[form]}, not {text!r}") from None
