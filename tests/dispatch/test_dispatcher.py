"""The dispatcher against a real NATS: every target once, in order, and on through a channel that goes away."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from psycopg.types.json import Jsonb
from pyroaring import BitMap

from rockdove.channels.channel import ChannelAwayError
from rockdove.channels.own import OwnChannel
from rockdove.dispatch import holding
from rockdove.engines import Engines
from rockdove.engines.wire import Message, Wire
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.runtime.connections import open_wire
from rockdove.storage.database import Database, fetch_one
from tests.dispatch.world import a_dispatcher, a_push_with_targets, eventually, run_until
from tests.rows import a_push, a_slice, an_app

TARGETS = BitMap(range(3, 30_003, 3))


class Faulty:
    """The real own channel behind a connection that is lost before and after some batches have left."""

    def __init__(self, channel: OwnChannel) -> None:
        self._channel = channel
        self.calls = 0

    async def send(self, access_id: int, payload: bytes, device_ids: NDArray[np.uint32]) -> None:
        self.calls += 1
        if self.calls in {2, 5}:
            raise ChannelAwayError("lost before the batch left")
        await self._channel.send(access_id, payload, device_ids)
        if self.calls == 4:
            raise ChannelAwayError("lost before the server's answer came")

    async def send_each(self, access_id: int, payloads: Iterable[tuple[int, bytes]]) -> None:
        await self._channel.send_each(access_id, payloads)


class Held:
    """The real own channel; its first batch and its third are held up behind the server's answer."""

    def __init__(self, channel: OwnChannel) -> None:
        self._channel = channel
        self._calls = 0
        self.holding = {1: asyncio.Event(), 3: asyncio.Event()}
        self.letting_go = {1: asyncio.Event(), 3: asyncio.Event()}

    async def send(self, access_id: int, payload: bytes, device_ids: NDArray[np.uint32]) -> None:
        self._calls += 1
        call = self._calls
        await self._channel.send(access_id, payload, device_ids)
        if call in self.holding:
            self.holding[call].set()
            await self.letting_go[call].wait()

    async def send_each(self, access_id: int, payloads: Iterable[tuple[int, bytes]]) -> None:
        await self._channel.send_each(access_id, payloads)


@pytest.fixture
async def wire(engines: Engines) -> AsyncIterator[Wire]:
    async with open_wire(engines.settings, "test") as wire:
        yield wire


@pytest.fixture
async def listener(engines: Engines) -> AsyncIterator[Wire]:
    """Another connection: the server does not send a connection its own messages back."""
    async with open_wire(engines.settings, "listener") as wire:
        yield wire


async def test_every_target_gets_the_message_in_order_and_the_unconnected_are_noted(
    database: Database, wire: Wire, listener: Wire
) -> None:
    app, push_id = await a_push_with_targets(database, TARGETS)
    received: list[Message] = []
    listener.subscribe(f"d.{app}.*", received.extend)
    await listener.flush()
    online = BitMap(range(0, 30_003, 2))
    await run_until(database, push_id, a_dispatcher(database, OwnChannel(wire), lambda _: online))
    await listener.flush()

    assert [int(message.subject.split(b".")[2]) for message in received] == list(TARGETS)
    message = msgspec.json.decode(received[0].payload)
    assert message["type"] == "notify"
    assert message["push_id"] == str(push_id)
    assert (message["title"], message["content"]) == ("Hello", "World")
    async with database.connection() as connection:
        row = await fetch_one(connection, b"SELECT sent_upto, offline FROM push_slices")
    assert row.sent_upto == TARGETS.max()
    assert BitMap.deserialize(row.offline) == TARGETS - online


async def test_a_channel_that_goes_away_costs_repeats_of_one_batch_and_no_target(
    database: Database, wire: Wire, listener: Wire
) -> None:
    app, push_id = await a_push_with_targets(database, TARGETS)
    received: list[Message] = []
    listener.subscribe(f"d.{app}.*", received.extend)
    await listener.flush()
    await run_until(database, push_id, a_dispatcher(database, Faulty(OwnChannel(wire)), lambda _: TARGETS))
    await listener.flush()
    devices = [int(message.subject.split(b".")[2]) for message in received]
    assert set(devices) == set(TARGETS)
    assert len(devices) == len(TARGETS) + 1000, "exactly the batch whose answer was lost came twice"


