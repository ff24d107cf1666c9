"""A push that was revoked while its devices were away: whoever has confirmed it hears of it at the next sync."""

from __future__ import annotations

import pytest
from psycopg.types.json import Jsonb
from pyroaring import BitMap

from rockdove.gateway.arrivals import Arrivals
from rockdove.gateway.owed import OwedMessages
from rockdove.gateway.targets import Targets
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.testing.device_api import DeviceApi
from rockdove.testing.fleet import Fleet
from tests.gateway.world import World, until
from tests.rows import a_receipt

SMALL, LARGE = Jsonb({"planned": 3}), Jsonb({"planned": 3000})


async def a_confirmed_push(world: World, counts: Jsonb, end: State = State.REVOKED) -> int:
    """For devices 1 to 3, of which 1 and 2 have confirmed it."""
    push_id = await world.push(BitMap([1, 2, 3]), counts=counts)
    async with world.database.transaction() as connection:
        if counts is SMALL:
            for device in (1, 2, 3):
                values = (world.access_id, device, push_id)
                await connection.execute("INSERT INTO small_push_targets VALUES (%s, %s, %s)", values)
        await a_receipt(connection, push_id, "arrived", BitMap([1, 2]))
        await move(connection, push_id, end)
    return push_id


async def recalled(world: World, finder: OwedMessages, *devices: int) -> dict[int, list[int]]:
    asking = {world.access_id: BitMap(devices)}
    async with world.database.connection() as connection:
        await finder.find(connection, asking)
        return dict((await finder.recalled(connection, asking)).get(world.access_id, {}))


@pytest.fixture
def finder() -> OwedMessages:
    return OwedMessages(Targets(2**20), Arrivals(2**20))


@pytest.mark.parametrize("counts", [SMALL, LARGE])
async def test_whoever_has_confirmed_is_told(world: World, finder: OwedMessages, counts: Jsonb) -> None:
    assert await recalled(world, finder, 1, 3, 4) == {}
    push_id = await a_confirmed_push(world, counts)
    assert await recalled(world, finder, 1, 3, 4) == {1: [push_id]}
    assert await recalled(world, finder, 1, 2) == {1: [push_id], 2: [push_id]}, "as often as it asks"


@pytest.mark.parametrize("counts", [SMALL, LARGE])
async def test_only_of_revoked_pushes_that_have_not_expired(world: World, finder: OwedMessages, counts: Jsonb) -> None:
    await a_confirmed_push(world, counts, State.STOPPED)
    push_id = await a_confirmed_push(world, counts)
    assert await recalled(world, finder, 1) == {1: [push_id]}
    async with world.database.transaction() as connection:
        await connection.execute("UPDATE pushes SET expires_at = now() WHERE push_id = %s", (push_id,))
    assert await recalled(world, finder, 1) == {}


async def test_a_receipt_that_was_overlooked_before_counts(world: World, finder: OwedMessages) -> None:
    """Receipts are followed by number, and one that commits late is missed; a revoked push is not sent again for it."""
    push_id = await world.push(BitMap([1]))
    await recalled(world, finder, 1)
    async with world.database.transaction() as late:
        await a_receipt(late, push_id, "arrived", BitMap([1]))
        async with world.database.transaction() as connection:
            await a_receipt(connection, push_id, "shown", BitMap([1]))
        await recalled(world, finder, 1)
    async with world.database.transaction() as connection:
        await move(connection, push_id, State.REVOKED)
    assert await recalled(world, finder, 1) == {1: [push_id]}


async def test_a_device_that_was_away_is_told_when_it_connects(world: World) -> None:
    async with Fleet(world.fleet_options(count=2)) as fleet:
        first, second = (device.device_id for device in fleet.devices)
        push_id = await world.push(BitMap([first]))
        await world.publish(push_id, BitMap([first]))
        await until(lambda: world.fold.accepted == 1, "the arrival")
        await fleet.go_offline(2)
        async with world.database.transaction() as connection:
            await move(connection, push_id, State.REVOKED)
        api = DeviceApi(world.url)
        for device, told in zip(fleet.devices, ([{"type": "recall", "push_id": str(push_id)}], []), strict=True):
            assert await api.post("/device/v1/messages", {}, device.jwt) == {"messages": told}
        api.close()
        await fleet.go_online(2)
        assert fleet.counters.recalled == 1, f"only {first}, not {second}; before synced"
