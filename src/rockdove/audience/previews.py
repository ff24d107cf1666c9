"""Previews as the queue they are: asked by the console, answered by a worker, through one table."""

from __future__ import annotations

import asyncio
import shutil
from typing import Any
from uuid import uuid4

import msgspec
from psycopg.types.json import Jsonb

from rockdove.audience.audience import AudienceError
from rockdove.audience.preview import Preview
from rockdove.audience.reading import UnknownApplicationError
from rockdove.audience.request import AudienceRequest
from rockdove.audience.resolver import Resolver
from rockdove.storage.database import Connection, Database, fetch_one
from rockdove.storage.package_store import PackageStore
from rockdove.storage.sql import load
from rockdove.storage.wake import notify

_sql = load(__package__, "previews.sql")

LEASE_SECONDS = 120
"""Longer than the first snapshot of a large application takes to read."""
ATTEMPTS = 3
"""A preview that ended so many workers' lives is failed."""
KEPT_HOURS = 24
UNMATCHED = "unmatched.csv"


class PreviewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the asker reads: `state` is waiting, done (then there is a result) or failed (then `failure` says why)."""

    request: AudienceRequest
    state: str
    result: Preview | None
    object_prefix: str = ""
    """Of a listing: the package store has the accounts there, as UNMATCHED."""
    failure: str


async def ask(connection: Connection, request: AudienceRequest, *, listing: bool = False) -> int:
    """Have a preview made, or the list of unmatched accounts; gives its id. Part of the surrounding transaction."""
    values = {"access_id": request.access_id, "request": Jsonb(msgspec.to_builtins(request)), "listing": listing}
    preview_id: int = (await fetch_one(connection, _sql.ask, **values)).preview_id
    await notify(connection, "previews")
    return preview_id


async def get(connection: Connection, access_id: int, preview_id: int) -> PreviewAnswer | None:
    row = await fetch_one(connection, _sql.get, access_id=access_id, preview_id=preview_id)
    return None if row is None else msgspec.convert(row._asdict(), PreviewAnswer)


async def answer_one(database: Database, resolver: Resolver, store: PackageStore, owner: str) -> bool:
    """Claim one and answer it; False: none waits. What goes wrong with the request itself is the answer."""
    async with database.transaction() as connection:
        row = await fetch_one(connection, _sql.claim, owner=owner, seconds=LEASE_SECONDS)
    if row is None:
        return False
    if row.attempts > ATTEMPTS:
        await _answer(database, row.preview_id, failure=f"given up after {ATTEMPTS} attempts")
        return True
    try:
        request = msgspec.convert(row.request, AudienceRequest)
        if row.listing:
            await _answer(database, row.preview_id, object_prefix=await _list_unmatched(resolver, store, request))
        else:
            result = await resolver.preview(request)
            await _answer(database, row.preview_id, result=Jsonb(msgspec.to_builtins(result)))
    except (AudienceError, UnknownApplicationError, msgspec.ValidationError) as error:
        await _answer(database, row.preview_id, failure=str(error))
    return True


async def _list_unmatched(resolver: Resolver, store: PackageStore, request: AudienceRequest) -> str:
    """Put the list into the store, whole, where any API process finds it. No package refers to it, so the sweep of the
    store takes it away after an hour."""
    folder = store.incoming / uuid4().hex
    folder.mkdir(parents=True, mode=0o700)
    try:
        with (folder / UNMATCHED).open("wb") as file:
            async for piece in resolver.unmatched(request):
                file.write(piece)
        prefix = f"{request.access_id}/unmatched-{folder.name}"
        await store.put(prefix, folder)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return prefix


async def forget_old(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute(_sql.forget, {"hours": KEPT_HOURS})


async def _answer(
    database: Database, preview_id: int, *, result: Any = None, object_prefix: str = "", failure: str = ""
) -> None:
    state = "failed" if failure else "done"
    answer = {"state": state, "result": result, "object_prefix": object_prefix, "failure": failure}
    values = {"preview_id": preview_id, **answer}
    async with database.transaction() as connection:
        await connection.execute(_sql.answer, values)
        await notify(connection, "previews")
