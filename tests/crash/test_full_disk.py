"""The disk of the package store is full: the upload says so, leaves nothing, and the next one works again."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rockdove.cli.rest import RestError
from rockdove.config import Packages as Limits
from rockdove.ingest.packages import Packages
from rockdove.ingest.verdict import StoreFullError
from rockdove.storage.database import Database
from tests.crash.law import Crowd
from tests.rows import an_app

MB = 1024 * 1024
LEFT = 2 * MB
PIECE = 5000


@pytest.mark.parametrize(
    ("lines", "fits"),
    [(500_000, False), (130_000, True)],
    ids=["larger than what is left", "its accounts do not fit beside it"],
)
async def test_a_full_disk_is_said_and_leaves_nothing(
    other_crowd: Crowd, small_disk: Path, tmp_path: Path, lines: int, fits: bool
) -> None:
    if not os.path.ismount(small_disk):
        pytest.skip("a disk can only be filled where we may mount one")
    file = tmp_path / "accounts.txt"
    file.write_text("".join(f"account-{number}\n" for number in range(lines)))
    assert (file.stat().st_size < LEFT) == fits
    before = files(small_disk)
    with filled(small_disk):
        with pytest.raises(RestError, match=r"full.*1008011"):
            await asyncio.to_thread(other_crowd.client.upload, file)
        assert files(small_disk) == before
        await other_crowd.check(await other_crowd.push(), repeats=0)
    assert (await asyncio.to_thread(other_crowd.client.upload, file))["accountCount"] == lines


async def test_a_slow_client_that_meets_a_full_disk_leaves_nothing_either(
    small_disk: Path, tmp_path: Path, database: Database
) -> None:
    """What comes in small pieces waits in a buffer, which can't be written when the file is closed."""
    if not os.path.ismount(small_disk):
        pytest.skip("a disk can only be filled where we may mount one")
    async with database.transaction() as connection:
        access_id = await an_app(connection)
    limits = Limits(parses_at_once=1, store=small_disk.as_uri())
    before = files(small_disk)
    async with Packages(limits, tmp_path, database) as packages:
        with filled(small_disk), pytest.raises(StoreFullError):
            await send_in_pieces(packages, access_id)
        assert files(small_disk) == before


async def send_in_pieces(packages: Packages, access_id: int) -> None:
    """Twice what is left."""
    async with packages.receive(access_id, "accounts.txt") as upload:
        for _ in range(2 * LEFT // PIECE):
            await upload.write(b"1" * PIECE)


def test_a_log_that_can_not_be_written_ends_no_process() -> None:
    program = (
        "from rockdove.observe import log, set_up_logging; set_up_logging(); "
        "log.error('one', more='x' * 100_000); log.error('two'); print('goes on', flush=True)"
    )
    with Path("/dev/full").open("w") as full:
        found = subprocess.run([sys.executable, "-c", program], stderr=full, stdout=subprocess.PIPE, check=False)
    assert found.stdout == b"goes on\n"


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """But for LEFT bytes."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free - LEFT)
    try:
        yield
    finally:
        filler.unlink()


def files(disk: Path) -> set[Path]:
    return {path for path in disk.rglob("*") if path.is_file() and path.name != "filler"} | set(disk.glob("incoming/*"))
