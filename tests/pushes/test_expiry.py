"""Pushes that ended long ago are forgotten with all that became of them; whatever may still be asked of one stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb
from pyroaring import BitMap

from rockdove.lifecycle.states import State
from rockdove.pushes.expiry import forget_old
from rockdove.storage.database import Connection, Database, fetch_all
from tests.rows import a_push, a_receipt, a_slice, an_app, an_exception

LONG_AGO = datetime.now(UTC) - timedelta(days=91)


async def an_old_push(connection: Connection, app: int, **columns: Any) -> int:
    """That went out, and was received."""
    columns = {"state": State.FINISHED, "due": LONG_AGO, "started_at": LONG_AGO, "expires_at": LONG_AGO} | columns
    push_id = await a_push(connection, app, **columns)
    await a_slice(connection, push_id, app, 0, BitMap([1, 2, 3]))
    await an_exception(connection, push_id, "failed", "too long", BitMap([3]))
    await a_receipt(connection, push_id, "arrived", BitMap([1, 2]))
    return push_id


async def left(database: Database, table: str) -> set[int]:
    async with database.connection() as connection:
        return {row.push_id for row in await fetch_all(connection, f"SELECT push_id FROM {table}".encode())}


async def test_what_ended_long_ago_is_forgotten_whole(database: Database, monkeypatch: Any) -> None:
    monkeypatch.setattr("rockdove.pushes.expiry.PUSHES_AT_ONCE", 2)
    async with database.transaction() as connection:
        app, other = await an_app(connection), await an_app(connection, 1500000002)
        for each in (app, app, app, app, app, other):
            await an_old_push(connection, each)
        await an_old_push(connection, app, state=State.CANCELED, started_at=None, expires_at=None)
        recent = await an_old_push(connection, app, started_at=LONG_AGO + timedelta(days=2))
    assert await forget_old(database, 90) == 7
    for table in ("pushes", "push_slices", "slice_exceptions", "receipt_deltas"):
        assert await left(database, table) == {recent}, table
    assert await forget_old(database, 90) == 0


async def test_what_is_not_over_or_still_needed_stays(database: Database) -> None:
    """A push that waits, is held, is under way, is owed, or whose devices a waiting one leaves out."""
    async with database.transaction() as connection:
        app = await an_app(connection)
        kept = {
            await an_old_push(connection, app, state=State.PAUSED),
            await an_old_push(connection, app, state=State.STARTED),
            await an_old_push(connection, app, expires_at=datetime.now(UTC) + timedelta(hours=1)),
            excluded := await an_old_push(connection, app),
        }
        waits = {"state": State.WAIT, "due": datetime.now(UTC) + timedelta(days=1)}
        kept.add(await a_push(connection, app, audience=Jsonb({"exclude_push_id": excluded}), **waits))
    assert await forget_old(database, 90) == 0
    assert await left(database, "pushes") == kept
