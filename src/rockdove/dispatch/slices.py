"""Slices as the queue they are: claim one, move its cursor, close it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Rollback
from pyroaring import BitMap

from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.storage.database import Database, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "slices.sql")


@dataclass(slots=True)
class Slice:
    """A claimed slice. `targets` and `offline` hold device ids of the application `access_id`."""

    push_id: int
    slice_no: int
    access_id: int
    channel: str
    targets: BitMap
    sent_upto: int
    """Every target up to here was handed over; -1 before the first batch."""
    offline: BitMap
    """Of those handed over, the devices that were not connected at that moment."""
    sendable: bool
    """False when the push was stopped or has expired: close the slice without sending."""


class LeaseLostError(RuntimeError):
    """The slice is no longer ours: the lease ran out, or the push was stopped."""


@dataclass(frozen=True, slots=True)
class SliceQueue:
    """The slices in the database, as one worker sees them. `owner` names the worker, leases last `lease_seconds`."""

    database: Database
    owner: str
    lease_seconds: int

    async def claim(self) -> Slice | None:
        """The next due slice, or None. A paced push gives one slice a turn, see `take_turn`."""
        row = None
        async with self.database.transaction() as connection:
            candidate = await fetch_one(connection, _sql.claim, owner=self.owner, seconds=self.lease_seconds)
            if candidate is None:
                return None
            if candidate.push_speed and candidate.state == State.STARTED:
                turn = {"push_id": candidate.push_id, "count": candidate.target_count}
                if await fetch_one(connection, _sql.take_turn, **turn) is None:
                    raise Rollback
            row = candidate
        if row is None:
            return None
        return Slice(
            push_id=row.push_id,
            slice_no=row.slice_no,
            access_id=row.access_id,
            channel=row.channel,
            targets=BitMap.deserialize(row.targets),
            sent_upto=row.sent_upto,
            offline=BitMap.deserialize(row.offline) if row.offline else BitMap(),
            sendable=row.state == State.STARTED and not row.expired,
        )

    async def advance(self, slice_: Slice) -> None:
        """Keep the cursor and the lease. Raises LeaseLostError."""
        async with self.database.connection() as connection:
            row = await fetch_one(
                connection,
                _sql.advance,
                push_id=slice_.push_id,
                slice_no=slice_.slice_no,
                owner=self.owner,
                seconds=self.lease_seconds,
                sent_upto=slice_.sent_upto,
                offline=slice_.offline.serialize(),
            )
        if row is None:
            raise LeaseLostError(f"slice {slice_.slice_no} of push {slice_.push_id}")

    async def close(self, slice_: Slice) -> None:
        """The slice is through; with the last one its push is finished, in the same transaction."""
        async with self.database.transaction() as connection:
            push = await fetch_one(connection, _sql.lock_push, push_id=slice_.push_id)
            if await fetch_one(connection, _sql.close, **self._key(slice_)) is None:
                return
            through = await fetch_one(connection, _sql.is_through, push_id=slice_.push_id)
            if through.through and push.state == State.STARTED:
                await move(connection, slice_.push_id, State.FINISHED)

    async def put_back(self, slice_: Slice, seconds: float) -> None:
        async with self.database.connection() as connection:
            await connection.execute(_sql.put_back, {**self._key(slice_), "seconds": seconds})

    async def release_all(self) -> None:
        async with self.database.connection() as connection:
            await connection.execute(_sql.release_all, {"owner": self.owner})

    async def seconds_to_next(self) -> float | None:
        async with self.database.connection() as connection:
            row = await fetch_one(connection, _sql.seconds_to_next)
        seconds: float | None = row.seconds
        return seconds

    async def message_row(self, push_id: int) -> Any:
        async with self.database.connection() as connection:
            return await fetch_one(connection, _sql.message, push_id=push_id)

    def _key(self, slice_: Slice) -> dict[str, Any]:
        return {"push_id": slice_.push_id, "slice_no": slice_.slice_no, "owner": self.owner}
