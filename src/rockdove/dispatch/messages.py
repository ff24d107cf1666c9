"""What is sent of a push: the same for all its devices, so it is read and built once."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

from rockdove.dispatch.slices import SliceQueue
from rockdove.domain.device_message import device_message

KEPT = 1000


class PushMessage(NamedTuple):
    row: Any
    """As it was asked for: message_type, message, environment, collapse_id, expires_at."""
    payload: bytes
    """What a device gets over the own channel."""


class Messages:
    def __init__(self, queue: SliceQueue) -> None:
        self._queue = queue
        self._kept: OrderedDict[int, PushMessage] = OrderedDict()

    async def of(self, push_id: int) -> PushMessage:
        if push_id not in self._kept:
            row = await self._queue.message_row(push_id)
            expire_at = int(row.expires_at.timestamp()) if row.expire_seconds else 0
            payload = device_message(
                push_id, row.send_seq, row.message_type, row.message, expire_at, collapse_id=row.collapse_id
            )
            self._kept[push_id] = PushMessage(row, payload)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(push_id)
        return self._kept[push_id]
