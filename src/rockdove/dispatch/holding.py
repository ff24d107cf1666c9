"""What pausing and ending a push mean for its slices. All but `settled` work in the caller's transaction, which has
moved the push's state before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from rockdove.storage.database import Connection, Database, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "holding.sql")

LOOK_SECONDS = 0.01
SETTLE_SECONDS = 15.0
"""Longer than a lease: a worker that died in the middle of a batch is no longer waited for."""


async def park(connection: Connection, push_id: int) -> None:
    """Nothing more leaves, but for the batch in flight."""
    await connection.execute(_sql.park, {"push_id": push_id})


async def call_again(connection: Connection, push_id: int) -> bool:
    """Go on where `park` held. False: everything had been sent."""
    cursor = await connection.execute(_sql.call_again, {"push_id": push_id})
    return cursor.rowcount > 0


async def discard(connection: Connection, push_ids: Sequence[int]) -> None:
    """What has not been sent will not be."""
    await connection.execute(_sql.discard, {"push_ids": list(push_ids)})


async def recall(connection: Connection, push_id: int) -> None:
    """Have everybody who was sent it over the own channel told to take it back."""
    await connection.execute(_sql.recall, {"push_id": push_id})


async def settled(database: Database, push_id: int) -> bool:
    """Wait for the batches in flight, so that what was sent and what was not are final numbers; milliseconds, but for
    a worker that has died: False, when that takes longer than SETTLE_SECONDS."""
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            while await _in_flight(database, push_id):  # noqa: ASYNC110  another process has it in its hands
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        return False
    return True


async def _in_flight(database: Database, push_id: int) -> bool:
    async with database.connection() as connection:
        return bool((await fetch_one(connection, _sql.in_flight, push_id=push_id)).found)
