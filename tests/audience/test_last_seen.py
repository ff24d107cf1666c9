"""Being seen is not a change (docs/decisions/0003): the index must not miss a device that came back all the same."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest

from rockdove.audience.index import Index
from rockdove.audience.reading import Header, Reading
from rockdove.audience.resolve import available
from rockdove.audience.snapshot import MAX_LAST_SEEN_AGE
from rockdove.domain.device import AVAILABLE_DAYS
from rockdove.storage.database import Database
from tests.rows import a_device, an_app

RETURN_DAYS = 60
"""A jump of last_seen_day above this is stamped (trigger devices_returned)."""


class Calendar:
    """Days pass for readings as the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.today = 20_000
        header = Reading._header

        def on_that_day(reading: Reading) -> Header:
            return header(reading)._replace(today=self.today)

        monkeypatch.setattr(Reading, "_header", on_that_day)


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    return Calendar(monkeypatch)


async def seen(database: Database, device_id: int, day: int) -> None:
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE devices SET last_seen_day = date '1970-01-01' + %s::integer WHERE device_id = %s", (day, device_id)
        )


async def test_against_the_table_over_two_years(database: Database, tmp_path: Path, calendar: Calendar) -> None:
    """Devices come at random after absences of all lengths; compactions carry old values on. Every day's answer is
    right."""
    chance = random.Random(20_260_101)
    index = Index(database.url, tmp_path)
    async with database.connection() as connection:
        app = await an_app(connection)
        devices = [await a_device(connection, app, last_seen_day="2024-10-04") for _ in range(40)]
    full_reads = set()
    while calendar.today < 20_000 + 2 * 365:
        calendar.today += chance.choice([1, 5, 20, 24, 25, 26, 40])
        for device_id in chance.sample(devices, chance.randrange(6)):
            await seen(database, device_id, calendar.today)
        with index.view(app) as view:
            answer = available(view).nonzero()[0].tolist()
            full_reads.add(view.snapshot.manifest.full_read_day)
        async with database.connection() as connection:
            rows = await connection.execute(
                "SELECT device_id FROM devices WHERE last_seen_day >= date '1970-01-01' + %s::integer ORDER BY 1",
                (calendar.today - AVAILABLE_DAYS,),
            )
            assert answer == [row.device_id async for row in rows]
        if chance.random() < 0.5:
            index.compact(view)
    assert len(full_reads) > 12


@pytest.mark.parametrize(("age", "read_again"), [(MAX_LAST_SEEN_AGE, False), (MAX_LAST_SEEN_AGE + 1, True)])
async def test_a_snapshot_is_read_again_after_25_days(
    database: Database, tmp_path: Path, calendar: Calendar, age: int, read_again: bool
) -> None:
    index = Index(database.url, tmp_path)
    async with database.connection() as connection:
        app = await an_app(connection)
        device = await a_device(connection, app, last_seen_day="2024-10-04")
    with index.view(app) as view:
        first = view.snapshot.manifest
    calendar.today += age
    with index.view(app) as view:
        index.compact(view)  # which does not make last_seen any younger
    with index.view(app) as view:
        assert (view.snapshot.manifest.full_read_day != first.full_read_day) is read_again
        assert available(view)[device]


async def test_the_margin_of_the_rule(database: Database) -> None:
    """What the proof uses: a device that can be wrong in a snapshot was away for longer than the trigger's 60 days."""
    assert AVAILABLE_DAYS - MAX_LAST_SEEN_AGE > RETURN_DAYS
    async with database.connection() as connection:
        app = await an_app(connection)
        device = await a_device(connection, app, last_seen_day="2024-10-04")
        xids = []
        for day in (20_000, 20_000 + RETURN_DAYS, 20_001 + 2 * RETURN_DAYS, 20_000):
            await seen(database, device, day)
            rows = await (await connection.execute("SELECT changed_xid::text FROM devices")).fetchall()
            xids += [row.changed_xid for row in rows]
    assert [second != first for first, second in pairwise(xids)] == [False, True, True]
