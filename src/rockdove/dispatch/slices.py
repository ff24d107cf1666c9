"""Slices as the queue they are: claim one, move its cursor, leave it.

What happens to single devices (failed, moved to another slice) is recorded with the cursor, in one transaction: every
target is in exactly one slice that still has to be sent, or counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from pyroaring import BitMap

from rockdove.channels.channel import Target
from rockdove.domain.accept_time import AcceptTime
from rockdove.domain.device import OWN_CHANNEL
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import OWED, State
from rockdove.storage.database import Connection, Database, fetch_all, fetch_one
from rockdove.storage.device_attributes import of_devices
from rockdove.storage.sql import load
from rockdove.storage.wake import notify

_sql = load(__package__, "slices.sql")

ALIVE = OWED | {State.PAUSED}
"""In these states of its push a slice has to be sent, now or later."""


class Work(StrEnum):
    """What is to be done with a slice."""

    SEND = "due"
    CONFIRM = "confirming"
    """Wait for the receipts of devices that looked connected; who does not confirm moves to the slice's `fallback`."""
    RECALL = "recalling"
    """Tell the devices to take the notification back."""
    NOTHING = "done"


class Cause(StrEnum):
    """Why a slice exists."""

    PLANNED = "planned"
    ONLINE = "online"
    """Devices of a vendor channel that are connected: the own channel comes first."""
    REFUSED = "refused"
    """Devices the vendor did not take: once more, over the own channel."""
    RETRY = "retry"
    UNCONFIRMED = "unconfirmed"
    """Devices that looked connected and did not confirm."""


