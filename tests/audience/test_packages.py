"""Packages as ingest leaves them in the store."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from benchmarks._population import write_package

from rockdove.audience.audience import AudienceError
from rockdove.audience.hashed_texts import hashed
from rockdove.audience.packages import opener
from rockdove.storage.database import Database
from rockdove.storage.package_store import PackageStore
from tests.audience.conftest import PACKAGE_ID

LONG = "a long account that does not lie within its view"


@pytest.fixture
async def store(database: Database, app: int, tmp_path: Path) -> PackageStore:
    store = PackageStore.open("", tmp_path)
    assert store.local
    (store.local / "one").mkdir()
    write_package(store.local / "one" / "accounts.arrow", pl.Series(["anna", "账号一", LONG]))
    async with database.connection() as connection:
        await connection.execute("UPDATE packages SET object_prefix = 'one'")
    return store


async def test_its_accounts(database: Database, app: int, store: PackageStore) -> None:
    package = await opener(database, store)(app, PACKAGE_ID)
    assert sorted(package.texts) == [LONG, "anna", "账号一"]
    found = package.find(wanted := hashed(["anna", "ben", LONG]))
    assert sorted(wanted.texts.gather(found.theirs)) == [LONG, "anna"]
    assert package.texts.gather(found.here).to_list() == wanted.texts.gather(found.theirs).to_list()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE packages SET state = 'deleted'",
        "UPDATE packages SET expires_at = now()",
        "UPDATE packages SET object_prefix = 'lost'",
        "DELETE FROM packages",
    ],
)
async def test_one_that_is_gone(database: Database, app: int, store: PackageStore, change: str) -> None:
    async with database.connection() as connection:
        await connection.execute(change.encode())
    with pytest.raises(AudienceError, match="package 1 "):
        await opener(database, store)(app, PACKAGE_ID)


async def test_one_of_another_application(database: Database, app: int, store: PackageStore) -> None:
    with pytest.raises(AudienceError):
        await opener(database, store)(app + 1, PACKAGE_ID)
