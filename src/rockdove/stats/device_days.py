"""The devices of an application day by day: how many there are, what they are, how many were there.

Rolled up by one process of all, so that a question about three months reads a hundred rows and not five million
devices. Registrations are counted in one statement that reads the new ones; what devices are is counted once an hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from rockdove.storage.database import Connection, Database, fetch_all, only_one
from rockdove.storage.sql import load

_sql = load(__package__, "device_days.sql")

REGISTERED_SECONDS, DISTRIBUTION_SECONDS = 120.0, 3600.0
VALUES = 1000
"""Kept of each property, the most frequent ones."""
ACTIVE_KEPT_DAYS = 100
PROPERTIES = ("city", "province", "app_version", "sdk_version", "system_version", "device_brand", "device_version")


class DeviceDay(NamedTuple):
    day: date
    registered: int
    active: int
    accumulated: int
    """Ever registered, until the end of the day."""


async def count_registered(database: Database) -> None:
    """Bring the counts of registered devices up to date, unless another process is at it."""
    async with database.transaction() as connection:
        if await only_one(connection, "stats.device_days"):
            for row in await fetch_all(connection, _sql.apps):
                await connection.execute(_sql.count_registered, {"access_id": row.access_id})
            await connection.execute(_sql.forget_active, {"days": ACTIVE_KEPT_DAYS})


async def count_properties(database: Database) -> None:
    """Write down what the devices are today, unless another process is at it."""
    async with database.connection() as connection:
        access_ids = [row.access_id for row in await fetch_all(connection, _sql.apps)]
    for access_id in access_ids:
        async with database.transaction() as connection:
            if not await only_one(connection, "stats.device_days"):
                return
            await connection.execute(_sql.forget_distribution, {"access_id": access_id})
            await connection.execute(_sql.distribute, {"access_id": access_id, "values": VALUES})


async def overview(connection: Connection, access_id: int, first: date, last: date) -> Sequence[DeviceDay]:
    """Every day from `first` to `last`."""
    rows: list[Any] = await fetch_all(connection, _sql.overview, access_id=access_id, first=first, last=last)
    return [DeviceDay(row.day, row.registered, row.active, row.accumulated) for row in rows]


async def distribution(connection: Connection, access_id: int, day: date, of: str) -> dict[str, int]:
    """Devices by the value of one of `PROPERTIES`, the most frequent first; '' is unknown."""
    rows = await fetch_all(connection, _sql.distribution, access_id=access_id, day=day, property=of)
    return {row.value: row.device_count for row in rows}
