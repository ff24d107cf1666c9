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
from tests.rows import a_push, a_slice, an_app, an_exception

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
        Point(BEGIN, 60, 3, 3, 0, 0, 0),
        Point(BEGIN + timedelta(minutes=1), 60, 1, 1, 1, 0, 0),
        Point(BEGIN + timedelta(minutes=59), 60, 1, 1, 0, 1, 0),
        Point(BEGIN + timedelta(hours=1), 3600, 1, 1, 0, 1, 0),
        Point(BEGIN + timedelta(hours=2), 3600, 1, 1, 0, 0, 1),
    ]
    for event in ("sent", *EVENTS):
        assert sum(getattr(point, event) for point in found) == getattr(counted, event)


async def marked(connection: Connection, push_id: int, slice_no: int, upto: dict[int, int], *offline: int) -> None:
    """What dispatch leaves: `upto`, how far the cursor had come, by minutes since the start."""
    first = int(BEGIN.timestamp()) // 60
    await connection.execute(
        "UPDATE push_slices SET sent_upto = %s, offline = %s, sent_marks = %s WHERE push_id = %s AND slice_no = %s",
        (max(upto.values()), BitMap(offline).serialize(), Jsonb({str(first + at): to for at, to in upto.items()}),
         push_id, slice_no),
    )  # fmt: skip


async def sent_line(connection: Connection, access_id: int, push_id: int) -> dict[int, int]:
    """Devices by minutes since the start; they are all that the funnel has."""
    points = await timeline(connection, access_id, push_id)
    found = {(point.at - BEGIN) // timedelta(minutes=1): point.sent for point in points if point.sent}
    assert sum(found.values()) == (await funnel(connection, push_id)).total.sent
    return found


async def test_sent_is_when_the_cursor_passed(database: Database) -> None:
    async with database.connection() as connection:
        access_id, push_id = await a_started_push(connection)
        assert await sent_line(connection, access_id, push_id) == {}
        await marked(connection, push_id, 0, {0: 9}, 0, 1)  # whole within a minute, but two were offline
        await marked(connection, push_id, 1, {1: 103, 3: 106})  # slow, and not through
        assert await sent_line(connection, access_id, push_id) == {0: 8, 1: 4, 3: 3}
        await receipt(connection, push_id, 1, "arrived", 5)  # was counted when it was sent
        await receipt(connection, push_id, 4, "arrived", 0)  # came back, and got it
        await receipt(connection, push_id, 70, "arrived", 109)  # synced before its slice came to it
        assert await sent_line(connection, access_id, push_id) == {0: 8, 1: 4, 3: 3, 4: 1, 60: 1}


async def test_who_left_was_not_sent_to(database: Database) -> None:
    async with database.connection() as connection:
        access_id, push_id = await a_started_push(connection)
        await marked(connection, push_id, 0, {0: 9})
        await an_exception(connection, push_id, "failed", "test", BitMap([0]))
        await an_exception(connection, push_id, "moved", "test", BitMap([1, 2]))
        await a_slice(connection, push_id, access_id, 2, BitMap([1, 2]), cause="retry")
        assert await sent_line(connection, access_id, push_id) == {0: 7}
        await marked(connection, push_id, 2, {5: 2})
        assert await sent_line(connection, access_id, push_id) == {0: 7, 5: 2}
        await receipt(connection, push_id, 6, "arrived", 1)  # the first way after all
        assert await sent_line(connection, access_id, push_id) == {0: 8, 5: 1}


async def test_before_the_start_there_is_none(database: Database) -> None:
    async with database.connection() as connection:
        access_id = await an_app(connection)
        push_id = await a_push(connection, access_id)
        assert await timeline(connection, access_id, push_id) == []
        with pytest.raises(UnknownPushError):
            await timeline(connection, access_id + 1, push_id)
