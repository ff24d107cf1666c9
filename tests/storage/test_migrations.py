"""Bringing a database to the schema: once, by one server at a time, and never backwards."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psycopg
import pytest

from rockdove.engines import Engines
from rockdove.storage import migrations
from rockdove.storage.migrations import NewerSchemaError, files, migrate


@pytest.fixture
async def empty_url(engines: Engines) -> str:
    assert engines.postgres
    async with await psycopg.AsyncConnection.connect(engines.postgres.superuser_url, autocommit=True) as admin:
        await admin.execute("DROP DATABASE IF EXISTS empty WITH (FORCE)")
        await admin.execute("CREATE DATABASE empty OWNER rockdove")
    return engines.settings.postgres.url.replace("/rockdove?", "/empty?")


async def test_servers_that_start_together_migrate_once(empty_url: str) -> None:
    applied = await asyncio.gather(*(migrate(empty_url) for _ in range(4)))
    assert sorted(applied) == [[], [], [], sorted(files())]


async def test_a_file_that_fails_leaves_the_schema_as_it_was(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    good = files()
    bad = {**good, max(good) + 1: "CREATE TABLE half (id int); SELECT no_such_function();"}
    monkeypatch.setattr(migrations, "files", lambda: bad)
    with pytest.raises(psycopg.errors.UndefinedFunction):
        await migrate(empty_url)
    async with await psycopg.AsyncConnection.connect(empty_url) as connection:
        row = await (await connection.execute("SELECT to_regclass('half'), to_regclass('apps')")).fetchone()
    assert row == (None, None)


async def test_a_database_of_a_newer_version_is_not_touched(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await migrate(empty_url)
    monkeypatch.setattr(migrations, "files", dict)
    with pytest.raises(NewerSchemaError, match="the version that was used last, or a newer one"):
        await migrate(empty_url)


def test_the_numbers_have_no_gap_and_no_twins() -> None:
    names = sorted(path.name for path in Path(migrations.__file__).parent.glob("*.sql"))
    assert [int(name.split("_")[0]) for name in names] == list(range(1, len(names) + 1))
