"""A server of the dialect over the test's own database, with one Android application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from rockdove.api.context import ApiContext
from rockdove.config import Settings
from rockdove.devices.applications import Applications
from rockdove.ingest.packages import Packages
from rockdove.ingest.parser_processes import ParserProcesses
from rockdove.storage.database import Database
from tests.api.tpns.rest import Client, serve
from tests.rows import an_app


@pytest.fixture
def settings() -> Settings:
    """Pushes are not limited to one a second, but where a test asks for it."""
    plain = Settings()
    return msgspec.structs.replace(plain, limits=msgspec.structs.replace(plain.limits, bulk_pushes_per_second=0))


@pytest.fixture(scope="session")
def package_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packages")


class SharedParsers(ParserProcesses):
    """Starting parsers takes seconds: one set serves all tests, whoever opens and closes it."""

    _started = False

    async def start(self) -> None:
        if not self._started:
            await super().start()
            self._started = True

    async def stop(self) -> None:
        """Only `end` does."""

    async def end(self) -> None:
        await super().stop()


@pytest.fixture(scope="session")
async def parsers() -> AsyncIterator[SharedParsers]:
    shared = SharedParsers(2)
    yield shared
    await shared.end()


@pytest.fixture
async def packages(
    settings: Settings,
    database: Database,
    package_folder: Path,
    parsers: SharedParsers,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Packages]:
    monkeypatch.setattr("rockdove.ingest.packages.ParserProcesses", lambda at_once: parsers)
    async with Packages(settings.packages, package_folder, database) as packages:
        yield packages


@pytest.fixture
def context(settings: Settings, database: Database, packages: Packages) -> ApiContext:
    return ApiContext(settings, database, Applications(database), packages)


@pytest.fixture
async def client(context: ApiContext) -> AsyncIterator[Client]:
    async with context.database.connection() as connection:
        await an_app(connection)
    async with serve(context) as port:
        yield Client(port)
