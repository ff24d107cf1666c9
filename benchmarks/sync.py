"""How long a gateway takes to answer a device that has connected, with very many pushes under way.

    ./dev bench sync [--pushes N] [--targets N] [--questions N] [--json]

An application has so many active bulk pushes, each with its own random targets among a million devices. One device at a
time asks, over NATS; the pushes are looked through newest first, so it matters which ones it is a target of:

- newest   of the newest three
- oldest   of the oldest three: all pushes are looked through
- nothing  of none: the same, for nothing

`answer` is the gateway's whole work, from the question in its hands to the answer at the NATS server; `asked` what the
device sees, with the moment the gateway waits for others to ask as well. Medians. Beside them:

- bare     the answer in an application without pushes: the floor, the round trips to database and NATS
- started  the answer that follows the start of another push: it has to be read
- rows     only selecting the active pushes, which is what an answer from the tables begins with: the peer
- crowd    5,000 devices that ask at the same moment, for one of them
- cold     the first answer of a gateway that has just started, which reads all pushes
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import uvloop
from pyroaring import BitMap
from tests.rows import a_push, a_slice, an_app

from benchmarks._engines import migrated_engines, temporary_folder
from benchmarks._machine import Business
from benchmarks._must import Must, judged, verdict
from rockdove.audience.bitmaps import of_ids
from rockdove.engines.wire import Message, Wire
from rockdove.gateway.arrivals import Arrivals
from rockdove.gateway.gateway import ARRIVALS_BYTES, TARGETS_BYTES
from rockdove.gateway.owed import OwedMessages
from rockdove.gateway.sync import BATCH_DEVICES, SYNCED, Sync
from rockdove.gateway.targets import Targets
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.runtime.connections import open_wire
from rockdove.storage.database import Database

MUST: Must = {f"answer_{which}_ms": ("at most", 5.0) for which in ("newest", "oldest", "nothing")}
"""Whichever pushes the device is a target of."""
APP, BARE_APP = 1_500_000_001, 1_500_000_002
DEVICES = 1_000_000
NEWEST, OLDEST, NOTHING = NAMED = (500_001, 500_002, 500_003)
"""Devices in the midst of the random ones, and not of them."""
SEED = 11

_APP_DEVICES = b"""
INSERT INTO devices (access_id, device_id, token, platform)
SELECT %(app)s, device_id, lpad(to_hex(device_id), 36, '0'), 'android' FROM unnest(%(ids)s::bigint[]) AS device_id
"""
_PUSHES = b"""
INSERT INTO pushes (access_id, state, audience_type, audience, message_type, message, content_hash, environment,
                    expire_seconds, counts, started_at, send_seq, expires_at)
SELECT %(app)s, 'PUSH_FINISHED', 'tag', '{}', 'notify', '{"title": "Hello", "content": "World"}', '', 'product',
       86400, '{"planned": 5000}', now(), nextval('send_seq'), now() + interval '1 day'
FROM generate_series(1, %(pushes)s) RETURNING push_id
"""
_ROWS = b"""
SELECT access_id, push_id, send_seq FROM pushes
WHERE access_id = %(app)s AND state IN ('PUSH_STARTED', 'PUSH_PAUSED', 'PUSH_FINISHED', 'PUSH_REVOKED') AND bulk
  AND expires_at > clock_timestamp() AND expire_seconds > 0
