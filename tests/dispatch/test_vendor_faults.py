"""What is wrong with one vendor, or was done to a push in the wrong moment, costs nobody their message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from pyroaring import BitMap

from rockdove.channels.channel import UNANSWERED, Batch, ChannelAwayError, Outcome
from rockdove.channels.own import OwnChannel
from rockdove.dispatch import channel_pace, holding
from rockdove.dispatch.channel_pace import ChannelPace, NotYetError
from rockdove.dispatch.dispatcher import Dispatcher
from rockdove.dispatch.messages import Messages
from rockdove.dispatch.slices import Departure, SliceQueue, Work
from rockdove.dispatch.vendor_sending import MOST_UNANSWERED, VendorSending
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.stats.funnel import Stages
from rockdove.storage.database import Connection, Database, fetch_all, fetch_one
from rockdove.testing.fake_channel import FakeChannel
from tests.dispatch.vendor_push import Own, a_vendor_push, counted
from tests.dispatch.world import a_dispatcher, eventually, run_until
from tests.rows import a_device, a_push, a_slice, an_app, an_exception, state_of

APP = 1500000001


class GatedChannel(FakeChannel):
    """Holds every request until `gate` is open; `asked` when there is one."""

    def __init__(self, **options: int) -> None:
        super().__init__(**options)
        self.gate, self.asked = asyncio.Event(), asyncio.Event()

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        self.asked.set()
        await self.gate.wait()
        return await super().send(batch)


class GatedOwn:
    """The same of the own channel: the message has left, the answer is on its way."""

    def __init__(self, channel: OwnChannel) -> None:
        self._channel = channel
        self.gate, self.asked = asyncio.Event(), asyncio.Event()

    async def send(self, access_id: int, payload: bytes, device_ids: Any) -> None:
        await self._channel.send(access_id, payload, device_ids)
        self.asked.set()
        await self.gate.wait()

    async def send_each(self, access_id: int, payloads: Iterable[tuple[int, bytes]]) -> None:
        await self._channel.send_each(access_id, payloads)


class Away(FakeChannel):
    """Can't be reached."""

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        self.requests.append(batch)
        raise ChannelAwayError("no route to the vendor")


class Mute(FakeChannel):
    """Never answers."""

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        self.requests.append(batch)
        return [UNANSWERED] * len(batch.targets)


class Broken(FakeChannel):
    """Has a bug."""

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        self.requests.append(batch)
        raise KeyError("data")


@asynccontextmanager
async def running(dispatcher: Dispatcher) -> AsyncIterator[None]:
    task = asyncio.create_task(dispatcher.run())
    try:
        yield
        assert not task.done(), "the worker goes on"
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_vendor_that_is_away_uses_no_quota_up(database: Database, own: Own) -> None:
    await a_vendor_push(database, own, ["ok-"] * 5)
    vendor = Away(quota=20)
    async with running(a_dispatcher(database, own.channel, channels={"hw": vendor})):
        await eventually(lambda: is_given_back(database, vendor))


async def is_given_back(database: Database, vendor: FakeChannel) -> bool:
    """After more attempts than the quota is worth; those under way have drawn theirs."""
    async with database.connection() as connection:
        used = await channel_pace.used_today(connection, APP)
    return len(vendor.requests) > 5 and used == {("hw", "marketing"): 0}


async def test_who_is_connected_gets_it_while_the_vendor_is_away(database: Database, own: Own) -> None:
    _, devices = await a_vendor_push(database, own, ["ok-"] * 5)
    connected = BitMap(devices[1:3])
    async with running(a_dispatcher(database, own.channel, lambda _: connected, {"hw": Away()})):
        await eventually(lambda: has_published(own, connected))
        connected.add(devices[4])  # a moment later
        await eventually(lambda: has_published(own, connected))


async def has_published(own: Own, devices: BitMap) -> bool:
    await own.all_here()
    return set(own.received) == set(devices)


async def test_a_vendor_that_hangs_holds_up_nobody_else(database: Database, own: Own) -> None:
    """More slices wait for it than the worker has hands."""
    hanging, other = GatedChannel(), FakeChannel()
    async with database.transaction() as connection:
        app = await an_app(connection)
        waiting = await a_push_of_slices(connection, app, ["hw"] * 8)
    async with running(a_dispatcher(database, own.channel, channels={"hw": hanging, "xm": other})):
        await hanging.asked.wait()
        async with database.transaction() as connection:
            pushes = [await a_push_of_slices(connection, app, [name] * 2) for name in ("xg", "xm")]
        for push_id in pushes:
            await eventually(partial(is_now, database, push_id, State.FINISHED))
        assert not hanging.accepted
        hanging.gate.set()
        await eventually(partial(is_now, database, waiting, State.FINISHED))
    assert set(hanging.accepted.values()) == {1}


