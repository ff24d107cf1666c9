"""A push starts with all of its slices or not at all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from psycopg.types.json import Jsonb
from pyroaring import BitMap

from rockdove.audience import slices
from rockdove.audience.audience import Audience, Counts
from rockdove.audience.resolver import Resolver
from rockdove.audience.slices import cut
from rockdove.audience.start import resolve_and_start
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.storage.database import Database
from tests.audience.conftest import PACKAGE_ID, ResolverFor
from tests.rows import a_binding, a_device, a_push

SLICE_DEVICES = 4
APP = 1_500_000_001
"""The access id of the fixture `app`."""


@pytest.fixture
async def devices(database: Database, app: int) -> list[int]:
    """Ten devices; the first two are bound to anna."""
    async with database.connection() as connection:
        devices = [await a_device(connection, app) for _ in range(10)]
        for device_id in devices[:2]:
            await a_binding(connection, app, device_id, "anna")
        return devices


@pytest.fixture
def resolver(resolver_for: ResolverFor) -> Resolver:
    return resolver_for(["anna", "nobody"])


async def push_row(database: Database, app: int, **columns: Any) -> Any:
    async with database.connection() as connection:
        push_id = await a_push(connection, app, **columns)
        cursor = await connection.execute(
            "SELECT push_id, access_id, audience_type, audience, package_id, account_type, every_device, message_type,"
            " environment, multi_package, disabled_channels, push_speed FROM pushes WHERE push_id = %s", (push_id,),
        )  # fmt: skip
        return await cursor.fetchone()


async def rows(database: Database, statement: str) -> list[Any]:
    async with database.connection() as connection:
        return await (await connection.execute(statement.encode())).fetchall()


async def state_and_counts(database: Database) -> tuple[str, dict[str, Any]]:
    (row,) = await rows(database, "SELECT state, counts FROM pushes")
    return row.state, row.counts


async def test_slices_partition_the_targets(
    database: Database, app: int, resolver: Resolver, devices: list[int]
) -> None:
    push = await push_row(database, app)
    assert await resolve_and_start(database, resolver, push, SLICE_DEVICES) == State.STARTED
    written = await rows(database, "SELECT * FROM push_slices ORDER BY slice_no")
    assert [list(BitMap.deserialize(slice_.targets)) for slice_ in written] == [devices[:4], devices[4:8], devices[8:]]
    assert [slice_.slice_no for slice_ in written] == [0, 1, 2]
    for slice_ in written:
        targets = BitMap.deserialize(slice_.targets)
        assert (slice_.first_device, slice_.last_device, slice_.target_count, slice_.channel) == (
            targets.min(), targets.max(), len(targets), "xg",
        )  # fmt: skip
    state, counts = await state_and_counts(database)
    assert state == State.STARTED
    assert counts["planned"] == 10


async def test_a_small_push_is_found_by_device(
    database: Database, app: int, resolver: Resolver, devices: list[int]
) -> None:
    push = await push_row(database, app, audience_type="package_account_push", package_id=PACKAGE_ID, every_device=True)
    await resolve_and_start(database, resolver, push, SLICE_DEVICES)
    owed = await rows(database, "SELECT access_id, device_id, push_id FROM small_push_targets ORDER BY device_id")
    assert [tuple(row) for row in owed] == [(app, device_id, push.push_id) for device_id in devices[:2]]
    _, counts = await state_and_counts(database)
    assert counts | {"accounts": 2, "matched": 1, "unmatched": 1, "unavailable": 0, "planned": 2} == counts


async def test_a_large_push_is_not(
    database: Database, app: int, resolver: Resolver, devices: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rockdove.audience.slices.SMALL_PUSH_TARGETS", 9)
    await resolve_and_start(database, resolver, await push_row(database, app), SLICE_DEVICES)
    assert await rows(database, "SELECT FROM small_push_targets") == []


async def test_a_paced_push_has_slices_of_at_most_a_second(
    database: Database, app: int, resolver: Resolver, devices: list[int]
) -> None:
    await resolve_and_start(database, resolver, await push_row(database, app, push_speed=3), SLICE_DEVICES)
    written = await rows(database, "SELECT target_count FROM push_slices ORDER BY slice_no")
    assert [slice_.target_count for slice_ in written] == [3, 3, 3, 1]


@pytest.mark.parametrize(
    "columns",
    [
        {"audience_type": "account", "audience": Jsonb({"accounts": ["nobody"]})},
        {"audience_type": "account_list", "audience": Jsonb({"accounts": []})},
        {"audience_type": "token", "audience": Jsonb({"tokens": ["0" * 36]})},
        {"audience_type": "all", "disabled_channels": ["xg"]},
    ],
)
async def test_without_targets_it_is_finished(
    database: Database, app: int, resolver: Resolver, devices: list[int], columns: dict[str, Any]
) -> None:
    push = await push_row(database, app, **columns)
    assert await resolve_and_start(database, resolver, push, SLICE_DEVICES) == State.FINISHED
    state, counts = await state_and_counts(database)
    assert (state, counts["planned"]) == (State.FINISHED, 0)
    assert await rows(database, "SELECT FROM push_slices") == []


async def test_without_its_package_it_is_failed(database: Database, app: int, resolver: Resolver) -> None:
    push = await push_row(database, app, audience_type="package_account_push")
    gone = push._replace(package_id=PACKAGE_ID + 1)
    assert await resolve_and_start(database, resolver, gone, SLICE_DEVICES) == State.FAILED
    (row,) = await rows(database, "SELECT state, failure FROM pushes")
    assert row == (State.FAILED, "package 2 was deleted")


async def test_a_token_package_without_any_token_is_failed(
    database: Database, app: int, resolver: Resolver, devices: list[int]
) -> None:
    push = await push_row(database, app, audience_type="package_token_push", package_id=PACKAGE_ID)
    assert await resolve_and_start(database, resolver, push, SLICE_DEVICES) == State.FAILED


async def test_cancelled_while_it_was_resolved(
    database: Database, app: int, resolver: Resolver, devices: list[int]
) -> None:
    push = await push_row(database, app)
    async with database.transaction() as connection:
        await move(connection, push.push_id, State.CANCELED)
    assert await resolve_and_start(database, resolver, push, SLICE_DEVICES) == State.CANCELED
    assert await rows(database, "SELECT FROM push_slices") == []


async def test_two_workers_start_it_once(database: Database, app: int, resolver: Resolver, devices: list[int]) -> None:
    push = await push_row(database, app)
    both = await asyncio.gather(*(resolve_and_start(database, resolver, push, SLICE_DEVICES) for _ in range(2)))
    assert both == [State.STARTED, State.STARTED]
    written = await rows(database, "SELECT slice_no FROM push_slices ORDER BY slice_no")
    assert [slice_.slice_no for slice_ in written] == [0, 1, 2]


@pytest.mark.parametrize("broken", ["insert_small_targets", "insert_slices", "set_counts"])
async def test_a_worker_that_dies_on_the_way_leaves_nothing(
    database: Database, resolver: Resolver, devices: list[int], monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    push = await push_row(database, APP)
    with monkeypatch.context() as patch:
        patch.setitem(slices._sql._texts, broken, b"SELECT 1/0")
        with pytest.raises(Exception, match="division by zero"):
            await resolve_and_start(database, resolver, push, SLICE_DEVICES)
    assert await state_and_counts(database) == (State.INIT, {})
    assert await rows(database, "SELECT FROM push_slices") == []
    assert await resolve_and_start(database, resolver, push, SLICE_DEVICES) == State.STARTED


def test_slices_of_several_channels() -> None:
    audience = Audience(channels={"hw": BitMap([1, 5, 9]), "xg": BitMap([2, 2**32 - 1])}, counts=Counts(planned=5))
    assert [(slice_.channel, list(BitMap.deserialize(slice_.targets))) for slice_ in cut(audience, 2)] == [
        ("hw", [1, 5]),
        ("hw", [9]),
        ("xg", [2, 2**32 - 1]),
    ]


async def test_targets_of_small_pushes_are_forgotten_when_nobody_needs_them(
    database: Database, app: int, resolver: Resolver, devices: list[int]
) -> None:
    for days_ago in (3, 1):
        push = await push_row(database, app)
        await resolve_and_start(database, resolver, push, SLICE_DEVICES)
        ended = f"UPDATE pushes SET expires_at = now() - interval '{days_ago} days' WHERE push_id = {push.push_id}"
        async with database.connection() as connection:
            await connection.execute(ended.encode())
    assert await slices.forget_small_targets(database) == len(devices)
    left = await rows(database, "SELECT DISTINCT push_id FROM small_push_targets")
    assert [row.push_id for row in left] == [push.push_id]
