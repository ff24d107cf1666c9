"""Packages: received, looked up, downloaded, deleted, expired.

An upload streams to a folder of its own beside the store while it is hashed and counted, is parsed there by another
process (so that the event loop never waits), and becomes a package in two steps: its folder is handed to the store,
then its row is committed. Whatever ends an upload before that leaves nothing but, after a crash, a folder nobody
refers to, and `sweep` takes those away. A refused file leaves a row of state `rejected` with its verdict, and no
object.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec
from obstore.exceptions import BaseError
from psycopg.types.json import Jsonb

from rockdove.config import Packages as Limits
from rockdove.ingest.name import Kind, clean_name, kind_of, sniffed_kind
from rockdove.ingest.parser_processes import ParserProcesses
from rockdove.ingest.verdict import (
    EmptyFileError,
    PackageInUseError,
    RefusedFileError,
    StoreFailedError,
    StoreFullError,
    TooManyUploadsError,
    UnknownPackageError,
    Verdict,
)
from rockdove.observe import log
from rockdove.storage.database import Connection, Database, fetch_all, fetch_one
from rockdove.storage.package_store import ORIGINAL, REFUSED, PackageStore
from rockdove.storage.sql import load

_sql = load(__package__, "packages.sql")

LEFTOVER_AGE = timedelta(hours=1)
"""Younger folders may belong to an upload of another process."""
SHOWN_NAME = 200
REFUSED_KEPT = 200
"""Verdicts of refused files, for each application: a program that sends rubbish in a loop fills nothing."""

Also = Callable[[Connection, int, Verdict], Awaitable[None]]
"""Given the id and the verdict of a package, or of a refused file, about to be committed; what it raises undoes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A row of `packages`. Only `ready` ones have objects in the store."""

    package_id: int
    access_id: int
    state: str
    file_name: str
    file_bytes: int
    line_count: int
    account_count: int
    duplicate_count: int
    invalid_count: int
    verdict: Verdict
    object_prefix: str
    source: str
    uploaded_at: datetime
    expires_at: datetime
    same_as: int | None
    """An earlier package of the same content."""


class _File(NamedTuple):
    """What is known of a file when its upload ends."""

    access_id: int
    source: str
    name: str
    size: int
    sha256: bytes
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class _Depot:
    """What `Packages` and its uploads work with."""

    limits: Limits
    database: Database
    store: PackageStore
    parsers: ParserProcesses

    async def get(self, access_id: int, package_id: int) -> Package:
        """Raises UnknownPackageError."""
        async with self.database.connection() as connection:
            row = await fetch_one(
                connection, _sql.find, access_id=access_id, package_id=package_id, before=None, maximum=1
            )
        if row is None:
            raise UnknownPackageError(f"this application has no package {package_id}")
        return _package(row)

    async def check_budget(self, coming: int = 0) -> None:
        async with self.database.connection() as connection:
            used = (await fetch_one(connection, _sql.stored_bytes)).bytes
        if used + coming >= self.limits.disk_budget_bytes:
            raise StoreFullError("the disk budget for packages is used up; delete packages that are not needed")

    async def reject(self, file: _File, also: Also | None = None) -> None:
        """Keep the verdict of a refused file for the console; of many, the newest."""
        async with self.database.transaction() as connection:
            package_id = await _insert(connection, file)
            await connection.execute(_sql.bound_rejected, {"access_id": file.access_id, "kept": REFUSED_KEPT})
            if also:
                await also(connection, package_id, file.verdict)


class Packages:
    """The packages of all applications, for one API process. Open it with `async with`."""

    def __init__(self, limits: Limits, data_folder: Path, database: Database) -> None:
        store = PackageStore.open(limits.store, data_folder)
        self._depot = _Depot(limits, database, store, ParserProcesses(limits.parses_at_once))
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
        async with self._depot.database.connection() as connection:
            rows = await fetch_all(
                connection, _sql.find, access_id=access_id, package_id=None, before=before, maximum=limit
            )
        return [_package(row) for row in rows]

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
            await self._depot.reject(_File(access_id, source, shown, 0, b"", error.verdict), refused)
            raise
        return name

    async def _delete_objects(self, prefix: str) -> None:
        if prefix:
            await self._depot.store.delete(prefix)


class Upload:
    """One file on its way in. Made by `Packages.receive`."""

    def __init__(
        self, depot: _Depot, access_id: int, source: str, name: str | None, refused: Also | None = None
    ) -> None:
        self.access_id = access_id
        self._depot = depot
        self._source = source
        self._name = name
        self._refused = refused
        self._bytes = 0
        self._start = b""
        self._sha256 = hashlib.sha256()
        self._parsing: asyncio.Future[Verdict] | None = None
        self._folder = depot.store.incoming / uuid4().hex
        self._folder.mkdir(mode=0o700)
        self._file = (self._folder / ORIGINAL).open("wb")

    async def write(self, chunk: bytes) -> None:
        """The next bytes of the file. Raises RefusedFileError above the size limit, StoreFullError."""
        if len(self._start) < 4:  # the first pieces of a body may be shorter than the mark of a zip
            self._start += chunk[: 4 - len(self._start)]
        self._bytes += len(chunk)
        limit = self._depot.limits.max_file_bytes
        if self._bytes > limit:
            await self._refuse(RefusedFileError(f"the file has more than {limit} bytes; split it, or zip it"))
        self._sha256.update(chunk)
        try:
            self._file.write(chunk)
        except OSError as error:
            raise _store_error(error) from error

    @property
    def content(self) -> tuple[str, str]:
        """What was received: the file's name (empty where none was given) and its SHA-256 in hexadecimal."""
        return self._name or "", self._sha256.hexdigest()

    async def finish(self, also: Also | None = None) -> Package:
        """After the last byte: parse, store, commit; and `also` in the transaction that commits the package.

        Raises EmptyFileError or RefusedFileError (with the verdict), StoreFullError, StoreFailedError.
        """
        kind = kind_of(self._name) if self._name else sniffed_kind(self._start)
        self._name = self._name or f"package.{kind}"
        try:
            self._file.close()
            verdict = await self._parse(kind)
            if not verdict.accepted:
                await self._refuse((EmptyFileError if verdict.empty else RefusedFileError)(verdict.fault, verdict))
            await self._depot.check_budget(self._stored_bytes())
            return await self._store(msgspec.structs.replace(verdict, stored_bytes=self._stored_bytes()), also)
        except OSError as error:
            raise _store_error(error) from error
        except BaseError as error:
            raise StoreFailedError(f"the package store does not answer: {error}") from error

    async def discard(self) -> None:
        """Remove what was not handed over. A parser that is still at work is waited for, so that it leaves nothing."""
        with suppress(OSError):  # a full disk does not take the last bytes either
            self._file.close()
        if self._parsing is not None and not self._parsing.done():
            self._parsing.add_done_callback(lambda _: shutil.rmtree(self._folder, ignore_errors=True))
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _parse(self, kind: Kind) -> Verdict:
        self._parsing = self._depot.parsers.parse(
            self._folder / ORIGINAL,
            kind,
            self._depot.limits,
            self._folder,
        )
        return await asyncio.shield(self._parsing)

    async def _refuse(self, error: RefusedFileError) -> None:
        await self._depot.reject(self._described(error.verdict), self._refused)
        raise error

    async def _store(self, verdict: Verdict, also: Also | None) -> Package:
        prefix = f"{self.access_id}/{time.strftime('%Y%m%d', time.gmtime())}-{self._folder.name}"
        try:
            await self._depot.store.put(prefix, self._folder)
            async with self._depot.database.transaction() as connection:
                package_id = await _insert(connection, self._described(verdict), prefix)
                if also:
                    await also(connection, package_id, verdict)
        except BaseException:
            await asyncio.shield(self._depot.store.delete(prefix))
            raise
        return await self._depot.get(self.access_id, package_id)

    def _described(self, verdict: Verdict) -> _File:
        name = self._name or "package"
        return _File(self.access_id, self._source, name, self._bytes, self._sha256.digest(), verdict)

    def _stored_bytes(self) -> int:
        return sum(entry.stat().st_size for entry in self._folder.iterdir())


async def _insert(connection: Connection, file: _File, prefix: str = "") -> int:
    """Without a prefix in the store it is a refused file."""
    verdict = file.verdict
    row = await fetch_one(
        connection,
        _sql.insert,
        access_id=file.access_id,
        state="ready" if prefix else "rejected",
        file_name=file.name,
        file_bytes=file.size,
        file_sha256=file.sha256,
        line_count=verdict.lines,
        account_count=verdict.accounts,
        duplicate_count=verdict.duplicates,
        invalid_count=verdict.invalid,
        verdict=Jsonb(msgspec.to_builtins(verdict)),
        object_prefix=prefix,
        source=file.source,
    )
    return int(row.package_id)


def _is_older(folder: Path, moment: datetime) -> bool:
    """False for one that has just gone: an upload has ended, or another process sweeps."""
    try:
        return folder.stat().st_mtime < moment.timestamp()
    except FileNotFoundError:
        return False


def _package(row: Any) -> Package:
    values = row._asdict()
    return Package(**{**values, "verdict": msgspec.convert(values["verdict"], Verdict)})


def _store_error(error: OSError) -> StoreFullError | StoreFailedError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreFullError("the disk of the package store is full")
    return StoreFailedError(f"the package could not be stored: {error.strerror or error}")
