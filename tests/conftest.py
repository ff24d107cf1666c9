"""What the whole suite shares: one PostgreSQL and one NATS from their wheels, started once a process.

- `engines`      both, with their settings (session)
- `database`     an empty, migrated database of the test's own
- `server`       a whole `rockdove serve` with its own data folder, as a stranger would start it (session)
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from rockdove.engines import Engines
from rockdove.storage.database import Database
from rockdove.storage.migrations import migrate
from rockdove.testing.vendors.certificates import authority_file
from tests.engines.fixtures import engines, reachable_folder
from tests.server import Server, start_server
from tests.work_units import WorkUnits, place

__all__ = ["engines", "reachable_folder"]

_numbers = itertools.count(1)
_free: list[str] = []
_shapes: dict[str, str] = {}

_FILLED = b"""
SELECT format('%I', relname) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'schema_migrations'
  AND pg_relation_size(oid) > 0
"""
_OF_APPLICATIONS = b"SELECT format('%I', relname) FROM pg_class WHERE relkind = 'S' AND relname LIKE 'device_ids_%'"
_RESTART = b"""
SELECT setval(format('%I', sequencename), start_value, false) FROM pg_sequences
WHERE schemaname = 'public' AND last_value IS NOT NULL
"""
_SHAPE = b"""
SELECT md5(string_agg(format('%s %s %s', relname, relkind, relhastriggers), ',' ORDER BY relname)) FROM pg_class
WHERE relnamespace = 'public'::regnamespace
"""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> WorkUnits | None:
    return WorkUnits(config, log) if config.getoption("dist") == "load" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: place(item.nodeid))


@pytest.fixture(scope="session", autouse=True)
def one_nats_server_answers_at_once() -> Iterator[None]:
    """Presence waits for the silence of a cluster's last server; here there is one, on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rockdove.gateway.servers.ANSWER_SECONDS", 0.4)
        yield


@pytest.fixture(scope="session")
async def template(engines: Engines) -> str:
    """The migrated database that tests copy; nobody may be connected to it."""
    await migrate(engines.settings.postgres.url)
    async with await psycopg.AsyncConnection.connect(engines.settings.postgres.url) as connection:
        _shapes["template"] = await _shape(connection)
    return urlsplit(engines.settings.postgres.url).path.removeprefix("/")


@pytest.fixture
async def database_url(engines: Engines, template: str) -> AsyncIterator[str]:
    """A database of the test's own."""
    async with a_database(engines, template) as url:
        yield url


@asynccontextmanager
async def a_database(engines: Engines, template: str) -> AsyncIterator[str]:
    """Gives its URL. Making one means copying a thousand files, so emptied ones are used again."""
    name = _free.pop() if _free else await _create(engines, template)
    url = urlunsplit(urlsplit(engines.settings.postgres.url)._replace(path=f"/{name}"))
    yield url
    if await _emptied(engines, name):
        _free.append(name)


async def _create(engines: Engines, template: str) -> str:
    assert engines.postgres
    name = f"test_{next(_numbers)}"
    async with await psycopg.AsyncConnection.connect(engines.postgres.superuser_url, autocommit=True) as admin:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER rockdove STRATEGY file_copy".encode())
    return name


async def _shape(connection: psycopg.AsyncConnection[tuple[str]]) -> str:
    """Tables, indexes and sequences, as a fingerprint."""
    (shape,) = await (await connection.execute(_SHAPE)).fetchone() or ("",)
    return shape


async def _emptied(engines: Engines, name: str) -> bool:
    """As if it had just been made; False where a test has damaged it (that is what some are for) or still holds on.

    A test fills a few tables with a few rows: taking those away costs a fifth of truncating all.
    """
    assert engines.postgres
    url = urlunsplit(urlsplit(engines.postgres.superuser_url)._replace(path=f"/{name}"))
    try:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute("SET lock_timeout = '2s'; SET session_replication_role = replica")
            filled = await _names(connection, _FILLED)
            for table in filled:
                await connection.execute(f"DELETE FROM {table}".encode())
            if filled:
                await connection.execute(f"VACUUM {', '.join(filled)}".encode())
            for sequence in await _names(connection, _OF_APPLICATIONS):
                await connection.execute(f"DROP SEQUENCE {sequence}".encode())
            await connection.execute(_RESTART)
            return await _shape(connection) == _shapes["template"]
    except psycopg.Error:
        return False


async def _names(connection: psycopg.AsyncConnection[tuple[str]], query: bytes) -> list[str]:
    return [name for (name,) in await (await connection.execute(query)).fetchall()]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with Database(database_url, 8) as database:
        yield database


@pytest.fixture(scope="session")
def server(reachable_folder: Path) -> Iterator[Server]:
    """It trusts the fake vendors."""
    trust = {"ROCKDOVE_CHANNELS__CA_FILE": str(authority_file())}
    with start_server(reachable_folder / "served", environment=trust) as running:
        yield running
