"""Slices of the own channel: sent, waited for, recalled.

A slice is sent in ascending device id, batch by batch. After the server has confirmed a batch, the cursor `sent_upto`
moves in the database; only then does the next batch leave. So whoever takes the slice over after a crash begins behind
the last confirmed batch: no target is skipped, at most one batch is repeated, and devices drop a push id they have
seen. Pausing and stopping are seen when the cursor moves, so what was sent is known exactly.

Every target is published to, connected or not: presence may lag behind a device that has just connected and already
asked for what it is owed, and that device would else miss the message. Publishing to nobody costs the server next to
nothing. Presence only says which targets count as sent (`offline` holds the others until they confirm an arrival).

A phone that has lost its network looks connected for a while. Devices that a vendor could reach as well (the slice has
a `fallback`) are therefore waited for, and whoever has not confirmed moves to the vendor's channel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from rockdove.dispatch.messages import Messages, PushMessage
from rockdove.dispatch.slices import Cause, Departure, Slice, SliceQueue
from rockdove.domain.device_message import recall_message

DeviceIds = NDArray[np.uint32]


class OwnChannel(Protocol):
    async def send(self, access_id: int, payload: bytes, device_ids: DeviceIds) -> None:
        """Returns when the server has them all; raises ChannelAwayError otherwise."""

    async def send_each(self, access_id: int, payloads: Iterable[tuple[int, bytes]]) -> None:
        """The same for payloads that differ: (device id, payload)."""


class OwnSending:
    """`online` gives the connected devices of an application."""

    def __init__(
        self,
        queue: SliceQueue,
        channel: OwnChannel,
        messages: Messages,
        online: Callable[[int], BitMap],
        batch_devices: int,
    ) -> None:
        self._queue = queue
        self._channel = channel
        self._messages = messages
        self._online = online
        self._batch_devices = batch_devices

    async def send(self, slice_: Slice) -> None:
        """What is left of it. Raises ChannelAwayError, LeaseLostError."""
        message = await self._messages.of(slice_.push_id)
        for batch in self._batches(slice_.targets, slice_.sent_upto):
            await self._publish(slice_.access_id, message, batch)
            slice_.offline |= BitMap(batch) - self._online(slice_.access_id)
            slice_.sent_upto = int(batch[-1])
            if not await self._queue.advance(slice_):
                return

    async def confirm(self, slice_: Slice) -> None:
        """Whoever has not confirmed by now is tried on the fallback channel."""
        unconfirmed = slice_.targets - await self._queue.confirmed(slice_)
        moving = Departure(
            devices=unconfirmed, reason="not confirmed", channel=slice_.fallback, cause=Cause.UNCONFIRMED
        )
        await self._queue.end_confirming(slice_, [moving] if unconfirmed else [])

    async def recall(self, slice_: Slice) -> None:
        """Tell everybody the message was published to. Who is not connected is told at the next sync."""
        payload = recall_message(slice_.push_id)
        told = BitMap(slice_.targets)
        told.remove_range(slice_.sent_upto + 1, 2**32)
        for batch in self._batches(told, slice_.recalled_upto):
            await self._channel.send(slice_.access_id, payload, batch)
            slice_.recalled_upto = int(batch[-1])
            await self._queue.recall_upto(slice_)

    async def _publish(self, access_id: int, message: PushMessage, batch: DeviceIds) -> None:
        if message.personal is None:
            await self._channel.send(access_id, message.payload, batch)
            return
        payload = message.personal.payload
        devices = batch.tolist()
        attributes = await self._queue.attributes(access_id, devices)
        await self._channel.send_each(access_id, [(id_, payload(attributes.get(id_, {}))) for id_ in devices])

    def _batches(self, targets: BitMap, upto: int) -> Iterator[DeviceIds]:
        device_ids = np.asarray(targets.to_array(), dtype=np.uint32)
        device_ids = device_ids[np.searchsorted(device_ids, upto, side="right") :]
        for start in range(0, len(device_ids), self._batch_devices):
            yield device_ids[start : start + self._batch_devices]
