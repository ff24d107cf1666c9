"""The hours in which a message may be delivered, against a plain reading of the wall clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rockdove.domain.accept_time import AcceptTime

ZONES = ["UTC", "Asia/Shanghai", "Asia/Kolkata", "America/New_York", "Australia/Lord_Howe"]
times = st.tuples(st.integers(0, 23), st.sampled_from([0, 1, 29, 30, 59]))
windows = st.lists(st.tuples(times, times).filter(lambda window: window[0] != window[1]), min_size=1, max_size=3)
moments = st.integers(1767225600, 1830297600).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
spring = st.integers(0, 72 * 60).map(lambda minutes: datetime(2026, 3, 7, 12, tzinfo=UTC) + timedelta(minutes=minutes))
"""Around the night in which New York puts its clocks forward."""
autumn = spring.map(lambda moment: moment + timedelta(days=238))


def stored(*given: tuple[tuple[int, int], tuple[int, int]]) -> list[dict[str, Any]]:
    """As the door leaves it."""

    def moment(hour: int, minute: int) -> dict[str, str]:
        return {"hour": f"{hour:02}", "min": f"{minute:02}"}

    return [{"start": moment(*start), "end": moment(*end)} for start, end in given]


def accept_time(*given: tuple[tuple[int, int], tuple[int, int]], zone: str = "Asia/Shanghai") -> AcceptTime:
    read = AcceptTime.of(stored(*given), zone)
    assert read
    return read


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


def plainly_open(given: list[Any], zone: str, at: datetime) -> bool:
    """Without arithmetic: walk each window from its start, minute by minute, and see whether we pass by."""
    local = at.astimezone(ZoneInfo(zone))
    for start, end in given:
        hour, minute = start
        while (hour, minute) != end:
            if (hour, minute) == (local.hour, local.minute):
                return True
            hour, minute = (hour, minute + 1) if minute < 59 else ((hour + 1) % 24, 0)
    return False


def test_a_message_without_windows_may_always_be_delivered() -> None:
    assert AcceptTime.of(None, "UTC") is None
    assert AcceptTime.of([], "UTC") is None


@pytest.mark.parametrize(
    ("at", "is_open"),
    [("12:59:59", False), ("13:00:00", True), ("13:59:59", True), ("14:00:00", False)],
)
def test_from_the_first_minute_until_just_before_the_last(at: str, is_open: bool) -> None:
    assert accept_time(((13, 0), (14, 0))).is_open(shanghai(f"2026-05-01 {at}")) is is_open


@pytest.mark.parametrize(
    ("at", "is_open"), [("21:59", False), ("22:00", True), ("00:00", True), ("06:59", True), ("07:00", False)]
)
def test_a_window_over_midnight(at: str, is_open: bool) -> None:
    assert accept_time(((22, 0), (7, 0))).is_open(shanghai(f"2026-05-01 {at}")) is is_open


def test_the_next_opening_of_several_windows() -> None:
    day = accept_time(((9, 0), (10, 0)), ((18, 30), (20, 0)))
    assert day.next_opening(shanghai("2026-05-01 08:59:59.9")) == shanghai("2026-05-01 09:00")
    assert day.next_opening(shanghai("2026-05-01 09:00")) == shanghai("2026-05-01 18:30"), "it is open: the one after"
    assert day.next_opening(shanghai("2026-05-01 19:00")) == shanghai("2026-05-02 09:00")


def test_windows_that_touch_open_once_and_those_of_a_whole_day_never() -> None:
    assert accept_time(((9, 0), (10, 0)), ((10, 0), (11, 0))).next_opening(shanghai("2026-05-01 09:30")) == shanghai(
        "2026-05-02 09:00"
    )
    assert accept_time(((0, 0), (12, 0)), ((12, 0), (0, 0))).next_opening(shanghai("2026-05-01 09:30")) is None


def test_a_start_that_the_clock_jumps_over_opens_at_the_jump() -> None:
    night = accept_time(((2, 30), (4, 0)), zone="America/New_York")
    assert night.next_opening(datetime(2026, 3, 8, 5, tzinfo=UTC)) == datetime(2026, 3, 8, 7, tzinfo=UTC)
    lost = accept_time(((2, 10), (2, 50)), zone="America/New_York")
    assert lost.next_opening(datetime(2026, 3, 8, 5, tzinfo=UTC)) == datetime(2026, 3, 9, 6, 10, tzinfo=UTC)


def test_an_hour_that_comes_twice_is_open_twice() -> None:
    night = accept_time(((1, 15), (1, 45)), zone="America/New_York")
    first = night.next_opening(datetime(2026, 11, 1, 4, tzinfo=UTC))
    assert first == datetime(2026, 11, 1, 5, 15, tzinfo=UTC)
    assert night.next_opening(first) == first + timedelta(hours=1)


@given(windows, st.sampled_from(ZONES), moments | spring | autumn)
def test_open_is_what_the_wall_clock_says(given: list[Any], zone: str, at: datetime) -> None:
    assert accept_time(*given, zone=zone).is_open(at) == plainly_open(given, zone, at)


@given(windows, st.sampled_from(ZONES), moments | spring | autumn)
def test_the_next_opening_is_the_first_one(given: list[Any], zone: str, after: datetime) -> None:
    read = accept_time(*given, zone=zone)
    opening = read.next_opening(after)
    upto = opening or after + timedelta(days=3)
    minute, was_open, openings = after, read.is_open(after), []
    while minute < upto:
        minute = (minute + timedelta(minutes=1)).replace(second=0, microsecond=0)
        if read.is_open(minute) and not was_open:
            openings.append(minute)
        was_open = read.is_open(minute)
    assert openings == ([opening] if opening else [])
