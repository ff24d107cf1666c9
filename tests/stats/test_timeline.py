"""The time line: each device where it reported first, by the minute and then by the hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from psycopg.types.json import Jsonb
from pyroaring import BitMap

from rockdove.lifecycle.states import State, UnknownPushError
from rockdove.stats.funnel import EVENTS, funnel
from rockdove.stats.timeline import Point, timeline
from rockdove.storage.database import Connection, Database
from tests.rows import a_push, a_slice, an_app

START = datetime(2026, 11, 25, 10, 7, 42, tzinfo=UTC)
BEGIN = datetime(2026, 11, 25, 10, 7, tzinfo=UTC)


async def receipt(connection: Connection, push_id: int, minutes: int, event: str, *devices: int) -> None:
    values = (push_id, 1 if min(devices) >= 100 else 0, event, BEGIN + timedelta(minutes=minutes))
    await connection.execute(
        "INSERT INTO receipt_deltas (push_id, slice_no, event, minute, devices) VALUES (%s, %s, %s, %s, %s)",
        (*values, BitMap(devices).serialize()),
    )


async def a_started_push(connection: Connection) -> tuple[int, int]:
    access_id = await an_app(connection)
    push_id = await a_push(connection, access_id, state=State.STARTED, started_at=START, counts=Jsonb({}))
    await a_slice(connection, push_id, access_id, 0, BitMap(range(10)))
    await a_slice(connection, push_id, access_id, 1, BitMap(range(100, 110)))
    return access_id, push_id


async def test_minutes_then_hours_each_device_once(database: Database) -> None:
    async with database.connection() as connection:
        access_id, push_id = await a_started_push(connection)
        await receipt(connection, push_id, -1, "arrived", 1)  # another machine's clock
        await receipt(connection, push_id, 0, "arrived", 1, 2)
        await receipt(connection, push_id, 0, "arrived", 100)
        await receipt(connection, push_id, 1, "arrived", 2, 3)  # 2 is repeated
        await receipt(connection, push_id, 1, "shown", 2)
        await receipt(connection, push_id, 59, "clicked", 4)  # never said that it arrived
        await receipt(connection, push_id, 60, "arrived", 4, 5)
        await receipt(connection, push_id, 119, "clicked", 5, 4)
        await receipt(connection, push_id, 120, "cleared", 101)
        found = await timeline(connection, access_id, push_id)
        counted = (await funnel(connection, push_id)).total
    assert found == [
        Point(BEGIN, 60, 3, 0, 0, 0),
        Point(BEGIN + timedelta(minutes=1), 60, 1, 1, 0, 0),
        Point(BEGIN + timedelta(minutes=59), 60, 1, 0, 1, 0),
        Point(BEGIN + timedelta(hours=1), 3600, 1, 0, 1, 0),
        Point(BEGIN + timedelta(hours=2), 3600, 1, 0, 0, 1),
    ]
    for event in EVENTS:
        assert sum(getattr(point, event) for point in found) == getattr(counted, event)


async def test_before_the_start_there_is_none(database: Database) -> None:
    async with database.connection() as connection:
        access_id = await an_app(connection)
        push_id = await a_push(connection, access_id)
        assert await timeline(connection, access_id, push_id) == []
        with pytest.raises(UnknownPushError):
            await timeline(connection, access_id + 1, push_id)
