"""From what devices say to rows that can be counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
from psycopg import OperationalError
from pyroaring import BitMap

from rockdove.engines import Engines
from rockdove.engines.wire import Message
from rockdove.gateway.targets import Targets
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.receipts.compaction import Compaction
from rockdove.receipts.fold import Fold
from rockdove.receipts.report import BadReportError, Event
from rockdove.storage.database import Database
from tests.gateway.world import decoded
from tests.rows import a_push, a_slice, an_app

APP, OTHER_APP = 1500000001, 1500000002


class Acknowledgements:
    def __init__(self) -> None:
        self.sent: list[tuple[int, int, dict[str, Any]]] = []

    async def __call__(self, messages: Iterable[tuple[int, int, bytes]]) -> None:
        self.sent += [(access_id, device_id, decoded(payload)) for access_id, device_id, payload in messages]


@pytest.fixture
async def push_id(database: Database) -> int:
    """A push of APP with two slices: devices 1 to 5 and 11 to 15."""
    async with database.transaction() as connection:
        for access_id in (APP, OTHER_APP):
            await an_app(connection, access_id)
        push_id = await a_push(connection, APP)
        await move(connection, push_id, State.STARTED)
        await a_slice(connection, push_id, APP, 0, BitMap(range(1, 6)))
        await a_slice(connection, push_id, APP, 1, BitMap(range(11, 16)))
    return push_id


@pytest.fixture
def acknowledgements() -> Acknowledgements:
    return Acknowledgements()


@pytest.fixture
def fold(database: Database, acknowledgements: Acknowledgements) -> Fold:
    return Fold(database, Targets(2**20), acknowledgements)


def report(push_id: int, event: Event, *devices: int, access_id: int = APP) -> list[Message]:
    payload = b'{"push_id":"%d","event":"%b","at":1}' % (push_id, event.encode())
    return [Message(b"r.%d.%d" % (access_id, device), payload) for device in devices]


async def rows_of(database: Database) -> list[tuple[int, str, list[int]]]:
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT slice_no, event, devices FROM receipt_deltas ORDER BY delta_id")
        return [(row.slice_no, row.event, list(BitMap.deserialize(row.devices))) for row in await cursor.fetchall()]


async def test_receipts_become_one_row_a_slice_and_event(database: Database, fold: Fold, push_id: int) -> None:
    fold.receive([*report(push_id, "arrived", 3, 1, 12, 3), *report(push_id, "arrived", 11)])
    await fold.flush()
    assert sorted(await rows_of(database)) == [(0, "arrived", [1, 3]), (1, "arrived", [11, 12])]


async def test_arrivals_that_are_known_append_nothing(database: Database, fold: Fold, push_id: int) -> None:
    for _ in range(2):
        fold.receive(report(push_id, "arrived", 1, 2))
        await fold.flush()
    fold.receive(report(push_id, "arrived", 2, 3))
    await fold.flush()
    assert await rows_of(database) == [(0, "arrived", [1, 2]), (0, "arrived", [3])]


async def test_only_targets_of_the_application_count(database: Database, fold: Fold, push_id: int) -> None:
    fold.receive(report(push_id, "arrived", 1, 6))
    fold.receive(report(push_id, "arrived", 2, access_id=OTHER_APP))
    fold.receive(report(push_id + 999, "arrived", 1))
    await fold.flush()
    assert await rows_of(database) == [(0, "arrived", [1])]
    assert (fold.accepted, fold.foreign) == (1, 3)


async def test_malformed_reports_are_counted_and_hurt_nobody(database: Database, fold: Fold, push_id: int) -> None:
    fold.receive([Message(b"r.1.1", b"\xff"), *report(push_id, "arrived", 1), Message(b"r.1.1", b"{}")])
    await fold.flush()
    assert fold.malformed == 2
    assert await rows_of(database) == [(0, "arrived", [1])]


async def test_who_clicks_has_received(database: Database, fold: Fold, push_id: int) -> None:
    fold.receive(report(push_id, "arrived", 1))
    await fold.flush()
    fold.receive([*report(push_id, "clicked", 1, 2), *report(push_id, "arrived", 3), *report(push_id, "cleared", 3)])
    await fold.flush()
    recorded = await rows_of(database)
    assert (0, "clicked", [1, 2]) in recorded
    assert (0, "cleared", [3]) in recorded
    arrivals = [devices for _, event, devices in recorded if event == "arrived"]
    assert sorted(device for devices in arrivals for device in devices) == [1, 2, 3], "each once"


async def test_what_another_process_recorded_is_looked_up_before_an_arrival_is_implied(
    database: Database, fold: Fold, push_id: int
) -> None:
    other = Fold(database, Targets(2**20))
    other.receive(report(push_id, "arrived", 1))
    await other.flush()
    fold.receive(report(push_id, "clicked", 1))
    await fold.flush()
    assert await rows_of(database) == [(0, "arrived", [1]), (0, "clicked", [1])]


async def test_acknowledged_is_what_the_device_keeps_also_if_it_never_counts(
    fold: Fold, acknowledgements: Acknowledgements, push_id: int
) -> None:
    fold.receive([*report(push_id, "arrived", 1), *report(push_id, "shown", 1), *report(push_id, "clicked", 1, 99)])
    await fold.flush()
    shown, clicked = ({"push_id": str(push_id), "event": event} for event in ("shown", "clicked"))
    assert sorted(acknowledgements.sent, key=lambda sent: sent[1]) == [
        (APP, 1, {"type": "ack", "receipts": [shown, clicked]}),
        (APP, 99, {"type": "ack", "receipts": [clicked]}),
    ]


async def test_a_slice_that_joined_later_counts_too(database: Database, fold: Fold, push_id: int) -> None:
    fold.receive(report(push_id, "arrived", 1))
    await fold.flush()
    async with database.transaction() as connection:
        await a_slice(connection, push_id, APP, 2, BitMap([20]))
    fold.receive(report(push_id, "arrived", 20))
    await fold.flush()
    assert (2, "arrived", [20]) in await rows_of(database)


async def test_a_push_that_was_purged_takes_only_its_own_receipts_along(
    database: Database, fold: Fold, push_id: int
) -> None:
    async with database.transaction() as connection:
        gone = await a_push(connection, APP)
        await a_slice(connection, gone, APP, 0, BitMap([1]))
    fold.receive(report(gone, "shown", 1))
    await fold.flush()
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM push_slices WHERE push_id = %s", (gone,))
        await connection.execute("DELETE FROM pushes WHERE push_id = %s", (gone,))
    fold.receive([*report(gone, "clicked", 1), *report(push_id, "clicked", 1)])
    await fold.flush()
    assert (0, "clicked", [1]) in await rows_of(database)
    assert fold.foreign == 1


@asynccontextmanager
async def away(engines: Engines, database: Database) -> AsyncIterator[None]:
    """The database refuses connections and has dropped those it had."""
    name = database.url.rpartition("/")[2].partition("?")[0]
    assert engines.postgres
    async with await psycopg.AsyncConnection.connect(engines.postgres.superuser_url, autocommit=True) as admin:
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        yield
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())


async def test_while_the_database_is_away_receipts_are_kept_and_nothing_is_acknowledged(
    engines: Engines, database: Database, push_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    acknowledgements = Acknowledgements()
    fold = Fold(database, Targets(2**20), acknowledgements)
    fold.receive(report(push_id, "clicked", 1))
    monkeypatch.setattr(database._pool, "timeout", 0.3)
    async with away(engines, database):
        with pytest.raises(OperationalError):  # PoolTimeout is one
            await fold.flush()
        assert not acknowledgements.sent
        fold.receive(report(push_id, "clicked", 2))
    monkeypatch.undo()
    await fold.flush()
    assert (0, "clicked", [1, 2]) in await rows_of(database)
    assert [device for _, device, _ in acknowledgements.sent] == [1, 2]


async def test_a_report_over_http_is_answered_after_its_commit(database: Database, fold: Fold, push_id: int) -> None:
    running = asyncio.create_task(fold.run())
    await fold.add(APP, 1, b'{"push_id":"%d","event":"clicked"}' % push_id)
    assert (0, "clicked", [1]) in await rows_of(database)
    with pytest.raises(BadReportError):
        await fold.add(APP, 1, b"{}")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_is_collected_is_written_at_the_end(database: Database, fold: Fold, push_id: int) -> None:
    running = asyncio.create_task(fold.run())
    await asyncio.sleep(0)
    fold.receive(report(push_id, "arrived", 1))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await rows_of(database) == [(0, "arrived", [1])]


async def test_compaction_keeps_the_union_and_the_minutes(database: Database, push_id: int) -> None:
    async with database.transaction() as connection:
        for minute, devices in ((10, [1]), (10, [2, 3]), (10, [3]), (5, [4]), (0, [5]), (0, [1])):
            await connection.execute(
                "INSERT INTO receipt_deltas (push_id, slice_no, event, minute, devices) VALUES (%s, 0, 'arrived', "
                "date_trunc('minute', now()) - %s * interval '1 minute', %s)",
                (push_id, minute, BitMap(devices).serialize()),
            )
    compaction = Compaction(database)
    assert await compaction.compact() == 1
    assert sorted(await rows_of(database)) == [(0, "arrived", devices) for devices in ([1], [1, 2, 3], [4], [5])], (
        "this minute's rows are left alone"
    )
    assert await compaction.compact() == 0


async def test_only_one_process_compacts(database: Database, push_id: int) -> None:
    async with database.transaction() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('rockdove.receipts.compaction'))")
        assert push_id
        assert await Compaction(database).compact() == 0
