"""Limits, refusals and ends of packages: what breaks leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from psycopg.types.json import Jsonb

from rockdove.config import Packages as Limits
from rockdove.ingest.depot import Package
from rockdove.ingest.packages import Packages
from rockdove.ingest.verdict import (
    EmptyFileError,
    PackageInUseError,
    RefusedFileError,
    StoreFailedError,
    StoreFullError,
    TooManyUploadsError,
    UnknownPackageError,
)
from rockdove.lifecycle.states import State
from rockdove.storage.database import Database
from tests.rows import a_push, an_app

CHUNK = 64 * 1024


@pytest.fixture
async def app(database: Database) -> int:
    async with database.connection() as connection:
        return await an_app(connection)


@pytest.fixture
async def packages(database: Database, tmp_path: Path) -> AsyncIterator[Packages]:
    async with Packages(Limits(parses_at_once=1, uploads_per_app=2), tmp_path, database) as packages:
        yield packages


async def upload(packages: Packages, app: int, content: bytes = b"user-1\nuser-2\n", name: str = "a.txt") -> Package:
    async with packages.receive(app, name) as receiving:
        for start in range(0, len(content), CHUNK):
            await receiving.write(content[start : start + CHUNK])
        return await receiving.finish()


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


async def test_one_that_vanishes_while_its_file_is_parsed_leaves_nothing(
    packages: Packages, app: int, tmp_path: Path
) -> None:
    content = b"user-1\n" * 4_000_000
    uploading = asyncio.create_task(upload(packages, app, content))
    while sum(path.stat().st_size for path in (tmp_path / "packages").rglob("original")) < len(content):  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    uploading.cancel()  # received; the parser is at it
    with pytest.raises(asyncio.CancelledError):
        await uploading
    await upload(packages, app)  # its parse waits for the one that went on
    assert len(await packages.list(app)) == 1
    assert files_in(tmp_path / "packages") == ["accounts.arrow", "original"]


@pytest.mark.parametrize(
    ("content", "name", "error"),
    [
        (b"", "a.txt", EmptyFileError),
        (b"\n \n", "a.txt", EmptyFileError),
        (b"ab\n\xff\n", "a.txt", RefusedFileError),
        (b"ab,cd\n", "a.csv", RefusedFileError),
        (b"ab\n", "a.xlsx", RefusedFileError),
        (b"ab\n", "a.zip", RefusedFileError),
    ],
)
async def test_a_refused_file_leaves_its_verdict_and_no_object(
    packages: Packages, app: int, tmp_path: Path, *, content: bytes, name: str, error: type[RefusedFileError]
) -> None:
    with pytest.raises(error) as caught:
        await upload(packages, app, content, name)
    (kept,) = await packages.list(app)
    assert (kept.state, kept.file_name, kept.verdict.fault) == ("rejected", name, str(caught.value))
    assert files_in(tmp_path / "packages") == []


async def test_so_many_at_once_and_no_more(packages: Packages, app: int) -> None:
    async with packages.receive(app, "a.txt"), packages.receive(app, "b.txt"):
        with pytest.raises(TooManyUploadsError):
            await upload(packages, app)
    assert (await upload(packages, app)).state == "ready"


async def test_over_the_disk_budget_uploads_are_refused(database: Database, app: int, tmp_path: Path) -> None:
    async with Packages(Limits(parses_at_once=1, disk_budget_bytes=1000), tmp_path, database) as packages:
        with pytest.raises(StoreFullError):
            await upload(packages, app, b"".join(b"user-%d\n" % number for number in range(1000)))
        assert files_in(tmp_path / "packages") == []


@pytest.mark.parametrize("excluded", [False, True])
async def test_a_package_is_not_deleted_under_a_waiting_push(
    packages: Packages, app: int, database: Database, *, excluded: bool
) -> None:
    package = await upload(packages, app)
    of = package.package_id
    columns = {"audience": Jsonb({"exclude_package_id": of})} if excluded else {"package_id": of}
    async with database.connection() as connection:
        push_id = await a_push(connection, app, **columns, state=State.WAIT)
    with pytest.raises(PackageInUseError):
        await packages.delete(app, package.package_id)
    async with database.connection() as connection:
        await connection.execute("UPDATE pushes SET state = 'PUSH_CANCELED' WHERE push_id = %s", (push_id,))
    await packages.delete(app, package.package_id)
    with pytest.raises(UnknownPackageError):
        await packages.get(app, package.package_id)


async def test_expired_packages_go_unless_a_push_waits_for_them(
    packages: Packages, app: int, database: Database, tmp_path: Path
) -> None:
    old, needed, young = [await upload(packages, app, b"user-%d\n" % number) for number in range(3)]
    async with database.connection() as connection:
        await a_push(connection, app, package_id=needed.package_id, state=State.WAIT)
        await connection.execute(
            "UPDATE packages SET expires_at = now() - interval '1 s' WHERE package_id <> %s", (young.package_id,)
        )
    assert await packages.expire() == 1
    assert {package.package_id for package in await packages.list(app)} == {needed.package_id, young.package_id}
    assert not list((tmp_path / "packages").rglob(f"*{old.object_prefix.rpartition('/')[2]}*"))


async def test_verdicts_of_refused_files_go_after_ninety_days(packages: Packages, app: int, database: Database) -> None:
    for _ in range(2):
        with pytest.raises(RefusedFileError):
            await upload(packages, app, b"ab\n\xff\n")
    young, old = await packages.list(app)
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE packages SET expires_at = expires_at - interval '90 days' WHERE package_id = %s", (old.package_id,)
        )
        assert await packages.expire() == 0, "no package was lost"
        rows = await (await connection.execute("SELECT package_id FROM packages")).fetchall()
    assert [row.package_id for row in rows] == [young.package_id]


async def test_a_parser_that_dies_is_a_fault_of_ours_and_the_next_file_is_parsed(packages: Packages, app: int) -> None:
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    before = set(children.read_text().split())
    uploading = asyncio.create_task(upload(packages, app, b"user-1\n" * 100_000))
    killed = [pid for pid in before if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert killed
    for pid in killed:
        os.kill(int(pid), signal.SIGKILL)
    with pytest.raises(StoreFailedError):
        await uploading
    assert (await upload(packages, app)).state == "ready"