@dataclass(slots=True, kw_only=True)
class Slice:
    """A claimed slice. `targets` and `offline` hold device ids of the application `access_id`."""

    push_id: int
    slice_no: int
    access_id: int
    channel: str
    work: Work
    targets: BitMap
    sent_upto: int
    """Every target up to here was handed over; -1 before the first batch."""
    offline: BitMap
    """Of those handed over, the devices that were not connected at that moment."""
    attempt: int = 0
    """The number of this claim."""
    cause: Cause = Cause.PLANNED
    round: int = 0
    """How often these devices were tried before on this channel."""
    fallback: str = ""
    """The channel for devices that do not confirm; empty: none."""
    recalled_upto: int = -1
    sendable: bool = True
    """False when the push was paused or stopped, or has expired: leave the slice without sending."""
    online_first: bool = True
    disabled_channels: frozenset[str] = frozenset()
    expires_at: datetime | None = None
    """None: for who is online only (`expire_time` 0)."""
    accept_time: AcceptTime | None = None
    """When the own channel may deliver it; None: at any time."""

    def closed_for(self, now: datetime) -> float:
        """For how many seconds it may not be delivered (0: it may), at most until the push expires."""
        if self.channel != OWN_CHANNEL or self.accept_time is None or self.accept_time.is_open(now):
            return 0.0
        opening = self.accept_time.next_opening(now)
        moments = [moment for moment in (opening, self.expires_at) if moment]
        return (min(moments) - now).total_seconds() if moments else 0.0

    @property
    def own_allowed(self) -> bool:
        return OWN_CHANNEL not in self.disabled_channels


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Devices that leave a slice: to a new one on `channel`, due in `due_in` seconds; or, without a channel, failed."""

    devices: BitMap
    reason: str
    channel: str = ""
    cause: Cause = Cause.REFUSED
    round: int = 0
    fallback: str = ""
    due_in: float = 0.0


class LeaseLostError(RuntimeError):
    """The slice is no longer ours: the lease ran out."""


@dataclass(frozen=True, slots=True)
class SliceQueue:
    """The slices in the database, as one worker sees them. `owner` names the worker, leases last `lease_seconds`."""

    database: Database
    owner: str
    lease_seconds: float
    confirm_seconds: float = 10.0
    """How long a device that looked connected has to confirm before its vendor's channel is tried."""
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        """The worker ends: slices in hand are left behind the batch in flight, for others."""
        self._stopping.set()

    async def claim(self, *, vendors: bool = False) -> Slice | None:
        """The next due slice of the own channel, or of the vendors'; or None. A paced push gives one slice a turn, see
        `take_turn`."""
        while True:
            async with self.database.transaction() as connection:
                found = await fetch_one(connection, _sql.next_vendors if vendors else _sql.next_own)
                if found is None:
                    return None
                key = {"push_id": found.push_id, "slice_no": found.slice_no}
                row = await fetch_one(connection, _sql.claim, **key, owner=self.owner, seconds=self.lease_seconds)
                if not _paced(row) or await self._take_turn(connection, row):
                    return _slice(row)

    async def advance(self, slice_: Slice, departures: Sequence[Departure] = ()) -> bool:
        """Keep the cursor, the lease, and what became of the devices behind it; False when the push was paused or
        stopped or has expired meanwhile, or the worker ends: `leave` the slice. Raises LeaseLostError."""
        if not departures:
            async with self.database.connection() as connection:
                return await self._advance(connection, slice_)
        async with self.database.transaction() as connection:
            await fetch_one(connection, _sql.lock_push, push_id=slice_.push_id)
            goes_on = await self._advance(connection, slice_)
            await self._depart(connection, slice_, departures)
            return goes_on

    async def leave(self, slice_: Slice) -> None:
        """All that can be sent of it is sent; with the last slice its push is finished, in the same transaction."""
        async with self.database.transaction() as connection:
            push = await fetch_one(connection, _sql.lock_push, push_id=slice_.push_id)
            work, due_in = self._rest(slice_, State(push.state), push.expired)
            if await fetch_one(connection, _sql.leave, **self._key(slice_), state=work, due_in=due_in) is None:
                return
            through = await fetch_one(connection, _sql.is_through, push_id=slice_.push_id)
            if through.through and push.state == State.STARTED:
                await move(connection, slice_.push_id, State.FINISHED)

    async def put_back(self, slice_: Slice, seconds: float) -> None:
        """Due again in a while, in its push's turn once more."""
        async with self.database.connection() as connection:
            await connection.execute(_sql.put_back, {**self._key(slice_), "seconds": seconds})

    async def wait_for_channel(self, slice_: Slice, seconds: float) -> None:
        """Put back until its channel's turn may have come; it keeps its push's."""
        async with self.database.connection() as connection:
            await connection.execute(_sql.wait_for_channel, {**self._key(slice_), "seconds": seconds})

    async def renew(self, slice_: Slice) -> None:
        async with self.database.connection() as connection:
            await connection.execute(_sql.renew, {**self._key(slice_), "seconds": self.lease_seconds})

    async def release_all(self) -> None:
        async with self.database.connection() as connection:
            await connection.execute(_sql.release_all, {"owner": self.owner})

    async def seconds_to_next(self, *, vendors: bool = False) -> float | None:
        async with self.database.connection() as connection:
            row = await fetch_one(connection, _sql.seconds_to_next_vendors if vendors else _sql.seconds_to_next_own)
        seconds: float | None = row.seconds
        return seconds

    async def message_row(self, push_id: int) -> Any:
        async with self.database.connection() as connection:
            return await fetch_one(connection, _sql.message, push_id=push_id)

    async def attributes(self, access_id: int, device_ids: Iterable[int]) -> dict[int, dict[str, str]]:
        """By device, for those that have any."""
        async with self.database.connection() as connection:
            return await of_devices(connection, access_id, device_ids)

    async def vendor_targets(self, slice_: Slice, devices: BitMap) -> list[Target]:
        """Those of them that are still on the slice's channel, in ascending order."""
        ids = ",".join(map(str, devices.to_array().tolist()))  # the driver takes 15 times as long for a list
        wanted = {"access_id": slice_.access_id, "channel": slice_.channel, "device_ids": f"{{{ids}}}"}
        async with self.database.connection() as connection:
            row = await fetch_one(connection, _sql.tokens, **wanted)
        return list(map(Target, row.device_ids or (), row.tokens or ()))

    async def confirmed(self, slice_: Slice) -> BitMap:
        """The devices that have reported anything."""
        async with self.database.connection() as connection:
            rows = await fetch_all(connection, _sql.confirmed, push_id=slice_.push_id, slice_no=slice_.slice_no)
        return BitMap().union(*(BitMap.deserialize(row.devices) for row in rows))

    async def departed(self, slice_: Slice) -> BitMap:
        """Who has left the slice, also ahead of its cursor."""
        async with self.database.connection() as connection:
            rows = await fetch_all(connection, _sql.departed, push_id=slice_.push_id, slice_no=slice_.slice_no)
        return BitMap().union(*(BitMap.deserialize(row.devices) for row in rows))

    async def end_confirming(self, slice_: Slice, departures: Sequence[Departure]) -> None:
        """Devices move on, unless the push has ended meanwhile; of a push that is held, when it goes on."""
        async with self.database.transaction() as connection:
            push = await fetch_one(connection, _sql.lock_push, push_id=slice_.push_id)
            work, due_in = self._rest(slice_, State(push.state), push.expired)
            left = await fetch_one(connection, _sql.leave, **self._key(slice_), state=work, due_in=due_in)
            if left and push.state in ALIVE and not push.expired:
                await self._depart(connection, slice_, departures)

    async def recall_upto(self, slice_: Slice) -> None:
        """Keep the cursor of a recall. Raises LeaseLostError."""
        values = {**self._key(slice_), "seconds": self.lease_seconds, "recalled_upto": slice_.recalled_upto}
        async with self.database.connection() as connection:
            if await fetch_one(connection, _sql.recall_upto, **values) is None:
                raise LeaseLostError(_name(slice_))

    async def _take_turn(self, connection: Connection, row: Any) -> bool:
        turn = await fetch_one(connection, _sql.take_turn, push_id=row.push_id, count=row.target_count)
        if turn is None:
            await connection.execute(_sql.wait_for_turn, {"push_id": row.push_id, "slice_no": row.slice_no})
            return False
        await connection.execute(_sql.pass_turn, {"push_id": row.push_id, "due": turn.next_send_at})
        return True

    async def _advance(self, connection: Connection, slice_: Slice) -> bool:
        row = await fetch_one(
            connection,
            _sql.advance,
            **self._key(slice_),
            seconds=self.lease_seconds,
            sent_upto=slice_.sent_upto,
            offline=slice_.offline.serialize(),
        )
        if row is None:
            raise LeaseLostError(_name(slice_))
        return row.state in OWED and not row.expired and not self._stopping.is_set()

    async def _depart(self, connection: Connection, slice_: Slice, departures: Sequence[Departure]) -> None:
        for departure in departures:
            exception = {
                "push_id": slice_.push_id,
                "slice_no": slice_.slice_no,
                "kind": "moved" if departure.channel else "failed",
                "reason": departure.reason,
                "devices": departure.devices.serialize(),
            }
            await connection.execute(_sql.add_exception, exception)
            if departure.channel:
                await connection.execute(_sql.add_slice, _columns(slice_, departure))
        if any(departure.channel for departure in departures):
            await notify(connection)

    def _rest(self, slice_: Slice, push: State, expired: bool) -> tuple[Work, float | None]:
        """What is still to do with a slice that its worker leaves, and in how many seconds."""
        if slice_.work is Work.RECALL:
            return Work.NOTHING, None
        if push is State.REVOKED and slice_.channel == OWN_CHANNEL and slice_.sent_upto >= slice_.targets.min():
            return Work.RECALL, 0.0
        if slice_.work is Work.CONFIRM:
            return Work.NOTHING, None
        sent, alive = slice_.sent_upto >= slice_.targets.max(), push in ALIVE and not expired
        if alive and not sent:
            return Work.SEND, None
        if alive and slice_.fallback:
            return Work.CONFIRM, self.confirm_seconds
        return Work.NOTHING, None

    def _key(self, slice_: Slice) -> dict[str, Any]:
        """Of this very claim: after an outage longer than a lease another task of the worker may hold the slice."""
        return {
            "push_id": slice_.push_id,
            "slice_no": slice_.slice_no,
            "owner": self.owner,
            "attempt": slice_.attempt,
        }


