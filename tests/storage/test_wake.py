"""Waking: only those concerned, after the commit, and never overlooked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from rockdove.storage.database import Database
from rockdove.storage.wake import Bell, notify

PATIENCE_SECONDS = 30.0
AT_ONCE = 0.0
"""A wait that gives up at once: it says whether somebody has rung."""


@pytest.fixture
async def bell(database: Database) -> AsyncIterator[Bell]:
    """A bell that is listening."""
    bell = Bell(database)
    listens = bell.waiter()
    running = asyncio.create_task(bell.run())
    await listens.wait(PATIENCE_SECONDS)  # it rings when it begins to listen
    yield bell
    running.cancel()


async def test_a_ring_wakes_those_who_wait_for_its_topic_and_those_who_wait_for_all(
    database: Database, bell: Bell
) -> None:
    small, slices, everything = bell.waiter("small"), bell.waiter("slices", "previews"), bell.waiter()
    async with database.transaction() as connection:
        await notify(connection, "small")
    assert await everything.wait(PATIENCE_SECONDS)
    assert await small.wait(AT_ONCE)
    assert not await slices.wait(AT_ONCE)
    async with database.connection() as connection:
        await notify(connection)
    for waiter in (small, slices, everything):
        assert await waiter.wait(PATIENCE_SECONDS)


async def test_a_ring_before_the_wait_is_kept_once(bell: Bell) -> None:
    waiter = bell.waiter("small")
    for _ in range(3):
        bell.ring("small")
    assert await waiter.wait(AT_ONCE)
    assert not await waiter.wait(AT_ONCE)


async def test_a_transaction_rings_when_it_has_committed_and_not_when_it_is_rolled_back(
    database: Database, bell: Bell
) -> None:
    undone, done = bell.waiter("previews"), bell.waiter("slices")
    with suppress(ZeroDivisionError):
        async with database.transaction() as connection:
            await notify(connection, "previews")
            raise ZeroDivisionError
    async with database.transaction() as connection:
        await notify(connection, "slices")
        assert not await done.wait(AT_ONCE)
    assert await done.wait(PATIENCE_SECONDS)
    assert not await undone.wait(AT_ONCE)
