"""The funnel: sizes of sets, whatever state the slices are in and however often a receipt comes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from rockdove.stats.funnel import EVENTS, Stages, _combine, funnel
from rockdove.storage.database import Connection, Database
from tests.rows import a_push, a_slice, an_app, an_exception

APP = 1500000001


@pytest.fixture
async def connection(database: Database) -> Any:
    async with database.connection() as connection:
        await an_app(connection)
        yield connection


async def progress(connection: Connection, push_id: int, slice_no: int, sent_upto: int, offline: BitMap) -> None:
    await connection.execute(
        "UPDATE push_slices SET sent_upto = %s, offline = %s WHERE push_id = %s AND slice_no = %s",
        (sent_upto, offline.serialize(), push_id, slice_no),
    )


async def receipt(connection: Connection, push_id: int, slice_no: int, event: str, *devices: int) -> None:
    await connection.execute(
        "INSERT INTO receipt_deltas (push_id, slice_no, event, minute, devices) VALUES (%s, %s, %s, now(), %s)",
        (push_id, slice_no, event, BitMap(devices).serialize()),
    )


async def test_from_nothing_to_the_end(connection: Connection) -> None:
    push_id = await a_push(connection, APP)
    assert (await funnel(connection, push_id)).total == Stages()
    await a_slice(connection, push_id, APP, 0, BitMap(range(10, 20)))
    await a_slice(connection, push_id, APP, 1, BitMap(range(20, 40, 2)))
    assert (await funnel(connection, push_id)).total == Stages(planned=20)

    await progress(connection, push_id, 0, 19, BitMap([10, 11, 12]))
    await progress(connection, push_id, 1, 24, BitMap([20]))
    assert (await funnel(connection, push_id)).total == Stages(planned=20, sent=7 + 2)

    await receipt(connection, push_id, 0, "arrived", 13, 14)
    await receipt(connection, push_id, 0, "arrived", 14, 10)  # one repeated, one that was offline
    await receipt(connection, push_id, 1, "arrived", 30)  # before the cursor was recorded
    await receipt(connection, push_id, 1, "clicked", 24, 30)  # a click proves the arrival
    await receipt(connection, push_id, 0, "cleared", 13)
    await receipt(connection, push_id, 0, "shown", 13, 14)
    found = await funnel(connection, push_id)
    assert found.total == Stages(planned=20, sent=9 + 1 + 1, arrived=5, shown=2, clicked=2, cleared=1)
    assert (found.arrived, list(found.channels)) == (5, ["xg"])


async def test_a_device_moved_to_another_channel_arrived_once(connection: Connection) -> None:
    push_id = await a_push(connection, APP)
    for slice_no in (0, 1):
        await a_slice(connection, push_id, APP, slice_no, BitMap([1, 2]))
        await receipt(connection, push_id, slice_no, "arrived", 1)
    await connection.execute("UPDATE push_slices SET channel = 'hw' WHERE slice_no = 1")
    found = await funnel(connection, push_id)
    assert found.channels == {"xg": Stages(2, 1, 1), "hw": Stages(2, 1, 1)}
    assert found.arrived == 1


async def test_devices_that_wait_for_another_try(connection: Connection) -> None:
    """The slice they have come to has sent nothing yet."""
    push_id = await a_push(connection, APP)
    await a_slice(connection, push_id, APP, 0, BitMap([1, 2, 3]), channel="hw", sent_upto=3)
    await a_slice(connection, push_id, APP, 1, BitMap([2]), channel="hw", cause="retry")
    await connection.execute(
        "INSERT INTO slice_exceptions (push_id, slice_no, kind, reason, devices) VALUES (%s, 0, 'moved', 'later', %s)",
        (push_id, BitMap([2]).serialize()),
    )
    assert (await funnel(connection, push_id)).channels == {"hw": Stages(planned=3, sent=2)}


async def test_devices_that_move_while_they_are_counted(connection: Connection) -> None:
    """Between any two statements that are asked."""
    push_id = await a_push(connection, APP)
    await a_slice(connection, push_id, APP, 0, BitMap(range(10)), channel="hw")

    class Meanwhile:
        """The connection; behind the first statement, somebody else's transaction."""

        async def execute(self, *arguments: Any, **named: Any) -> Any:
            cursor = await connection.execute(*arguments, **named)
            if not await (await connection.execute("SELECT FROM slice_exceptions")).fetchall():
                await an_exception(connection, push_id, "moved", "connected", BitMap(range(5)))
                await a_slice(connection, push_id, APP, 1, BitMap(range(5)), cause="online")
            return cursor

    assert (await funnel(Meanwhile(), push_id)).total.planned == 10  # type: ignore[arg-type]
    assert (await funnel(connection, push_id)).channels == {"hw": Stages(planned=5), "xg": Stages(planned=5)}


class Row:
    """A slice as the query gives it: without targets where they are not needed."""

    def __init__(self, slice_no: int, targets: set[int], sent_upto: int, offline: set[int]) -> None:
        self.slice_no, self.channel, self.target_count, self.sent_upto = slice_no, "xg", len(targets), sent_upto
        self.cause, self.open = "planned", False
        self.kinds = self.reasons = self.leaving = None
        self.first_device, self.last_device = min(targets), max(targets)
        under_way = self.first_device <= sent_upto < self.last_device
        self.targets = BitMap(targets).serialize() if under_way else None
        self.offline = BitMap(offline).serialize() if offline else None


IDS = st.integers(0, 30)


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sets(IDS, min_size=1),
    st.integers(-1, 31),
    st.sets(IDS),
    st.lists(st.tuples(st.sampled_from(EVENTS), st.sets(IDS))),
)
def test_against_plain_sets(targets: set[int], cursor: int, away: set[int], deltas: list[tuple[str, set[int]]]) -> None:
    handed_over = {device for device in targets if device <= cursor}
    offline = handed_over & away
    receipts: dict[tuple[int, str], BitMap] = {}
    for event, devices in deltas:
        receipts[0, event] = receipts.get((0, event), BitMap()) | BitMap(devices & targets)
    heard = set().union(*(set(devices) for devices in receipts.values()))
    found = _combine([Row(0, targets, cursor, offline)], receipts)
    assert found.total == Stages(
        planned=len(targets),
        sent=len((handed_over - offline) | heard),
        arrived=len(heard),
        shown=len(receipts.get((0, "shown"), ())),
        clicked=len(receipts.get((0, "clicked"), ())),
        cleared=len(receipts.get((0, "cleared"), ())),
    )
