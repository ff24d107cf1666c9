"""Handing slices to their channels: claim one, do what is to be done with it, leave it; again and again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial

from rockdove.channels.channel import ChannelAwayError
from rockdove.channels.configured import Channels
from rockdove.dispatch.channel_pace import NotYetError
from rockdove.dispatch.own_sending import OwnSending
from rockdove.dispatch.slices import LeaseLostError, Slice, SliceQueue, Work
from rockdove.dispatch.vendor_sending import VendorSending
from rockdove.domain.device import OWN_CHANNEL
from rockdove.observe import log
from rockdove.storage.database import Unavailable, until_available
from rockdove.storage.lease import kept
from rockdove.storage.wake import Bell, Waiter, pause

IDLE_SECONDS = 1.0
"""A worker with nothing to do looks again after so long, even if nobody rang."""
AWAY_SECONDS = 1.0
"""A slice whose channel is away becomes due again after so long."""
FAULT_SECONDS = 5.0
LONGEST_FAULT_SECONDS = 300.0
"""One that fails for a reason of ours is tried again after so long, at most; until its push expires."""
FINISH_SECONDS = 8.0
"""Batches in flight are waited for so long when we stop; less than the supervisor waits for us."""


class Dispatcher:
    """Works on `slices_at_once` slices of the own channel at a time, and beside them on `vendor_slices_at_once` of the
    vendors', until cancelled. `channels` knows each application's."""

    def __init__(
        self,
        queue: SliceQueue,
        own: OwnSending,
        vendors: VendorSending,
        channels: Channels,
        bell: Bell,
        *,
        slices_at_once: int,
        vendor_slices_at_once: int,
    ) -> None:
        self._queue = queue
        self._own = own
        self._vendors = vendors
        self._channels = channels
        self._bell = bell
        self._slices_at_once = slices_at_once
        self._vendor_slices_at_once = vendor_slices_at_once
        self._in_hand: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """When cancelled, what is in flight ends as it began, and is counted: stopping repeats nothing."""
        await until_available(self._queue.release_all, AWAY_SECONDS)
        looking = [
            asyncio.create_task(self._look(self._slices_at_once, vendors=False)),
            asyncio.create_task(self._look(self._vendor_slices_at_once, vendors=True)),
        ]
        try:
            ended, _ = await asyncio.wait(looking, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()
        finally:
            self._queue.stop()
            for task in looking:
                task.cancel()
            await asyncio.gather(*looking, return_exceptions=True)
            await self._finish()

    async def _look(self, slices_at_once: int, *, vendors: bool) -> None:
        """However many hands there are, one pair of eyes looks for slices: looking costs the database something."""
        waiter = self._bell.waiter("slices")
        hands = asyncio.Semaphore(slices_at_once)
        while True:
            await hands.acquire()
            slice_ = await self._next(waiter, vendors=vendors)
            task = asyncio.create_task(self._do(slice_))
            self._in_hand.add(task)
            task.add_done_callback(self._in_hand.discard)
            task.add_done_callback(lambda _: hands.release())

    async def _finish(self) -> None:
        if self._in_hand:
            _, late = await asyncio.wait(self._in_hand, timeout=FINISH_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _next(self, waiter: Waiter, *, vendors: bool) -> Slice:
        while True:
            try:
                if slice_ := await self._queue.claim(vendors=vendors):
                    return slice_
                await waiter.wait(pause(await self._queue.seconds_to_next(vendors=vendors), IDLE_SECONDS))
            except Unavailable as error:
                log.warning("database away: dispatch waits", error=str(error))
                await asyncio.sleep(AWAY_SECONDS)

    async def _do(self, slice_: Slice) -> None:
        """What can't be said of it now, for want of a database, its lease says when it runs out."""
        try:
            await self._do_or_put_back(slice_)
        except Unavailable as error:
            log.warning("database away: slice dropped", **_whose(slice_), error=str(error))

    async def _do_or_put_back(self, slice_: Slice) -> None:
        try:
            async with kept(partial(self._queue.renew, slice_), self._queue.lease_seconds):
                await self._work_on(slice_)
        except LeaseLostError as lost:
            log.info("slice let go", slice=str(lost))
        except NotYetError as later:
            wait = self._queue.wait_for_channel if later.keeps_turn else self._queue.put_back
            await wait(slice_, later.seconds)
        except ChannelAwayError as away:
            log.warning("channel away: slice put back", **_whose(slice_), error=str(away))
            await self._queue.put_back(slice_, AWAY_SECONDS)
        except Unavailable:
            raise
        except Exception:
            log.exception("slice failed: put back", **_whose(slice_))
            await self._queue.put_back(slice_, min(FAULT_SECONDS * slice_.attempt, LONGEST_FAULT_SECONDS))

    async def _work_on(self, slice_: Slice) -> None:
        if slice_.work is Work.SEND and slice_.sendable and (seconds := slice_.closed_for(datetime.now(UTC))) > 0:
            await self._queue.put_back(slice_, seconds)
            return
        if slice_.work is Work.CONFIRM:
            await self._own.confirm(slice_)
            return
        if slice_.work is Work.RECALL:
            await self._own.recall(slice_)
        elif slice_.sendable:
            await self._send(slice_)
        await self._queue.leave(slice_)

    async def _send(self, slice_: Slice) -> None:
        if slice_.channel == OWN_CHANNEL:
            await self._own.send(slice_)
        elif channel := (await self._channels.of(slice_.access_id)).get(slice_.channel):
            await self._vendors.send(slice_, channel)
        else:
            await self._vendors.give_up(slice_, f"channel {slice_.channel} is not configured")


def _whose(slice_: Slice) -> dict[str, object]:
    """For the log."""
    return {"push_id": slice_.push_id, "slice_no": slice_.slice_no, "channel": slice_.channel}