async def test_two_workers_share_a_push_and_nobody_gets_it_twice(engines: Engines, database: Database) -> None:
    async with database.transaction() as connection:
        app = await an_app(connection)
        push_id = await a_push(connection, app)
        for number in range(20):
            await a_slice(connection, push_id, app, number, BitMap(range(number * 10_000, number * 10_000 + 3000)))
        await move(connection, push_id, State.STARTED)
    received: list[Message] = []
    async with (
        open_wire(engines.settings, "listener") as listener,
        open_wire(engines.settings, "one") as one,
        open_wire(engines.settings, "two") as two,
    ):
        listener.subscribe(f"d.{app}.*", received.extend)
        await listener.flush()
        channels = [OwnChannel(wire) for wire in (one, two)]
        workers = [a_dispatcher(database, channel, owner=f"w{number}") for number, channel in enumerate(channels)]
        await run_until(database, push_id, *workers)
        await listener.flush()
    devices = [int(message.subject.split(b".")[2]) for message in received]
    assert len(devices) == len(set(devices)) == 60_000
    assert all(channel.sent_messages for channel in channels), "both took part"


async def test_a_recall_reaches_whoever_was_sent_it(database: Database, wire: Wire, listener: Wire) -> None:
    app, push_id = await a_push_with_targets(database, TARGETS)
    await run_until(database, push_id, a_dispatcher(database, OwnChannel(wire)))
    received: list[Message] = []
    listener.subscribe(f"d.{app}.*", received.extend)
    await listener.flush()
    async with database.transaction() as connection:
        await move(connection, push_id, State.REVOKED)
        await holding.recall(connection, push_id)
    running = asyncio.create_task(a_dispatcher(database, OwnChannel(wire)).run())
    async with asyncio.timeout(30):
        while len(received) < len(TARGETS):  # noqa: ASYNC110  messages come by a callback
            await asyncio.sleep(0.02)
    running.cancel()
    assert [int(message.subject.split(b".")[2]) for message in received] == list(TARGETS)
    assert {message.payload for message in received} == {b'{"type":"recall","push_id":"%d"}' % push_id}


async def test_a_message_waits_for_its_hours(database: Database, wire: Wire, listener: Wire) -> None:
    """Closed now, at whatever time this runs; then the wall clock is said to be another."""
    away = datetime.now(UTC) + timedelta(hours=5)
    window = {"start": {"hour": away.hour, "min": 0}, "end": {"hour": (away.hour + 2) % 24, "min": 0}}  # one may end
    message = Jsonb({"title": "Later", "content": "please", "accept_time": [window]})
    app, _ = await a_push_with_targets(database, BitMap([1, 2]), message=message)
    received: list[Message] = []
    listener.subscribe(f"d.{app}.*", received.extend)
    await listener.flush()
    async with database.connection() as connection:
        await connection.execute("UPDATE apps SET timezone = 'UTC'")
    running = asyncio.create_task(a_dispatcher(database, OwnChannel(wire)).run())
    waiting = b"SELECT due > now() + interval '3 h' AS later FROM push_slices"
    await eventually(lambda: _asked(database, waiting))
    await listener.flush()
    assert not received
    async with database.connection() as connection:  # as if five hours had gone by
        await connection.execute("UPDATE apps SET timezone = 'Etc/GMT-5'")
        await connection.execute("UPDATE push_slices SET due = now()")
    await eventually(lambda: _asked(database, b"SELECT state = 'PUSH_FINISHED' FROM pushes"))
    running.cancel()
    await listener.flush()
    assert len(received) == 2


async def _asked(database: Database, question: bytes) -> bool:
    async with database.connection() as connection:
        return bool((await fetch_one(connection, question))[0])


async def test_a_lease_lost_within_one_worker_repeats_one_batch(database: Database, wire: Wire, listener: Wire) -> None:
    """As after an outage longer than a lease: one task waits for an answer, the other takes its slice over."""
    app, push_id = await a_push_with_targets(database, TARGETS)
    received: list[Message] = []
    listener.subscribe(f"d.{app}.*", received.extend)
    await listener.flush()
    held = Held(OwnChannel(wire))

    async def outage() -> None:
        await held.holding[1].wait()
        async with database.connection() as connection:
            await connection.execute("UPDATE push_slices SET lease_until = clock_timestamp() - interval '1 s'")
        await held.holding[3].wait()
        held.letting_go[1].set()
        await asyncio.sleep(0.1)  # time for what must not happen
        held.letting_go[3].set()

    await asyncio.gather(run_until(database, push_id, a_dispatcher(database, held)), outage())
    await listener.flush()
    heard = Counter(int(message.subject.split(b".")[2]) for message in received)
    assert [device for device, times in heard.items() if times > 1] == list(TARGETS[:1000])
    assert heard.keys() == set(TARGETS)
    assert max(heard.values()) == 2
