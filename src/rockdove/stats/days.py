"""The funnel of a day: distinct devices on each channel, whatever number of pushes they got.

    planned   the targets of the day's pushes, and whoever got an older one today
    sent      of those, whom they were handed over to, and whoever confirmed an arrival today
    arrived, shown, clicked, cleared   what was reported today; late reports count on the day they come

A rollup made anew from the sets, by one process of all, until a day is a day over. What a round costs depends on what
was sent, so the rest after it does too: all rounds together take a twentieth of the time.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import fields
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from psycopg.types.json import Jsonb
from pyroaring import BitMap

from rockdove.domain.day import begin_of
from rockdove.stats.funnel import Funnel, Stages, sent_to
from rockdove.stats.rollup import funnel_of, rows_of
from rockdove.storage.database import Connection, Database, fetch_all, fetch_binary, only_one
from rockdove.storage.sql import load

_sql = load(__package__, "days.sql")

KEPT_DAYS = 31
"""As far back as a day is counted when it has not been yet."""
REST_SECONDS, REST_SHARE = 240.0, 20
"""Figures may lag five minutes; a round of a minute is followed by twenty of rest."""
ROWS_AT_ONCE = 2000

Sets = defaultdict[str, defaultdict[str, BitMap]]
"""By channel and stage."""


async def roll(database: Database) -> None:
    """Count every day that can still change, unless another process is at it."""
    async with database.connection() as connection:
        wanted = await fetch_all(connection, _sql.wanted, days=KEPT_DAYS)
    for row in wanted:
        async with database.transaction() as connection:
            if not await only_one(connection, "stats.days"):
                return
            await count(connection, row.access_id, row.day, ZoneInfo(row.timezone))


async def count(connection: Connection, access_id: int, day: date, zone: ZoneInfo) -> None:
    """One day of one application, from the sets as they are now."""
    span = {
        "access_id": access_id,
        "since": begin_of(day, zone),
        "before": begin_of(day + timedelta(days=1), zone),
    }
    sets: Sets = defaultdict(lambda: defaultdict(BitMap))
    gone: defaultdict[tuple[int, int], list[tuple[str, BitMap]]] = defaultdict(list)
    for row in await fetch_binary(connection, _sql.exceptions, **span):
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
    await connection.execute(_sql.write, day_key | {"rows": Jsonb(rows_of(_funnel(sets)), dumps=msgspec.json.encode)})


async def of_days(connection: Connection, access_id: int, first: date, last: date) -> dict[date, Funnel]:
    """The days that were counted, from `first` to `last`."""
    rows = await fetch_all(connection, _sql.between, access_id=access_id, first=first, last=last)
    return {day: funnel_of(row[1:] for row in some) for day, some in groupby(rows, attrgetter("day"))}


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
        stages["sent"] |= sent_to(targets, row).difference(*(devices for _, devices in excepted))


def _add_receipts(sets: Sets, rows: Sequence[Any]) -> None:
    for row in rows:
        devices = BitMap.deserialize(row.devices)
        for stage in {row.event, "arrived", "sent", "planned"}:
            sets[row.channel][stage] |= devices


def _funnel(sets: Sets) -> Funnel:
    names = [field.name for field in fields(Stages)]
    channels = {channel: Stages(**{name: len(stages[name]) for name in names}) for channel, stages in sets.items()}
    return Funnel(channels, len(BitMap().union(*(stages["arrived"] for stages in sets.values()))))
