"""Answering `sync`: a device that has connected is sent what it missed.

The model. A message is *owed* to a device from the commit of the slice that holds it until the push ends, expires, or
the device confirms the arrival. Nothing is queued for anyone: what is owed is computed when it is asked for, from the
slices. What is held back then, because its push is paused or outside its hours, follows unasked (`gateway.nudges`).

No message is missed. A device subscribes first and asks second, on one connection, and the server keeps that order. A
slice is committed before the first publish of it, and dispatch publishes to *every* target, whatever presence says.
Take any message and the moment its subscription took effect:
- published before: then its slice was committed before, and the answer, which reads the database only after the
  question has arrived, sees it;
- published after: then it reaches the subscription.
It may come both ways. Devices drop a `push_id` they have seen, which they need anyway: live and resent messages cross.
(On a cluster, the news of a subscription spreads on the routes in a millisecond or so. Waiting BATCH_SECONDS before the
database is read covers that, and the next sync covers what is left.)

Many at once. After an outage everyone comes back together. Questions of BATCH_SECONDS are answered together: a
handful of statements whatever their number, set algebra over cached bitmaps, one large write. Several gateways share
the questions as a NATS queue group; any of them can answer any device.

When the database is away the questions wait (at most WAITING of them, once a device) and are answered when it is back.
When NATS is away the answer is lost, and so is the device's connection: it asks again. So does, in a while, a device
that nobody answered for a fault of ours.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator

from pyroaring import BitMap

from rockdove.domain.device_message import recall_message
from rockdove.engines.wire import ConnectionLostError, Message, Wire
from rockdove.gateway.asking import Devices, pairs
from rockdove.gateway.messages import Letters, Messages
from rockdove.gateway.owed import Mailbox, OwedMessages
from rockdove.gateway.publish import publish_each
from rockdove.gateway.recalls import Recalled
from rockdove.observe import log
from rockdove.storage.database import Connection, Database, Unavailable, fetch_all
from rockdove.storage.sql import load

_sql = load(__package__, "sync.sql")

BATCH_SECONDS = 0.002
"""Questions that come while others are answered wait for the next answer: under load the batches grow by themselves."""
BATCH_DEVICES = 5_000
WAITING = 200_000
"""Questions kept while they can't be answered; beyond, devices have to ask again."""
AWAY_SECONDS = 1.0

SYNCED = b'{"type":"synced"}'


class Sync:
    """Answers questions with messages over `wire`. `on_unregistered` hears of connected devices that have no business
    here."""

    def __init__(
        self, database: Database, wire: Wire, owed: OwedMessages, on_unregistered: Callable[[int, int], None]
    ) -> None:
        self._database = database
        self._wire = wire
        self._owed = owed
        self._on_unregistered = on_unregistered
        self._waiting: dict[tuple[int, int], None] = {}
        self._asked = asyncio.Event()
        self._messages = Messages()
        self.answered = 0
        self.refused = 0

    def receive(self, questions: list[Message]) -> None:
        """Questions as they come from NATS; the subject says who asks."""
        for subject, _ in questions:
            if len(self._waiting) >= WAITING:
                self.refused += 1
            else:
                _, access_id, device_id = subject.split(b".")
                self._waiting[int(access_id), int(device_id)] = None
        self._asked.set()

    async def run(self) -> None:
        """Answer until cancelled."""
        while True:
            await self._asked.wait()
            await asyncio.sleep(BATCH_SECONDS)
            batch = self._take()
            answered = await self._try(batch)
            while not answered:
                await asyncio.sleep(AWAY_SECONDS)
                answered = await self._try(batch)

    def _take(self) -> Devices:
        batch: defaultdict[int, BitMap] = defaultdict(BitMap)
        for _ in range(min(len(self._waiting), BATCH_DEVICES)):
            access_id, device_id = next(iter(self._waiting))
            del self._waiting[access_id, device_id]
            batch[access_id].add(device_id)
        if not self._waiting:
            self._asked.clear()
        return batch

    async def tell(self, access_id: int, devices: BitMap) -> None:
        """As if these devices had just asked. Raises what `Unavailable` names, or ConnectionLostError: some of them may
        have been told."""
        await self._answer({access_id: devices})

    async def _try(self, batch: Devices) -> bool:
        try:
            await self._answer(batch)
        except Unavailable as error:
            log.warning("database away: sync waits", error=str(error))
            return False
        except ConnectionLostError as error:
            log.warning("NATS away: devices will ask again", error=str(error))
        except Exception:  # for a reason of ours: one device that can't be answered must not end the gateway for all
            log.exception("sync not answered: devices will ask again", devices=sum(map(len, batch.values())))
        return True

    async def _answer(self, batch: Devices) -> None:
        async with self._database.connection() as connection:
            registered = await self._registered(connection, batch)
            mailboxes = await self._owed.find(connection, registered)
            recalls = await self._owed.recalled(connection, registered)
            letters = await self._messages.of(connection, mailboxes)
        await publish_each(self._wire, _answers(registered, mailboxes, recalls, letters))
        self.answered += sum(map(len, registered.values()))

    async def _registered(self, connection: Connection, batch: Devices) -> Devices:
        """Those of them that are registered; marks them as seen today."""
        rows = await fetch_all(connection, _sql.asking, **pairs(batch))
        registered: defaultdict[int, BitMap] = defaultdict(BitMap)
        stale: defaultdict[int, BitMap] = defaultdict(BitMap)
        for row in rows:
            if not row.registered:
                self._on_unregistered(row.access_id, row.device_id)
                continue
            registered[row.access_id].add(row.device_id)
            if row.stale:
                stale[row.access_id].add(row.device_id)
        if stale:
            await connection.execute(_sql.seen, pairs(stale))
        return registered


def _answers(
    registered: Devices, mailboxes: dict[int, Mailbox], recalls: dict[int, Recalled], letters: Letters
) -> Iterator[tuple[int, int, bytes]]:
    for access_id, devices in registered.items():
        mailbox, recalled = mailboxes[access_id], recalls.get(access_id, {})
        for device_id in devices:
            for push_id in recalled.get(device_id, ()):
                yield access_id, device_id, recall_message(push_id)
            for owed in mailbox.get(device_id, ()):
                yield access_id, device_id, letters.of(access_id, device_id, owed.push_id)
            yield access_id, device_id, SYNCED
