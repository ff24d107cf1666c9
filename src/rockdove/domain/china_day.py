"""The day the Chinese vendors count their quotas by."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

CHINA: Final = ZoneInfo("Asia/Shanghai")


def today() -> date:
    return datetime.now(CHINA).date()


def seconds_to_midnight() -> float:
    """How long today still is."""
    now = datetime.now(CHINA)
    return (datetime.combine(now.date() + timedelta(days=1), time(), CHINA) - now).total_seconds()
