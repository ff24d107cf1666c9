"""One reading of an application: everything a resolution needs, in one REPEATABLE READ transaction on one connection.

Columns come over ADBC as Arrow (binary COPY underneath): 6 M bindings in 3 s. The connection is in autocommit and the
transaction is opened by hand; left to itself the driver opens one that nobody ends, and its old snapshot holds back
xmin.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

import polars as pl
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from adbc_driver_manager import Error as DriverError
from adbc_driver_postgresql import dbapi
from pyroaring import BitMap

from rockdove.audience.bitmaps import of_ids
from rockdove.audience.visibility import Visible
from rockdove.storage.sql import load

_sql = load(__package__, "reading.sql")

ATTRIBUTES = (
    "package_name",
    "app_version",
    "sdk_version",
    "os_version",
    "brand",
    "model",
    "language",
    "country",
    "province",
    "city",
    "channel",
)
"""Text columns of a device that an audience can depend on, and that are few enough distinct values to be numbered."""


class Header(NamedTuple):
    """What a reading sees, apart from the rows. Days are counted from 1970-01-01 UTC."""

    identity: str
    visible: Visible
    today: int
    purges: int
    platform: str
    main_package: str


class UnknownApplicationError(LookupError):
    """There is no application with this access id."""


class Reading:
    """Use as a context manager, in a thread: every method blocks. `exported` joins the snapshot that another connection
    exported (pg_export_snapshot), to see exactly what that one sees.

    Raises psycopg.OperationalError where the database is away, like the rest of the product.
    """

    def __init__(self, url: str, access_id: int, exported: str = "") -> None:
        self._url, self._access_id, self._exported = url, access_id, exported

    def __enter__(self) -> Reading:
        try:
            self._connection = dbapi.connect(self._url, autocommit=True)
        except DriverError as error:
            raise psycopg.OperationalError(str(error)) from error
        try:
            self._begin()
            self.header = self._header()
        except BaseException:
            self._connection.close()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()  # and with it the transaction

    def bindings(self, since: int | None = None) -> pl.DataFrame:
        """device_id, account_type, account, bound_at (microseconds since 1970). `since` is the xmin of a snapshot."""
        rows = self._frame(_sql.bindings) if since is None else self._frame(_sql.bindings_since, xmin=since)
        return rows.with_columns(pl.col("bound_at").dt.epoch("us"))

    def devices(self, since: int | None = None) -> pa.Table:
        """The columns of the statement; ATTRIBUTES are dictionary arrays with one dictionary a column."""
        rows = self._batches(_sql.devices) if since is None else self._batches(_sql.devices_since, xmin=since)
        with ThreadPoolExecutor(1) as background:
            batches = list(background.map(_numbered, rows))
        return pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()

    def tags(self, since: int | None = None) -> pl.DataFrame:
        """device_id, tag_ids (list)."""
        return self._frame(_sql.tags) if since is None else self._frame(_sql.tags_since, xmin=since)

    def tag_ids(self) -> dict[str, int]:
        """The id of each custom tag."""
        rows = self._frame(_sql.tag_names)
        return dict(zip(rows["tag"], rows["tag_id"], strict=True))

    def seen_on(self, day: int) -> BitMap:
        return of_ids(self._frame(_sql.seen_on, day=day)["device_id"].sort().to_numpy())

    def tokens(self) -> Iterator[pl.DataFrame]:
        """device_id, token of every device, in pieces."""
        for batch in self._batches(_sql.tokens):
            yield cast(pl.DataFrame, pl.from_arrow(batch))

    def reached(self, push_id: int) -> BitMap:
        """Whom an earlier push of this application has reached by now; nobody for an unknown one."""
        deltas = self._frame(_sql.reached, push_id=push_id)["devices"]
        return BitMap.union(BitMap(), *map(BitMap.deserialize, deltas))

    def _begin(self) -> None:
        with self._cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            if self._exported:
                cursor.execute(f"SET TRANSACTION SNAPSHOT '{self._exported}'")

    def _header(self) -> Header:
        rows = self._frame(_sql.header).rows(named=True)
        if not rows:
            raise UnknownApplicationError(self._access_id)
        return Header(**{**rows[0], "visible": Visible.parse(rows[0]["visible"])})

    def _frame(self, statement: bytes, **numbers: int) -> pl.DataFrame:
        with self._cursor() as cursor:
            cursor.execute(self._text(statement, numbers))
            return cast(pl.DataFrame, pl.from_arrow(cursor.fetch_arrow_table()))

    def _batches(self, statement: bytes, **numbers: int) -> Iterator[pa.RecordBatch]:
        with self._cursor() as cursor:
            cursor.execute(self._text(statement, numbers))
            reader = cursor.fetch_record_batch()
            yield pa.RecordBatch.from_pylist([], schema=reader.schema)  # the columns, where there are no rows
            yield from reader

    def _text(self, statement: bytes, numbers: dict[str, int]) -> str:
        """The driver can't bind parameters to a COPY. All of ours are integers, which need no quoting."""
        return statement.decode() % {
            name: int(value) for name, value in {"access_id": self._access_id, **numbers}.items()
        }

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        try:
            with self._connection.cursor() as cursor:
                yield cursor
        except DriverError as error:
            raise psycopg.OperationalError(str(error)) from error


def _numbered(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = [
        pc.dictionary_encode(column) if name in ATTRIBUTES else column
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
