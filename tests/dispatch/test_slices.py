"""Slices as a queue: claimed once, resumed behind their cursor, closed with their push."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pyroaring import BitMap

from rockdove.dispatch import holding, slices
from rockdove.dispatch.slices import LeaseLostError, Slice, SliceQueue, Work
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.storage.database import Database, fetch_one
from tests.rows import a_push, a_slice, an_app, state_of

LEASE = 60


async def claim_and_send(queue: SliceQueue) -> Slice:
    """As a worker does, up to the point where it leaves the slice."""
    slice_ = await queue.claim()
    assert slice_
    slice_.sent_upto = slice_.targets.max()
    await queue.advance(slice_)
    return slice_


@pytest.fixture
async def app(database: Database) -> int:
    async with database.connection() as connection:
        return await an_app(connection)


@pytest.fixture
async def queue(database: Database) -> SliceQueue:
    return SliceQueue(database, "worker-1", LEASE)


async def a_started_push(database: Database, app: int, slices: int, devices: int = 10, **columns: Any) -> int:
    """Of so many slices, of so many devices each."""
    async with database.transaction() as connection:
        push_id = await a_push(connection, app, **columns)
        for number in range(slices):
            first = number * 10 * devices
            await a_slice(connection, push_id, app, number, BitMap(range(first, first + devices)))
        await move(connection, push_id, State.STARTED)
    return push_id


async def test_many_workers_share_the_slices_and_each_is_claimed_once(database: Database, app: int) -> None:
    push_id = await a_started_push(database, app, 20)
    queues = [SliceQueue(database, f"worker-{number}", LEASE) for number in range(6)]
    claimed = await asyncio.gather(*(queue.claim() for queue in queues * 4))
    numbers = [slice_.slice_no for slice_ in claimed if slice_]
    assert sorted(numbers) == list(range(20))
    assert await state_of(database, push_id) == State.STARTED


async def test_a_push_is_finished_with_its_last_slice_also_when_two_close_at_once(database: Database, app: int) -> None:
    push_id = await a_started_push(database, app, 2)
    queues = [SliceQueue(database, f"worker-{number}", LEASE) for number in range(2)]
    slices = [await claim_and_send(queue) for queue in queues]
    assert await state_of(database, push_id) == State.STARTED
    await asyncio.gather(*(queue.leave(slice_) for queue, slice_ in zip(queues, slices, strict=True)))
    assert await state_of(database, push_id) == State.FINISHED


async def test_after_a_crash_the_next_worker_begins_behind_the_cursor(database: Database, app: int) -> None:
    await a_started_push(database, app, 1)
    dead = SliceQueue(database, "worker-1", LEASE)
    slice_ = await dead.claim()
    assert slice_
    slice_.sent_upto, slice_.offline = 4, BitMap([2])
    await dead.advance(slice_)

    other = SliceQueue(database, "worker-2", LEASE)
    assert await other.claim() is None, "the lease still stands"
    reborn = SliceQueue(database, "worker-1", LEASE)
    await reborn.release_all()
    resumed = await other.claim()
    assert resumed
    assert (resumed.sent_upto, resumed.offline) == (4, BitMap([2]))

    with pytest.raises(LeaseLostError):
        await dead.advance(slice_)


async def test_a_lease_that_ran_out_frees_the_slice(database: Database, app: int, queue: SliceQueue) -> None:
    await a_started_push(database, app, 1)
    assert await queue.claim()
    async with database.connection() as connection:
        await connection.execute("UPDATE push_slices SET lease_until = clock_timestamp() - interval '1 s'")
    assert await SliceQueue(database, "worker-2", LEASE).claim()


async def test_who_lost_a_lease_to_another_task_of_its_own_worker_lets_go(
    database: Database, app: int, queue: SliceQueue
) -> None:
    """Both would send the rest of the slice, every device twice: the database was away for longer than a lease."""
    await a_started_push(database, app, 1)
    first = await queue.claim()
    assert first
    async with database.connection() as connection:
        await connection.execute("UPDATE push_slices SET lease_until = clock_timestamp() - interval '1 s'")
    second = await queue.claim()
    assert second
    assert (second.push_id, second.slice_no) == (first.push_id, first.slice_no)

    first.sent_upto = 4
    with pytest.raises(LeaseLostError):
        await queue.advance(first)
    await queue.put_back(first, 0)
    await queue.leave(first)
    assert await queue.claim() is None, "the second holds it"
    second.sent_upto = 4
    assert await queue.advance(second)


async def test_a_stopped_push_is_closed_without_sending(database: Database, app: int, queue: SliceQueue) -> None:
    push_id = await a_started_push(database, app, 2)
    first = await queue.claim()
    assert first
    async with database.transaction() as connection:
        await move(connection, push_id, State.STOPPED)
    first.sent_upto = 4
    assert not await queue.advance(first), "what was in flight is counted, and then no more"
    await queue.leave(first)
    second = await queue.claim()
    assert second
    assert not second.sendable
    await queue.leave(second)
    assert await queue.claim() is None
    assert await state_of(database, push_id) == State.STOPPED
    async with database.connection() as connection:
        rows = await (await connection.execute("SELECT sent_upto FROM push_slices ORDER BY slice_no")).fetchall()
    assert [row.sent_upto for row in rows] == [4, -1]


async def test_a_paced_push_gives_one_turn_at_a_time(database: Database, app: int, queue: SliceQueue) -> None:
    """All its slices are due, as after a crash of many workers: the turn alone keeps the rate."""
    push_id = await a_started_push(database, app, 3, push_speed=1, devices=50)  # a slice is worth so many seconds
    claims = await asyncio.gather(*(SliceQueue(database, f"w{n}", LEASE).claim() for n in range(3)))
    assert sum(slice_ is not None for slice_ in claims) == 1
    seconds = await queue.seconds_to_next()
    assert seconds is not None
    assert 40 < seconds <= 50
    async with database.connection() as connection:
        await connection.execute("UPDATE pushes SET next_send_at = now() WHERE push_id = %s", (push_id,))
        await connection.execute("UPDATE push_slices SET due = now()")
    assert await queue.claim()
    assert await queue.claim() is None


async def test_the_slices_of_a_paced_push_call_each_other(database: Database, app: int, queue: SliceQueue) -> None:
    push_id = await a_started_push(database, app, 3, push_speed=100)  # a tenth of a second each
    async with database.connection() as connection:
        await connection.execute("UPDATE push_slices SET due = 'infinity' WHERE slice_no > 0")
    numbers = []
    async with asyncio.timeout(20):
        while await state_of(database, push_id) == State.STARTED:
            if slice_ := await queue.claim():
                numbers.append(slice_.slice_no)
                slice_.sent_upto = slice_.targets.max()
                await queue.advance(slice_)
                await queue.leave(slice_)
    assert numbers == [0, 1, 2]


async def test_a_slice_claimed_a_moment_before_its_turn_stays_ahead_of_the_next(database: Database, app: int) -> None:
    """The next one has been called to the turn that this one came too early for."""
    push_id = await a_started_push(database, app, 2, push_speed=100)
    async with database.transaction() as connection:
        await connection.execute("UPDATE pushes SET next_send_at = clock_timestamp() + interval '5 ms'")
        await connection.execute(slices._sql.wait_for_turn, {"push_id": push_id, "slice_no": 0})
        statement = b"SELECT slice.due = next_send_at AS together FROM push_slices AS slice, pushes WHERE slice_no = 0"
        row = await fetch_one(connection, statement)
    assert row.together


@pytest.mark.parametrize("speed", [0, 100])
async def test_a_paused_push_goes_on_where_it_was_held(
    database: Database, app: int, queue: SliceQueue, speed: int
) -> None:
    push_id = await a_started_push(database, app, 3, push_speed=speed)
    if speed:
        async with database.connection() as connection:
            await connection.execute("UPDATE push_slices SET due = 'infinity' WHERE slice_no > 0")
    first = await queue.claim()
    assert first
    async with database.transaction() as connection:
        await move(connection, push_id, State.PAUSED)
        await holding.park(connection, push_id)
    first.sent_upto = 4
    assert not await queue.advance(first)
    await queue.leave(first)
    assert await queue.claim() is None
    assert await queue.seconds_to_next() is None

    async with database.transaction() as connection:
        await move(connection, push_id, State.STARTED)
        assert await holding.call_again(connection, push_id)
    sent = []
    async with asyncio.timeout(20):
        while await state_of(database, push_id) == State.STARTED:
            if slice_ := await queue.claim():
                sent.append((slice_.slice_no, slice_.sent_upto))
                slice_.sent_upto = slice_.targets.max()
                await queue.advance(slice_)
                await queue.leave(slice_)
    assert sent == [(0, 4), (1, -1), (2, -1)]


async def test_resumed_before_its_worker_noticed_nothing_is_left_out(
    database: Database, app: int, queue: SliceQueue
) -> None:
    push_id = await a_started_push(database, app, 1)
    slice_ = await queue.claim()
    assert slice_
    async with database.transaction() as connection:
        await move(connection, push_id, State.PAUSED)
        await holding.park(connection, push_id)
    slice_.sent_upto = 4
    assert not await queue.advance(slice_)
    async with database.transaction() as connection:
        await move(connection, push_id, State.STARTED)
        await holding.call_again(connection, push_id)
    await queue.leave(slice_)
    again = await queue.claim()
    assert again
    assert again.sent_upto == 4


async def test_recalling_goes_through_what_was_sent(database: Database, app: int, queue: SliceQueue) -> None:
    push_id = await a_started_push(database, app, 3)
    await queue.leave(await claim_and_send(queue))
    begun = await queue.claim()
    assert begun
    begun.sent_upto = 104
    assert await queue.advance(begun)
    async with database.transaction() as connection:
        await move(connection, push_id, State.REVOKED)
        await holding.discard(connection, [push_id])
        await holding.recall(connection, push_id)
    await queue.leave(begun)
    recalling = [await queue.claim(), await queue.claim(), await queue.claim()]
    assert [(slice_.slice_no, slice_.work) for slice_ in recalling if slice_] == [(0, Work.RECALL), (1, Work.RECALL)]


async def test_an_expired_push_is_not_sent(database: Database, app: int, queue: SliceQueue) -> None:
    push_id = await a_started_push(database, app, 1)
    async with database.connection() as connection:
        await connection.execute("UPDATE pushes SET expires_at = now() - interval '1 s' WHERE push_id = %s", (push_id,))
    slice_ = await queue.claim()
    assert slice_
    assert not slice_.sendable


async def test_a_slice_put_back_waits(database: Database, app: int, queue: SliceQueue) -> None:
    await a_started_push(database, app, 1)
    slice_ = await queue.claim()
    assert slice_
    await queue.put_back(slice_, 500)
    assert await queue.claim() is None
    seconds = await queue.seconds_to_next()
    assert seconds is not None
    assert 400 < seconds <= 500
