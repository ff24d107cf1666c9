"""Where packages lie: the store with its limits, and the table that says whose each is and what is in it.

A refused file is a row of state `rejected` with its verdict, and no object in the store.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from psycopg.types.json import Jsonb

from rockdove.config import Packages as Limits
from rockdove.ingest.parser_processes import ParserProcesses
from rockdove.ingest.verdict import StoreFullError, UnknownPackageError, Verdict
from rockdove.storage.database import Connection, Database, fetch_all, fetch_one
from rockdove.storage.package_store import PackageStore
from rockdove.storage.sql import load

_sql = load(__package__, "packages.sql")

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


class File(NamedTuple):
    """What is known of a file when its upload ends."""

    access_id: int
    source: str
    name: str
    size: int
    sha256: bytes
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Depot:
    """What `Packages` and its uploads work with."""

    limits: Limits
    database: Database
    store: PackageStore
    parsers: ParserProcesses

    async def get(self, access_id: int, package_id: int) -> Package:
        """Raises UnknownPackageError."""
        found = await self.find(access_id, package_id=package_id, maximum=1)
        if not found:
            raise UnknownPackageError(f"this application has no package {package_id}")
        return found[0]

    async def find(
        self, access_id: int, *, package_id: int | None = None, before: int | None = None, maximum: int
    ) -> list[Package]:
        """One, or those before an id; newest first, refused ones too."""
        wanted = {"access_id": access_id, "package_id": package_id, "before": before, "maximum": maximum}
        async with self.database.connection() as connection:
            rows = await fetch_all(connection, _sql.find, **wanted)
        return [_package(row) for row in rows]

    async def check_budget(self, coming: int = 0) -> None:
        """Is there room for so many bytes? Raises StoreFullError."""
        async with self.database.connection() as connection:
            used = (await fetch_one(connection, _sql.stored_bytes)).bytes
        if used + coming >= self.limits.disk_budget_bytes:
            raise StoreFullError("the disk budget for packages is used up; delete packages that are not needed")

    async def add(self, connection: Connection, file: File, prefix: str = "") -> int:
        """A row for it; gives the package id. Without a prefix in the store it is a refused file."""
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

    async def reject(self, file: File, also: Also | None = None) -> None:
        """Keep the verdict of a refused file for the console; of many, the newest."""
        async with self.database.transaction() as connection:
            package_id = await self.add(connection, file)
            await connection.execute(_sql.bound_rejected, {"access_id": file.access_id, "kept": REFUSED_KEPT})
            if also:
                await also(connection, package_id, file.verdict)


def _package(row: Any) -> Package:
    values = row._asdict()
    return Package(**{**values, "verdict": msgspec.convert(values["verdict"], Verdict)})
