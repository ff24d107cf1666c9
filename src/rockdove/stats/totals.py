"""The totals of pushes: their funnels as numbers, kept beside the sets so that a plan of a hundred thousand pushes is
added up at once.

A rollup, not a count: whenever a push goes on or receipts come, its funnel is made anew from its sets. One process of
all keeps them, a few minutes behind at most. What has to be made anew is found without looking at every push: those
that started since the last look, those with slices that were not done then, and those that receipts came for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from psycopg.types.json import Jsonb

from rockdove.stats.funnel import Funnel, funnels
from rockdove.stats.rollup import funnel_of, rows_of
from rockdove.storage.database import Connection, Database, fetch_all, fetch_one, only_one
from rockdove.storage.sql import load

_sql = load(__package__, "totals.sql")

PUSHES_AT_ONCE, RECEIPTS_AT_ONCE = 1000, 5000
"""In one transaction."""


class Totals:
    """Keeps them up to date."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def roll(self) -> None:
        """Bring them up to date, unless another process is at it."""
        async with self._database.connection() as connection:
            started = (await fetch_one(connection, _sql.now)).now
            unfinished = [row.push_id for row in await fetch_all(connection, _sql.open)]
        for first in range(0, len(unfinished), PUSHES_AT_ONCE):
            await self._make(unfinished[first : first + PUSHES_AT_ONCE])
        while await self._started(started):
            pass
        while await self._confirmed():
            pass

    async def _make(self, push_ids: Sequence[int]) -> None:
        async with self._database.transaction() as connection:
            if await only_one(connection, "stats.totals"):
                await make(connection, push_ids)

    async def _started(self, now: str) -> bool:
        """Some pushes without totals. False: that was all."""
        async with self._database.transaction() as connection:
            if not await only_one(connection, "stats.totals"):
                return False
            position = await fetch_one(connection, _sql.position)
            wanted = {"since": position.started, "maximum": PUSHES_AT_ONCE}
            push_ids = [row.push_id for row in await fetch_all(connection, _sql.started, **wanted)]
            await make(connection, push_ids)
            more = len(push_ids) == PUSHES_AT_ONCE
            if not more:
                await connection.execute(_sql.keep, {"upto": position.upto, "started": now})
            return more

    async def _confirmed(self) -> bool:
        """Some pushes with new receipts. False: that was all."""
        async with self._database.transaction() as connection:
            if not await only_one(connection, "stats.totals"):
                return False
            position = await fetch_one(connection, _sql.position)
            wanted = {"after": position.upto, "maximum": RECEIPTS_AT_ONCE}
            found = await fetch_one(connection, _sql.confirmed, **wanted)
            if found.deltas:
                await make(connection, found.push_ids)
                await connection.execute(_sql.keep, {"upto": found.upto, "started": position.started})
            return bool(found.deltas == RECEIPTS_AT_ONCE)


async def make(connection: Connection, push_ids: Sequence[int]) -> None:
    """From the sets as they are now."""
    if not push_ids:
        return
    bulk = [row.push_id for row in await fetch_all(connection, _sql.bulk, push_ids=push_ids)]
    for some in (sorted(set(push_ids) - set(bulk)), *([one] for one in bulk)):  # a bulk push may be many MB
        found = await funnels(connection, some)
        rows = [row for push_id, funnel in found.items() for row in _rows(push_id, funnel)]
        await connection.execute(_sql.write, {"rows": Jsonb(rows, dumps=msgspec.json.encode)})


async def of_plan(connection: Connection, access_id: int, plan_id: str, since: datetime, before: datetime) -> Funnel:
    """All pushes of a plan ('' is the default one) that went out from `since` until `before`, added up. A device counts
    once for each push.
    """
    span = {"access_id": access_id, "since": since, "before": before}
    return funnel_of(await fetch_all(connection, _sql.of_plan, **span, plan_id=plan_id))


class PlanTotals(NamedTuple):
    """What came of the pushes of a plan; '' is the default one. A device counts once for each push."""

    plan_id: str
    pushes: int
    last_at: datetime
    planned: int
    sent: int
    arrived: int
    clicked: int


async def of_plans(connection: Connection, access_id: int, since: datetime) -> list[PlanTotals]:
    """All plans that have pushes which went out since then, in no order."""
    return [PlanTotals(*row) for row in await fetch_all(connection, _sql.of_plans, access_id=access_id, since=since)]


async def of_group(connection: Connection, access_id: int, group_id: str, since: datetime, before: datetime) -> Funnel:
    """The same of a group."""
    span = {"access_id": access_id, "since": since, "before": before}
    return funnel_of(await fetch_all(connection, _sql.of_group, **span, group_id=group_id))


def _rows(push_id: int, funnel: Funnel) -> list[dict[str, Any]]:
    return [{"push_id": push_id, **row, "open": funnel.open} for row in rows_of(funnel)]
