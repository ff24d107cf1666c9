"""Records: what was pushed, when, to whom, and what became of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from rockdove.domain.push import AudienceType
from rockdove.storage.database import Connection, fetch_all, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "records.sql")


class Record(NamedTuple):
    """A push as its record shows it."""

    push_id: int
    state: str
    audience_type: str
    audience: dict[str, Any]
    package_id: int | None
    message_type: str
    message: dict[str, Any]
    environment: str
    expire_seconds: int
    multi_package: bool
    collapse_id: int
    group_id: str
    source: str
    created_at: datetime
    pushed_at: datetime
    """When it started, or when it is due."""


async def find(connection: Connection, access_id: int, push_id: int, days: int) -> Record | None:
    """None: unknown, of another application, or older than so many days."""
    row = await fetch_one(connection, _sql.record, access_id=access_id, push_id=push_id, days=days)
    return Record(*row) if row else None


async def page(
    connection: Connection,
    access_id: int,
    since: datetime,
    before: datetime,
    *,
    message_type: str = "",
    audience_types: Collection[AudienceType] = (),
    maximum: int = 50,
    skipped: int = 0,
) -> tuple[list[Record], int]:
    """One page of the pushes from `since` until `before`, newest first, and how many there are in all."""
    parameters: dict[str, Any] = {
        "access_id": access_id,
        "since": since,
        "before": before,
        "message_type": message_type,
        "audience_types": list(audience_types),
        "maximum": maximum,
        "skipped": skipped,
    }
    rows = await fetch_all(connection, _sql.records, **parameters)
    counted = await fetch_one(connection, _sql.count_records, **parameters)
    return [Record(*row) for row in rows], int(counted.total)
