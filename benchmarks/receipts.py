"""What the receipts of a large push cost: how many a second one worker folds, and the write-ahead log of it all.

    ./dev bench receipts [--devices N] [--of N] [--per-second N] [--json]

A push to ten million random devices of a hundred million goes the way of every push: its slices are written, each is
claimed and sent batch by batch (to nobody: the channel writes nothing to the database), every device confirms once, the
receipts are merged, and the funnel is read until it has counted the last one.

The receipts come in an order of chance over all slices, which is the worst: in reality a second's worth is of the few
slices that were just sent. They are folded as fast as it goes, with a flush after every `--per-second` of them; the
fold's own clock runs ten minutes behind and moves a second with each flush, so that the minutes are as full as they
would be and are over when they are merged.

- folded       receipts a second through Fold.receive and flush: parsed, collected, cut along the slices, committed
- parsed       the floor: only receive, without flush and database
- rows         the peer: as many rows (push, device, event, minute) a second, by COPY into an indexed table, and the log
               they would take for all

The log is measured by position (LSN). A checkpoint just before makes it start with whole pages (full_page_writes, as a
server has it by default; compressed, as ours has it).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psycopg
import uvloop
from numpy.typing import NDArray
from tests.rows import a_push, an_app

from benchmarks._engines import migrated_engines, temporary_folder
from benchmarks._machine import Business
from benchmarks._must import Must, judged, verdict
from rockdove.audience.audience import Audience, Counts
from rockdove.audience.bitmaps import of_ids
from rockdove.audience.slices import write_slices
from rockdove.dispatch.messages import Messages
from rockdove.dispatch.own_sending import OwnSending
from rockdove.dispatch.slices import SliceQueue
from rockdove.domain.device import OWN_CHANNEL
from rockdove.engines import Engines
from rockdove.engines.wire import Message
from rockdove.gateway.gateway import TARGETS_BYTES
from rockdove.gateway.targets import Targets
from rockdove.receipts import fold
from rockdove.receipts.compaction import Compaction
from rockdove.receipts.fold import Fold
from rockdove.stats.funnel import funnel
from rockdove.storage.database import Database

MUST: Must = {"folded_per_second": ("at least", 150_000.0), "wal_mb": ("at most", 100.0)}
"""The second at full size: ten million devices of a hundred million."""
READ_MESSAGES = 1000
"""Handed over at once, as one read of a socket brings them."""
CLOCKS_SECONDS = 4
"""So far apart are the clocks of devices that report at the same moment."""
PEER_ROWS = 1_000_000
BEHIND_SECONDS = 600.0
SEED = 5

DeviceIds = NDArray[np.uint32]


def main() -> None:
    options = _options()
    business = Business()
    with temporary_folder() as folder:
        result = uvloop.run(_run(folder, options))
    result = judged(result | business.result(), MUST)
    print(json.dumps(result) if options.json else _table(result))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=10_000_000)
    parser.add_argument("--of", type=int, default=100_000_000)
    parser.add_argument("--per-second", type=int, default=150_000)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


async def _run(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    async with migrated_engines(folder) as engines, Database(engines.settings.postgres.url, 8) as database:
        bench = Bench(engines, database, options)
        return await bench.run() | await asyncio.to_thread(_peer, database.url, len(bench.devices))


class Clock:
    """The fold's."""

    def __init__(self) -> None:
        self.now = time.time() - BEHIND_SECONDS

    def time(self) -> float:
        return self.now


class Nowhere:
    """A channel that takes everything."""

    async def send(self, access_id: int, payload: bytes, device_ids: DeviceIds) -> None:
        pass

    async def send_each(self, access_id: int, payloads: Iterable[tuple[int, bytes]]) -> None:
        pass


