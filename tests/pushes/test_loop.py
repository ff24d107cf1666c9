"""Loops: the days and times at which a push repeats."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from rockdove.pushes.loop import Loop, Rhythm

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def days(loop: Loop, after: datetime = LONG_AGO, zone: ZoneInfo = SHANGHAI, maximum: int = 1000) -> list[str]:
    return [f"{moment.astimezone(zone):%m-%d %H:%M}" for moment in loop.occurrences(after, zone, maximum)]


def test_daily_both_ends_included() -> None:
    loop = Loop(date(2026, 3, 30), date(2026, 4, 1), Rhythm.DAILY, frozenset(), (time(9), time(8, 30), time(9)))
    assert days(loop) == ["03-30 08:30", "03-30 09:00", "03-31 08:30", "03-31 09:00", "04-01 08:30", "04-01 09:00"]


def test_weeks_begin_with_sunday_as_zero() -> None:
    loop = Loop(date(2026, 3, 1), date(2026, 3, 14), Rhythm.WEEKLY, frozenset({0, 6}), (time(12),))
    assert days(loop) == ["03-01 12:00", "03-07 12:00", "03-08 12:00", "03-14 12:00"]
    assert date(2026, 3, 1).isoweekday() == 7


def test_days_a_month_lacks_are_skipped() -> None:
    loop = Loop(date(2026, 1, 15), date(2026, 4, 15), Rhythm.MONTHLY, frozenset({1, 31}), (time(0),))
    assert days(loop) == ["01-31 00:00", "02-01 00:00", "03-01 00:00", "03-31 00:00", "04-01 00:00"]


def test_what_is_over_is_skipped() -> None:
    loop = Loop(date(2020, 1, 1), date(2026, 3, 2), Rhythm.DAILY, frozenset(), (time(8), time(20)))
    noon = datetime(2026, 3, 1, 12, tzinfo=SHANGHAI)
    assert days(loop, noon) == ["03-01 20:00", "03-02 08:00", "03-02 20:00"]
    assert days(loop, datetime(2026, 3, 3, tzinfo=SHANGHAI)) == []


def test_a_long_loop_is_cut() -> None:
    loop = Loop(date(2026, 1, 1), date(9999, 12, 31), Rhythm.DAILY, frozenset(), (time(8),))
    assert len(days(loop, maximum=367)) == 367


def test_wall_clock_time_holds_over_a_change_of_the_clocks() -> None:
    loop = Loop(date(2026, 3, 28), date(2026, 3, 30), Rhythm.DAILY, frozenset(), (time(9),))
    moments = loop.occurrences(LONG_AGO, BERLIN, 10)
    assert [moment.hour for moment in moments] == [8, 7, 7]
    assert days(loop, zone=BERLIN) == ["03-28 09:00", "03-29 09:00", "03-30 09:00"]


def test_times_that_the_clocks_jump_over() -> None:
    """On 29 March 02:30 is 03:30: one push, not two, and in the order of the instants."""
    loop = Loop(
        date(2026, 3, 29), date(2026, 3, 29), Rhythm.DAILY, frozenset(), (time(2, 30), time(3, 30), time(3, 10))
    )
    assert days(loop, zone=BERLIN) == ["03-29 03:10", "03-29 03:30"]
