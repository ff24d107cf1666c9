"""The own channel's server side: who is connected, what they are owed, and what they report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from nats.aio.client import Client
from pyroaring import BitMap

from rockdove.engines.wire import Message, Wire
from rockdove.gateway.arrivals import Arrivals
from rockdove.gateway.catching_up import CatchingUp
from rockdove.gateway.connections import kick
from rockdove.gateway.nudges import Nudges
from rockdove.gateway.owed import OwedMessages
from rockdove.gateway.presence import Presence
from rockdove.gateway.sync import Sync
from rockdove.gateway.targets import Targets
from rockdove.storage.database import Database

TARGETS_BYTES = 256 * 1024 * 1024
ARRIVALS_BYTES = 128 * 1024 * 1024
KICKS_AT_ONCE = 4
KICKS_WAITING = 1000


class Gateway:
    """One process of any number: they share the devices' messages as a NATS queue group.

    `wire` is a connection of our account, `system` one of the system account, `account` our account's public key.
    `on_receipts` gets what devices report, a read's worth at a time; it must not block.
    """

    def __init__(
        self,
        database: Database,
        wire: Wire,
        system: Client,
        account: str,
        on_receipts: Callable[[list[Message]], None],
    ) -> None:
        self._wire = wire
        self._system = system
        self._account = account
        self._on_receipts = on_receipts
        self._kicks: asyncio.Queue[tuple[int, int]] = asyncio.Queue(KICKS_WAITING)
        self.presence = Presence(system, account)
        self.targets = Targets(TARGETS_BYTES)
        """Shared with whoever folds the receipts in this process."""
        owed = OwedMessages(self.targets, Arrivals(ARRIVALS_BYTES))
        self.sync = Sync(database, wire, owed, self._unregistered)
        self._nudges = Nudges(database, owed, self.sync, self.presence.online)

    async def run(self) -> None:
        """Until cancelled."""
        self._wire.subscribe("r.*.*", self._on_receipts, queue="rockdove")
        self._wire.subscribe("s.*.*", self.sync.receive, queue="rockdove")
        await self._wire.flush()  # from here on, who asks is heard
        async with asyncio.TaskGroup() as group:
            group.create_task(self.presence.run())
            group.create_task(self.sync.run())
            group.create_task(self._nudge())
            group.create_task(CatchingUp(self._wire, self.presence, self.sync).run())
            for _ in range(KICKS_AT_ONCE):
                group.create_task(self._kick())

    async def _nudge(self) -> None:
        await self.presence.walked.wait()  # whoever is connected has to be known
        await self._nudges.run()

    def online(self, access_id: int) -> BitMap:
        return self.presence.online(access_id)

    def _unregistered(self, access_id: int, device_id: int) -> None:
        if not self._kicks.full():
            self._kicks.put_nowait((access_id, device_id))

    async def _kick(self) -> None:
        while True:
            access_id, device_id = await self._kicks.get()
            await kick(self._system, self._account, access_id, device_id)
