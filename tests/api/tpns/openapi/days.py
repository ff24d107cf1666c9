"""The examples are sent on one day of the calendar. To try them on another all their dates move."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from rockdove.api.tpns.openapi.operation import EXAMPLE_DAY

_DATE = re.compile(rf"({EXAMPLE_DAY:%Y})(-?)({EXAMPLE_DAY:%m})\2([0-9]{{2}})")


def moved(value: Any) -> Any:
    """The same JSON value, as if the day of the examples were today."""
    difference = datetime.now(ZoneInfo("Asia/Shanghai")).date() - EXAMPLE_DAY

    def move(match: re.Match[str]) -> str:
        year, dash, month, day = match.groups()
        date = datetime.strptime(f"{year}{month}{day}", "%Y%m%d").date() + difference  # noqa: DTZ007  a day
        return f"{date:%Y{dash}%m{dash}%d}"

    return msgspec.json.decode(_DATE.sub(move, msgspec.json.encode(value).decode()))
