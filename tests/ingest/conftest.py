"""Packages over the test's own database and folder. One parser process serves all: it takes a second to start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from rockdove.config import Packages as Limits
from rockdove.ingest.packages import Packages
from rockdove.ingest.parser_processes import ParserProcesses
from rockdove.storage.database import Database
from tests.rows import an_app


class SharedParsers(ParserProcesses):
    """Whoever opens or closes it, it runs until the session ends."""

    async def start(self) -> None:
        """Processes come with the first file."""

    async def stop(self) -> None:
        """Only `end` does."""

    async def end(self) -> None:
        await super().stop()


@pytest.fixture(scope="session")
async def parsers() -> AsyncIterator[SharedParsers]:
    shared = SharedParsers(1)
    yield shared
    await shared.end()


@pytest.fixture
async def app(database: Database) -> int:
    async with database.connection() as connection:
        return await an_app(connection)


@pytest.fixture
def limits() -> Limits:
    return Limits()


@pytest.fixture(params=["", "memory:///"], ids=["folder", "bucket"])
def store_url(request: pytest.FixtureRequest) -> str:
    """A local folder, and a store that is none: what a bucket goes through."""
    return str(request.param)


@pytest.fixture
def stored_limits(limits: Limits, store_url: str) -> Limits:
    return msgspec.structs.replace(limits, store=store_url)


@pytest.fixture
async def packages(
    stored_limits: Limits,
    database: Database,
    tmp_path: Path,
    parsers: SharedParsers,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Packages]:
    monkeypatch.setattr("rockdove.ingest.packages.ParserProcesses", lambda at_once: parsers)
    async with Packages(stored_limits, tmp_path, database) as packages:
        yield packages
