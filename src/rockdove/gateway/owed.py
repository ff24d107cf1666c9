"""What devices are still owed: the newest few unexpired messages of each, without those it has confirmed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from rockdove.domain.device import OWN_CHANNEL
from rockdove.gateway.arrivals import Arrivals
from rockdove.gateway.targets import Slice, Targets
from rockdove.storage.database import Connection, fetch_all
from rockdove.storage.sql import load

_sql = load(__package__, "sync.sql")

KEPT_MESSAGES = 3
"""TPNS keeps the three latest offline messages of an application for a device."""
BULK_PUSHES = 10_000
"""Unexpired bulk pushes of an application looked through, newest first."""
SMALL_PUSHES = 10
"""Small pushes of a device looked at: more than are kept, for some may not be for the own channel."""


class Owed(NamedTuple):
    send_seq: int
    push_id: int


Mailbox = dict[int, list[Owed]]
"""By device id, in the order of sending."""


class OwedMessages:
    """Finds them, for any number of devices at once; `targets` and `arrivals` keep what is asked again and again."""

    def __init__(self, targets: Targets, arrivals: Arrivals) -> None:
        self._targets = targets
        self._arrivals = arrivals

    async def find(self, connection: Connection, devices: dict[int, BitMap]) -> dict[int, Mailbox]:
        """From device ids by application to what each is owed, by application; complete up to the last commit."""
        newest = await self._bulk(connection, devices)
        for access_id, mailbox in (await self._small(connection, devices)).items():
            for device_id, messages in mailbox.items():
                newest[access_id][device_id] += messages
        for mailbox in newest.values():
            for messages in mailbox.values():
                messages.sort()
                del messages[:-KEPT_MESSAGES]
        return await self._unconfirmed(connection, newest)

    async def _bulk(self, connection: Connection, devices: dict[int, BitMap]) -> dict[int, Mailbox]:
        pushes = await fetch_all(connection, _sql.bulk_pushes, access_ids=list(devices), most=BULK_PUSHES)
        grown = [push.push_id for push in pushes if push.slices != len(self._targets.known(push.push_id))]
        if grown:
            await self._targets.read(connection, grown)
        found: dict[int, Mailbox] = {access_id: defaultdict(list) for access_id in devices}
        wanting = {access_id: asking.copy() for access_id, asking in devices.items()}
        for push in pushes:
            if wanting[push.access_id]:
                targets = await self._own_targets(connection, push.push_id, wanting[push.access_id])
                wanting[push.access_id] -= _deliver(found[push.access_id], Owed(push.send_seq, push.push_id), targets)
        return found

    async def _small(self, connection: Connection, devices: dict[int, BitMap]) -> dict[int, Mailbox]:
        rows = await fetch_all(connection, _sql.small_pushes, **pairs(devices), most=SMALL_PUSHES)
        unknown = {row.push_id for row in rows if not self._targets.known(row.push_id)}
        if unknown:
            await self._targets.read(connection, unknown)
        by_push: defaultdict[Owed, BitMap] = defaultdict(BitMap)
        access_ids: dict[int, int] = {}
        for row in rows:
            by_push[Owed(row.send_seq, row.push_id)].add(row.device_id)
            access_ids[row.push_id] = row.access_id
        found: dict[int, Mailbox] = {access_id: defaultdict(list) for access_id in devices}
        for owed, asking in sorted(by_push.items(), reverse=True):
            targets = await self._own_targets(connection, owed.push_id, asking)
            _deliver(found[access_ids[owed.push_id]], owed, targets)
        return found

    async def _own_targets(self, connection: Connection, push_id: int, devices: BitMap) -> BitMap:
        own: list[Slice] = [slice_ for slice_ in self._targets.known(push_id) if slice_.channel == OWN_CHANNEL]
        return BitMap().union(*(found for _, found in await self._targets.among(connection, own, devices)))

    async def _unconfirmed(self, connection: Connection, newest: dict[int, Mailbox]) -> dict[int, Mailbox]:
        arrived = await self._arrivals.of(connection, push_ids(newest))
        return {
            access_id: {
                device_id: [owed for owed in messages if device_id not in arrived[owed.push_id]]
                for device_id, messages in mailbox.items()
            }
            for access_id, mailbox in newest.items()
        }


def _deliver(mailbox: Mailbox, owed: Owed, targets: Iterable[int]) -> BitMap:
    """Put the message into its targets' boxes; gives the devices whose box is full now."""
    full = BitMap()
    for device_id in targets:
        messages = mailbox[device_id]
        messages.append(owed)
        if len(messages) == KEPT_MESSAGES:
            full.add(device_id)
    return full


def push_ids(mailboxes: dict[int, Mailbox]) -> set[int]:
    return {owed.push_id for mailbox in mailboxes.values() for messages in mailbox.values() for owed in messages}


def pairs(devices: dict[int, BitMap]) -> dict[str, list[int]]:
    """Parallel lists of application and device, for `unnest`."""
    counts = [len(asking) for asking in devices.values()]
    return {
        "access_ids": np.repeat(list(devices), counts).tolist(),
        "device_ids": [device_id for asking in devices.values() for device_id in asking],
    }
