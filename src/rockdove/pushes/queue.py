"""Pushes as the queue they are: claim what is due, keep the lease while resolving, give it back or fail.

A claim is a lease, not a lock: when its worker dies the push is claimed again `lease_seconds` later. Starting a push
moves its state (the audience stage does that, with the slices, in one transaction), and the move ends the lease. Pushes
to an explicit list need no lease: they are locked, many at once, and started in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.storage.database import Connection, fetch_all, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "queue.sql")


async def claim_due(connection: Connection, owner: str, lease_seconds: float, maximum: int = 1) -> list[Any]:
    """Up to `maximum` rows of `pushes` that are due, oldest first; from now on `owner` holds them. None that has an
    explicit list: see `lock_listed`.
    """
    rows = await fetch_all(connection, _sql.claim_due, owner=owner, seconds=lease_seconds, maximum=maximum)
    return sorted(rows, key=lambda row: (row.due, row.push_id))


async def lock_listed(connection: Connection, maximum: int) -> list[Any]:
    """Up to `maximum` pushes to an explicit list that are due, oldest first, locked until the transaction ends."""
    return await fetch_all(connection, _sql.lock_listed, maximum=maximum)


async def lease(connection: Connection, push_ids: Sequence[int], owner: str, lease_seconds: float) -> None:
    """From the end of this transaction on, `owner` holds those it has locked."""
    await connection.execute(_sql.lease, {"push_ids": list(push_ids), "owner": owner, "seconds": lease_seconds})


async def renew(connection: Connection, push_id: int, owner: str, lease_seconds: float) -> bool:
    """False: the lease is lost, or the push was cancelled; let go."""
    return await fetch_one(connection, _sql.renew, push_id=push_id, owner=owner, seconds=lease_seconds) is not None


async def release(connection: Connection, push_id: int, owner: str, retry_seconds: float = 0.0) -> None:
    """Somebody may try again, not before `retry_seconds` have passed."""
    parameters = {"push_id": push_id, "owner": owner, "seconds": retry_seconds}
    await connection.execute(_sql.release, parameters)


async def release_all(connection: Connection, owner: str) -> None:
    """Free what a dead worker of this name held."""
    await connection.execute(_sql.release_all, {"owner": owner})


async def fail(connection: Connection, push_id: int, reason: str) -> bool:
    """Nothing was sent and nothing will be; in a transaction. False: the push has started or ended meanwhile."""
    if await fetch_one(connection, _sql.lock_startable, push_id=push_id) is None:
        return False
    await move(connection, push_id, State.FAILED, failure=reason)
    return True


async def seconds_to_next(connection: Connection, *, listed: bool = False) -> float | None:
    """Until the next push can be claimed, negative when one is overdue; None: nothing waits."""
    seconds: float | None = (await fetch_one(connection, _sql.seconds_to_next, listed=listed)).seconds
    return seconds