class Bench:
    def __init__(self, engines: Engines, database: Database, options: argparse.Namespace) -> None:
        self._chance = np.random.default_rng(SEED)
        self._per_second = options.per_second
        self._settings = engines.settings
        self._superuser_url = engines.postgres.superuser_url if engines.postgres else ""
        self._database = database
        self._clock = Clock()
        self._app = 0
        self._push_id = 0
        self._wal: dict[str, float] = {}
        self._seconds: dict[str, float] = {}
        self.devices = _random_ids(self._chance, options.devices, options.of)

    async def run(self) -> dict[str, Any]:
        async with self._database.transaction() as connection:
            self._app = await an_app(connection)
        with psycopg.connect(self._superuser_url, autocommit=True) as admin:
            admin.execute("CHECKPOINT")
            images = _whole_pages(admin)
            for step in (self._write, self._dispatch, self._confirm, self._merge, self._count):
                before, began = _position(admin), time.perf_counter()
                await step()
                name = step.__name__.removeprefix("_")
                self._wal[name] = (_position(admin) - before) / 2**20
                self._seconds[name] = time.perf_counter() - began
            images = _whole_pages(admin) - images
        return {
            "devices": len(self.devices),
            "folded_per_second": round(len(self.devices) / (self._seconds["receive"] + self._seconds["flush"])),
            "parsed_per_second": round(len(self.devices) / self._seconds["receive"]),
            "wal_mb": round(sum(self._wal.values()), 1),
            "wal_mb_by_step": {name: round(size, 1) for name, size in self._wal.items()},
            "whole_pages_logged": images,
            "seconds_by_step": {name: round(seconds, 2) for name, seconds in self._seconds.items()},
        }

    async def _write(self) -> None:
        """The call, and the slices of its targets."""
        counts = Counts(planned=len(self.devices))
        audience = Audience(channels={OWN_CHANNEL: of_ids(self.devices)}, counts=counts)
        async with self._database.transaction() as connection:
            self._push_id = await a_push(connection, self._app)
            push = SimpleNamespace(push_id=self._push_id, access_id=self._app, push_speed=0)
            await write_slices(connection, push, audience, self._settings.dispatch.slice_devices)

    async def _dispatch(self) -> None:
        queue = SliceQueue(self._database, "bench", self._settings.dispatch.lease_seconds)
        online = of_ids(self.devices)
        sending = OwnSending(queue, Nowhere(), Messages(queue), lambda _: online, self._settings.dispatch.batch_devices)
        while slice_ := await queue.claim():
            await sending.send(slice_)
            await queue.leave(slice_)

    async def _confirm(self) -> None:
        folding = Fold(self._database, Targets(TARGETS_BYTES))
        self._seconds |= {"receive": 0.0, "flush": 0.0}
        order = self._chance.permutation(self.devices)
        with _clock(self._clock):
            for start in range(0, len(order), self._per_second):
                reads = list(self._reads(order[start : start + self._per_second]))
                began = time.perf_counter()
                for read in reads:
                    folding.receive(read)
                received = time.perf_counter()
                await folding.flush()
                self._seconds["receive"] += received - began
                self._seconds["flush"] += time.perf_counter() - received
                self._clock.now += 1

    def _reads(self, devices: DeviceIds) -> Iterator[list[Message]]:
        """As devices say it, each with the time of its own clock."""
        said = self._clock.now - self._chance.integers(0, CLOCKS_SECONDS, len(devices))
        for start in range(0, len(devices), READ_MESSAGES):
            part = slice(start, start + READ_MESSAGES)
            yield [
                Message(
                    b"r.%d.%d" % (self._app, device),
                    b'{"push_id":"%d","event":"arrived","at":%d}' % (self._push_id, at),
                )
                for device, at in zip(devices[part].tolist(), said[part].tolist(), strict=True)
            ]

    async def _merge(self) -> None:
        compaction = Compaction(self._database)
        while await compaction.compact():
            pass

    async def _count(self) -> None:
        async with self._database.connection() as connection:
            counted = (await funnel(connection, self._push_id)).arrived
        assert counted == len(self.devices), f"{counted} of {len(self.devices)} counted"


@contextmanager
def _clock(clock: Clock) -> Iterator[None]:
    """For the fold, instead of the machine's."""
    machine = fold.time  # type: ignore[attr-defined]
    setattr(fold, "time", clock)  # noqa: B010  mypy knows it as a module
    try:
        yield
    finally:
        setattr(fold, "time", machine)  # noqa: B010


def _random_ids(chance: np.random.Generator, count: int, of: int) -> DeviceIds:
    """Ascending and distinct; by lot, and lots that were drawn twice are drawn again."""
    drawn = np.unique(chance.integers(1, of + 1, count, dtype=np.uint32))
    while len(drawn) < count:
        drawn = np.union1d(drawn, chance.integers(1, of + 1, count - len(drawn), dtype=np.uint32))
    return drawn


def _position(admin: psycopg.Connection[Any]) -> int:
    row = admin.execute("SELECT pg_current_wal_lsn() - '0/0'").fetchone()
    assert row
    return int(row[0])


def _whole_pages(admin: psycopg.Connection[Any]) -> int:
    row = admin.execute("SELECT wal_fpi FROM pg_stat_wal").fetchone()
    assert row
    return int(row[0])


def _peer(url: str, devices: int) -> dict[str, Any]:
    with psycopg.connect(url) as connection:
        connection.execute(
            "CREATE TABLE peer (push_id bigint, device_id bigint, event smallint, minute timestamptz,"
            " PRIMARY KEY (push_id, device_id, event))"
        )
        ids = np.random.default_rng(SEED).permutation(PEER_ROWS).tolist()
        before, began = _position(connection), time.perf_counter()
        with connection.cursor() as cursor, cursor.copy("COPY peer FROM STDIN") as copy:
            for start in range(0, PEER_ROWS, READ_MESSAGES):
                copy.write(
                    "".join(f"70001\t{device}\t1\t2026-01-01\n" for device in ids[start : start + READ_MESSAGES])
                )
        connection.commit()
        seconds = time.perf_counter() - began
        size = (_position(connection) - before) / 2**20
    return {"rows_per_second": round(PEER_ROWS / seconds), "rows_wal_mb": round(size * devices / PEER_ROWS)}


def _table(result: dict[str, Any]) -> str:
    rows = []
    for name, value in result.items():
        if isinstance(value, dict):
            shown = "  " + ", ".join(f"{part} {size}" for part, size in value.items())
        else:
            shown = f"{value:>14,}" if isinstance(value, int | float) else f"  {value}"
        if name not in {"must", "missed"}:
            rows.append(f"{name:22}{shown}{verdict(result, name)}")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
