"""How many devices a second one worker hands to the own channel, progress recorded; the limit and peers beside it.

    ./dev bench fanout [--devices N] [--runs N] [--json]

- dispatch    slices from the table, batches, a flush each, the cursor in PostgreSQL after each: what the product does
- raw         the same PUB lines joined beforehand, written as fast as the server takes them, one flush at the end
- level, name dispatch of a personalised push, whose text names an attribute: one of four levels, or a name of the
              device's own. To PERSONAL_DEVICES at most, which have both in PostgreSQL; `plain` goes to as many
- nats-py     the client library's publish, message by message
- Mosquitto   another broker with Python's usual client (paho), QoS 0, message by message; where it is installed

Dispatch and raw without a subscriber, and with one: a process of its own that counts every message. Messages have
PAYLOAD_BYTES. All against the NATS and PostgreSQL of the wheels on this machine, which share its cores with sender and
subscriber. A figure is the median of the runs, a ratio that of the ratios of each run: they take turns.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import uvloop
from psycopg.types.json import Jsonb
from pyroaring import BitMap
from tests.rows import a_push, a_slice, an_app

from benchmarks._engines import migrated_engines, temporary_folder
from benchmarks._machine import Business
from benchmarks._mosquitto import publish_rate
from benchmarks._must import Must, judged, verdict
from benchmarks._partner import Partner
from benchmarks._processors import Processors
from rockdove.config import Settings, to_json
from rockdove.dispatch.slices import SliceQueue
from rockdove.domain.device_message import device_message
from rockdove.engines.wire import Wire
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.runtime.connections import open_client, open_wire
from rockdove.runtime.dispatching import dispatcher
from rockdove.storage.database import Database, fetch_one
from rockdove.storage.wake import Bell
from rockdove.testing.fixed_channels import FixedChannels

PAYLOAD_BYTES = 300
WRITE_MESSAGES = 800
"""A quarter of a megabyte. From 15 KB to 30 MB a write, none is faster: the server is what limits."""
JOINED_DEVICES = 100_000
"""Lines of so many devices are joined beforehand, and written again and again."""
PERSONAL_DEVICES = 500_000
LIBRARY_MESSAGES = 200_000
COUNT_SECONDS = 60
MUST: Must = {
    "dispatch_to_raw": ("at least", 0.6),
    "counted_dispatch_per_second": ("at least", 150_000.0),
    "counted_dispatch_to_raw": ("at least", 0.6),
    "level_to_plain": ("at least", 0.1),
    "name_to_plain": ("at least", 0.1),
    "name_per_second": ("at least", 50_000.0),  # the fastest push_speed
    "uncounted_messages": ("at most", 0.0),
}

_DEVICES = b"""
INSERT INTO devices (access_id, device_id, token, platform)
SELECT %(app)s, n, lpad(n::text, 36, '0'), 'android' FROM generate_series(1, %(last)s) AS n
"""
_ATTRIBUTES = b"""
INSERT INTO device_attributes (access_id, device_id, attributes)
SELECT %(app)s, n, jsonb_build_object('level', (ARRAY['gold', 'iron', 'jade', 'wood'])[1 + n %% 4],
                                      'name', lpad(n::text, 10, '0'))
