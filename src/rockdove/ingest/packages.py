"""The packages of all applications: received, looked up, downloaded, deleted, expired."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rockdove.config import Packages as Limits
from rockdove.ingest.depot import Also, Depot, File, Package
from rockdove.ingest.name import clean_name, kind_of
from rockdove.ingest.parser_processes import ParserProcesses
from rockdove.ingest.upload import Upload
from rockdove.ingest.verdict import PackageInUseError, RefusedFileError, TooManyUploadsError, UnknownPackageError
from rockdove.observe import log
from rockdove.storage.database import Database, fetch_all, fetch_one
from rockdove.storage.package_store import ORIGINAL, REFUSED, PackageStore
from rockdove.storage.sql import load

_sql = load(__package__, "packages.sql")

LEFTOVER_AGE = timedelta(hours=1)
"""Younger ones may belong to an upload of another process."""
SHOWN_NAME = 200
"""Characters of a name that was refused."""


class Packages:
    """The packages of all applications, for one API process. Open it with `async with`."""

    def __init__(self, limits: Limits, data_folder: Path, database: Database) -> None:
        store = PackageStore.open(limits.store, data_folder)
        self._depot = Depot(limits, database, store, ParserProcesses(limits.parses_at_once))
        self._in_flight: Counter[int] = Counter()

    async def __aenter__(self) -> Packages:
        self._depot.store.incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
        await self._depot.parsers.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._depot.parsers.stop()

    @asynccontextmanager
    async def receive(
        self, access_id: int, file_name: str | None, source: str = "api", refused: Also | None = None
    ) -> AsyncIterator[Upload]:
        """An upload: write to it, finish it. Left without `finish`, by any way out, nothing stays.

        `file_name` as the client sent it, decoded; None where it sent none. `refused`: what to do beside in the
        transaction that keeps the verdict on a refused file. Raises RefusedFileError for the name,
        TooManyUploadsError, StoreFullError.
        """
        if self._in_flight[access_id] >= self._depot.limits.uploads_per_app:
            raise TooManyUploadsError(
                f"{self._depot.limits.uploads_per_app} uploads of this application are in flight; wait"
            )
        self._in_flight[access_id] += 1
        try:
            await self._depot.check_budget()
            name = await self._checked_name(access_id, file_name, source, refused)
            upload = Upload(self._depot, access_id, source, name, refused)
            try:
                yield upload
            finally:
                await upload.discard()
        finally:
            self._in_flight[access_id] -= 1

    async def get(self, access_id: int, package_id: int) -> Package:
        """Raises UnknownPackageError."""
        return await self._depot.get(access_id, package_id)

    async def list(self, access_id: int, before: int | None = None, limit: int = 50) -> list[Package]:
        """Newest first, refused ones too."""
        return await self._depot.find(access_id, before=before, maximum=limit)

    async def delete(self, access_id: int, package_id: int) -> None:
        """Raises UnknownPackageError, PackageInUseError."""
        async with self._depot.database.transaction() as connection:
            row = await fetch_one(connection, _sql.lock, access_id=access_id, package_id=package_id)
            if row is None:
                raise UnknownPackageError(f"this application has no package {package_id}")
            if (await fetch_one(connection, _sql.is_needed, package_id=package_id)).needed:
                raise PackageInUseError(f"a push that has not started yet needs package {package_id}; cancel it first")
            await connection.execute(_sql.mark_deleted, {"package_id": package_id})
        await self._delete_objects(row.object_prefix)

    async def expire(self) -> int:
        """Delete what has expired, and sweep leftovers; gives how many packages expired. To be called hourly.

        Of refused files it takes the verdicts away, rows and all: whoever sends rubbish leaves nothing for good.
        """
        async with self._depot.database.connection() as connection:
            rows = await fetch_all(connection, _sql.expire)
            await connection.execute(_sql.forget_rejected)
        for row in rows:
            await self._delete_objects(row.object_prefix)
        await self.sweep()
        return len(rows)

    async def sweep(self) -> int:
        """Take away what crashes left: old folders of uploads, objects no row refers to. Gives how many."""
        old = datetime.now(UTC) - LEFTOVER_AGE
        folders = [folder for folder in self._depot.store.incoming.iterdir() if _is_older(folder, old)]
        for folder in folders:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        stored = await self._depot.store.prefixes()
        async with self._depot.database.connection() as connection:
            known = {row.object_prefix for row in await fetch_all(connection, _sql.ready_prefixes)}
        orphans = [prefix for prefix, written in stored.items() if prefix not in known and written < old]
        for prefix in orphans:
            await self._depot.store.delete(prefix)
        if folders or orphans:
            log.info("package leftovers removed", folders=len(folders), prefixes=len(orphans))
        return len(folders) + len(orphans)

    def open_original(self, package: Package) -> AsyncIterator[bytes]:
        return self._depot.store.read(package.object_prefix, ORIGINAL)

    def open_refused(self, package: Package) -> AsyncIterator[bytes]:
        """The complete list of refused lines as CSV; nothing where no line was refused."""
        return self._depot.store.read(package.object_prefix, REFUSED)

    async def _checked_name(
        self, access_id: int, file_name: str | None, source: str, refused: Also | None
    ) -> str | None:
        try:
            if file_name is None:
                return None
            name = clean_name(file_name)
            kind_of(name)
        except RefusedFileError as error:
            shown = (file_name or "")[:SHOWN_NAME].replace("\0", "\ufffd")
            await self._depot.reject(File(access_id, source, shown, 0, b"", error.verdict), refused)
            raise
        return name

    async def _delete_objects(self, prefix: str) -> None:
        if prefix:
            await self._depot.store.delete(prefix)


def _is_older(folder: Path, moment: datetime) -> bool:
    """As old as what was written into it last: an upload may take hours. False for one that has just gone: an upload
    has ended, or another process sweeps.
    """
    try:
        return max(path.stat().st_mtime for path in (folder, *folder.glob("*"))) < moment.timestamp()
    except FileNotFoundError:
        return False
