"""The daily cap: how many notifications a device may get a day, if the application has set a number.

What counts is what pushes that have started have as targets, whatever becomes of them afterwards: of a push that was
stopped half way nobody can say at the same moment who has got it, and the promise is "never more". So it has to be
decided where a push gets its targets, in the transaction that starts it, by one push of the application after the
other: an advisory lock is held from the look at the others until the commit. A start that comes second sees the first.

The day is that of `started_at`, also for a push that waited for the lock over midnight. Bulk pushes are counted as
sets, without a row for any device; small ones by their rows in small_push_targets, where they are found by device.

Pushes that start in one transaction would have to be counted against each other too. Those of an application with a cap
start one by one instead: `capped` in the rows of pushes/queue.sql says which they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from pyroaring import BitMap

from rockdove.audience.audience import Audience, without
from rockdove.domain.controls import DailyCap
from rockdove.domain.push import SMALL_PUSH_TARGETS
from rockdove.storage.database import Connection, fetch_all, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "caps.sql")

REASON = "capped"
"""Under which capped devices are counted as filtered."""
SLICES_AT_ONCE = 100
"""Read and counted together: a few MB, some milliseconds."""


class _Day(NamedTuple):
    """One day of an application with a cap, and the push plan in question."""

    access_id: int
    plan_id: str
    cap: DailyCap
    since: datetime
    until: datetime


class Tally:
    """How often devices were counted, up to `limit` times: level k holds those counted more than k times."""

    def __init__(self, limit: int) -> None:
        self._levels = [BitMap() for _ in range(limit)]

    def add(self, devices: BitMap) -> None:
        """Each of them once more."""
        for level in self._levels:
            again = level & devices
            level.update(devices)
            devices = again
            if not devices:
                return

    @property
    def full(self) -> BitMap:
        """Counted `limit` times or more."""
        return self._levels[-1]


async def of_starting(connection: Connection, push_id: int, audience: Audience) -> Audience:
    """`audience` without the capped devices, for a push that the surrounding transaction has moved to STARTED and that
    gets its targets before it ends. Until then other pushes of an application with a cap wait here.
    """
    if not audience.counts.planned:
        return audience
    row = await fetch_one(connection, _sql.day_of_push, push_id=push_id)
    if row is None or not (day := _day(row)).cap.covers(day.plan_id):
        return audience
    await connection.execute(_sql.lock, {"access_id": day.access_id})
    return without(audience, await _full(connection, day, audience.targets), REASON)


async def of_preview(connection: Connection, access_id: int, plan_id: str, audience: Audience) -> Audience:
    """… as if a notification of this plan started now. In a transaction; waits for nobody."""
    row = await fetch_one(connection, _sql.today, access_id=access_id, plan_id=plan_id)
    if row is None or not (day := _day(row)).cap.covers(day.plan_id):
        return audience
    return without(audience, await _full(connection, day, audience.targets), REASON)


def _day(row: Any) -> _Day:
    return _Day(row.access_id, row.plan_id, msgspec.convert(row.cap, DailyCap), row.since, row.until)


async def _full(connection: Connection, day: _Day, devices: BitMap) -> BitMap:
    """Those of `devices` that have had all they may get on that day."""
    if not devices:
        return BitMap()
    tally = Tally(day.cap.notifications)
    few = len(devices) <= SMALL_PUSH_TARGETS
    await _count_slices(connection, day, devices, tally, bulk_only=few)
    if few:
        await _count_rows(connection, day, devices, tally)
    return tally.full & devices


async def _count_slices(connection: Connection, day: _Day, devices: BitMap, tally: Tally, *, bulk_only: bool) -> None:
    """A device is in one planned slice of a push, so each slice counts for itself."""

    def count(rows: Iterable[Any]) -> None:
        for row in rows:
            tally.add(BitMap.deserialize(row.targets) & devices)

    values = {
        **_filter(day),
        "bulk": [True] if bulk_only else [True, False],
        "first": devices.min(),
        "last": devices.max(),
    }
    async with connection.cursor("capped_slices") as cursor:
        await cursor.execute(_sql.slices, values)
        while rows := await cursor.fetchmany(SLICES_AT_ONCE):
            await asyncio.to_thread(count, rows)


async def _count_rows(connection: Connection, day: _Day, devices: BitMap, tally: Tally) -> None:
    rows = await fetch_all(connection, _sql.small_pushes, **_filter(day), devices=list(devices))
    for times in range(day.cap.notifications):
        tally.add(BitMap(row.device_id for row in rows if row.times > times))


def _filter(day: _Day) -> dict[str, Any]:
    """The parameters that say which pushes count."""
    return {
        "access_id": day.access_id,
        "since": day.since,
        "until": day.until,
        "plans": list(day.cap.plans),
    }
