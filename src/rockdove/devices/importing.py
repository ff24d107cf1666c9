"""Importing devices, accounts and bind times from a file: a million in one pass.

The way in: the file is checked block by block (`import_file`), what is good is streamed into a temporary table, and
four statements over whole sets do the rest: update the tokens that are known, insert the new ones, bind accounts,
drop what is too many for an account. All in one transaction: an import is there completely or not at all, and can be
repeated.

What the app has done in the meantime is newer than any file: a later binding stays, and so does an unbinding, and what
a device has said of itself since it registered.
"""

from __future__ import annotations

import asyncio
import csv
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import polars as pl

from rockdove.devices.import_file import EXAMPLE, Block, ImportFileError, Refusal, read
from rockdove.domain.account import MAX_DEVICES_PER_ACCOUNT
from rockdove.storage.database import Connection, Database, fetch_one
from rockdove.storage.sql import load

__all__ = ["EXAMPLE", "ImportFileError", "ImportReport", "Refusal", "import_devices"]

_sql = load(__package__, "importing.sql")

REFUSALS_KEPT = 1000
Progress = Callable[[str, int, int], None]
"""(what is being done, done, of how many): `reading` counts bytes, the other steps count themselves."""
_STEPS = ("update_devices", "insert_devices", "bind", "drop_oldest")


@dataclass(slots=True)
class ImportReport:
    """What came of it. `refusals` are the first REFUSALS_KEPT; the complete list is in the file that was asked for."""

    rows: int = 0
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    updated_devices: int = 0
    new_devices: int = 0
    bindings: int = 0
    """Bound or rebound."""
    dropped_bindings: int = 0
    """Oldest bindings of accounts that had too many devices."""
    seconds: float = 0.0


async def import_devices(
    database: Database,
    access_id: int,
    path: Path,
    progress: Progress = lambda *_: None,
    refusals_path: Path | None = None,
) -> ImportReport:
    """Import `path` into an application. Bad rows are refused and reported, `refusals_path` gets all of them as CSV.

    Raises ImportFileError for a file (or application) that can't be imported at all; then nothing has changed.
    """
    started = time.monotonic()
    with _Tally(refusals_path, progress) as tally:
        async with database.transaction() as connection:
            row = await fetch_one(connection, _sql.app, access_id=access_id)
            if row is None:
                raise ImportFileError(f"there is no application {access_id}")
            await connection.execute(_sql.create)
            await _stream(connection, read(path, row.platform), tally)
            await _apply(connection, access_id, row.platform, tally.report, progress)
    if tally.report.rows > tally.report.refused:
        async with database.connection() as connection:
            await connection.execute(_sql.look_at)
    tally.report.seconds = time.monotonic() - started
    return tally.report


class _Tally:
    """Counts blocks into the report and writes what was refused to a file, if one is wanted."""

    def __init__(self, refusals_path: Path | None, progress: Progress) -> None:
        self.report = ImportReport()
        self._progress = progress
        self._file = refusals_path.open("w", encoding="utf-8", newline="") if refusals_path else None
        self._writer = csv.writer(self._file) if self._file else None
        if self._writer:
            self._writer.writerow(Refusal._fields)

    def __enter__(self) -> _Tally:
        return self

    def __exit__(self, *error: object) -> None:
        if self._file:
            self._file.close()

    def add(self, block: Block) -> None:
        report = self.report
        report.rows += len(block.accepted) + len(block.refused)
        report.refused += len(block.refused)
        report.refusals += block.refused[: REFUSALS_KEPT - len(report.refusals)]
        if self._writer:
            self._writer.writerows(block.refused)
        self._progress("reading", block.end, block.total)


async def _stream(connection: Connection, blocks: Iterator[Block], tally: _Tally) -> None:
    """Checks one block while the one before travels to the database."""
    next_block = asyncio.create_task(asyncio.to_thread(_next, blocks))
    async with connection.cursor() as cursor, cursor.copy(_sql.copy) as copy:
        while block := await next_block:
            next_block = asyncio.create_task(asyncio.to_thread(_next, blocks))
            await copy.write(await asyncio.to_thread(_as_csv, block.accepted))
            tally.add(block)


async def _apply(
    connection: Connection, access_id: int, platform: str, report: ImportReport, progress: Progress
) -> None:
    parameters = {"access_id": access_id, "platform": platform, "kept": MAX_DEVICES_PER_ACCOUNT}
    await connection.execute(_sql.analyze)
    counts = []
    for done, step in enumerate(_STEPS):
        progress(step, done, len(_STEPS))
        counts.append((await connection.execute(getattr(_sql, step), parameters)).rowcount)
    report.updated_devices, report.new_devices, report.bindings, report.dropped_bindings = counts
    progress("done", len(_STEPS), len(_STEPS))


def _next(blocks: Iterator[Block]) -> Block | None:
    return next(blocks, None)


def _as_csv(frame: pl.DataFrame) -> bytes:
    target = BytesIO()
    frame.write_csv(target, include_header=False, null_value="\x01", datetime_format="%Y-%m-%dT%H:%M:%S%.6f%:z")
    return target.getvalue()
