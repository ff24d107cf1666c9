"""The life of a package is the same in a local folder and in a bucket (here: obstore's store in memory)."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rockdove.config import Packages as Limits
from rockdove.domain.account_hash import hash_strings
from rockdove.ingest import depot
from rockdove.ingest.depot import Depot, Package
from rockdove.ingest.packages import Packages
from rockdove.ingest.verdict import EmptyFileError, RefusedFileError, StoreFailedError, UnknownPackageError
from rockdove.storage.accounts_file import AccountsFile
from rockdove.storage.database import Database
from rockdove.storage.package_store import PackageStore
from tests.rows import an_app

TEXT = b"\xef\xbb\xbfuser-1\nuser-2\nx\nuser-1\n"


async def upload(packages: Packages, app: int, data: bytes = TEXT, name: str | None = "accounts.txt") -> Package:
    async with packages.receive(app, name) as upload:
        for first in range(0, len(data), 7):
            await upload.write(data[first : first + 7])
        return await upload.finish()


async def joined(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


async def rows(database: Database) -> list[Any]:
    async with database.connection() as connection:
        return await (await connection.execute("SELECT * FROM packages ORDER BY package_id")).fetchall()


def store_of(packages: Packages) -> PackageStore:
    return packages._depot.store


async def nothing_is_left(packages: Packages) -> bool:
    return not list(store_of(packages).incoming.iterdir()) and not await store_of(packages).prefixes()


async def test_of_refused_files_the_newest_are_kept(
    packages: Packages, app: int, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(depot, "REFUSED_KEPT", 2)
    good = await upload(packages, app)
    for number in range(4):
        with pytest.raises(RefusedFileError):
            await upload(packages, app, b"\xff", f"{number}.txt")
    kept = [(row.state, row.file_name) for row in await rows(database)]
    assert kept == [("ready", good.file_name), ("rejected", "2.txt"), ("rejected", "3.txt")]


async def test_received_and_found_again(packages: Packages, app: int) -> None:
    package = await upload(packages, app)
    assert (package.line_count, package.account_count, package.duplicate_count, package.invalid_count) == (4, 2, 1, 1)
    assert (package.state, package.file_name, package.file_bytes) == ("ready", "accounts.txt", len(TEXT))
    assert await packages.get(app, package.package_id) == package
    assert await packages.list(app) == [package]
    assert await joined(packages.open_original(package)) == TEXT
    assert await joined(packages.open_refused(package)) == b"line,reason,text\n3,shorter than 2 characters,x\n"
    accounts = AccountsFile.open(await store_of(packages).accounts(package.object_prefix))
    assert set(accounts.accounts.to_list()) == {"user-1", "user-2"}
    assert accounts.hashes.tolist() == hash_strings(accounts.accounts).tolist()


async def test_the_row_has_the_digest_and_what_is_stored(packages: Packages, app: int, database: Database) -> None:
    package = await upload(packages, app)
    (row,) = await rows(database)
    assert row.file_sha256 == hashlib.sha256(TEXT).digest()
    assert package.verdict.stored_bytes > len(TEXT) + 2 * 24
    assert row.verdict["examples"] == [{"line": 3, "reason": "shorter than 2 characters", "text": "x"}]


async def test_the_same_content_twice_is_two_packages(packages: Packages, app: int, database: Database) -> None:
    async with database.connection() as connection:
        other_app = await an_app(connection, 1500000002)
    first, second = await upload(packages, app), await upload(packages, app, name="again.csv")
    elsewhere = await upload(packages, other_app)
    assert [package.same_as for package in (first, second, elsewhere)] == [None, first.package_id, None]
    assert [package.package_id for package in await packages.list(app)] == [second.package_id, first.package_id]
    assert await packages.list(app, before=second.package_id) == [first]
    with pytest.raises(UnknownPackageError):
        await packages.get(other_app, first.package_id)


async def test_a_file_without_a_name_is_sniffed(packages: Packages, app: int, database: Database) -> None:
    await upload(packages, app, TEXT, None)
    with pytest.raises(RefusedFileError, match="no zip"):
        await upload(packages, app, b"PK\x03\x04", None)
    assert [row.file_name for row in await rows(database)] == ["package.txt", "package.zip"]


async def test_a_refused_file_keeps_its_verdict_only(packages: Packages, app: int, database: Database) -> None:
    with pytest.raises(RefusedFileError, match="not UTF-8 at byte 3"):
        await upload(packages, app, b"ab\n\xff")
    with pytest.raises(EmptyFileError):
        await upload(packages, app, b"\n \n")
    assert [(row.state, row.object_prefix) for row in await rows(database)] == [("rejected", ""), ("rejected", "")]
    assert "not UTF-8" in (await packages.list(app))[1].verdict.fault
    assert await nothing_is_left(packages)


@pytest.mark.parametrize("limits", [Limits(max_file_bytes=len(TEXT))])
async def test_the_size_limit_is_exact(packages: Packages, app: int) -> None:
    await upload(packages, app, TEXT)
    with pytest.raises(RefusedFileError, match=f"more than {len(TEXT)} bytes"):
        await upload(packages, app, TEXT + b"\n")


@pytest.mark.parametrize("when", ["before a byte", "between two", "while it is parsed"])
async def test_a_client_that_vanishes_leaves_nothing(packages: Packages, app: int, when: str) -> None:
    arrived = asyncio.Event()

    async def client() -> None:
        async with packages.receive(app, "vanishing.txt") as upload:
            if when != "before a byte":
                await upload.write(b"user-1\n" * 500_000)
            if when == "while it is parsed":
                asyncio.get_running_loop().call_soon(arrived.set)
                await upload.finish()
            arrived.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(client())
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await upload(packages, app)  # there is one parser: it has ended with the other file when it takes this one
    assert [package.file_name for package in await packages.list(app)] == ["accounts.txt"]
    assert len(await store_of(packages).prefixes()) == 1
    assert not list(store_of(packages).incoming.iterdir())


async def test_a_row_that_can_not_be_written_leaves_no_object(
    packages: Packages, app: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*arguments: Any) -> int:
        raise ConnectionError("the database is away")

    monkeypatch.setattr(Depot, "add", fails)
    with pytest.raises((ConnectionError, StoreFailedError)):
        await upload(packages, app)
    assert await nothing_is_left(packages)


async def test_deleted_with_its_objects(packages: Packages, app: int) -> None:
    package = await upload(packages, app)
    await packages.delete(app, package.package_id)
    assert await nothing_is_left(packages)
    assert await packages.list(app) == []
    for gone in (packages.get, packages.delete):
        with pytest.raises(UnknownPackageError):
            await gone(app, package.package_id)


async def test_leftovers_are_swept_when_they_are_old(packages: Packages, app: int, tmp_path: Path) -> None:
    package = await upload(packages, app)
    store = store_of(packages)
    for name, age in (("crashed", timedelta(hours=2)), ("working", timedelta(minutes=1))):
        folder = store.incoming / name
        folder.mkdir()
        (folder / "original").write_bytes(TEXT)
        then = (datetime.now(UTC) - age).timestamp()
        for path in (folder / "original", folder):
            os.utime(path, (then, then))
    orphan = tmp_path / "orphan"
    orphan.mkdir()
    (orphan / "original").write_bytes(TEXT)
    await store.put("1/orphan", orphan)
    assert await packages.sweep() == 1
    assert [folder.name for folder in store.incoming.iterdir()] == ["working"]
    assert set(await store.prefixes()) == {package.object_prefix, "1/orphan"}


async def test_an_upload_that_takes_hours_is_not_swept_away(packages: Packages, app: int) -> None:
    async with packages.receive(app, "slow.txt") as slow:
        await slow.write(TEXT)
        os.utime(slow._folder, (0, 0))
        assert await packages.sweep() == 0
        assert (await slow.finish()).account_count == 2


async def test_an_upload_that_ends_at_that_moment_does_not_stop_the_sweep(packages: Packages) -> None:
    incoming = store_of(packages).incoming
    (incoming / "ended").symlink_to(incoming / "nowhere")  # listed, and gone when it is looked at
    (incoming / "crashed").mkdir()
    os.utime(incoming / "crashed", (0, 0))
    assert await packages.sweep() == 1


async def test_other_requests_go_on_while_a_file_is_parsed(packages: Packages, app: int) -> None:
    """Not a measurement: that the event loop turns at all while the parser works."""
    turns, done = 0, False

    async def others() -> None:
        nonlocal turns
        while not done:
            await asyncio.sleep(0)
            turns += 1

    async with packages.receive(app, "large.txt") as large:
        await large.write(b"".join(b"user-%d\n" % number for number in range(300_000)))
        task = asyncio.create_task(others())
        package = await large.finish()
        done = True
        await task
    assert package.account_count == 300_000
    assert turns > 10
