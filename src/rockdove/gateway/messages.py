"""What devices get of a push when they ask: built once and kept, or, of a personalised one, what makes it for each."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Set
from typing import Any, TypeAlias

from rockdove.domain.device_message import device_message
from rockdove.domain.personalisation import Attributes, Personal, is_personal
from rockdove.gateway.owed import Mailbox, push_ids
from rockdove.storage.database import Connection, fetch_all
from rockdove.storage.device_attributes import of_devices
from rockdove.storage.sql import load

_sql = load(__package__, "sync.sql")

MESSAGES_KEPT = 10_000

_Kept: TypeAlias = bytes | Personal


class Letters:
    """The bytes for each device, of what some mailboxes hold."""

    def __init__(self, messages: Mapping[int, _Kept], attributes: Mapping[tuple[int, int], Attributes]) -> None:
        self._messages = messages
        self._attributes = attributes
        """By application and device."""

    def of(self, access_id: int, device_id: int, push_id: int) -> bytes:
        message = self._messages[push_id]
        if isinstance(message, bytes):
            return message
        return message.payload(self._attributes.get((access_id, device_id), {}))


class Messages:
    def __init__(self) -> None:
        self._messages: OrderedDict[int, _Kept] = OrderedDict()

    async def of(self, connection: Connection, mailboxes: Mapping[int, Mailbox]) -> Letters:
        """`mailboxes` by application."""
        messages = await self._of_pushes(connection, push_ids(mailboxes))
        personal = {push_id for push_id, message in messages.items() if isinstance(message, Personal)}
        return Letters(messages, await _attributes(connection, mailboxes, personal) if personal else {})

    async def _of_pushes(self, connection: Connection, wanted: Set[int]) -> dict[int, _Kept]:
        found = {push_id: self._messages[push_id] for push_id in wanted if push_id in self._messages}
        if missing := wanted - found.keys():
            found |= await _read(connection, missing)  # what is kept may leave meanwhile
        for push_id, message in found.items():
            self._messages[push_id] = message
            self._messages.move_to_end(push_id)
        while len(self._messages) > MESSAGES_KEPT:
            self._messages.popitem(last=False)
        return found


async def _read(connection: Connection, push_ids: Iterable[int]) -> dict[int, _Kept]:
    rows = await fetch_all(connection, _sql.messages, push_ids=list(push_ids))
    return {row.push_id: _kept(row) for row in rows}


def _kept(row: Any) -> _Kept:
    def encode(message: dict[str, Any]) -> bytes:
        expire_at = int(row.expires_at.timestamp())
        return device_message(
            row.push_id, row.send_seq, row.message_type, message, expire_at, collapse_id=row.collapse_id
        )

    return Personal(row.message, encode) if is_personal(row.message) else encode(row.message)


async def _attributes(
    connection: Connection, mailboxes: Mapping[int, Mailbox], personal: Set[int]
) -> dict[tuple[int, int], Attributes]:
    """Of the devices that are owed one of these pushes."""
    found: dict[tuple[int, int], Attributes] = {}
    asking: defaultdict[int, list[int]] = defaultdict(list)
    for access_id, mailbox in mailboxes.items():
        for device_id, owed in mailbox.items():
            if any(one.push_id in personal for one in owed):
                asking[access_id].append(device_id)
    for access_id, devices in asking.items():
        of_device = await of_devices(connection, access_id, devices)
        found |= {(access_id, device_id): attributes for device_id, attributes in of_device.items()}
    return found
