"""The express way in whole: accepted pushes reach their devices once and in order, whoever dies or fails on the way."""

from __future__ import annotations

import asyncio
import errno
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from psycopg import OperationalError
from pyroaring import BitMap

from rockdove.audience.audience import Audience, AudienceError
from rockdove.audience.hashed_texts import HashedTexts
from rockdove.audience.request import AudienceRequest
from rockdove.audience.resolver import Resolver
from rockdove.audience.vendor_channels import none
from rockdove.domain.push import AudienceType, MessageType, PushRequest
from rockdove.engines import Engines
from rockdove.engines.wire import Message, Wire
from rockdove.lifecycle.states import State
from rockdove.pushes import requests
from rockdove.runtime import dispatching, express
from rockdove.runtime.connections import open_wire
from rockdove.runtime.express import Channel, Express
from rockdove.runtime.starter import PushStarter
from rockdove.storage.database import Database, fetch_all
from rockdove.storage.wake import Bell
from rockdove.testing.fixed_channels import FixedChannels
from tests.rows import a_device, an_app

APP = 1_650_000_001
"""NATS is shared by the tests of a run: no other test listens to this application's devices."""
DEVICES = 20
LEASE_SECONDS = 60.0


class Killed(BaseException):
    """What is left of a worker that was killed: nothing of it goes on."""


@dataclass
class World:
    database: Database
    engines: Engines
    folder: Path
    wire: Wire
    listener: Wire
    tokens: list[str]
    received: list[Message] = field(default_factory=list)

    async def accept(self, *numbers: int, **columns: Any) -> list[int]:
        """A push to each of these devices, by number."""
        orders = [
            requests.Order(
                PushRequest(
                    access_id=APP,
                    audience_type=AudienceType.TOKEN,
                    tokens=(self.tokens[number],),
                    message_type=MessageType.NOTIFY,
                    message={"title": "Hello", "content": "World"},
                    **columns,
                ),
                [None],
            )
            for number in numbers
        ]
        async with self.database.transaction() as connection:
            return [push_ids[0] for push_ids in await requests.accept_all(connection, orders)]

    @asynccontextmanager
    async def worker(
        self, name: str, *, lease_seconds: float = LEASE_SECONDS, wire: Wire | None = None, dispatches: bool = False
    ) -> AsyncIterator[None]:
        """The express way of a worker, and its dispatcher where that is wanted."""
        bell = Bell(self.database)
        starter = PushStarter(self.database, Resolver(self.database, self.folder, _no_package), bell, name, 1000)
        way = Express(
            self.database,
            Channel(wire or self.wire, lambda _: BitMap(range(DEVICES))),
            starter,
            bell,
            owner=name,
            lease_seconds=lease_seconds,
            slice_devices=1000,
            vendor_channels=none,
        )
        work = [bell.run(), way.run()]
        if dispatches:
            work.append(
                dispatching.dispatcher(
                    self.engines.settings,
                    self.database,
                    self.wire,
                    lambda _: BitMap(),
                    bell,
                    owner=name,
                    channels=FixedChannels({}),
                ).run()
            )
        tasks = [asyncio.create_task(each) for each in work]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError, Killed):
                await asyncio.gather(*tasks)

    async def finished(self, push_ids: list[int]) -> None:
        await self.until_states(lambda states: all(states[push_id] == State.FINISHED for push_id in push_ids))
        await self.listener.flush()

    async def until_states(self, condition: Callable[[dict[int, str]], bool]) -> None:
        states: dict[int, str] = {}
        async with asyncio.timeout(30):
            while not states or not condition(states):
                states = {row.push_id: row.state for row in await self.rows(b"SELECT push_id, state FROM pushes")}
                await asyncio.sleep(0.01)

    async def rows(self, statement: bytes) -> list[Any]:
        async with self.database.connection() as connection:
            return await fetch_all(connection, statement)

    def deliveries(self) -> list[tuple[int, int]]:
        """(push id, sequence number) in the order of their arrival."""
        messages = [msgspec.json.decode(message.payload) for message in self.received]
        return [(int(message["push_id"]), message["seq"]) for message in messages]


async def _no_package(access_id: int, package_id: int) -> HashedTexts:
    raise AudienceError("there are no packages here")


