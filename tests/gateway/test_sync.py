"""What a device that connects is sent: the newest three it is owed, in the order of sending, then `synced`."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from psycopg.types.json import Jsonb
from pyroaring import BitMap

from rockdove.engines.wire import Message
from rockdove.gateway import catching_up, nudges
from rockdove.gateway import messages as gateway_messages
from rockdove.gateway.arrivals import Arrivals
from rockdove.gateway.messages import Letters, Messages
from rockdove.gateway.owed import Owed, OwedMessages
from rockdove.gateway.sync import Sync
from rockdove.gateway.targets import Targets
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.storage.database import Database
from rockdove.testing.device_api import DeviceApi
from rockdove.testing.fleet import Fleet
from tests.gateway.world import World, locked, message, until
from tests.rows import a_device, a_push, a_slice, an_app

SMALL, LARGE = Jsonb({"planned": 3}), Jsonb({"planned": 3000})


async def owed_ids(world: World, *devices: int) -> list[list[int]]:
    """The push ids each device is owed, by a gateway that has nothing in memory."""
    finder = OwedMessages(Targets(2**20), Arrivals(2**20))
    async with world.database.connection() as connection:
        mailbox = (await finder.find(connection, {world.access_id: BitMap(devices)}))[world.access_id]
    return [[owed.push_id for owed in mailbox.get(device, [])] for device in devices]


async def owed_by(finder: OwedMessages, world: World, device: int) -> list[int]:
    async with world.database.connection() as connection:
        mailbox = (await finder.find(connection, {world.access_id: BitMap([device])}))[world.access_id]
    return [owed.push_id for owed in mailbox.get(device, [])]


async def test_the_newest_three_in_the_order_of_sending(world: World) -> None:
    first, second, third, fourth = [await world.push(BitMap([1, 2])) for _ in range(4)]
    other = await world.push(BitMap([2]))
    assert await owed_ids(world, 1, 2, 3) == [[second, third, fourth], [third, fourth, other], []]
    assert first not in (await owed_ids(world, 1))[0]


async def test_confirmed_ones_are_dropped_and_not_replaced_by_older_ones(world: World) -> None:
    pushes = [await world.push(BitMap([1])) for _ in range(4)]
    world.fold._collect(world.access_id, [1], [(pushes[2], "arrived")], 0)
    await world.fold.flush()
    assert await owed_ids(world, 1) == [[pushes[1], pushes[3]]]


async def test_an_order_of_sending_that_is_not_the_order_of_creation(world: World) -> None:
    async with world.database.transaction() as connection:
        scheduled = await a_push(connection, world.access_id)
    now = await world.push(BitMap([1]))
    async with world.database.transaction() as connection:
        await move(connection, scheduled, State.STARTED)
        await a_slice(connection, scheduled, world.access_id, 0, BitMap([1]))
    assert scheduled < now
    assert await owed_ids(world, 1) == [[now, scheduled]]


async def test_what_has_ended_is_not_owed(world: World) -> None:
    expired, live_only = [await world.push(BitMap([1]), expire_seconds=seconds) for seconds in (60, 0)]
    kept = await world.push(BitMap([1]))
    async with world.database.transaction() as connection:
        await move(connection, kept, State.FINISHED)
    for end in (State.STOPPED, State.REVOKED, State.COLLAPSED, State.FAILED):
        for counts in (LARGE, SMALL):
            push_id = await world.push(BitMap([1]), counts=counts)
            async with world.database.transaction() as connection:
                await connection.execute(
                    "INSERT INTO small_push_targets VALUES (%s, 1, %s)", (world.access_id, push_id)
                )
                await move(connection, push_id, end)
    async with world.database.transaction() as connection:
        await connection.execute("UPDATE pushes SET expires_at = now() WHERE push_id = %s", (expired,))
    assert live_only
    assert await owed_ids(world, 1) == [[kept]]


async def test_what_ends_while_it_is_looked_for_is_not_handed_out(world: World) -> None:
    """The last thing that is asked is whether it still may be."""
    stopped, kept = await world.push(BitMap([1])), await world.push(BitMap([1]))
    async with locked(world.database, "receipt_deltas") as waiters:
        looking = asyncio.create_task(owed_ids(world, 1))
        await waiters(1)  # the pushes are known, and what has arrived is asked
        async with world.database.transaction() as connection:
            await move(connection, stopped, State.STOPPED)
    assert await looking == [[kept]]


async def test_a_kept_message_that_leaves_while_others_are_read_is_sent_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, new, others = [await world.push(BitMap([1])) for _ in range(3)]
    messages = Messages()

    async def letters(*push_ids: int) -> Letters:
        owed = [Owed(seq, push_id) for seq, push_id in enumerate(push_ids)]
        async with world.database.connection() as connection:
            return await messages.of(connection, {world.access_id: {1: owed}})

    await letters(kept, others)
    async with locked(world.database, "pushes") as waiters:
        reading = asyncio.create_task(letters(kept, new))
        await waiters(1)
        monkeypatch.setattr(gateway_messages, "MESSAGES_KEPT", 1)
        await letters(others)
    for push_id in (kept, new):
        assert str(push_id).encode() in (await reading).of(world.access_id, 1, push_id)


async def test_a_paused_push_keeps_its_place_and_is_handed_out_when_it_goes_on(world: World) -> None:
    pushes = [await world.push(BitMap([1])) for _ in range(4)]
    finder = OwedMessages(Targets(2**20), Arrivals(2**20))
    for state, owed in ((State.PAUSED, [pushes[1], pushes[2]]), (State.STARTED, pushes[1:])):
        async with world.database.transaction() as connection:
            await move(connection, pushes[3], state)
        assert await owed_by(finder, world, 1) == owed


async def test_outside_its_hours_a_push_keeps_its_place_and_is_not_handed_out(world: World) -> None:
    for counts in (LARGE, SMALL):
        oldest, open_, closed, newest = [
            await world.push(BitMap([1]), message=message(hours), counts=counts)
            for hours in ((), ((-1, 2), (4, 5)), ((-3, -1), (2, 3)), ())
        ]
        async with world.database.transaction() as connection:
            await connection.execute(
                "INSERT INTO small_push_targets SELECT access_id, 1, push_id FROM pushes WHERE NOT bulk"
            )
        assert await owed_ids(world, 1) == [[open_, newest]]
        assert oldest < closed


async def test_a_push_that_committed_late_is_not_overlooked(world: World) -> None:
    """Its transaction began before others that a gateway has seen already."""
    finder = OwedMessages(Targets(2**20), Arrivals(2**20))
    async with world.database.transaction() as late:
        first = await a_push(late, world.access_id)
        await move(late, first, State.STARTED)
        await a_slice(late, first, world.access_id, 0, BitMap([1]))
        second = await world.push(BitMap([1]))
        assert await owed_by(finder, world, 1) == [second]
    assert await owed_by(finder, world, 1) == [first, second]


async def test_a_slice_that_joins_a_small_push_later_is_seen_at_once(world: World) -> None:
    """Two devices of one small push; the vendor refuses one, which comes back to the own channel."""
    push_id = await world.push(BitMap([1]), counts=SMALL)
    async with world.database.transaction() as connection:
        for device in (1, 2):
            await connection.execute(
                "INSERT INTO small_push_targets VALUES (%s, %s, %s)", (world.access_id, device, push_id)
            )
    finder = OwedMessages(Targets(2**20), Arrivals(2**20))
    assert await owed_by(finder, world, 2) == []
    async with world.database.transaction() as connection:
        await a_slice(connection, push_id, world.access_id, 1, BitMap([2]))
    assert await owed_by(finder, world, 2) == [push_id]


async def test_a_device_in_two_slices_of_a_push_gets_it_once(world: World) -> None:
    older = [await world.push(BitMap([1])) for _ in range(2)]
    push_id = await world.push(BitMap([1]))
    async with world.database.transaction() as connection:
        await a_slice(connection, push_id, world.access_id, 1, BitMap([1]))
    assert await owed_ids(world, 1) == [[*older, push_id]]


async def test_only_the_own_channels_targets(world: World) -> None:
    bulk = await world.push(BitMap([1]))
    small = await world.push(BitMap([1]), counts=SMALL)
    async with world.database.transaction() as connection:
        await connection.execute("UPDATE push_slices SET channel = 'hw' WHERE access_id = %s", (world.access_id,))
        await connection.execute("INSERT INTO small_push_targets VALUES (%s, 1, %s)", (world.access_id, small))
    assert bulk
    assert await owed_ids(world, 1) == [[]]


async def test_a_slice_that_joins_its_push_later_is_seen_at_once(world: World) -> None:
    push_id = await world.push(BitMap([1]))
    finder = OwedMessages(Targets(2**20), Arrivals(2**20))
    async with world.database.transaction() as connection:
        assert not (await finder.find(connection, {world.access_id: BitMap([2])}))[world.access_id]
        await a_slice(connection, push_id, world.access_id, 1, BitMap([2]))
        found = await finder.find(connection, {world.access_id: BitMap([2])})
    assert [owed.push_id for owed in found[world.access_id][2]] == [push_id]


async def test_against_a_plain_reference(database: Database) -> None:
    """Random pushes, large and small, slices, receipts and ends; asked in between with warm caches."""
    chance = random.Random(7)
    async with database.transaction() as connection:
        app = await an_app(connection)
    finder = OwedMessages(Targets(4_000), Arrivals(4_000))  # small enough to drop entries all the time
    history: list[dict[str, Any]] = []
    for _ in range(60):
        async with database.transaction() as connection:
            if chance.random() < 0.7:
                history.append(await _random_push(connection, app, chance))
            elif history:
                await _random_event(connection, chance.choice(history), chance)
        asking = BitMap(chance.sample(range(40), 15))
        async with database.connection() as connection:
            mailbox = (await finder.find(connection, {app: asking}))[app]
        assert {device: [owed.push_id for owed in mailbox.get(device, [])] for device in asking} == {
            device: _reference(history, device) for device in asking
        }


def _reference(history: list[dict[str, Any]], device: int) -> list[int]:
    newest = [push for push in history if device in push["targets"] and not push["ended"]][-3:]
    return [push["push_id"] for push in newest if device not in push["arrived"]]


async def _random_push(connection: Any, app: int, chance: random.Random) -> dict[str, Any]:
    small = chance.random() < 0.5
    push_id = await a_push(connection, app, counts=Jsonb({"planned": 10 if small else 5000}))
    await move(connection, push_id, State.STARTED)
    targets = sorted(chance.sample(range(40), chance.randint(1, 30)))
    cut = chance.randint(0, len(targets))
    for number, part in enumerate(part for part in (targets[:cut], targets[cut:]) if part):
        await a_slice(connection, push_id, app, number, BitMap(part))
    if small:
        for device in targets:
            await connection.execute("INSERT INTO small_push_targets VALUES (%s, %s, %s)", (app, device, push_id))
    return {"push_id": push_id, "targets": set(targets), "arrived": set[int](), "ended": False}


async def _random_event(connection: Any, push: dict[str, Any], chance: random.Random) -> None:
    if push["ended"]:
        return
    if chance.random() < 0.2:
        push["ended"] = True
        await move(connection, push["push_id"], State.STOPPED)
        return
    arrived = set(chance.sample(sorted(push["targets"]), chance.randint(1, len(push["targets"]))))
    push["arrived"] |= arrived
    await connection.execute(
        "INSERT INTO receipt_deltas (push_id, slice_no, event, minute, devices) VALUES (%s, 0, 'arrived', now(), %s)",
        (push["push_id"], BitMap(arrived).serialize()),
    )


async def test_offline_devices_get_it_when_they_connect_and_only_once(world: World) -> None:
    async with Fleet(world.fleet_options(count=6, online=0.5)) as fleet:
        everybody = BitMap(device.device_id for device in fleet.devices)
        push_id = await world.push(everybody, slices=2)
        await world.publish(push_id, everybody)
        await until(lambda: fleet.counters.received == 3, "the online half has it")
        await fleet.go_online(6)
        assert fleet.counters.received == 6, "synced comes after what is owed"
        await until(lambda: world.fold.accepted == 6, "six arrivals")
        await fleet.go_offline(6)
        await fleet.go_online(6)
        assert (fleet.counters.received, fleet.counters.repeated) == (6, 0)
        assert await world.recorded(push_id, "arrived") == everybody


async def test_an_arrival_that_was_not_recorded_is_sent_again_and_dropped_by_the_device(world: World) -> None:
    async with Fleet(world.fleet_options(count=1)) as fleet:
        device = BitMap([fleet.devices[0].device_id])
        push_id = await world.push(device)
        await world.publish(push_id, device)
        await until(lambda: world.fold.accepted == 1, "the arrival")
        async with world.database.connection() as connection:
            await connection.execute("DELETE FROM receipt_deltas")
        await fleet.go_offline(1)
        await fleet.go_online(1)
        assert (fleet.counters.received, fleet.counters.repeated) == (1, 1)


async def test_a_device_that_can_not_be_answered_does_not_end_the_gateway(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever fails on it (the answer, a nudge, catching up), the others are told again when it is over."""
    failed: set[str] = set()

    async def stumble(*_: object) -> None:
        task = asyncio.current_task()
        assert task
        failed.add(getattr(task.get_coro(), "__qualname__", ""))
        raise LookupError("a case nobody thought of")

    monkeypatch.setattr(catching_up, "SETTLE_SECONDS", 0.0)
    async with Fleet(world.fleet_options(count=1)) as fleet:
        device = BitMap([fleet.devices[0].device_id])
        with monkeypatch.context() as patch:
            patch.setattr(Sync, "_answer", stumble)
            push_id = await world.push(device)
            async with world.database.connection() as connection:
                offline = {"offline": device.serialize(), "push_id": push_id}
                await connection.execute("UPDATE push_slices SET offline = %(offline)s, sent_upto = 2^31", offline)
                await nudges.ask(connection, push_id)
            world.wire.on_reconnect()
            world.gateway.sync.receive([Message(b"s.%d.%d" % (world.access_id, device.min()), b"")])
            await until(lambda: failed == {"Sync.run", "Gateway._nudge", "CatchingUp.run"}, "all three have failed")
        world.gateway.sync.receive([Message(b"s.%d.%d" % (world.access_id, device.min()), b"")])
        await until(lambda: fleet.counters.received == 1, "the message")


