"""The disk of the package store is full: the upload says so, leaves nothing, and the next one works again."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rockdove.cli.rest import RestError
from tests.crash.law import Crowd

MB = 1024 * 1024
LEFT = 2 * MB


@pytest.mark.parametrize(
    ("lines", "where"),
    [(500_000, "while it is received"), (150_000, "while it is parsed")],
    ids=["larger than what is left", "its accounts do not fit beside it"],
)
async def test_a_full_disk_is_said_and_leaves_nothing(
    other_crowd: Crowd, small_disk: Path, tmp_path: Path, lines: int, where: str
) -> None:
    if not os.path.ismount(small_disk):
        pytest.skip("a disk can only be filled where we may mount one")
    file = tmp_path / "accounts.txt"
    file.write_text("".join(f"account-{number}\n" for number in range(lines)))
    assert (file.stat().st_size > LEFT) == (where == "while it is received")
    before = files(small_disk)
    with filled(small_disk):
        with pytest.raises(RestError, match=r"full.*1008011"):
            await asyncio.to_thread(other_crowd.client.upload, file)
        assert files(small_disk) == before
        await other_crowd.check(await other_crowd.push(), repeats=0)
    assert (await asyncio.to_thread(other_crowd.client.upload, file))["accountCount"] == lines


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
