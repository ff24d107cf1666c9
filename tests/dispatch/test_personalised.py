"""A personalised push: each device reads its own text, live and after having been away, and over a vendor's channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from types import SimpleNamespace

import msgspec
import pytest
from psycopg.types.json import Jsonb
from pyroaring import BitMap

from rockdove.audience.small_batch import is_plain
from rockdove.channels.own import OwnChannel
from rockdove.engines import Engines
from rockdove.engines.wire import Message, Wire
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.runtime.connections import open_wire
from rockdove.storage.database import Database, fetch_one
from rockdove.testing.fake_channel import FakeChannel
from tests.dispatch.world import a_dispatcher, run_until
from tests.rows import a_device, a_push, a_slice, an_app

TEXTS = {"title": "Dear {{name}}", "content": "{{city}}!", "default_title": "Hello", "default_content": "World"}
DEVICES = 2500
"""More than two batches."""


@pytest.fixture
async def wire(engines: Engines) -> AsyncIterator[Wire]:
    async with open_wire(engines.settings, "test") as wire:
        yield wire


async def a_personal_push(database: Database, channel: str = "") -> tuple[int, int, list[int]]:
    """Every third device has both attributes, of the others some have one."""
    async with database.transaction() as connection:
        app = await an_app(connection)
        devices = [
            await a_device(connection, app, channel=channel, channel_token=f"ok-{number}") for number in range(DEVICES)
        ]
        rows = [
            (
                app,
                device_id,
                Jsonb({"name": f"n{device_id}"} | ({} if device_id % 3 else {"city": f"c{device_id % 2}"})),
            )
            for device_id in devices
            if device_id % 5
        ]
        async with connection.cursor() as cursor:
            await cursor.executemany("INSERT INTO device_attributes VALUES (%s, %s, %s)", rows)
        push_id = await a_push(connection, app, message=Jsonb(TEXTS))
        await a_slice(connection, push_id, app, 0, BitMap(devices), channel=channel or "xg")
        await move(connection, push_id, State.STARTED)
    return app, push_id, devices


def expected(device_id: int) -> tuple[str, str]:
    if device_id % 5 and device_id % 3 == 0:
        return f"Dear n{device_id}", f"c{device_id % 2}!"
    return "Hello", "World"


async def test_live(engines: Engines, database: Database, wire: Wire) -> None:
    app, push_id, devices = await a_personal_push(database)
    received: list[Message] = []
    async with open_wire(engines.settings, "listener") as listener:
        listener.subscribe(f"d.{app}.*", received.extend)
        await listener.flush()
        await run_until(database, push_id, a_dispatcher(database, OwnChannel(wire), lambda _: BitMap(devices[:100])))
        await listener.flush()
    read = {}
    for message in received:
        content = msgspec.json.decode(message.payload)
        assert not content.keys() & {"default_title", "default_content"}
        read[int(message.subject.split(b".")[2])] = (content["title"], content["content"])
    assert len(received) == DEVICES
    assert read == {device_id: expected(device_id) for device_id in devices}
    async with database.connection() as connection:
        row = await fetch_one(connection, b"SELECT offline FROM push_slices")
    assert BitMap.deserialize(row.offline) == BitMap(devices[100:])


async def test_over_a_vendor(database: Database, wire: Wire) -> None:
    _, push_id, devices = await a_personal_push(database, "hw")
    vendor = FakeChannel()
    await run_until(database, push_id, a_dispatcher(database, OwnChannel(wire), channels={"hw": vendor}))
    read = {
        target.device_id: (batch.message["title"], batch.message["content"])
        for batch in vendor.requests
        for target in batch.targets
    }
    assert read == {device_id: expected(device_id) for device_id in devices}
    sizes = Counter(len(batch.targets) for batch in vendor.requests if batch.message["title"] == "Hello")
    assert sum(sizes.values()) < 10, "devices that read the same share a request"
    assert set(vendor.accepted.values()) == {1}


def test_it_is_started_by_itself() -> None:
    """The express way sends one payload to all devices of a push."""

    push = SimpleNamespace(
        capped=False, audience={}, collapse_id=0, push_speed=0, message={"title": "x", "content": "y"}
    )
    assert is_plain(push)
    push.message = TEXTS
    assert not is_plain(push)
