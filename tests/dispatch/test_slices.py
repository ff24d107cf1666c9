"""Slices as a queue: claimed once, resumed behind their cursor, closed with their push."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pyroaring import BitMap

from rockdove.dispatch.slices import LeaseLostError, SliceQueue
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.storage.database import Database
from tests.rows import a_push, a_slice, an_app, state_of

LEASE = 60


@pytest.fixture
async def app(database: Database) -> int:
    async with database.connection() as connection:
        return await an_app(connection)


@pytest.fixture
async def queue(database: Database) -> SliceQueue:
    return SliceQueue(database, "worker-1", LEASE)


async def a_started_push(database: Database, app: int, slices: int, **columns: Any) -> int:
    async with database.transaction() as connection:
        push_id = await a_push(connection, app, **columns)
        for number in range(slices):
            await a_slice(connection, push_id, app, number, BitMap(range(number * 100, number * 100 + 10)))
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
    slices = [await queue.claim() for queue in queues]
    assert await state_of(database, push_id) == State.STARTED
    await asyncio.gather(*(queue.close(slice_) for queue, slice_ in zip(queues, slices, strict=True) if slice_))
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


async def test_a_stopped_push_is_closed_without_sending(database: Database, app: int, queue: SliceQueue) -> None:
    push_id = await a_started_push(database, app, 2)
    first = await queue.claim()
    assert first
    async with database.transaction() as connection:
        await move(connection, push_id, State.STOPPED)
    with pytest.raises(LeaseLostError):
        await queue.advance(first)
    second = await queue.claim()
    assert second
    assert not second.sendable
    await queue.close(second)
    assert await state_of(database, push_id) == State.STOPPED


async def test_a_paced_push_gives_one_turn_at_a_time(database: Database, app: int, queue: SliceQueue) -> None:
    push_id = await a_started_push(database, app, 3, push_speed=1)  # a slice of ten devices is worth ten seconds
    claims = await asyncio.gather(*(SliceQueue(database, f"w{n}", LEASE).claim() for n in range(3)))
    assert sum(slice_ is not None for slice_ in claims) == 1
    seconds = await queue.seconds_to_next()
    assert seconds is not None
    assert 8 < seconds <= 10
    async with database.connection() as connection:
        await connection.execute("UPDATE pushes SET next_send_at = now() WHERE push_id = %s", (push_id,))
    assert await queue.claim()
    assert await queue.claim() is None


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
    await queue.put_back(slice_, 5)
    assert await queue.claim() is None
    seconds = await queue.seconds_to_next()
    assert seconds is not None
    assert 3 < seconds <= 5
