"""Fixtures of the whole suite: real engines, once a run."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from rockdove.config import Settings
from rockdove.engines import Engines, start_engines
from rockdove.engines.data_folder import open_data_folder
from rockdove.engines.postgres_settings import LOCAL_SETTINGS

ANY_PORTS = {"port": 0, "mqtt_port": 0, "websocket_port": 0}

UNSAFE_BUT_QUICK = "fsync = off\nfull_page_writes = off\nshared_buffers = 256MB\n"
"""Most tests need a database for a moment, and none of those has to survive a power cut. The tests of crashes, of the
engines and of the whole server run with what everybody gets."""


def settings_in(folder: Path) -> Settings:
    """For engines under this folder, on any free ports, few connections."""
    return msgspec.convert({"data": str(folder), "nats": {**ANY_PORTS, "max_connections": 4096}}, Settings)


@pytest.fixture(scope="session")
def reachable_folder() -> Iterator[Path]:
    """A temporary folder that the engines' user can pass through (pytest's own is closed to it when we are root)."""
    folder = Path(tempfile.mkdtemp(prefix="rockdove-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def engines(reachable_folder: Path) -> AsyncIterator[Engines]:
    """PostgreSQL and NATS, shared by the whole run: `engines.settings` says where they are."""
    settings = settings_in(reachable_folder / "shared")
    with open_data_folder(settings.data_folder) as folder:
        folder.write_conf(LOCAL_SETTINGS, UNSAFE_BUT_QUICK)
    async with start_engines(settings) as engines:
        yield engines
