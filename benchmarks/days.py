"""What a day's statistics cost the machine they are made on: one round of each rollup of `stats`, on 6 M devices.

    ./dev bench days [--scale X] [--keep FOLDER] [--json]

- day         the funnel of today, made anew from its sets: PUSHES pushes to seven devices in ten, four in ten of them
              online, their receipts by the minute. Made every four minutes, with twenty times its time of rest
- floor       the same rows read and their bitmaps unpacked, and nothing done with them
- registered  the devices registered day by day: the first time (100 days), and as it is done every two minutes
- properties  cities, versions, brands, models …: one pass over the devices, every hour

Medians of three. The day is compared with the same sets made by numpy: a wrong figure is no result. The limits are what
keeps the figures as fresh as they promise to be (a day's rest is four minutes up to 12 s), and the hourly and
two-minute rounds below a hundredth of their time.
"""

from __future__ import annotations

import asyncio
import json
import resource
import statistics
import time
from argparse import Namespace
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap
from tests.rows import a_push, a_slice

from benchmarks._machine import Business
from benchmarks._must import Must, judged, verdict
from benchmarks._population import ACCESS_ID, application, options
from rockdove.stats import days, device_days
from rockdove.storage.database import Connection, Database, fetch_one

ZONE = ZoneInfo("Asia/Shanghai")
PUSHES, SLICE_DEVICES, MINUTES = 10, 50_000, 10
SHARES = {"arrived": 0.9, "shown": 0.5, "clicked": 0.05}
"""Of who is online."""
RUNS = 3
MUST: Must = {
    "day_seconds": ("at most", 12.0),
    "registered_seconds": ("at most", 1.2),
    "properties_seconds": ("at most", 36.0),
}

Ids = npt.NDArray[np.int64]


def main() -> None:
    chosen = options(__doc__ or "")
    business = Business()
    result = asyncio.run(_run(chosen)) | business.result()
    print(json.dumps(result) if chosen.json else _table(result))


async def _run(chosen: Namespace) -> dict[str, Any]:
    async with application(chosen) as (population, url, _), Database(url, 4) as database:
        sets = Sets(population.bindings)
        async with database.transaction() as connection:
            await connection.execute("DELETE FROM pushes WHERE access_id = %s", (ACCESS_ID,))
            await connection.execute("DELETE FROM device_days")
            await connection.execute("UPDATE apps SET created_at = now() - interval '1 year'")
            for _ in range(PUSHES):
                await _push(connection, sets)
        async with database.connection() as connection:
            await connection.execute("ANALYZE")
        return await _measure(database, sets)


# ── a day of pushes ─────────────────────────────────────────────────────────────────────────────────────────


class Slice(NamedTuple):
    targets: Ids
    offline: Ids
    receipts: dict[str, list[Ids]]
    """By event, a set a minute."""


class Sets:
    """Slices of one push after the other, drawn from a seed; keeps who was in any of them, by stage."""

    def __init__(self, devices: int) -> None:
        self._devices, self._numbers = devices, np.random.default_rng(20_260_101)
        self.seen = {stage: np.zeros(devices, np.bool_) for stage in ("planned", "sent", *SHARES)}

    def slices(self) -> Iterator[Slice]:
        numbers = self._numbers
        targets = np.flatnonzero(numbers.random(self._devices) < 0.7)
        for first in range(0, len(targets), SLICE_DEVICES):
            part = targets[first : first + SLICE_DEVICES]
            online = numbers.random(len(part)) < 0.4
            receipts = {event: part[online & (numbers.random(len(part)) < share)] for event, share in SHARES.items()}
            receipts["arrived"] = np.union1d(receipts["arrived"], np.union1d(receipts["shown"], receipts["clicked"]))
            for stage, devices in {"planned": part, "sent": part[online], **receipts}.items():
                self.seen[stage][devices] = True
            yield Slice(part, part[~online], {event: self._by_minute(some) for event, some in receipts.items()})

    def _by_minute(self, devices: Ids) -> list[Ids]:
        minutes = self._numbers.integers(0, MINUTES, len(devices))
        return [devices[minutes == minute] for minute in range(MINUTES)]


async def _push(connection: Connection, sets: Sets) -> None:
    now = datetime.now(UTC)
    push_id = await a_push(connection, ACCESS_ID, state="PUSH_FINISHED", started_at=now, due=now, send_seq=1)
    rows = []
    for number, one in enumerate(sets.slices()):
        done = {"state": "done", "sent_upto": int(one.targets[-1]), "offline": BitMap(one.offline).serialize()}
        await a_slice(connection, push_id, ACCESS_ID, number, BitMap(one.targets), **done)
        rows += [
            (push_id, number, event, now.replace(second=0, microsecond=0), BitMap(devices).serialize())
            for event, minutes in one.receipts.items()
            for devices in minutes
        ]
    statement = b"COPY receipt_deltas (push_id, slice_no, event, minute, devices) FROM STDIN (FORMAT BINARY)"
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(["int8", "int4", "text", "timestamptz", "bytea"])
        for row in rows:
            await copy.write_row(row)


# ── rounds ──────────────────────────────────────────────────────────────────────────────────────────────────


async def _measure(database: Database, sets: Sets) -> dict[str, Any]:
    today = datetime.now(ZONE).date()

    async def day() -> None:
        async with database.transaction() as connection:
            await days.count(connection, ACCESS_ID, today, ZONE)

    async def floor() -> None:
        async with database.connection() as connection:
            for statement in (b"SELECT targets AS set FROM push_slices", b"SELECT devices AS set FROM receipt_deltas"):
                for row in await (await connection.execute(statement, binary=True)).fetchall():
                    BitMap.deserialize(row.set)

    first = await _once(lambda: device_days.count_registered(database))
    result = {
        "devices": len(sets.seen["planned"]),
        "pushes": PUSHES,
        "day_seconds": await _median(day),
        "day_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "floor_seconds": await _median(floor),
        "registered_first_seconds": round(first, 2),
        "registered_seconds": await _median(lambda: device_days.count_registered(database)),
        "properties_seconds": await _median(lambda: device_days.count_properties(database)),
    }
    async with database.connection() as connection:
        counted = (await days.of_days(connection, ACCESS_ID, today, today + timedelta(days=1)))[today]
        receipts = await fetch_one(connection, b"SELECT count(*) AS rows FROM receipt_deltas")
    wanted = tuple(int(sets.seen[stage].sum()) for stage in ("planned", "sent", *SHARES))
    found = astuple(counted.channels["xg"])[: len(wanted)]
    if found != wanted:
        raise SystemExit(f"the day is wrong: {found}, not {wanted}")
    return judged(result | {"receipt_rows": receipts.rows}, MUST)


async def _median(once: Callable[[], Awaitable[None]]) -> float:
    return round(statistics.median([await _once(once) for _ in range(RUNS)]), 2)


async def _once(once: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await once()
    return time.perf_counter() - began


def _table(result: dict[str, Any]) -> str:
    rows = []
    for name, value in result.items():
        if name not in {"must", "missed"}:
            rows.append(f"{name:26}{value:>12,}{verdict(result, name)}")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
