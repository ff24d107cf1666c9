"""Pushes that ended long ago are forgotten: records, slices and receipts. What was counted by day stays."""

from __future__ import annotations

from rockdove.storage.database import Database, fetch_all
from rockdove.storage.sql import load

_sql = load(__package__, "expiry.sql")

PUSHES_AT_ONCE = 200
"""In one transaction, of each application."""


async def forget_old(database: Database, days: int) -> int:
    """Those that ended more than `days` days ago; gives how many."""
    forgotten = 0
    while True:
        async with database.transaction() as connection:
            rows = await fetch_all(connection, _sql.old, days=days, most=PUSHES_AT_ONCE)
            if not rows:
                return forgotten
            push_ids = [row.push_id for row in rows]
            for statement in (_sql.forget_slices, _sql.forget):
                await connection.execute(statement, {"push_ids": push_ids})
        forgotten += len(push_ids)