async def test_who_does_not_answer_is_asked_again_so_often_and_no_more(database: Database, own: Own) -> None:
    push_id, devices = await a_vendor_push(database, own, ["ok-"] * 3)
    vendor = Mute()
    await run_until(database, push_id, a_dispatcher(database, own.channel, channels={"hw": vendor}))
    assert len(vendor.requests) == 1 + MOST_UNANSWERED
    await own.all_here()
    assert set(own.received) == set(devices)


async def test_a_step_without_an_answer_is_not_followed_by_the_next_one(
    database: Database, own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each would cost a time-out."""
    for rest in ("FIRST_REST_SECONDS", "LONGEST_REST_SECONDS"):
        monkeypatch.setattr(f"rockdove.dispatch.hands.{rest}", 60)
    _, devices = await a_vendor_push(database, own, ["ok-"] * 6)
    vendor = Mute(devices_per_request=2, in_flight=1)
    queue = SliceQueue(database, "w", 60)
    sending = VendorSending(queue, ChannelPace(database), Messages(queue), lambda _: BitMap(), never)
    slice_ = await queue.claim(vendors=True)
    assert slice_
    with pytest.raises(NotYetError) as later:
        await sending.send(slice_, vendor)
    assert (len(vendor.requests), slice_.sent_upto) == (1, devices[1])
    assert not later.value.keeps_turn


async def never(*_: object) -> None:
    raise AssertionError("nobody's token is gone")


async def test_a_fault_of_ours_in_a_channel_costs_nobody_the_message(database: Database, own: Own) -> None:
    push_id, devices = await a_vendor_push(database, own, ["ok-"] * 3)
    vendor = Broken()
    await run_until(database, push_id, a_dispatcher(database, own.channel, channels={"hw": vendor}))
    await own.all_here()
    assert set(own.received) == set(devices)
    assert len(vendor.requests) == 1, "it may have been taken"
    assert [reason for reason in (await counted(database, push_id)).moved if "internal error" in reason]


async def test_a_slice_that_can_not_be_sent_stops_no_other(
    database: Database, own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned, _ = await a_vendor_push(database, own, ["ok-"] * 3)
    async with database.transaction() as connection:
        push_id = await a_push_of_slices(connection, APP, ["hw", "xg"])

    async def message_row(queue: SliceQueue, of: int, real: Any = SliceQueue.message_row) -> Any:
        if of == poisoned:
            raise RuntimeError("nobody has thought of this")
        return await real(queue, of)

    monkeypatch.setattr(SliceQueue, "message_row", message_row)
    await run_until(database, push_id, a_dispatcher(database, own.channel, channels={"hw": FakeChannel()}))
    assert await is_now(database, poisoned, State.STARTED)


async def test_a_push_that_is_held_waits_with_all_that_leaves_its_batch_in_flight(database: Database, own: Own) -> None:
    push_id, devices = await a_vendor_push(database, own, ["bad-", "retry1-", "ok-"])
    vendor = GatedChannel()
    async with running(a_dispatcher(database, own.channel, channels={"hw": vendor})):
        await vendor.asked.wait()
        async with database.transaction() as connection:
            await move(connection, push_id, State.PAUSED)
            await holding.park(connection, push_id)
        vendor.gate.set()
        assert await holding.settled(database, push_id)
        async with database.connection() as connection:
            open_ones = await fetch_all(
                connection, b"SELECT due = 'infinity' AS parked FROM push_slices WHERE state = 'due'"
            )
        assert [row.parked for row in open_ones] == [True, True]
        assert not own.received
        async with database.transaction() as connection:
            await move(connection, push_id, State.STARTED)
            assert await holding.call_again(connection, push_id)
        await eventually(partial(is_now, database, push_id, State.FINISHED))
    await own.all_here()
    assert (set(own.received), set(vendor.accepted)) == ({devices[0]}, {"retry1-1", "ok-2"})


async def test_who_has_not_confirmed_while_the_push_was_held_is_tried_at_the_vendor(
    database: Database, own: Own
) -> None:
    push_id, devices = await a_vendor_push(database, own, ["ok-"] * 2)
    vendor = FakeChannel()
    async with database.transaction() as connection:  # another slice, so that the push is not finished meanwhile
        await a_slice(connection, push_id, APP, 9, BitMap([77]), due=datetime.now(UTC) + timedelta(hours=1))
    everybody = BitMap(devices)
    async with running(a_dispatcher(database, own.channel, lambda _: everybody, {"hw": vendor}, confirm_seconds=0.5)):
        await eventually(partial(is_confirming, database))
        async with database.transaction() as connection:
            await move(connection, push_id, State.PAUSED)
            await holding.park(connection, push_id)
        await eventually(partial(is_not_confirming, database))
        assert not vendor.accepted
        async with database.transaction() as connection:
            await move(connection, push_id, State.STARTED)
            assert await holding.call_again(connection, push_id)
        await eventually(partial(is_now, database, push_id, State.FINISHED))
    assert vendor.accepted == {"ok-0": 1, "ok-1": 1}


async def test_a_push_that_is_revoked_while_a_slice_is_looked_at_is_recalled_all_the_same(
    database: Database, own: Own
) -> None:
    push_id, devices = await a_vendor_push(database, own, ["ok-"])
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE push_slices SET channel = 'xg', fallback = 'hw', state = 'confirming', sent_upto = last_device"
        )
    queue = SliceQueue(database, "w", 60)
    slice_ = await queue.claim()
    assert slice_
    assert slice_.work is Work.CONFIRM
    async with database.transaction() as connection:
        await move(connection, push_id, State.REVOKED)
        await holding.recall(connection, push_id)
    await queue.end_confirming(slice_, [Departure(devices=BitMap(devices), reason="not confirmed", channel="hw")])
    recalling = await queue.claim()
    assert recalling
    assert recalling.work is Work.RECALL


async def test_a_channel_that_is_taken_away_when_all_was_sent(database: Database, own: Own) -> None:
    """A worker died between the last batch and closing the slice, and meanwhile the channel was removed."""
    push_id, _ = await a_vendor_push(database, own, ["ok-"] * 3)
    async with database.connection() as connection:
        await connection.execute("UPDATE push_slices SET sent_upto = last_device")
    await run_until(database, push_id, a_dispatcher(database, own.channel))
    assert (await counted(database, push_id)).channels["hw"] == Stages(planned=3, sent=3)


async def test_who_left_ahead_of_the_cursor_is_not_sent_to_after_a_crash(database: Database, own: Own) -> None:
    push_id, devices = await a_vendor_push(database, own, ["ok-"] * 4)
    vendor = FakeChannel()
    async with database.connection() as connection:
        await an_exception(connection, push_id, "moved", "connected", BitMap(devices[2:]))
    await run_until(database, push_id, a_dispatcher(database, own.channel, channels={"hw": vendor}))
    assert vendor.accepted == {"ok-0": 1, "ok-1": 1}
    assert (await counted(database, push_id)).channels["hw"] == Stages(planned=2, sent=2)


@pytest.mark.parametrize("channel", ["hw", "xg"])
async def test_a_worker_that_is_told_to_end_repeats_nothing(database: Database, own: Own, channel: str) -> None:
    """What is in flight is waited for and counted, the rest is another worker's at once."""
    async with database.transaction() as connection:
        app = await an_app(connection)
        push_id = await a_push(connection, app)
        devices = [await a_device(connection, app, channel="hw", channel_token=f"ok-{n}") for n in range(2500)]
        await a_slice(connection, push_id, app, 0, BitMap(devices), channel=channel)
        await move(connection, push_id, State.STARTED)
    await own.listen(app)
    vendor, gated_own = GatedChannel(devices_per_request=10, in_flight=10), GatedOwn(own.channel)
    task = asyncio.create_task(a_dispatcher(database, gated_own, channels={"hw": vendor}).run())
    gated = vendor if channel == "hw" else gated_own
    await gated.asked.wait()
    task.cancel()
    gated.gate.set()
    with suppress(asyncio.CancelledError):
        await task
    assert await is_now(database, push_id, State.STARTED), "the rest was left"
    await run_until(database, push_id, a_dispatcher(database, own.channel, channels={"hw": vendor}, owner="other"))
    await own.all_here()
    counts = list(vendor.accepted.values()) if channel == "hw" else list(own.received.values())
    assert counts == [1] * len(devices)


async def a_push_of_slices(connection: Connection, app: int, channels: Sequence[str]) -> int:
    """A started push of a slice of one device on each of these channels."""
    push_id = await a_push(connection, app)
    for number, name in enumerate(channels):
        device = await a_device(
            connection, app, channel="" if name == "xg" else name, channel_token=f"ok-{push_id}-{number}"
        )
        await a_slice(connection, push_id, app, number, BitMap([device]), channel=name)
    await move(connection, push_id, State.STARTED)
    return push_id


async def is_now(database: Database, push_id: int, state: State) -> bool:
    return await state_of(database, push_id) == state


async def is_confirming(database: Database) -> bool:
    async with database.connection() as connection:
        query = b"SELECT FROM push_slices WHERE state = 'confirming' AND lease_until IS NULL"
        return await fetch_one(connection, query) is not None


async def is_not_confirming(database: Database) -> bool:
    return not await is_confirming(database)
