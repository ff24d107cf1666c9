"""Devices that nobody has seen for 90 + 90 days are deleted with all they had, and no others are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from rockdove.devices import absent
from rockdove.stats.device_days import count_registered
from rockdove.storage.database import Connection, Database, fetch_all, fetch_one
from tests.rows import a_binding, a_device, an_app

APP, OTHER = 1500000001, 1500000002
BELONGINGS = ("account_bindings", "device_tags", "device_attributes")


def ago(days: int) -> Any:
    return (datetime.now(UTC) - timedelta(days=days)).date()


async def a_furnished_device(connection: Connection, access_id: int, absent_days: int) -> int:
    """One with an account, tags and attributes."""
    device_id = await a_device(connection, access_id, last_seen_day=ago(absent_days))
    await a_binding(connection, access_id, device_id, "anna")
    place = (access_id, device_id)
    await connection.execute("INSERT INTO device_tags VALUES (%s, %s, '{1}')", place)
    await connection.execute("INSERT INTO device_attributes VALUES (%s, %s, %s)", (*place, Jsonb({"level": "3"})))
    return device_id


async def left(database: Database, table: str) -> set[tuple[int, int]]:
    async with database.connection() as connection:
        rows = await fetch_all(connection, f"SELECT access_id, device_id FROM {table}".encode())
    return {(row.access_id, row.device_id) for row in rows}


async def test_who_was_absent_longer_goes_with_all_it_had(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absent, "DEVICES_AT_ONCE", 2)
    async with database.connection() as connection:
        kept, gone = set(), 0
        for access_id in (await an_app(connection, APP), await an_app(connection, OTHER)):
            for days in (0, 181, 91, 180, 400, 181, 181, 179):
                device_id = await a_furnished_device(connection, access_id, days)
                gone += days > 180
                kept |= {(access_id, device_id)} if days <= 180 else set()
    assert await absent.forget(database, 0) == 0, "0: nobody is forgotten"
    assert await absent.forget(database, 90) == gone == 8
    for table in ("devices", *BELONGINGS):
        assert await left(database, table) == kept, table
    assert await absent.forget(database, 90) == 0
    assert await absent.forget(database, 1) == 4, "the 180 and 179 days of both"


async def test_an_index_from_before_is_not_used_any_more(database: Database) -> None:
    async with database.connection() as connection:
        await an_app(connection, APP)
        await a_furnished_device(connection, APP, 181)
        await an_app(connection, OTHER)
        await a_furnished_device(connection, OTHER, 180)
    await absent.forget(database, 90)
    async with database.connection() as connection:
        horizons = await fetch_all(connection, b"SELECT access_id FROM purge_horizons WHERE purges > 0")
    assert [row.access_id for row in horizons] == [APP]


async def test_how_many_there_ever_were_does_not_shrink(database: Database) -> None:
    async with database.connection() as connection:
        await an_app(connection, APP)
        for _ in range(3):
            await a_device(connection, APP, last_seen_day=ago(181), registered_at=datetime.now(UTC) - timedelta(days=2))
        await connection.execute("UPDATE apps SET created_at = now() - interval '9 days'")
    for _ in range(2):
        await count_registered(database)
        async with database.connection() as connection:
            row = await fetch_one(connection, b"SELECT accumulated FROM device_days ORDER BY day DESC LIMIT 1")
        assert row.accumulated == 3
        await absent.forget(database, 90)
    assert await left(database, "devices") == set()
