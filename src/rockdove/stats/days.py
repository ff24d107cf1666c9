"""The funnel of a day: distinct devices on each channel, whatever number of pushes they got.

    planned   the targets of the day's pushes, and whoever got an older one today
    sent      of those, whom they were handed over to, and whoever confirmed an arrival today
    arrived, shown, clicked, cleared   what was reported today; late reports count on the day they come

A rollup made anew from the sets, by one process of all, until a day is a day over. What a round costs depends on what
was sent, so the rest after it does too: all rounds together take a twentieth of the time.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from psycopg.types.json import Jsonb
from pyroaring import BitMap

from rockdove.observe import log
from rockdove.stats.funnel import Funnel, Stages
from rockdove.storage.database import Connection, Database, Unavailable, fetch_all, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "days.sql")

KEPT_DAYS = 31
"""As far back as a day is counted when it has not been yet."""
REST_SECONDS, REST_SHARE = 240.0, 20
"""Figures may lag five minutes; a round of a minute is followed by twenty of rest."""
ROWS_AT_ONCE = 2000
ALL = "all"

Sets = defaultdict[str, defaultdict[str, BitMap]]
"""By channel and stage."""


class ChannelDays:
    """Keeps them up to date."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            began = time.monotonic()
            try:
                await self.roll()
            except Unavailable as error:
                log.warning("database away: days wait", error=str(error))
            except Exception:
                log.exception("days failed")
            await asyncio.sleep(max(REST_SECONDS, REST_SHARE * (time.monotonic() - began)))

    async def roll(self) -> None:
        """Count every day that can still change, unless another process is at it."""
        async with self._database.connection() as connection:
            wanted = await fetch_all(connection, _sql.wanted, days=KEPT_DAYS)
        for row in wanted:
            async with self._database.transaction() as connection:
                if not (await fetch_one(connection, _sql.lock)).mine:
                    return
                await count(connection, row.access_id, row.day, ZoneInfo(row.timezone))


async def count(connection: Connection, access_id: int, day: date, zone: ZoneInfo) -> None:
    """One day of one application, from the sets as they are now."""
    since = datetime.combine(day, clock(), zone)
    span = {
        "access_id": access_id,
        "since": since,
        "before": datetime.combine(day + timedelta(days=1), clock(), zone),
    }
    sets: Sets = defaultdict(lambda: defaultdict(BitMap))
    gone: defaultdict[tuple[int, int], list[tuple[str, BitMap]]] = defaultdict(list)
    for row in await (await connection.execute(_sql.exceptions, span, binary=True)).fetchall():
        gone[row.push_id, row.slice_no].append((row.kind, BitMap.deserialize(row.devices)))
    async with connection.cursor("slices") as cursor:
        await cursor.execute(_sql.slices, span, binary=True)
        while rows := await cursor.fetchmany(ROWS_AT_ONCE):
            await asyncio.to_thread(_add_slices, sets, rows, gone)
    async with connection.cursor("receipts") as cursor:
        await cursor.execute(_sql.receipts, span, binary=True)
        while rows := await cursor.fetchmany(ROWS_AT_ONCE):
            await asyncio.to_thread(_add_receipts, sets, rows)
    day_key = {"access_id": access_id, "day": day}
    await connection.execute(_sql.clear, day_key)
    await connection.execute(_sql.write, day_key | {"rows": Jsonb(_rows(sets), dumps=msgspec.json.encode)})


async def of_days(connection: Connection, access_id: int, first: date, last: date) -> dict[date, Funnel]:
    """The days that were counted, from `first` to `last`."""
    channels: defaultdict[date, dict[str, Stages]] = defaultdict(dict)
    for row in await fetch_all(connection, _sql.between, access_id=access_id, first=first, last=last):
        channels[row.day][row.channel] = Stages(*row[2:])
    return {day: Funnel(stages, stages.pop(ALL, Stages()).arrived) for day, stages in channels.items()}


def _add_slices(sets: Sets, rows: Sequence[Any], exceptions: Any) -> None:
    for row in rows:
        stages, targets = sets[row.channel], BitMap.deserialize(row.targets)
        excepted = exceptions.get((row.push_id, row.slice_no), ())
        for kind, devices in excepted:
            if kind == "moved":
                targets -= devices
        stages["planned"] |= targets
        if row.cause == "refused":
            stages["retried"] |= targets
        sent = targets if row.sent_upto >= row.last_device else targets & BitMap(range(row.sent_upto + 1))
        if row.offline:
            sent = sent - BitMap.deserialize(row.offline)
        for _, devices in excepted:
            sent = sent - devices
        stages["sent"] |= sent


def _add_receipts(sets: Sets, rows: Sequence[Any]) -> None:
    for row in rows:
        devices = BitMap.deserialize(row.devices)
        for stage in {row.event, "arrived", "sent", "planned"}:
            sets[row.channel][stage] |= devices


def _rows(sets: Sets) -> list[dict[str, Any]]:
    names = [field.name for field in fields(Stages)]
    channels = {channel: Stages(**{name: len(stages[name]) for name in names}) for channel, stages in sets.items()}
    arrived = len(BitMap().union(*(stages["arrived"] for stages in sets.values())))
    total = asdict(sum(channels.values(), Stages())) | {"arrived": arrived}
    return [{"channel": channel, **asdict(stages)} for channel, stages in channels.items()] + [
        {"channel": ALL, **total}
    ]
