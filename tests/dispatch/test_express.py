"""Slices of many small pushes: sent together, closed together, and left to others where they are not ours any more."""

from __future__ import annotations

from typing import Any

import pytest
from pyroaring import BitMap

from rockdove.dispatch import express
from rockdove.dispatch.express import Parcel
from rockdove.engines import Engines
from rockdove.engines.wire import Message
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.runtime.connections import open_wire
from rockdove.storage.database import Connection, Database, fetch_all
from tests.rows import a_push, a_slice, an_app, state_of

OWNER = "w express"
_LEASE = b"UPDATE push_slices SET lease_owner = %s, lease_until = clock_timestamp() + interval '1 minute'"


@pytest.fixture
async def app(database: Database) -> int:
    async with database.connection() as connection:
        return await an_app(connection)


@pytest.fixture
async def parcels(database: Database, app: int) -> list[Parcel]:
    """Three started pushes of one leased slice each."""
    async with database.transaction() as connection:
        parcels = [await a_parcel(connection, app, BitMap([n, n + 100])) for n in range(1, 4)]
        await connection.execute(_LEASE, (OWNER,))
    return parcels


async def a_parcel(connection: Connection, app: int, targets: BitMap) -> Parcel:
    push_id = await a_push(connection, app, audience_type="account_list")
    await a_slice(connection, push_id, app, 0, targets)
    await move(connection, push_id, State.STARTED)
    return Parcel(push_id, 0, app, targets, b"message of %d" % push_id)


async def close(database: Database, parcels: list[Parcel], online: BitMap) -> None:
    async with database.transaction() as connection:
        await express.close(connection, parcels, OWNER, lambda _: online)


async def slices(database: Database) -> list[Any]:
    statement = b"""
        SELECT state, sent_upto, offline, lease_owner, due <= clock_timestamp() AS is_due
        FROM push_slices ORDER BY push_id, slice_no
    """
    async with database.connection() as connection:
        return await fetch_all(connection, statement)


async def test_closing_says_who_was_not_connected_and_finishes_the_pushes(
    database: Database, parcels: list[Parcel]
) -> None:
    await close(database, parcels, BitMap([1, 2, 102]))
    found = await slices(database)
    assert [(row.state, row.sent_upto, row.lease_owner) for row in found] == [
        ("done", 101, None), ("done", 102, None), ("done", 103, None),
    ]  # fmt: skip
    assert [BitMap.deserialize(row.offline) for row in found] == [BitMap([101]), BitMap(), BitMap([3, 103])]
    assert [await state_of(database, parcel.push_id) for parcel in parcels] == [State.FINISHED] * 3


async def test_a_push_with_another_slice_to_send_goes_on(database: Database, app: int, parcels: list[Parcel]) -> None:
    async with database.connection() as connection:
        await a_slice(connection, parcels[0].push_id, app, 1, BitMap([7]))
    await close(database, parcels[:1], BitMap())
    assert await state_of(database, parcels[0].push_id) == State.STARTED


async def test_ends_that_came_in_between_stand(database: Database, parcels: list[Parcel]) -> None:
    ends = [State.STOPPED, State.REVOKED, State.PAUSED]
    async with database.transaction() as connection:
        for parcel, end in zip(parcels, ends, strict=True):
            await move(connection, parcel.push_id, end)
    await close(database, parcels, BitMap())
    assert [row.state for row in await slices(database)] == ["done", "recalling", "done"]
    assert [await state_of(database, parcel.push_id) for parcel in parcels] == ends


async def test_a_slice_that_somebody_else_has_taken_over_is_left_to_them(
    database: Database, parcels: list[Parcel]
) -> None:
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE push_slices SET lease_owner = 'other' WHERE push_id = %s", (parcels[1].push_id,)
        )
    await close(database, parcels, BitMap())
    assert [(row.state, row.sent_upto) for row in await slices(database)] == [("done", 101), ("due", -1), ("done", 103)]
    assert await state_of(database, parcels[1].push_id) == State.STARTED


async def test_put_back_they_are_due_for_everybody(database: Database, parcels: list[Parcel]) -> None:
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE push_slices SET due = 'infinity' WHERE push_id = %s", (parcels[2].push_id,)
        )  # paused meanwhile
        await express.put_back(connection, parcels, OWNER, 0.0)
    found = await slices(database)
    assert [(row.state, row.lease_owner, row.is_due) for row in found] == [
        ("due", None, True), ("due", None, True), ("due", None, False),
    ]  # fmt: skip


async def test_everybody_gets_their_message_in_the_order_of_the_pushes(
    engines: Engines, app: int, parcels: list[Parcel]
) -> None:
    async with open_wire(engines.settings, "test") as wire, open_wire(engines.settings, "listener") as listener:
        received: list[Message] = []
        listener.subscribe(f"d.{app}.*", received.extend)
        await listener.flush()
        await express.publish(wire, parcels)
        await listener.flush()
    assert [(message.subject, message.payload) for message in received] == [
        (b"d.%d.%d" % (app, device_id), parcel.payload) for parcel in parcels for device_id in parcel.targets
    ]
