from __future__ import annotations

import asyncio
import time
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nats.aio.subscription import Subscription
from pyroaring import BitMap

from rockdove.engines import Engines
from rockdove.gateway.presence import Connection, Device, Presence, Roster
from rockdove.gateway.servers import lists_of_all
from rockdove.runtime.connections import open_system
from rockdove.testing.fleet import Fleet
from tests.gateway.world import PATIENCE_SECONDS, World, until

connections = st.builds(Connection, st.sampled_from(["A", "B"]), st.integers(1, 6))
devices = st.builds(Device, st.integers(1, 2), st.integers(0, 4))
events = st.lists(st.one_of(st.tuples(st.just("add"), connections, devices), st.tuples(st.just("remove"), connections)))


@settings(max_examples=300, deadline=None)
@given(events)
def test_a_device_is_online_while_it_has_a_connection(history: list[tuple[object, ...]]) -> None:
    roster, model = Roster(), dict[Connection, Device]()
    for kind, connection, *device in history:
        assert isinstance(connection, Connection)
        if kind == "add":
            assert isinstance(device[0], Device)
            roster.add(connection, device[0])
            model.setdefault(connection, device[0])
        else:
            roster.remove(connection)
            model.pop(connection, None)
    online: defaultdict[int, set[int]] = defaultdict(set)
    for device_ in model.values():
        online[device_.access_id].add(device_.device_id)
    assert roster.connections() == set(model)
    assert {access_id: roster.online(access_id) for access_id in (1, 2)} == {
        access_id: BitMap(online[access_id]) for access_id in (1, 2)
    }


def test_a_hundred_thousand_connections_are_little_work() -> None:
    roster = Roster()
    started = time.process_time()
    for number in range(100_000):
        roster.add(Connection("A", number), Device(1, number))
    for number in range(0, 100_000, 2):
        roster.remove(Connection("A", number))
    assert len(roster.online(1)) == len(roster) == 50_000
    assert time.process_time() - started < 10, "a bound no machine should miss; about 0.2 s here"


async def test_devices_come_and_go(world: World) -> None:
    async with Fleet(world.fleet_options(count=4, online=0.5)) as fleet:
        ids = [device.device_id for device in fleet.devices]
        await until(lambda: world.gateway.online(world.access_id) == BitMap(ids[:2]), "two online")
        await fleet.go_online(4)
        await until(lambda: world.gateway.online(world.access_id) == BitMap(ids), "four online")
        await fleet.go_offline(1)
        await fleet.go_offline(1, abruptly=True)
        await until(lambda: world.gateway.online(world.access_id) == BitMap(ids[:2]), "two left")
    await until(lambda: not world.gateway.online(world.access_id), "nobody left")


@pytest.mark.parametrize("turns", range(6))
async def test_a_cancellation_that_meets_an_answer_ends_the_question(
    engines: Engines, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    inboxes: list[Subscription] = []
    async with open_system(engines.settings, "asker") as system:
        subscribe = system.subscribe

        async def remembering(subject: str) -> Subscription:
            inboxes.append(await subscribe(subject))
            return inboxes[0]

        monkeypatch.setattr(system, "subscribe", remembering)
        asking = asyncio.create_task(lists_of_all(system, b"{}"))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (inboxes and inboxes[0]._pending_queue.qsize()):  # noqa: ASYNC110  the turn of the loop in which it comes
                await asyncio.sleep(0)
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
        assert asking.cancelled()


async def test_whoever_starts_later_learns_who_is_there(world: World) -> None:
    async with Fleet(world.fleet_options(count=3)) as fleet:
        late = Presence(world.system, world.gateway._account)
        await late._walk_once()
        assert late.online(world.access_id) == BitMap(device.device_id for device in fleet.devices)


async def test_what_was_missed_is_dropped_after_two_walks_and_not_after_one(world: World) -> None:
    late = Presence(world.system, world.gateway._account)
    async with Fleet(world.fleet_options(count=1)) as fleet:
        await late._walk_once()
        device = fleet.devices[0].device_id
    await until(lambda: not world.gateway.online(world.access_id), "it is gone")
    assert device in late.online(world.access_id)
    await late._walk_once()
    assert device in late.online(world.access_id), "one walk may have overlooked it"
    await late._walk_once()
    assert not late.online(world.access_id)
