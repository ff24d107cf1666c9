"""Connected devices are told of a push that was held back when they asked, once its time has come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from pyroaring import BitMap

from rockdove.engines import Engines
from rockdove.engines.wire import ConnectionLostError, Wire
from rockdove.gateway import nudges
from rockdove.gateway.arrivals import Arrivals
from rockdove.gateway.nudges import Nudges
from rockdove.gateway.owed import OwedMessages
from rockdove.gateway.sync import Sync
from rockdove.gateway.targets import Targets
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.runtime.connections import open_wire
from rockdove.storage.database import Database, fetch_one
from rockdove.testing.fleet import Fleet
from tests.gateway.world import World, locked, message, until
from tests.rows import a_device, a_push, a_receipt, a_slice, an_app

APP = 4
OPEN, CLOSED = message([(-1, 2)]), message([(2, 3)])
DUE, NEVER = "now()", "infinity"


@dataclass
class Gateway:
    """The part of one that nudges; whoever is connected is said by the test."""

    nudges: Nudges
    sync: Sync
    wire: Wire


@asynccontextmanager
async def a_gateway(engines: Engines, database: Database, online: Callable[[], BitMap]) -> AsyncIterator[Gateway]:
    async with open_wire(engines.settings, "test") as wire:
        owed = OwedMessages(Targets(2**20), Arrivals(2**20))
        sync = Sync(database, wire, owed, lambda *_: None)
        yield Gateway(Nudges(database, owed, sync, lambda _: online()), sync, wire)


@pytest.fixture
async def gateway(engines: Engines, database: Database) -> AsyncIterator[Gateway]:
    """Devices 1 to 9 exist and are connected."""
    async with database.transaction() as connection:
        await an_app(connection, APP, timezone="UTC")
        for _ in range(9):
            await a_device(connection, APP)
    async with a_gateway(engines, database, lambda: BitMap(range(1, 10))) as gateway:
        yield gateway


async def a_sent_push(database: Database, devices: BitMap, upto: int = 100, nudge_at: str = DUE, **columns: Any) -> int:
    """Published while none of them was connected."""
    async with database.transaction() as connection:
        push_id = await a_push(connection, APP, **columns)
        await move(connection, push_id, State.STARTED)
        away = (devices & BitMap(range(upto + 1))).serialize()
        await a_slice(connection, push_id, APP, 0, devices, sent_upto=upto, offline=away)
        await connection.execute("UPDATE pushes SET nudge_at = %s::timestamptz WHERE push_id = %s", (nudge_at, push_id))
    return push_id


async def nudge_at(database: Database, push_id: int) -> datetime | None:
    """None: never again."""
    statement = b"SELECT nullif(nudge_at, 'infinity') AS nudge_at FROM pushes WHERE push_id = %(push_id)s"
    async with database.connection() as connection:
        found: datetime | None = (await fetch_one(connection, statement, push_id=push_id)).nudge_at
    return found


async def test_whoever_it_was_sent_to_and_who_has_not_confirmed_is_told(database: Database, gateway: Gateway) -> None:
    push_id = await a_sent_push(database, BitMap([1, 2, 3, 4, 20]), upto=3)
    async with database.transaction() as connection:
        await a_receipt(connection, push_id, "arrived", BitMap([1]))
    assert await gateway.nudges.nudge() == 1
    assert gateway.sync.answered == 2, "2 and 3: 1 has confirmed, 4 is dispatch's, 20 is not connected"
    assert await gateway.nudges.nudge() == 0, "once"


async def test_several_pushes_of_an_application_are_one_nudge(database: Database, gateway: Gateway) -> None:
    for devices in ([1, 2], [2, 3]):
        await a_sent_push(database, BitMap(devices))
    assert await gateway.nudges.nudge() == 2
    assert gateway.sync.answered == 3


async def test_of_several_gateways_one_tells(engines: Engines, database: Database, gateway: Gateway) -> None:
    await a_sent_push(database, BitMap([1, 2, 3]))
    async with a_gateway(engines, database, lambda: BitMap(range(1, 10))) as other:
        assert sorted(await asyncio.gather(gateway.nudges.nudge(), other.nudges.nudge())) == [0, 1]
        assert gateway.sync.answered + other.sync.answered == 3


async def test_a_gateway_that_fails_delays_a_nudge_and_does_not_lose_it(
    engines: Engines, database: Database, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    push_id = await a_sent_push(database, BitMap([1, 2]))
    async with a_gateway(engines, database, lambda: BitMap([1, 2])) as failing:
        await failing.wire.close()
        with pytest.raises(ConnectionLostError):
            await failing.nudges.nudge()
        assert await nudge_at(database, push_id), "it is still to be done"
        assert await gateway.nudges.nudge() == 0, "not while the other one may be at it"
        monkeypatch.setattr(nudges, "LEASE_SECONDS", 0.0)
        await a_sent_push(database, BitMap([1, 2]))
        with pytest.raises(ConnectionLostError):
            await failing.nudges.nudge()
    monkeypatch.undo()
    assert await gateway.nudges.nudge() == 1
    assert gateway.sync.answered == 2


async def test_what_is_asked_for_meanwhile_is_done_as_well(database: Database, gateway: Gateway) -> None:
    push_id = await a_sent_push(database, BitMap([1]))
    async with locked(database, "receipt_deltas") as waiters:
        telling = asyncio.create_task(gateway.nudges.nudge())
        await waiters(1)
        async with database.transaction() as connection:
            await nudges.ask(connection, push_id)
    assert await telling == 1
    assert await gateway.nudges.nudge() == 1
    assert await nudge_at(database, push_id) is None


async def test_a_push_with_hours_is_planned_until_it_expires(database: Database, gateway: Gateway) -> None:
    started = [
        await a_sent_push(database, BitMap([1]), message=CLOSED, expire_seconds=seconds) for seconds in (60, 86_400)
    ]
    async with database.transaction() as connection:
        plain = await a_push(connection, APP)
        await move(connection, plain, State.STARTED)
        await connection.execute("UPDATE pushes SET nudge_at = NULL")
    await gateway.nudges.plan()
    short, long = [await nudge_at(database, push_id) for push_id in started]
    assert short is None, "it expires before they begin"
    assert long
    assert timedelta(0) < long - datetime.now(long.tzinfo) <= timedelta(hours=2)
    async with database.connection() as connection:
        row = await fetch_one(connection, b"SELECT nudge_at FROM pushes WHERE push_id = %(id)s", id=plain)
    assert row.nudge_at is None


async def test_after_each_opening_the_next_one_is_planned(database: Database, gateway: Gateway) -> None:
    push_id = await a_sent_push(database, BitMap([1]), message=OPEN, expire_seconds=259_200)
    assert await gateway.nudges.nudge() == 1
    assert gateway.sync.answered == 1
    planned = await nudge_at(database, push_id)
    assert planned
    assert timedelta(hours=12) < planned - datetime.now(planned.tzinfo) < timedelta(hours=24)


async def test_a_gateway_that_is_up_only_after_the_hours_tells_nobody(database: Database, gateway: Gateway) -> None:
    push_id = await a_sent_push(database, BitMap([1]), message=CLOSED, nudge_at="yesterday")
    assert await gateway.nudges.nudge() == 1
    assert gateway.sync.answered == 0
    assert await nudge_at(database, push_id), "but the next time"


@pytest.mark.parametrize("state", [State.PAUSED, State.STOPPED])
async def test_a_push_that_is_held_or_has_ended_nudges_nobody(
    database: Database, gateway: Gateway, state: State
) -> None:
    push_id = await a_sent_push(database, BitMap([1]))
    async with database.transaction() as connection:
        await move(connection, push_id, state)
    assert await gateway.nudges.nudge() == 0


async def test_a_connected_device_gets_it_when_the_push_goes_on(world: World) -> None:
    async with Fleet(world.fleet_options(count=3, online=0.0)) as fleet:
        devices = BitMap(device.device_id for device in fleet.devices)
        push_id = await world.push(devices)
        async with world.database.transaction() as connection:
            published = "UPDATE push_slices SET sent_upto = last_device, offline = targets WHERE push_id = %s"
            await connection.execute(published, (push_id,))
            await move(connection, push_id, State.PAUSED)
        await fleet.go_online(3)
        assert fleet.counters.received == 0, "synced, and nothing before it"
        await until(lambda: world.gateway.online(world.access_id) == devices, "they are known to be connected")
        async with world.database.transaction() as connection:
            await move(connection, push_id, State.STARTED)
            await nudges.ask(connection, push_id)
        await until(lambda: fleet.counters.received == 3, "all have it")


async def test_a_connected_device_gets_it_when_the_hours_begin(world: World) -> None:
    async with Fleet(world.fleet_options(count=2, online=0.0)) as fleet:
        devices = BitMap(device.device_id for device in fleet.devices)
        push_id = await world.push(devices, message=CLOSED)
        await fleet.go_online(2)
        assert fleet.counters.received == 0
        await until(lambda: world.gateway.online(world.access_id) == devices, "they are known to be connected")
        async with world.database.transaction() as connection:  # the clock can't be moved, so the hours are
            published = "UPDATE push_slices SET sent_upto = last_device, offline = targets WHERE push_id = %s"
            await connection.execute(published, (push_id,))
            values = {"message": OPEN, "push_id": push_id}
            await connection.execute(b"UPDATE pushes SET message = %(message)s WHERE push_id = %(push_id)s", values)
            await nudges.ask(connection, push_id)
        await until(lambda: fleet.counters.received == 2, "both have it")
