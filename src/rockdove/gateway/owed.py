"""What devices are still owed: the newest few unexpired messages of each, without those it has confirmed.

A message keeps its place among the newest also while it may not be handed out, because its push is paused or outside
the hours of its `accept_time`: else a device would be sent an older message that it is no longer owed.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import compress, islice
from typing import NamedTuple

from pyroaring import BitMap

from rockdove.domain.accept_time import AcceptTime
from rockdove.domain.device import OWN_CHANNEL
from rockdove.gateway.active import ActivePushes
from rockdove.gateway.arrivals import Arrivals
from rockdove.gateway.asking import Devices, pairs
from rockdove.gateway.recalls import Recalled, Recalls
from rockdove.gateway.targets import Targets
from rockdove.storage.database import Connection, fetch_all
from rockdove.storage.sql import load

_sql = load(__package__, "sync.sql")

KEPT_MESSAGES = 3
"""TPNS keeps the three latest offline messages of an application for a device."""
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
        self._active = ActivePushes(targets)
        self._recalls = Recalls(self._active, arrivals)
        self._one_at_a_time = asyncio.Lock()
        """What is kept must not change under a question that waits for the database."""

    async def find(self, connection: Connection, devices: Devices) -> dict[int, Mailbox]:
        """From device ids by application to what each is handed out now, by application; complete up to the last
        commit."""
        async with self._one_at_a_time:
            await self._active.follow(connection, devices)
            newest = {
                access_id: await self._bulk(connection, access_id, asking) for access_id, asking in devices.items()
            }
            for access_id, mailbox in (await self._small(connection, devices)).items():
                for device_id, messages in mailbox.items():
                    newest[access_id][device_id] += messages
            for mailbox in newest.values():
                for messages in mailbox.values():
                    messages.sort()
                    del messages[:-KEPT_MESSAGES]
            return await self._handed_out(connection, await self._unconfirmed(connection, newest))

    async def recalled(self, connection: Connection, devices: Devices) -> dict[int, Recalled]:
        """From device ids by application to the pushes that each has confirmed and that were revoked since, by
        application and device: to be asked after `find`."""
        async with self._one_at_a_time:
            return await self._recalls.find(connection, devices)

    async def waiting(self, connection: Connection, push_ids: list[int], devices: BitMap) -> BitMap:
        """Those of `devices` who were not connected when one of the pushes (of their application) was published to
        them, and who have not confirmed it since."""
        async with self._one_at_a_time:
            arrived = await self._arrivals.of(connection, push_ids)
            missed = await fetch_all(connection, _sql.missed, push_ids=push_ids)
        return BitMap().union(*((devices & BitMap.deserialize(row.offline)) - arrived[row.push_id] for row in missed))

    async def _bulk(self, connection: Connection, access_id: int, devices: BitMap) -> Mailbox:
        mailbox: Mailbox = defaultdict(list)
        wanting = devices.copy()
        shelf = self._active.shelf(access_id)
        for binders in shelf.newest_first(wanting):
            lowest, highest = wanting.min(), wanting.max()
            near = [binder.near(lowest, highest) for binder in binders]
            keys = [slice_.key for found in near for _, slice_ in found]
            bitmaps = iter(await self._targets.bitmaps(connection, keys))
            for binder, found in zip(binders, near, strict=True):
                targets = list(islice(bitmaps, len(found)))
                shelf.summarise(binder, targets)
                for at in compress(range(len(found)), map(wanting.intersect, targets)):
                    place, slice_ = found[at]
                    self._targets.used(slice_.key)
                    wanting -= _deliver(mailbox, Owed(place.send_seq, place.push_id), wanting & targets[at])
        return mailbox

    async def _small(self, connection: Connection, devices: Devices) -> dict[int, Mailbox]:
        rows = await fetch_all(connection, _sql.small_pushes, **pairs(devices), most=SMALL_PUSHES)
        if grown := {row.push_id for row in rows if row.slices != len(self._targets.known(row.push_id))}:
            await self._targets.read(connection, grown)
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
        own = [slice_ for slice_ in self._targets.known(push_id) if slice_.channel == OWN_CHANNEL]
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

    async def _handed_out(self, connection: Connection, owed: dict[int, Mailbox]) -> dict[int, Mailbox]:
        """Without what is held back at this moment."""
        if not (wanted := push_ids(owed)):
            return owed
        rows = await fetch_all(connection, _sql.handed_out, push_ids=list(wanted))
        held = wanted - {row.push_id for row in rows if _is_open(AcceptTime.of(row.accept_time, row.timezone), row.now)}
        if not held:
            return owed
        return {
            access_id: {
                device_id: [message for message in messages if message.push_id not in held]
                for device_id, messages in mailbox.items()
            }
            for access_id, mailbox in owed.items()
        }


def _is_open(accept_time: AcceptTime | None, at: datetime) -> bool:
    return accept_time is None or accept_time.is_open(at)


def _deliver(mailbox: Mailbox, owed: Owed, targets: Iterable[int]) -> BitMap:
    """Put the message into its targets' boxes; gives the devices whose box is full now. A device that came back to the
    own channel is in two slices of one push: it gets the message once."""
    full = BitMap()
    for device_id in targets:
        messages = mailbox[device_id]
        if messages[-1:] != [owed]:
            messages.append(owed)
        if len(messages) == KEPT_MESSAGES:
            full.add(device_id)
    return full


def push_ids(mailboxes: Mapping[int, Mailbox]) -> set[int]:
    return {owed.push_id for mailbox in mailboxes.values() for messages in mailbox.values() for owed in messages}
