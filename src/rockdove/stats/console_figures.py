"""Figures the console shows at a glance: what the devices are worth to a push, who carries a tag, pushes by the day.

Counting five million devices takes a second or more, so one process of all does it now and then, and rests twenty times
as long as it took.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from rockdove.storage.database import Connection, Database, fetch_all, fetch_one, only_one
from rockdove.storage.sql import load

_sql = load(__package__, "console_figures.sql")

REST_SHARE = 20


class DeviceStanding(NamedTuple):
    """Devices by what a push can do with them."""

    available: int
    """Registered and seen within 90 days."""
    opted_in: int
    """Of those: notifications are enabled."""
    absent: int
    unregistered: int
    uninstalled: int
    channels: dict[str, int]
    """Available ones by their vendor's channel; '' has none."""
    counted_at: datetime
    packages: dict[str, int]
    """Available ones by package name ('': none given), the hundred most frequent."""


async def count(database: Database) -> None:
    """Bring all of them up to date, unless another process is at it."""
    async with database.connection() as connection:
        access_ids = [row.access_id for row in await fetch_all(connection, _sql.apps)]
    for access_id in access_ids:
        async with database.transaction() as connection:
            if not await only_one(connection, "stats.console_figures"):
                return
            await connection.execute(_sql.count_standing, {"access_id": access_id})
            await connection.execute(_sql.count_tags, {"access_id": access_id})


async def standing(connection: Connection, access_id: int) -> DeviceStanding | None:
    """None: not counted yet."""
    row = await fetch_one(connection, _sql.standing, access_id=access_id)
    return DeviceStanding(*row) if row else None


async def pushes_by_day(
    connection: Connection, access_id: int, first: date, last: date, timezone: str
) -> dict[date, int]:
    """How many have started on each day; days without any are left out."""
    span = {"access_id": access_id, "first": first, "last": last, "timezone": timezone}
    return {row.day: row.pushes for row in await fetch_all(connection, _sql.pushes_by_day, **span)}
