"""An application of a given size, from a seed: devices, bindings, tags, and packages of accounts.

Every device is bound (account type 0), so N bindings need N devices. Accounts are 11 digits, like phone numbers. A
fifth of the devices is not available (gone, or not seen for 90 days), a tenth opted out. Device ids are unrelated to
accounts.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import numpy as np
import numpy.typing as npt
import polars as pl
import psycopg
from pyarrow import ipc

from benchmarks._engines import migrated_engines, temporary_folder
from rockdove.audience.hashed_texts import hashed
from rockdove.domain import account_hash
from rockdove.storage import accounts_file

ACCESS_ID = 1_500_000_001
BINDINGS = 6_000_000
CHUNK = 500_000
TAGS = 200
FIRST_ACCOUNT = 13_000_000_000
REGISTERED_APART = np.timedelta64(4, "s")
"""From one device to the next: six million in nine months."""


def options(description: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--scale", type=float, default=1.0, help="of all sizes; 0.01 is done in seconds")
    parser.add_argument("--keep", type=Path, help="a folder for the database, used again by the next run of this scale")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


@asynccontextmanager
async def application(chosen: argparse.Namespace) -> AsyncIterator[tuple[Population, str, Path]]:
    """The filled database (its URL) under embedded engines, and a folder for files."""
    population = Population(int(BINDINGS * chosen.scale))
    with temporary_folder(chosen.keep) as folder:
        async with migrated_engines(folder) as engines:
            assert engines.postgres
            url = engines.settings.postgres.url
            administrator = urlunsplit(urlsplit(engines.postgres.superuser_url)._replace(path=urlsplit(url).path))
            await asyncio.to_thread(population.fill, administrator)
            yield population, url, folder


class Population(NamedTuple):
    bindings: int
    seed: int = 20_260_101

    @property
    def accounts(self) -> int:
        """Accounts that exist; three in four of them are bound, to 1.8 devices on average."""
        return self.bindings * 3 // 4

    def fill(self, url: str) -> None:
        """Into a migrated database, as its superuser; once. Row triggers and foreign keys are off meanwhile."""
        with psycopg.connect(url, autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM apps").fetchone():
                return
            connection.execute("SET session_replication_role = replica")
            connection.execute("BEGIN")
            connection.execute(
                "WITH product AS (INSERT INTO products (name) VALUES ('bench') RETURNING product_id)"
                " INSERT INTO apps (access_id, name, platform, access_key, secret_key, product_id)"
                " SELECT %s, 'bench', 'android', '', '', product_id FROM product", (ACCESS_ID,),
            )  # fmt: skip
            connection.execute(
                "INSERT INTO tags (access_id, tag) SELECT %s, 'tag' || n FROM generate_series(1, %s) AS n",
                (ACCESS_ID, TAGS),
            )
            with _without_indexes(connection):
                self._copy_all(connection)
            connection.execute("COMMIT")
            connection.execute("VACUUM (ANALYZE) devices, account_bindings, device_tags")
            connection.execute("CHECKPOINT")

    def package(self, size: int) -> pl.Series:
        """`size` distinct accounts, in no order. Every existing one has the same chance; the rest are strangers."""
        numbers = np.random.default_rng(self.seed + 1)
        return account_texts(numbers.permutation(max(self.accounts, size))[:size])

    def _copy_all(self, connection: psycopg.Connection[Any]) -> None:
        numbers = np.random.default_rng(self.seed)
        for first in range(0, self.bindings, CHUNK):
            ids = np.arange(first, min(first + CHUNK, self.bindings))
            _copy(connection, "devices", _devices(ids, numbers, self.bindings))
            _copy(connection, "account_bindings", _bindings(ids, self.accounts, numbers))
            _copy(connection, "device_tags", _tags(ids, numbers))


def write_package(path: Path, accounts: pl.Series) -> None:
    """An accounts file (storage.accounts_file), as ingest leaves it."""
    ordered = hashed(accounts)
    table = pl.DataFrame({"hash": ordered.hashes, "account": ordered.texts}).to_arrow(
        compat_level=pl.CompatLevel.newest()
    )
    versions = {"rockdove.accounts": accounts_file.FORMAT, "rockdove.account_hash": account_hash.VERSION}
    schema = table.schema.with_metadata(versions)
    with ipc.new_file(str(path), schema) as writer:
        writer.write_table(table.cast(schema))


@contextmanager
def _without_indexes(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Loading into indexes takes twice as long as making them afterwards."""
    found = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid IN ('devices'::regclass, 'account_bindings'::regclass, 'device_tags'::regclass)"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"
    ).fetchall()
    for name, _ in found:
        connection.execute(f"DROP INDEX {name}".encode())
    yield
    for _, definition in found:
        connection.execute(definition.encode())