@pytest.fixture
async def world(engines: Engines, database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        wire = await stack.enter_async_context(open_wire(engines.settings, "test"))
        listener = await stack.enter_async_context(open_wire(engines.settings, "listener"))
        tokens = [f"{number:036}" for number in range(DEVICES)]
        async with database.transaction() as connection:
            await an_app(connection, APP)
            for token in tokens:
                await a_device(connection, APP, token=token)
        world = World(database, engines, tmp_path, wire, listener, tokens)
        listener.subscribe(f"d.{APP}.*", world.received.extend)
        await listener.flush()
        yield world


async def test_pushes_reach_their_devices_in_the_order_in_which_they_were_accepted(world: World) -> None:
    waiting = await world.accept(*range(DEVICES))
    async with world.worker("a"):
        await world.finished(waiting)
        later = await world.accept(3)
        await world.finished(later)
    deliveries = world.deliveries()
    assert [push_id for push_id, _ in deliveries] == waiting + later
    assert [seq for _, seq in deliveries] == sorted(seq for _, seq in deliveries)


async def test_two_workers_at_once_send_nothing_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(express, "BATCH_PUSHES", 3)
    push_ids = await world.accept(*(number % DEVICES for number in range(200)))
    async with world.worker("a"), world.worker("b"):
        await world.finished(push_ids)
    assert Counter(push_id for push_id, _ in world.deliveries()) == Counter(push_ids)
    owners = await world.rows(b"SELECT DISTINCT state, lease_owner FROM push_slices")
    assert [tuple(row) for row in owners] == [("done", None)]


async def test_of_a_worker_that_dies_before_it_has_sent_the_slices_are_sent_when_its_lease_has_run_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_: object) -> None:
        raise Killed

    push_ids = await world.accept(1, 2, 3)
    with monkeypatch.context() as patch:
        patch.setattr("rockdove.dispatch.express.publish", die)
        async with world.worker("dead"):
            await world.until_states(lambda states: set(states.values()) == {State.STARTED})
    assert world.deliveries() == []
    async with world.worker("other", dispatches=True):
        later = await world.accept(4)
        await world.finished(later)
        assert [push_id for push_id, _ in world.deliveries()] == later, "the lease still stands"
        async with world.database.connection() as connection:
            await connection.execute("UPDATE push_slices SET lease_until = clock_timestamp() WHERE state = 'due'")
        await world.finished(push_ids)
    assert Counter(push_id for push_id, _ in world.deliveries()) == Counter(push_ids + later)


async def test_a_worker_that_comes_back_under_its_name_frees_what_it_held(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_: object) -> None:
        raise Killed

    push_ids = await world.accept(1)
    with monkeypatch.context() as patch:
        patch.setattr("rockdove.dispatch.express.publish", die)
        async with world.worker("a"):
            await world.until_states(lambda states: set(states.values()) == {State.STARTED})
    async with world.worker("a", dispatches=True):
        await world.finished(push_ids)
    assert [push_id for push_id, _ in world.deliveries()] == push_ids


async def test_while_the_channel_is_away_slices_are_put_back_and_sent_by_whoever_has_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(express, "AWAY_SECONDS", 0.0)
    lost = open_wire(world.engines.settings, "lost")
    await lost.connect()
    await lost.close()
    push_ids = await world.accept(1, 2)
    async with world.worker("a", wire=lost, dispatches=True):
        await world.finished(push_ids)
    assert Counter(push_id for push_id, _ in world.deliveries()) == Counter(push_ids)


async def test_what_is_not_plain_is_started_one_by_one(world: World) -> None:
    plain, paced = await world.accept(1), await world.accept(2, push_speed=1000)
    async with world.worker("a", dispatches=True):
        await world.finished(plain + paced)
    assert sorted(push_id for push_id, _ in world.deliveries()) == sorted(plain + paced)
    attempts = await world.rows(b"SELECT attempts FROM pushes ORDER BY push_id")
    assert [row.attempts for row in attempts] == [0, 1], "only that one was leased"


async def test_one_that_can_not_be_resolved_harms_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rockdove.runtime.starter.ATTEMPTS", 1)
    good = await world.accept(1, 2)
    (bad,) = await world.accept(3)
    async with world.database.connection() as connection:
        await connection.execute("UPDATE pushes SET audience = '{\"tokens\": 7}' WHERE push_id = %s", (bad,))
    async with world.worker("a", dispatches=True):
        await world.finished(good)
        await world.until_states(lambda states: states[bad] == State.FAILED)
    assert sorted(push_id for push_id, _ in world.deliveries()) == good


async def test_one_that_loses_the_database_is_started_when_it_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not when its lease of a minute has run out."""
    lost = iter([True])
    resolve = Resolver.resolve

    async def resolve_later(self: Resolver, request: AudienceRequest) -> Audience:
        if next(lost, False):
            raise OperationalError("server closed the connection unexpectedly")
        return await resolve(self, request)

    monkeypatch.setattr(Resolver, "resolve", resolve_later)
    push_ids = await world.accept(1, push_speed=1000)
    async with world.worker("a", dispatches=True):
        await world.finished(push_ids)
    assert next(lost, None) is None


async def test_one_that_finds_the_disk_full_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rockdove.runtime.starter.ATTEMPTS", 1)
    monkeypatch.setattr("rockdove.runtime.starter.RETRY_SECONDS", 0.01)
    full = iter([True, True, True])
    resolve = Resolver.resolve

    async def resolve_with_room(self: Resolver, request: AudienceRequest) -> Audience:
        if next(full, False):
            raise OSError(errno.ENOSPC, "No space left on device")
        return await resolve(self, request)

    monkeypatch.setattr(Resolver, "resolve", resolve_with_room)
    push_ids = await world.accept(1, push_speed=1000)
    async with world.worker("a", dispatches=True):
        await world.finished(push_ids)
    assert next(full, None) is None


async def test_however_much_is_asked_for_at_once_a_batch_stays_small(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(express, "BATCH_TEXTS", 2)
    push_ids = await world.accept(*range(5))
    async with world.worker("a"):
        await world.finished(push_ids)
    assert [push_id for push_id, _ in world.deliveries()] == push_ids
