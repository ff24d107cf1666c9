"""The bytes devices get of a push, built once and kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection

from rockdove.domain.device_message import device_message
from rockdove.storage.database import Connection
from rockdove.storage.sql import load

_sql = load(__package__, "sync.sql")

MESSAGES_KEPT = 10_000


class Messages:
    def __init__(self) -> None:
        self._messages: OrderedDict[int, bytes] = OrderedDict()

    async def of(self, connection: Connection, push_ids: Collection[int]) -> dict[int, bytes]:
        """By push id."""
        missing = [push_id for push_id in push_ids if push_id not in self._messages]
        if missing:
            await self._read(connection, missing)
        for push_id in push_ids:
            self._messages.move_to_end(push_id)
        found = {push_id: self._messages[push_id] for push_id in push_ids}
        while len(self._messages) > MESSAGES_KEPT:
            self._messages.popitem(last=False)
        return found

    async def _read(self, connection: Connection, push_ids: list[int]) -> None:
        for row in await (await connection.execute(_sql.messages, {"push_ids": push_ids})).fetchall():
            self._messages[row.push_id] = device_message(
                row.push_id,
                row.send_seq,
                row.message_type,
                row.message,
                int(row.expires_at.timestamp()),
                collapse_id=row.collapse_id,
            )