async def test_connecting_is_being_seen_today(world: World) -> None:
    async with Fleet(world.fleet_options(count=2, online=0.5)) as fleet:
        async with world.database.connection() as connection:
            await connection.execute("UPDATE devices SET last_seen_day = current_date - 100")
        await fleet.go_offline(1)
        await fleet.go_online(1)
        async with world.database.connection() as connection:
            rows = await (
                await connection.execute(
                    "SELECT (now() AT TIME ZONE 'UTC')::date - last_seen_day AS days FROM devices ORDER BY days"
                )
            ).fetchall()
    connected, away = [row.days for row in rows]
    assert connected == 0
    assert away > 50


async def test_an_unregistered_device_is_told_nothing_and_thrown_out(world: World) -> None:
    fleet = Fleet(world.fleet_options(count=1))
    await fleet._register_all()
    device = fleet.devices[0]
    await world.push(BitMap([device.device_id]))
    async with world.database.connection() as connection:
        await connection.execute("UPDATE devices SET unregistered_at = now()")
    await device.connect()
    await until(lambda: fleet.counters.lost == 1, "kicked")
    assert (fleet.counters.synced, fleet.counters.received) == (0, 0)
    await fleet.stop()


async def test_a_device_of_another_application_gets_its_own(world: World) -> None:
    """Device ids are dense in each application: the same number exists in many."""
    async with world.database.transaction() as connection:
        other = await an_app(connection, 3)
        await a_device(connection, other)
        push_id = await a_push(connection, other)
        await move(connection, push_id, State.STARTED)
        await a_slice(connection, push_id, other, 0, BitMap([1]))
    mine = await world.push(BitMap([1]))
    assert await owed_ids(world, 1) == [[mine]]


async def test_a_personalised_message_is_made_for_who_asks(world: World) -> None:
    message = {"title": "Dear {{name}}", "content": "c", "default_title": "Hello", "default_content": "d"}
    async with Fleet(world.fleet_options(count=3)) as fleet:
        ids = [device.device_id for device in fleet.devices]
        async with world.database.connection() as connection:
            for device_id, attributes in ((ids[0], {"name": "Ada"}), (ids[1], {"name": "Eve"})):
                await connection.execute(
                    "INSERT INTO device_attributes VALUES (%s, %s, %s)",
                    (world.access_id, device_id, Jsonb(attributes)),
                )
    await world.push(BitMap(ids), message=Jsonb(message))
    read = []
    api = DeviceApi(world.url)
    for device in fleet.devices:
        answer = await api.post("/device/v1/messages", {}, device.jwt)
        read += [(one["title"], one["content"]) for one in answer["messages"]]
    api.close()
    assert read == [("Dear Ada", "c"), ("Dear Eve", "c"), ("Hello", "d")]
