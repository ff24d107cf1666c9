"""Devices nobody has seen for very long: deleted, with their accounts, tags and attributes.

A device is unavailable after 90 days without a sign of life, and may come back for another 90 (`devices.grace_days`)
with its token, its number and its accounts. After that it is a new device. Their numbers are never given again, so
what past pushes say about them stays true.
"""

from __future__ import annotations

from rockdove.domain.device import AVAILABLE_DAYS
from rockdove.observe import log
from rockdove.storage.database import Database, fetch_all
from rockdove.storage.sql import load

_sql = load(__package__, "absent.sql")

DEVICES_AT_ONCE = 5000
"""In one transaction: nobody waits long for a row that turns out to be gone."""


async def forget(database: Database, grace_days: int) -> int:
    """Delete who was absent for 90 + `grace_days` days (0: nobody is); gives how many. To be called daily.

    The next push of an application that lost devices reads its audience index anew.
    """
    if not grace_days:
        return 0
    async with database.connection() as connection:
        access_ids = [row.access_id for row in await fetch_all(connection, _sql.apps)]
    return sum([await _forget_of(database, access_id, AVAILABLE_DAYS + grace_days) for access_id in access_ids])


async def _forget_of(database: Database, access_id: int, days: int) -> int:
    forgotten, after = 0, -1
    while True:
        async with database.transaction() as connection:
            place = {"access_id": access_id, "after": after, "days": days, "maximum": DEVICES_AT_ONCE}
            devices = [row.device_id for row in await fetch_all(connection, _sql.absent, **place)]
            for statement in (_sql.forget_bindings, _sql.forget_tags, _sql.forget_devices):
                await connection.execute(statement, {"access_id": access_id, "devices": devices})
        if not devices:
            break
        forgotten, after = forgotten + len(devices), devices[-1]
    if forgotten:
        log.info("absent devices deleted", access_id=access_id, devices=forgotten, absent_days=days)
    return forgotten
