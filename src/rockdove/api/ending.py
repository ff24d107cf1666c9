"""Pausing a push and ending it early, for every door: the state, its slices, and what had been sent by then.

The state moves first; dispatch sees that behind the batch in flight, and what was sent is a final number when that
batch has been counted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from rockdove.dispatch import holding
from rockdove.gateway import nudges
from rockdove.pushes import ending
from rockdove.stats.funnel import funnel
from rockdove.storage.database import Connection, Database


class Cut(NamedTuple):
    """Where a push was cut, in distinct devices."""

    sent: int
    not_sent: int
    final: bool
    """False: a worker has died with a batch in flight, and a later look may find more sent."""


End = Callable[[Connection, int, int], Awaitable[None]]


async def cancel(connection: Connection, access_id: int, push_id: int) -> None:
    await ending.cancel(connection, access_id, push_id)


async def stop(connection: Connection, access_id: int, push_id: int) -> None:
    await ending.stop(connection, access_id, push_id)
    await holding.discard(connection, [push_id])


async def revoke(connection: Connection, access_id: int, push_id: int) -> None:
    await ending.revoke(connection, access_id, push_id)
    await holding.discard(connection, [push_id])
    await holding.recall(connection, push_id)


async def delete(connection: Connection, access_id: int, push_id: int) -> None:
    await ending.delete(connection, access_id, push_id)
    await holding.discard(connection, [push_id])


async def pause(connection: Connection, access_id: int, push_id: int) -> None:
    await ending.pause(connection, access_id, push_id)
    await holding.park(connection, push_id)


async def resume(connection: Connection, access_id: int, push_id: int) -> None:
    await ending.resume(connection, access_id, push_id)
    if not await holding.call_again(connection, push_id):
        await ending.finish(connection, push_id)
    await nudges.ask(connection, push_id)  # who connected while it was held has been told nothing of it


async def carry_out(database: Database, end: End, access_id: int, push_id: int) -> Cut:
    """Do it, wait for the batches in flight, count. Raises UnknownPushError or IllegalMoveError."""
    async with database.transaction() as connection:
        await end(connection, access_id, push_id)
    final = await holding.settled(database, push_id)
    async with database.connection() as connection:
        total = (await funnel(connection, push_id)).total
    return Cut(total.sent, total.planned - total.sent, final)
