"""Revoked pushes, told to devices that were away: whoever has confirmed one is to take it back.

Dispatch tells whoever is connected when a push is revoked. The others hear of it at every sync until the push would
have expired; a device ignores the recall of a message it does not show (any more). Where nothing was revoked, nothing
is asked.
"""

from __future__ import annotations

from collections import defaultdict

from pyroaring import BitMap

from rockdove.gateway.active import ActivePushes
from rockdove.gateway.arrivals import Arrivals
from rockdove.gateway.asking import Devices, pairs
from rockdove.storage.database import Connection, fetch_all
from rockdove.storage.sql import load

_sql = load(__package__, "sync.sql")

RECALLS = 100
"""Revoked pushes a device is told of: the newest of the large ones of its application, and of the small ones."""
KNOWN = 100_000
"""Revoked pushes remembered as such."""

Recalled = dict[int, list[int]]
"""Push ids by device id."""


class Recalls:
    def __init__(self, active: ActivePushes, arrivals: Arrivals) -> None:
        self._active = active
        self._arrivals = arrivals
        self._known: set[int] = set()

    async def find(self, connection: Connection, devices: Devices) -> dict[int, Recalled]:
        """From device ids by application to what each is to take back; as of the last `follow` of the active pushes."""
        targets = await self._revoked(connection, devices)
        arrived = await self._arrived(connection, {push_id for of_app in targets.values() for push_id in of_app})
        found: dict[int, Recalled] = {}
        for access_id, asking in targets.items():
            found[access_id] = defaultdict(list)
            for push_id, among in sorted(asking.items()):
                for device_id in among & arrived[push_id]:
                    found[access_id][device_id].append(push_id)
        return found

    async def _revoked(self, connection: Connection, devices: Devices) -> dict[int, dict[int, BitMap]]:
        """By application and push: the devices it may concern."""
        found = {
            access_id: defaultdict(BitMap, dict.fromkeys(sorted(self._active.revoked(access_id))[-RECALLS:], asking))
            for access_id, asking in devices.items()
        }
        if small := {access_id: ids for access_id, ids in devices.items() if self._active.small_revoked(access_id)}:
            for row in await fetch_all(connection, _sql.small_revoked, **pairs(small), most=RECALLS):
                found[row.access_id][row.push_id].add(row.device_id)
        return {access_id: asking for access_id, asking in found.items() if asking}

    async def _arrived(self, connection: Connection, push_ids: set[int]) -> dict[int, BitMap]:
        """Read anew when the push is first seen to be revoked: what `Arrivals` may have overlooked until then is not
        sent, and so not confirmed, again."""
        if not push_ids:
            return {}
        for push_id in push_ids - self._known:
            self._arrivals.forget(push_id)
        if len(self._known) > KNOWN:
            self._known.clear()
        self._known |= push_ids
        return await self._arrivals.of(connection, push_ids)
