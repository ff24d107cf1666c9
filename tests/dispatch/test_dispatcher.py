"""The dispatcher against a real NATS: every target once, in order, and on through a channel that goes away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from pyroaring import BitMap

from rockdove.channels.channel import ChannelAwayError
from rockdove.channels.own import OwnChannel
from rockdove.dispatch.dispatcher import Dispatcher
from rockdove.dispatch.slices import SliceQueue
from rockdove.engines import Engines
from rockdove.engines.wire import Message, Wire
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.runtime.connections import open_wire
from rockdove.storage.database import Database, fetch_one
from rockdove.storage.wake import Bell
from tests.rows import a_push, a_slice, an_app, state_of

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


@pytest.fixture
async def wire(engines: Engines) -> AsyncIterator[Wire]:
    async with open_wire(engines.settings, "test") as wire:
        yield wire


@pytest.fixture
async def listener(engines: Engines) -> AsyncIterator[Wire]:
    """Another connection: the server does not send a connection its own messages back."""
    async with open_wire(engines.settings, "listener") as wire:
        yield wire


async def a_push_with_targets(database: Database, targets: BitMap) -> tuple[int, int]:
    async with database.transaction() as connection:
        app = await an_app(connection)
        push_id = await a_push(connection, app)
        await a_slice(connection, push_id, app, 0, targets)
        await move(connection, push_id, State.STARTED)
    return app, push_id


async def run_until_finished(database: Database, dispatcher: Dispatcher, push_id: int) -> None:
    running = asyncio.create_task(dispatcher.run())
    try:
        async with asyncio.timeout(30):
            while await state_of(database, push_id) != State.FINISHED:
                assert not running.done(), running
                await asyncio.sleep(0.02)
    finally:
        running.cancel()


async def test_every_target_gets_the_message_in_order_and_the_unconnected_are_noted(
    database: Database, wire: Wire, listener: Wire
) -> None:
    app, push_id = await a_push_with_targets(database, TARGETS)
    received: list[Message] = []
    listener.subscribe(f"d.{app}.*", received.extend)
    await listener.flush()
    online = BitMap(range(0, 30_003, 2))
    dispatcher = Dispatcher(
        SliceQueue(database, "w", 60), OwnChannel(wire), lambda _: online, Bell(database),
        batch_devices=1000, slices_at_once=2,
    )  # fmt: skip
    await run_until_finished(database, dispatcher, push_id)
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
    database: Database, wire: Wire, listener: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rockdove.dispatch.dispatcher.AWAY_SECONDS", 0.05)
    app, push_id = await a_push_with_targets(database, TARGETS)
    received: list[Message] = []
    listener.subscribe(f"d.{app}.*", received.extend)
    await listener.flush()
    channel = Faulty(OwnChannel(wire))
    dispatcher = Dispatcher(
        SliceQueue(database, "w", 60), channel, lambda _: TARGETS, Bell(database), batch_devices=1000, slices_at_once=2
    )
    await run_until_finished(database, dispatcher, push_id)
    await listener.flush()
    devices = [int(message.subject.split(b".")[2]) for message in received]
    assert set(devices) == set(TARGETS)
    assert len(devices) == len(TARGETS) + 1000, "exactly the batch whose answer was lost came twice"