FROM generate_series(1, %(last)s) AS n
"""


def main() -> None:
    options = _options()
    business = Business()
    with temporary_folder() as folder:
        result = uvloop.run(_run(folder, options.devices, options.runs))
        result["mosquitto_per_second"] = publish_rate(folder, b"x" * PAYLOAD_BYTES)
    result = judged(result | business.result(), MUST)
    print(json.dumps(result) if options.json else table(result))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


async def _run(folder: Path, devices: int, runs: int) -> dict[str, Any]:
    async with migrated_engines(folder) as engines, Database(engines.settings.postgres.url, 8) as database:
        return await measure(engines.settings, database, folder, devices, runs)


async def measure(settings: Settings, database: Database, folder: Path, devices: int, runs: int) -> dict[str, Any]:
    """In an empty database; `folder` is for a file."""
    file = folder / "settings.json"
    file.touch(0o600)
    file.write_bytes(to_json(settings))
    async with open_wire(settings, "bench") as wire:
        async with database.transaction() as connection:
            app = await an_app(connection)
            everybody = {"app": app, "last": min(devices, PERSONAL_DEVICES)}
            for statement in (_DEVICES, _ATTRIBUTES):
                await connection.execute(statement, everybody)
        async with database.connection() as connection:
            await connection.execute("VACUUM ANALYZE devices, device_attributes")
        sender = Sender(settings, database, wire, app, devices)
        result = await _take_turns(sender, Partner("_counter", {"settings": str(file), "access_id": app}), runs)
        return result | {"nats_py_per_second": await _library(settings, app, min(devices, LIBRARY_MESSAGES))}


# ── the ways to send ────────────────────────────────────────────────────────────────────────────────────


class Sender:
    """Sends to `devices` devices of `app`, personalised pushes to the first `personal_devices` of them."""

    def __init__(self, settings: Settings, database: Database, wire: Wire, app: int, devices: int) -> None:
        self.devices = devices
        self.personal_devices = min(devices, PERSONAL_DEVICES)
        self._settings = settings
        self._database = database
        self._wire = wire
        self._app = app

    async def raw(self) -> tuple[float, float]:
        pieces = itertools.cycle(self._pieces())
        began = time.perf_counter()
        left = self.devices
        while left > 0:
            count, lines = next(pieces)
            await self._wire.write(lines)
            left -= count
        await self._wire.flush()
        return began, time.perf_counter()

    def _pieces(self) -> list[tuple[int, bytes]]:
        """How many messages, and their lines; together exactly `devices` or JOINED_DEVICES of them."""
        payload = b"x" * PAYLOAD_BYTES
        step = WRITE_MESSAGES
        ids = range(1, min(self.devices, JOINED_DEVICES) + 1)
        cut = [ids[start : start + step] for start in range(0, len(ids), step)]
        return [
            (len(part), b"".join(b"PUB d.%d.%d %d\r\n%b\r\n" % (self._app, one, len(payload), payload) for one in part))
            for part in cut
        ]

    async def dispatch(self) -> tuple[float, float]:
        return await self._dispatch(self.devices, {"title": "Hello"})

    async def plain(self) -> tuple[float, float]:
        """To as many as the personalised ones."""
        return await self._dispatch(self.personal_devices, {"title": "Hello"})

    async def level(self) -> tuple[float, float]:
        return await self._dispatch(self.personal_devices, _personal("Hello {{level}}", "Hello gold"))

    async def name(self) -> tuple[float, float]:
        return await self._dispatch(self.personal_devices, _personal("Hello {{name}}", "Hello 0000000001"))

    async def _dispatch(self, devices: int, message: dict[str, str]) -> tuple[float, float]:
        push_id = await self._started_push(devices, message)
        bell = Bell(self._database)
        sending = dispatcher(
            self._settings,
            self._database,
            self._wire,
            lambda _: BitMap(),
            bell,
            owner="bench",
            channels=FixedChannels({}),
        )
        began = time.perf_counter()
        running = asyncio.create_task(sending.run())
        while not await self._has_finished(push_id):  # noqa: ASYNC110  as callers learn of it
            await asyncio.sleep(0.02)
        ended = time.perf_counter()
        running.cancel()
        await asyncio.wait({running})
        return began, ended

    async def _started_push(self, devices: int, message: dict[str, str]) -> int:
        size = self._settings.dispatch.slice_devices
        async with self._database.transaction() as connection:
            push_id = await a_push(connection, self._app)
            for number, first in enumerate(range(1, devices + 1, size)):
                targets = BitMap(range(first, min(first + size, devices + 1)))
                await a_slice(connection, push_id, self._app, number, targets)
            await move(connection, push_id, State.STARTED)
        await self._pad(push_id, message)
        return push_id

    async def _pad(self, push_id: int, message: dict[str, str]) -> None:
        """Make its message what a device gets in exactly PAYLOAD_BYTES (a personalised one by its defaults)."""
        row = await SliceQueue(self._database, "bench", 1).message_row(push_id)
        expire_at = int(row.expires_at.timestamp())
        shown = {"title": message.get("default_title", message["title"]), "content": ""}
        bare = device_message(push_id, row.send_seq, row.message_type, shown, expire_at)
        whole = Jsonb({"content": "x" * (PAYLOAD_BYTES - len(bare)), **message})
        statement = b"UPDATE pushes SET message = %(message)s WHERE push_id = %(push_id)s"
        async with self._database.connection() as connection:
            await connection.execute(statement, {"message": whole, "push_id": push_id})

    async def _has_finished(self, push_id: int) -> bool:
        statement = b"SELECT state FROM pushes WHERE push_id = %(push_id)s"
        async with self._database.connection() as connection:
            return bool((await fetch_one(connection, statement, push_id=push_id)).state == State.FINISHED)


def _personal(title: str, default: str) -> dict[str, str]:
    """Defaults as long as what everybody gets instead."""
    return {"title": title, "default_title": default, "default_content": "unused"}


async def _library(settings: Settings, app: int, messages: int) -> int:
    payload = b"x" * PAYLOAD_BYTES
    async with open_client(settings) as client:
        started = time.perf_counter()
        for device in range(messages):
            await client.publish(f"d.{app}.{device}", payload)
        await client.flush()
        return round(messages / (time.perf_counter() - started))


# ── runs ────────────────────────────────────────────────────────────────────────────────────────────────────


class Run(NamedTuple):
    per_second: float
    """Until the server had them all and, for dispatch, the last cursor was written."""
    counted_per_second: float = 0.0
    """Until the subscriber had counted the last one."""
    uncounted: int = 0


Runs = dict[str, list[Run]]
Send = Callable[[], Awaitable[tuple[float, float]]]
"""Gives the moments of the first write and of the end."""


async def _take_turns(sender: Sender, counter: Partner, runs: int) -> dict[str, Any]:
    found: Runs = defaultdict(list)
    used: dict[str, dict[str, float]] = {}
    ways = {"raw": sender.raw, "dispatch": sender.dispatch}
    for _ in range(runs):
        for way, send in ways.items():
            found[way].append(await _alone(sender.devices, send))
        for way, send in {"plain": sender.plain, "level": sender.level, "name": sender.name}.items():
            found[way].append(await _alone(sender.personal_devices, send))
        with counter:
            for way, send in ways.items():
                processors = Processors()
                found[f"counted_{way}"].append(await _counted(sender.devices, send, counter))
                used[way] = processors.used()
    return _summary(sender.devices, found) | {"processor_seconds": used}


async def _alone(devices: int, send: Send) -> Run:
    began, ended = await send()
    return Run(devices / (ended - began))


async def _counted(devices: int, send: Send, counter: Partner) -> Run:
    began, ended = await send()
    counts = counter.ask(until=devices, seconds=COUNT_SECONDS)
    uncounted = abs(devices - counts["counted"])
    return Run(devices / (ended - began), counts["counted"] / (counts["last"] - began), uncounted)


def _summary(devices: int, found: Runs) -> dict[str, Any]:
    def median(name: str) -> int:
        return round(statistics.median(run.per_second for run in found[name]))

    def ratio(name: str, limit: str) -> float:
        pairs = zip(found[name], found[limit], strict=True)
        return round(statistics.median(run.per_second / raw.per_second for run, raw in pairs), 2)

    counted = [*found["counted_raw"], *found["counted_dispatch"]]
    return {
        "devices": devices,
        "payload_bytes": PAYLOAD_BYTES,
        "raw_per_second": median("raw"),
        "dispatch_per_second": median("dispatch"),
        "dispatch_to_raw": ratio("dispatch", "raw"),
        "personal_devices": min(devices, PERSONAL_DEVICES),
        "plain_per_second": median("plain"),
        "level_per_second": median("level"),
        "name_per_second": median("name"),
        "level_to_plain": ratio("level", "plain"),
        "name_to_plain": ratio("name", "plain"),
        "counted_raw_per_second": median("counted_raw"),
        "counted_dispatch_per_second": median("counted_dispatch"),
        "counted_dispatch_to_raw": ratio("counted_dispatch", "counted_raw"),
        "last_counted_raw_per_second": round(statistics.median(run.counted_per_second for run in found["counted_raw"])),
        "last_counted_dispatch_per_second": round(
            statistics.median(run.counted_per_second for run in found["counted_dispatch"])
        ),
        "uncounted_messages": sum(run.uncounted for run in counted),
    }


def table(result: dict[str, Any]) -> str:
    rows = []
    for name, value in result.items():
        shown = f"{value:>12,}" if isinstance(value, int | float) else f"  {value}"
        if name not in {"must", "missed", "processor_seconds"}:
            rows.append(f"{name:34}{shown}{verdict(result, name)}")
    for way, used in result["processor_seconds"].items():
        parts = ", ".join(f"{part} {seconds}" for part, seconds in used.items())
        rows.append(f"processor seconds of the last counted {way}: {parts}")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
