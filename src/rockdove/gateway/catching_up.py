"""After a time without a gateway: what devices said meanwhile was heard by nobody.

A receipt of an arrival is not acknowledged: a device says it once, and again when it is sent the message again, at its
next sync. A device that stays connected does not sync, and one whose question was lost waits half a minute to ask
again. So when a gateway has started, and when its connection to NATS was made anew, every connected device is answered
as if it had just asked. Whatever it has confirmed to anybody is not sent again; what it is sent again it drops, and
confirms.
"""

from __future__ import annotations

import asyncio

from rockdove.engines.wire import ConnectionLostError, Wire
from rockdove.gateway.presence import Presence
from rockdove.gateway.sync import BATCH_DEVICES, Sync
from rockdove.observe import log
from rockdove.storage.database import Unavailable

SETTLE_SECONDS = 2.0
"""After a reconnect: devices that lost their connection too come back and ask for themselves, and receipts that were on
their way are folded."""
AWAY_SECONDS = 1.0


class CatchingUp:
    def __init__(self, wire: Wire, presence: Presence, sync: Sync) -> None:
        self._presence = presence
        self._sync = sync
        self._due = asyncio.Event()
        self._due.set()
        wire.on_reconnect = self._due.set

    async def run(self) -> None:
        """Until cancelled."""
        await self._presence.walked.wait()  # whoever is connected has to be known
        while True:
            await self._due.wait()
            self._due.clear()
            await asyncio.sleep(SETTLE_SECONDS)
            try:
                await self._tell_everyone()
            except (*Unavailable, ConnectionLostError) as error:
                log.warning("catching up with devices waits", error=str(error))
                self._due.set()
                await asyncio.sleep(AWAY_SECONDS)
            except Exception:
                log.exception("catching up with devices failed: each is told at its next sync")

    async def _tell_everyone(self) -> None:
        for access_id, devices in self._presence.everyone().items():
            for start in range(0, len(devices), BATCH_DEVICES):
                await self._sync.tell(access_id, devices[start : start + BATCH_DEVICES])
