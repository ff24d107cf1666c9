"""The express way of pushes to an explicit list: whatever has come since the last look is started and sent together.

One transaction locks them, resolves them and starts them with their slices, which are born with our lease; one write
and one flush send them; one transaction closes them a moment later, with those of other batches. Meanwhile others
gather, so batches grow with the load, and a single push on an idle server waits for nobody. A crash before the first
commit leaves nothing, after it the lease runs out and the dispatcher sends the slices: at most the batch is repeated.

Pushes that are not plain (`small_batch.is_plain`) are started one by one beside it, as is a batch that fails: what is
wrong with one of them then harms no other.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from pyroaring import BitMap

from rockdove.audience.small_batch import Lease, StartedSlice, is_plain, start_all
from rockdove.audience.vendor_channels import VendorChannels
from rockdove.dispatch import express
from rockdove.dispatch.express import Parcel
from rockdove.dispatch.slices import SliceQueue
from rockdove.domain.device_message import device_message
from rockdove.engines.wire import ConnectionLostError, Wire
from rockdove.observe import log
from rockdove.pushes import queue
from rockdove.runtime.starter import LEASE_SECONDS, PushStarter
from rockdove.storage.database import Connection, Database, Unavailable, until_available
from rockdove.storage.wake import Bell, pause

BATCH_PUSHES = 500
BATCH_TEXTS = 5_000
"""Tokens and accounts resolved in one transaction: a fraction of a second, also where every push names a thousand."""
SINGLY_AT_ONCE = 4
SINGLY_WAITING = 500
"""Not plain ones that were claimed and have not started. With more of them the plain ones wait too."""
IDLE_SECONDS = 1.0
CLOSE_SECONDS = 0.02
"""A closing transaction costs as much as a starting one; at 200 pushes a second four of them share one."""
AWAY_SECONDS = 1.0
"""Slices that could not be sent become due for everybody after so long."""


class Channel(NamedTuple):
    """The own channel, as far as it is needed here."""

    wire: Wire
    online: Callable[[int], BitMap]
    """The connected devices of an application."""


class _Batch(NamedTuple):
    is_full: bool
    """There may be more."""
    singly: list[Any]
    """Pushes that were leased instead."""
    parcels: list[Parcel]
    """What to send of the started ones."""


class Express:
    """Runs as part of a worker, until cancelled. `starter` starts what does not go together, as its owner `owner`."""

    def __init__(
        self,
        database: Database,
        channel: Channel,
        starter: PushStarter,
        bell: Bell,
        *,
        owner: str,
        lease_seconds: float,
        slice_devices: int,
        vendor_channels: VendorChannels,
    ) -> None:
        self._database = database
        self._channel = channel
        self._starter = starter
        self._waiter = bell.waiter("small")
        self._owner = owner
        self._lease = Lease(f"{owner} express", lease_seconds)
        self._slice_devices = slice_devices
        self._vendor_channels = vendor_channels
        self._turns = asyncio.Semaphore(SINGLY_AT_ONCE)
        self._singly: set[asyncio.Task[None]] = set()
        self._sent: list[Parcel] = []
        """Not closed yet."""
        self._closing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        slices = SliceQueue(self._database, self._lease.owner, self._lease.seconds)
        await until_available(slices.release_all, IDLE_SECONDS)
        try:
            while True:
                try:
                    if not await self._serve() and not await self._waiter.wait(0):
                        await self._waiter.wait(await self._pause())
                except Unavailable as error:
                    log.warning("database away: small pushes wait", error=str(error))
                    await asyncio.sleep(IDLE_SECONDS)
        finally:
            for task in self._singly:
                task.cancel()
            await self._closed()

    async def _serve(self) -> bool:
        """One batch. False: nothing else was due; what comes now rings."""
        while len(self._singly) >= SINGLY_WAITING:
            await asyncio.wait(self._singly, return_when=asyncio.FIRST_COMPLETED)
        try:
            batch = await self._begin()
        except Unavailable:
            raise
        except Exception:
            log.exception("batch of small pushes failed: they are started one by one")
            batch = await self._begin_singly()
        for push in batch.singly:
            self._start_singly(push)
        if batch.parcels and await self._is_sent(batch.parcels):
            self._sent += batch.parcels
            if self._closing is None or self._closing.done():
                self._closing = asyncio.create_task(self._close_sent())
        return batch.is_full

    async def _begin(self) -> _Batch:
        async with self._database.transaction(pipelined=True) as connection:
            await express.unsynced(connection)
            found = await queue.lock_listed(connection, BATCH_PUSHES)
            due = _bounded(found)
            plain = [push for push in due if is_plain(push)]
            singly = await self._claim(connection, [push for push in due if not is_plain(push)])
            parcels = await self._start(connection, plain) if plain else []
        return _Batch(len(due) < len(found) or len(found) == BATCH_PUSHES, singly, parcels)

    async def _begin_singly(self) -> _Batch:
        async with self._database.transaction() as connection:
            found = await queue.lock_listed(connection, BATCH_PUSHES)
            return _Batch(len(found) == BATCH_PUSHES, await self._claim(connection, found), [])

    async def _claim(self, connection: Connection, pushes: list[Any]) -> list[Any]:
        """The same with our lease, for they outlive the transaction."""
        if pushes:
            await queue.lease(connection, [push.push_id for push in pushes], self._owner, LEASE_SECONDS)
        return [push._replace(attempts=push.attempts + 1) for push in pushes]

    async def _start(self, connection: Connection, pushes: list[Any]) -> list[Parcel]:
        vendors = {access_id: await self._vendor_channels(access_id) for access_id in {p.access_id for p in pushes}}
        slices = await start_all(connection, pushes, vendors, self._lease, self._slice_devices)
        return [_parcel(slice_) for slice_ in slices]

    def _start_singly(self, push: Any) -> None:
        async def start() -> None:
            async with self._turns:
                await self._starter.start(push)

        task = asyncio.create_task(start())
        self._singly.add(task)
        task.add_done_callback(self._singly.discard)

    async def _is_sent(self, parcels: Sequence[Parcel]) -> bool:
        try:
            await express.publish(self._channel.wire, parcels)
        except ConnectionLostError as error:
            log.warning("own channel away: small pushes put back", slices=len(parcels), error=str(error))
            async with self._database.connection() as connection:
                await express.put_back(connection, parcels, self._lease.owner, AWAY_SECONDS)
            return False
        return True

    async def _close_sent(self) -> None:
        """What several batches sent within CLOSE_SECONDS, together: no device waits for it."""
        while self._sent:
            await asyncio.sleep(CLOSE_SECONDS)
            parcels, self._sent = self._sent, []
            await self._close(parcels)

    async def _close(self, parcels: Sequence[Parcel]) -> None:
        try:
            async with self._database.transaction(pipelined=True) as connection:
                await express.close(connection, parcels, self._lease.owner, self._channel.online)
        except Unavailable as error:
            log.warning("database away: small pushes will be sent again", slices=len(parcels), error=str(error))

    async def _closed(self) -> None:
        if self._closing:
            await self._closing

    async def _pause(self) -> float:
        async with self._database.connection() as connection:
            return pause(await queue.seconds_to_next(connection, listed=True), IDLE_SECONDS)


def _bounded(pushes: list[Any]) -> list[Any]:
    """The first of them, with BATCH_TEXTS in all (but one at least); the others stay due."""
    texts = list(accumulate(len(push.audience.get("tokens") or push.audience.get("accounts", ())) for push in pushes))
    return pushes[: max(1, bisect_right(texts, BATCH_TEXTS))]


def _parcel(slice_: StartedSlice) -> Parcel:
    push = slice_.push
    payload = device_message(push.push_id, slice_.send_seq, push.message_type, push.message, slice_.expire_at)
    return Parcel(push.push_id, slice_.slice_no, push.access_id, slice_.targets, payload)
