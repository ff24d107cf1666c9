"""Handing slices to their channel.

A slice is sent in ascending device id, batch by batch. After the channel has confirmed a batch, the cursor
`sent_upto` moves in the database; only then does the next batch leave. So whoever takes the slice over after a crash
begins behind the last confirmed batch: no target is skipped, at most one batch is repeated, and devices drop a push
id they have seen.

Every target is published to, connected or not: presence may lag behind a device that has just connected and already
asked for what it is owed, and that device would else miss the message. Publishing to nobody costs the server next to
nothing. Presence only says which targets count as sent (`offline` holds the others until they confirm an arrival).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rockdove.channels.channel import ChannelAwayError
from rockdove.dispatch.slices import LeaseLostError, Slice, SliceQueue
from rockdove.domain.device_message import device_message
from rockdove.observe import log
from rockdove.storage.database import Unavailable, until_available
from rockdove.storage.wake import Bell

MESSAGES_KEPT = 1000
IDLE_SECONDS = 1.0
"""A worker with nothing to do looks again after so long, even if nobody rang."""
AWAY_SECONDS = 1.0
"""A slice whose channel is away becomes due again after so long."""


class OwnChannel(Protocol):
    async def send(self, access_id: int, payload: bytes, device_ids: NDArray[np.uint32]) -> None:
        """Returns when the server has them all; raises ChannelAwayError otherwise."""


class Dispatcher:
    """Claims slices and sends them, `slices_at_once` at a time, until cancelled."""

    def __init__(
        self,
        queue: SliceQueue,
        channel: OwnChannel,
        online: Callable[[int], BitMap],
        bell: Bell,
        *,
        batch_devices: int,
        slices_at_once: int,
    ) -> None:
        self._queue = queue
        self._channel = channel
        self._online = online
        self._bell = bell
        self._batch_devices = batch_devices
        self._slices_at_once = slices_at_once
        self._messages: dict[int, bytes] = {}

    async def run(self) -> None:
        await until_available(self._queue.release_all, AWAY_SECONDS)
        async with asyncio.TaskGroup() as group:
            for _ in range(self._slices_at_once):
                group.create_task(self._work())

    async def _work(self) -> None:
        while True:
            try:
                slice_ = await self._queue.claim()
                if slice_ is None:
                    await self._bell.wait(await self._pause())
                else:
                    await self._send(slice_)
            except Unavailable as error:
                log.warning("database away: dispatch waits", error=str(error))
                await asyncio.sleep(AWAY_SECONDS)

    async def _pause(self) -> float:
        seconds = await self._queue.seconds_to_next()
        return IDLE_SECONDS if seconds is None else min(max(seconds, 0.005), IDLE_SECONDS)

    async def _send(self, slice_: Slice) -> None:
        try:
            if slice_.sendable:
                await self._send_batches(slice_)
            await self._queue.close(slice_)
        except LeaseLostError as lost:
            log.info("slice let go", slice=str(lost))
        except ChannelAwayError as away:
            log.warning(
                "channel away: slice put back", push_id=slice_.push_id, slice_no=slice_.slice_no, error=str(away)
            )
            await self._queue.put_back(slice_, AWAY_SECONDS)

    async def _send_batches(self, slice_: Slice) -> None:
        payload = await self._message(slice_.push_id)
        device_ids = np.asarray(slice_.targets.to_array(), dtype=np.uint32)
        device_ids = device_ids[np.searchsorted(device_ids, slice_.sent_upto, side="right") :]
        for start in range(0, len(device_ids), self._batch_devices):
            batch = device_ids[start : start + self._batch_devices]
            await self._channel.send(slice_.access_id, payload, batch)
            slice_.offline |= BitMap(batch) - self._online(slice_.access_id)
            slice_.sent_upto = int(batch[-1])
            await self._queue.advance(slice_)

    async def _message(self, push_id: int) -> bytes:
        """The bytes every device of the push gets, built once."""
        if push_id not in self._messages:
            row = await self._queue.message_row(push_id)
            if len(self._messages) >= MESSAGES_KEPT:
                self._messages.pop(next(iter(self._messages)))
            self._messages[push_id] = device_message(
                push_id, row.send_seq, row.message_type, row.message, int(row.expires_at.timestamp())
            )
        return self._messages[push_id]
