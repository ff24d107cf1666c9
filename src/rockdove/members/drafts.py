"""Drafts: a push half written, kept for whoever writes it until they go on or throw it away."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from rockdove.storage.database import Connection, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "drafts.sql")


class Draft(NamedTuple):
    draft: dict[str, Any]
    """The form's own; nobody else reads it."""
    saved_at: datetime


async def find(connection: Connection, member_id: int, access_id: int) -> Draft | None:
    row = await fetch_one(connection, _sql.find, member_id=member_id, access_id=access_id)
    return Draft(*row) if row else None


async def save(connection: Connection, member_id: int, access_id: int, draft: dict[str, Any]) -> None:
    values = {"member_id": member_id, "access_id": access_id, "draft": Jsonb(draft)}
    await connection.execute(_sql.save, values)


async def delete(connection: Connection, member_id: int, access_id: int) -> None:
    await connection.execute(_sql.delete, {"member_id": member_id, "access_id": access_id})
