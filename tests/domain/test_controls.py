"""What an application allows: hours that may go over midnight, plans, and values that are refused with a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from rockdove.domain.controls import AllowedHours, Controls, DailyCap


@pytest.mark.parametrize(
    ("start", "end", "inside", "outside"),
    [
        ("08:00", "22:00", ["08:00", "12:30", "21:59"], ["07:59", "22:00", "00:00"]),
        ("22:00", "06:00", ["22:00", "23:59", "00:00", "05:59"], ["06:00", "12:00", "21:59"]),
        ("08:00", "00:00", ["08:00", "23:59"], ["00:00", "07:59"]),
        ("00:00", "00:01", ["00:00"], ["00:01", "23:59"]),
    ],
)
def test_hours(start: str, end: str, inside: list[str], outside: list[str]) -> None:
    hours = AllowedHours(start=start, end=end)
    moments = {text: datetime.fromisoformat(f"2026-11-24T{text}").replace(tzinfo=ZoneInfo("Asia/Shanghai"))
               for text in inside + outside}  # fmt: skip
    assert {text for text, moment in moments.items() if hours.hold(moment)} == set(inside)


def test_plans() -> None:
    assert DailyCap().covers("")
    assert DailyCap().covers("12")
    some = DailyCap(plans=("0", "7"))
    assert [some.covers(plan) for plan in ("", "0", "7", "8")] == [True, True, True, False]


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ({"daily_cap": {"notifications": 0}}, "1 to 100 notifications, not 0"),
        ({"daily_cap": {"notifications": 101}}, "1 to 100 notifications, not 101"),
        ({"daily_cap": {"notifications": "3"}}, "Expected `int`, got `str`"),
        ({"daily_cap": {"plans": ["spring"]}}, "'spring' can't be a push plan"),
        ({"allowed_hours": {"start": "8:00", "end": "22:00"}}, "'8:00' is no time of day"),
        ({"allowed_hours": {"start": "08:00", "end": "24:00"}}, "'24:00' is no time of day"),
        ({"allowed_hours": {"start": "08:00", "end": "08:00"}}, "no time at all"),
        ({"allowed_hours": {"start": "08:00"}}, "missing required field `end`"),
        ({"deduplicate": "yes"}, "Expected `bool`"),
        ({"daily_limit": 3}, "unknown field `daily_limit`"),
    ],
)
def test_refused(wanted: dict[str, Any], text: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=text):
        msgspec.convert(wanted, Controls)


def test_what_is_off_is_not_written() -> None:
    assert msgspec.to_builtins(Controls()) == {}
    assert msgspec.to_builtins(Controls(daily_cap=DailyCap())) == {"daily_cap": {"notifications": 3, "plans": ()}}
