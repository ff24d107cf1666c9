"""Pushes as a queue: who is due is claimed once, a lease that runs out is claimed again, and the end of a push ends
it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rockdove.domain.push import AudienceType, MessageType, PushRequest
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import IllegalMoveError, State, UnknownPushError
from rockdove.pushes import ending, queue, requests
from rockdove.storage.database import Connection, Database
from tests.rows import a_push, an_app

APP = 1500000001
REQUEST = PushRequest(
    access_id=APP,
    audience_type=AudienceType.ALL,
    message_type=MessageType.NOTIFY,
    message={"title": "t", "content": "c"},
)


@pytest.fixture
async def connection(database: Database) -> Any:
    async with database.connection() as connection:
        await an_app(connection)
        yield connection


async def state(connection: Connection, push_id: int) -> str:
    row: Any = await (await connection.execute("SELECT state FROM pushes WHERE push_id = %s", (push_id,))).fetchone()
    return str(row.state)


async def claimed(connection: Connection, owner: str = "a", maximum: int = 10, seconds: float = 60) -> list[int]:
    return [row.push_id for row in await queue.claim_due(connection, owner, seconds, maximum)]


async def test_accepted_pushes_are_claimed_in_the_order_they_are_due(connection: Connection) -> None:
    now = datetime.now(UTC)
    times = [None, now + timedelta(hours=1), now - timedelta(hours=1), None]
    first, later, overdue, last = await requests.accept_at(connection, REQUEST, times)
    assert [await state(connection, push_id) for push_id in (first, later)] == ["PUSH_INIT", "PUSH_WAIT"]
    assert await claimed(connection, maximum=2) == [overdue, first]
    assert await claimed(connection, "b") == [last]
    assert await claimed(connection, "b") == []
    seconds = await queue.seconds_to_next(connection)
    assert seconds is not None
    assert 0 < seconds <= 60


async def test_a_claim_has_what_a_resolution_needs(connection: Connection) -> None:
    push_id = await requests.accept(connection, REQUEST)
    [row] = await queue.claim_due(connection, "a", 10)
    assert (row.push_id, row.access_id, row.audience_type, row.audience) == (push_id, APP, "all", {})
    assert (row.message, row.environment, row.disabled_channels, row.attempts) == (REQUEST.message, "product", [], 1)


async def test_concurrent_workers_never_share_a_push(database: Database, connection: Connection) -> None:
    accepted = await requests.accept_at(connection, REQUEST, [None] * 30)

    async def worker(owner: str) -> list[int]:
        mine: list[int] = []
        async with database.connection() as own:
            while found := await claimed(own, owner, 2):
                mine += found
        return mine

    shares = await asyncio.gather(*(worker(f"w{number}") for number in range(4)))
    assert sorted(push_id for share in shares for push_id in share) == accepted


async def test_leases(connection: Connection) -> None:
    push_id = await requests.accept(connection, REQUEST)
    assert await claimed(connection, "dead", seconds=-1) == [push_id]
    assert await claimed(connection, "a") == [push_id]
    assert not await queue.renew(connection, push_id, "dead", 60)
    assert await queue.renew(connection, push_id, "a", 60)
    await queue.release(connection, push_id, "dead")
    assert await claimed(connection, "b") == []
    await queue.release(connection, push_id, "a", retry_seconds=3600)
    assert await claimed(connection, "b") == []
    await queue.release(connection, push_id, "a")
    await connection.execute("UPDATE pushes SET lease_until = NULL")
    assert await claimed(connection, "a") == [push_id]
    await queue.release_all(connection, "a")
    assert await claimed(connection, "b") == [push_id]


async def test_a_started_or_failed_push_is_not_claimed(connection: Connection) -> None:
    started, failed = await requests.accept_at(connection, REQUEST, [None, None])
    await move(connection, started, State.STARTED)
    assert await queue.fail(connection, failed, "its package is gone")
    assert await claimed(connection) == []
    assert await queue.seconds_to_next(connection) is None
    assert not await queue.fail(connection, started, "too late")
    assert [await state(connection, push_id) for push_id in (started, failed)] == ["PUSH_STARTED", "PUSH_FAILED"]


async def test_a_claim_of_a_cancelled_push_is_lost(connection: Connection) -> None:
    push_id = await requests.accept(connection, REQUEST)
    assert await claimed(connection, "a") == [push_id]
    await ending.cancel(connection, APP, push_id)
    assert not await queue.renew(connection, push_id, "a", 60)
    with pytest.raises(IllegalMoveError):
        await move(connection, push_id, State.STARTED)


async def test_endings(connection: Connection) -> None:
    waiting, stopped, revoked = await requests.accept_at(connection, REQUEST, [None] * 3)
    for push_id in (stopped, revoked):
        with pytest.raises(IllegalMoveError):
            await ending.stop(connection, APP, push_id)
        await move(connection, push_id, State.STARTED)
    await ending.cancel(connection, APP, waiting)
    await ending.stop(connection, APP, stopped)
    await ending.revoke(connection, APP, revoked)
    states = [await state(connection, push_id) for push_id in (waiting, stopped, revoked)]
    assert states == ["PUSH_CANCELED", "PUSH_DELETED_PUSH_MSG", "PUSH_REVOKED"]
    with pytest.raises(IllegalMoveError):
        await ending.stop(connection, APP, stopped)
    with pytest.raises(UnknownPushError):
        await ending.stop(connection, 1500000002, stopped)
    with pytest.raises(UnknownPushError):
        await ending.cancel(connection, APP, 1)


async def test_collapse(connection: Connection) -> None:
    """Starting a push collapses those before it under its id that have started; the others are left alone."""
    first, second, third = [await a_push(connection, APP, collapse_id=70_001) for _ in range(3)]
    other = await a_push(connection, APP, collapse_id=7)
    plain = await a_push(connection, APP)
    for push_id in (first, second, other, plain):
        await move(connection, push_id, State.STARTED)
    await move(connection, second, State.FINISHED)
    assert await ending.collapse_earlier(connection, third) == [first, second]
    assert await ending.collapse_earlier(connection, plain) == []
    states = [await state(connection, push_id) for push_id in (first, second, third, other, plain)]
    assert states == ["PUSH_COLLAPSED", "PUSH_COLLAPSED", "PUSH_INIT", "PUSH_STARTED", "PUSH_STARTED"]


async def test_what_waits_is_replaced_by_what_was_made_after_it(connection: Connection) -> None:
    waiting, accepted, replacing, later = [await a_push(connection, APP, collapse_id=70_002) for _ in range(4)]
    for push_id in (waiting, later):
        await move(connection, push_id, State.WAIT)
    assert await ending.collapse_earlier(connection, replacing) == []
    states = [await state(connection, push_id) for push_id in (waiting, accepted, replacing, later)]
    assert states == ["PUSH_CANCELED", "PUSH_CANCELED", "PUSH_INIT", "PUSH_WAIT"]


async def test_accepting_rings_the_bell(database: Database, connection: Connection) -> None:
    listener = await database.own_connection()
    async with listener:
        await listener.execute("LISTEN rockdove_work")
        async with database.transaction() as own:
            await requests.accept(own, REQUEST)
        async for note in listener.notifies(timeout=10, stop_after=1):
            assert note.channel == "rockdove_work"
            return
    pytest.fail("nobody was woken")
