"""What is sent of a push: read once, and unless it is personalised built once, for all its devices."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

from rockdove.dispatch.slices import SliceQueue
from rockdove.domain.device_message import device_message
from rockdove.domain.personalisation import Personal, is_personal

KEPT = 1000


class PushMessage(NamedTuple):
    row: Any
    """As it was asked for: message_type, message, environment, collapse_id, expires_at."""
    payload: bytes
    """What a device gets over the own channel."""
    personal: Personal | None
    """Makes both for each device instead."""


class Messages:
    def __init__(self, queue: SliceQueue) -> None:
        self._queue = queue
        self._kept: OrderedDict[int, PushMessage] = OrderedDict()

    async def of(self, push_id: int) -> PushMessage:
        if push_id not in self._kept:
            row = await self._queue.message_row(push_id)
            self._kept[push_id] = _push_message(push_id, row)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(push_id)
        return self._kept[push_id]


def _push_message(push_id: int, row: Any) -> PushMessage:
    expire_at = int(row.expires_at.timestamp()) if row.expire_seconds else 0

    def encode(message: dict[str, Any]) -> bytes:
        return device_message(push_id, row.send_seq, row.message_type, message, expire_at, collapse_id=row.collapse_id)

    personal = Personal(row.message, encode) if is_personal(row.message) else None
    return PushMessage(row, encode(row.message), personal)
