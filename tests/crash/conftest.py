"""Two servers for all faults of this folder: what one test has done to them, they must have got over before the next.

`crowd` is on an ordinary one. `other_crowd` is on one whose packages lie on a small disk of their own and whose wall
clock can be set wrong.
"""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.crash import law
from tests.crash.law import Crowd
from tests.server import start_server

SMALL_DISK = "64m"
FAULTY_CLOCK = Path(__file__).with_name("clock")


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def crowd(reachable_folder: Path) -> AsyncIterator[Crowd]:
    with start_server(reachable_folder / "crash", environment=law.ENVIRONMENT) as server:
        async with law.crowd(server) as crowd:
            yield crowd


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def other_crowd(reachable_folder: Path, small_disk: Path, clock_file: Path) -> AsyncIterator[Crowd]:
    environment = {
        **law.ENVIRONMENT,
        "ROCKDOVE_PACKAGES__STORE": small_disk.as_uri(),
        "FAULTY_CLOCK": str(clock_file),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(FAULTY_CLOCK), os.environ.get("PYTHONPATH")])),
    }
    with start_server(reachable_folder / "crash-other", environment=environment) as server:
        async with law.crowd(server) as crowd:
            yield crowd


@pytest.fixture(scope="package")
def small_disk(reachable_folder: Path) -> Iterator[Path]:
    """A file system that a test may fill; an ordinary folder where we may not mount one."""
    folder = reachable_folder / "small-disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    yield folder
    if mounted:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture(scope="package")
def clock_file(reachable_folder: Path) -> Path:
    file = reachable_folder / "clock"
    file.write_bytes(struct.pack("d", 0.0))
    return file


@pytest.fixture
def set_clock_wrong(clock_file: Path) -> Iterator[Callable[[float], None]]:
    """By so many seconds, for all of our processes of `other_crowd`'s server; put right after the test."""

    def set_wrong(seconds: float) -> None:
        with clock_file.open("r+b") as file:
            file.write(struct.pack("d", seconds))

    yield set_wrong
    set_wrong(0.0)