def account_texts(numbers: npt.NDArray[np.int64]) -> pl.Series:
    return pl.Series("account", numbers + FIRST_ACCOUNT).cast(pl.String)


def _devices(ids: npt.NDArray[np.int64], numbers: np.random.Generator, last: int) -> pl.DataFrame:
    def pick(values: list[str]) -> pl.Series:
        return pl.Series(values).gather(numbers.integers(0, len(values), len(ids)))

    gone = numbers.random(len(ids)) < 0.05
    days_away = np.where(numbers.random(len(ids)) < 0.15, 120, numbers.integers(0, 60, len(ids)))
    today = np.datetime64("today", "D")
    return pl.DataFrame(
        {
            "access_id": np.full(len(ids), ACCESS_ID),
            "device_id": ids,
            "token": pl.Series(ids).cast(pl.String).str.zfill(36),
            "platform": ["android"] * len(ids),
            "package_name": ["com.example.app"] * len(ids),
            "app_version": pick([f"{major}.{minor}" for major in range(5) for minor in range(10)]),
            "sdk_version": pick(["1.4.3.7", "1.4.4.2", "1.4.4.6"]),
            "os_version": pick([str(version) for version in range(8, 17)]),
            "brand": pick(["HUAWEI", "Xiaomi", "OPPO", "vivo", "HONOR", "samsung"]),
            "model": pick([f"model {n}" for n in range(500)]),
            "language": pick(["zh", "en"]),
            "country": pick(["CN", "SG", "MY"]),
            "province": pick([f"province {n}" for n in range(34)]),
            "city": pick([f"city {n}" for n in range(300)]),
            "notifications": numbers.random(len(ids)) >= 0.1,
            "unregistered_at": np.where(gone, np.datetime64("2026-01-01", "us"), np.datetime64("NaT", "us")),
            "last_seen_day": today - days_away.astype("timedelta64[D]"),
            "registered_at": np.datetime64("now", "us") - (REGISTERED_APART * (last - ids)),
        }
    )


def _bindings(ids: npt.NDArray[np.int64], accounts: int, numbers: np.random.Generator) -> pl.DataFrame:
    seconds_ago = numbers.integers(0, 30_000_000, len(ids)).astype("timedelta64[s]")
    return pl.DataFrame(
        {
            "access_id": np.full(len(ids), ACCESS_ID),
            "device_id": ids,
            "account_type": np.zeros(len(ids), np.int32),
            "account": account_texts(numbers.integers(0, accounts, len(ids))),
            "bound_at": np.datetime64("now", "us") - seconds_ago,
        }
    )


def _tags(ids: npt.NDArray[np.int64], numbers: np.random.Generator) -> pl.DataFrame:
    a, b, c = (pl.Series(numbers.integers(1, TAGS + 1, len(ids))).cast(pl.String) for _ in range(3))
    return pl.DataFrame(
        {
            "access_id": np.full(len(ids), ACCESS_ID),
            "device_id": ids,
            "tag_ids": pl.select(pl.format("{{{},{},{}}}", a, b, c)).to_series(),
        }
    )


def _copy(connection: psycopg.Connection[Any], table: str, rows: pl.DataFrame) -> None:
    statement = f"COPY {table} ({', '.join(rows.columns)}) FROM STDIN (FORMAT csv)"
    with connection.cursor().copy(statement.encode()) as copy:
        copy.write(rows.write_csv(include_header=False).encode())
