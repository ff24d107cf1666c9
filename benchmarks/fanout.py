"""How many devices a second one worker hands to the own channel, progress recorded; its floor and a peer beside it.

    ./dev bench fanout [--devices N] [--json]

- dispatch   slices from the table, batches, a flush each, the cursor in PostgreSQL after each: what the product does
- channel    the same batches without slices and cursor: what the own channel alone does (the floor)
- nats-py    the client library's publish, message by message: the peer

All against the NATS and PostgreSQL of the wheels on this machine, which share its cores with the sender.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from pyroaring import BitMap
from tests.rows import a_push, a_slice, an_app

from rockdove.channels.own import OwnChannel
from rockdove.config import Settings
from rockdove.dispatch.dispatcher import Dispatcher
from rockdove.dispatch.slices import SliceQueue
from rockdove.domain.device_message import device_message
from rockdove.engines import start_engines
from rockdove.engines.wire import Wire
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.runtime.connections import open_client, open_wire
from rockdove.storage.database import Database, fetch_one
from rockdove.storage.migrations import migrate
from rockdove.storage.wake import Bell

MUST_A_SECOND = 300_000
"""What TPNS advertised for its whole service."""
PAYLOAD_CONTENT = "Get online to claim your prize! " * 6


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="rockdove-bench-") as folder:
        Path(folder).chmod(0o711)
        result = asyncio.run(_run(folder, options.devices))
    print(json.dumps(result) if options.json else _table(result))


async def _run(folder: str, devices: int) -> dict[str, Any]:
    nats = {"port": 0, "mqtt_port": 0, "websocket_port": 0}
    settings = msgspec.convert({"data": f"{folder}/data", "nats": nats}, Settings)
    async with start_engines(settings) as engines:
        await migrate(engines.settings.postgres.url)
        return await _measure(engines.settings, devices)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=2_000_000)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


async def _measure(settings: Settings, devices: int) -> dict[str, Any]:
    async with Database(settings.postgres.url, 8) as database, open_wire(settings, "bench") as wire:
        app, push_id = await _a_started_push(database, settings, devices)
        message = {"title": "Congrats on winning in the campaign", "content": PAYLOAD_CONTENT}
        payload = device_message(push_id, 1, "notify", message, 1_800_000_000)
        dispatch = await _dispatch(settings, database, wire, push_id)
        channel = await _channel(settings, wire, app, payload, devices)
        library = await _library(settings, app, payload, min(devices, 200_000))
    return {
        "devices": devices,
        "payload_bytes": len(payload),
        "dispatch_per_second": round(devices / dispatch),
        "channel_per_second": round(devices / channel),
        "nats_py_per_second": round(min(devices, 200_000) / library),
        "dispatch_to_channel": round(channel / dispatch, 2),
        "must_per_second": MUST_A_SECOND,
    }


async def _a_started_push(database: Database, settings: Settings, devices: int) -> tuple[int, int]:
    size = settings.dispatch.slice_devices
    async with database.transaction() as connection:
        app = await an_app(connection)
        push_id = await a_push(connection, app)
        for number, first in enumerate(range(1, devices + 1, size)):
            await a_slice(connection, push_id, app, number, BitMap(range(first, min(first + size, devices + 1))))
        await move(connection, push_id, State.STARTED)
    return app, push_id


async def _dispatch(settings: Settings, database: Database, wire: Wire, push_id: int) -> float:
    queue = SliceQueue(database, "bench", settings.dispatch.lease_seconds)
    dispatcher = Dispatcher(
        queue, OwnChannel(wire), lambda _: BitMap(), Bell(database),
        batch_devices=settings.dispatch.batch_devices, slices_at_once=settings.dispatch.slices_at_once,
    )  # fmt: skip
    started = time.perf_counter()
    running = asyncio.create_task(dispatcher.run())
    state = b"SELECT state FROM pushes WHERE push_id = %(push_id)s"
    while True:
        async with database.connection() as connection:
            if (await fetch_one(connection, state, push_id=push_id)).state == State.FINISHED:
                break
        await asyncio.sleep(0.02)
    seconds = time.perf_counter() - started
    running.cancel()
    return seconds


async def _channel(settings: Settings, wire: Wire, app: int, payload: bytes, devices: int) -> float:
    channel, ids = OwnChannel(wire), np.arange(1, devices + 1, dtype=np.uint32)
    started = time.perf_counter()
    for start in range(0, devices, settings.dispatch.batch_devices):
        await channel.send(app, payload, ids[start : start + settings.dispatch.batch_devices])
    return time.perf_counter() - started


async def _library(settings: Settings, app: int, payload: bytes, devices: int) -> float:
    async with open_client(settings) as client:
        started = time.perf_counter()
        for device in range(devices):
            await client.publish(f"d.{app}.{device}", payload)
        await client.flush()
        return time.perf_counter() - started


def _table(result: dict[str, Any]) -> str:
    return "\n".join(f"{name:22} {value:>12,}" for name, value in result.items())


if __name__ == "__main__":
    main()