def _paced(row: Any) -> bool:
    return bool(row.push_speed) and not row.turn_taken and row.state == Work.SEND and row.push_state in OWED


def _slice(row: Any) -> Slice:
    return Slice(
        push_id=row.push_id,
        slice_no=row.slice_no,
        access_id=row.access_id,
        channel=row.channel,
        work=Work(row.state),
        targets=BitMap.deserialize(row.targets),
        sent_upto=row.sent_upto,
        offline=BitMap.deserialize(row.offline) if row.offline else BitMap(),
        attempt=row.attempts,
        cause=Cause(row.cause),
        round=row.round,
        fallback=row.fallback,
        recalled_upto=row.recalled_upto,
        sendable=row.push_state in OWED and not row.expired,
        online_first=row.online_first,
        disabled_channels=frozenset(row.disabled_channels),
        expires_at=row.expires_at if row.expire_seconds else None,
        accept_time=AcceptTime.of(row.accept_time, row.timezone),
    )


def _columns(slice_: Slice, departure: Departure) -> dict[str, Any]:
    devices = departure.devices
    return {
        "push_id": slice_.push_id,
        "access_id": slice_.access_id,
        "channel": departure.channel,
        "first_device": devices.min(),
        "last_device": devices.max(),
        "target_count": len(devices),
        "targets": devices.serialize(),
        "due_in": departure.due_in,
        "cause": departure.cause,
        "round": departure.round,
        "fallback": departure.fallback,
    }


def _name(slice_: Slice) -> str:
    return f"slice {slice_.slice_no} of push {slice_.push_id}"