ORDER BY send_seq DESC
"""


def main() -> None:
    options = _options()
    business = Business()
    with temporary_folder() as folder:
        result = uvloop.run(_run(folder, options))
    result = judged(result | business.result(), MUST)
    print(json.dumps(result) if options.json else _table(result))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pushes", type=int, default=10_000)
    parser.add_argument("--targets", type=int, default=2_000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


async def _run(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    async with migrated_engines(folder) as engines:
        settings = engines.settings
        async with (
            Database(settings.postgres.url, 8) as database,
            open_wire(settings, "gateway") as wire,
            open_wire(settings, "devices") as devices,
        ):
            await _populate(database, options.pushes, options.targets)
            return await _measure(Asking(database, wire, devices), database, options)


async def _populate(database: Database, pushes: int, targets: int) -> None:
    chance = np.random.default_rng(SEED)
    async with database.transaction() as connection:
        for app in (APP, BARE_APP):
            await an_app(connection, app)
            ids = [*range(1, BATCH_DEVICES + 1), *NAMED]
            await connection.execute(_APP_DEVICES, {"app": app, "ids": ids})
        rows = await (await connection.execute(_PUSHES, {"app": APP, "pushes": pushes})).fetchall()
        for number, row in enumerate(rows):
            devices = of_ids(np.sort(chance.choice(DEVICES, targets, replace=False))) - BitMap(NAMED)
            if number < 3:
                devices.add(OLDEST)
            if number >= pushes - 3:
                devices.add(NEWEST)
            await a_slice(connection, row.push_id, APP, 0, devices)
    async with database.connection() as connection:
        await connection.execute("VACUUM ANALYZE")


class Asking:
    """A gateway's sync over `wire`, and devices that ask it over `devices`."""

    def __init__(self, database: Database, wire: Wire, devices: Wire) -> None:
        self._devices = devices
        self._synced = asyncio.Event()
        owed = OwedMessages(Targets(TARGETS_BYTES), Arrivals(ARRIVALS_BYTES))
        self.sync = Sync(database, wire, owed, lambda _, device: print("not registered:", device))
        wire.subscribe("s.*.*", self.sync.receive, queue="rockdove")
        devices.subscribe("d.*.*", self._receive)

    def _receive(self, messages: list[Message]) -> None:
        if any(payload == SYNCED for _, payload in messages):
            self._synced.set()

    async def tell(self, app: int, device: int) -> None:
        await self.sync.tell(app, BitMap([device]))

    async def ask(self, app: int, device: int) -> None:
        self._synced.clear()
        await self._devices.write(b"PUB s.%d.%d 2\r\n{}\r\n" % (app, device))
        await self._synced.wait()


async def _measure(asking: Asking, database: Database, options: argparse.Namespace) -> dict[str, Any]:
    questions = options.questions
    cold = await _median(lambda: asking.tell(APP, NOTHING), 1)
    await asking.tell(BARE_APP, NOTHING)
    result: dict[str, Any] = {"pushes": options.pushes, "targets_each": options.targets, "questions": questions}
    for name, device in (("newest", NEWEST), ("oldest", OLDEST), ("nothing", NOTHING)):
        result[f"answer_{name}_ms"] = await _median(partial(asking.tell, APP, device), questions)
    result["bare_ms"] = await _median(lambda: asking.tell(BARE_APP, NOTHING), questions)
    result["started_ms"] = await _median(lambda: asking.tell(APP, NOTHING), 30, lambda: _start(database))
    result["rows_ms"] = await _median(lambda: _rows(database), 20)
    answering = asyncio.create_task(asking.sync.run())
    for name, device in (("newest", NEWEST), ("oldest", OLDEST), ("nothing", NOTHING)):
        result[f"asked_{name}_ms"] = await _median(partial(asking.ask, APP, device), questions)
    answering.cancel()
    crowd = BitMap(range(1, BATCH_DEVICES + 1))
    together = await _median(lambda: asking.sync.tell(APP, crowd), 3)
    return result | {"crowd_ms": round(together / len(crowd), 3), "cold_ms": cold}


async def _start(database: Database) -> None:
    async with database.transaction() as connection:
        push_id = await a_push(connection, APP)
        await move(connection, push_id, State.STARTED)
        await a_slice(connection, push_id, APP, 0, BitMap(range(1, 2000)))


async def _rows(database: Database) -> None:
    async with database.connection() as connection:
        await (await connection.execute(_ROWS, {"app": APP})).fetchall()


async def _median(
    once: Callable[[], Awaitable[None]], times: int, before: Callable[[], Awaitable[None]] | None = None
) -> float:
    """In milliseconds."""
    taken = []
    for _ in range(times):
        if before:
            await before()
        began = time.perf_counter()
        await once()
        taken.append(1000 * (time.perf_counter() - began))
    return round(statistics.median(taken), 2)


def _table(result: dict[str, Any]) -> str:
    rows = []
    for name, value in result.items():
        if name not in {"must", "missed"}:
            rows.append(f"{name:22}{value:>10,}{verdict(result, name)}")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
