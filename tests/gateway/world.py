"""The own channel with everything behind it, in the test's process: real PostgreSQL, real NATS, real HTTP."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
import nkeys
import numpy as np
from nats.aio.client import Client
from psycopg.types.json import Jsonb
from pyroaring import BitMap
from starlette.applications import Starlette

from rockdove.api.device.routes import DeviceContext, DeviceRoutes
from rockdove.channels.own import OwnChannel
from rockdove.config import Settings
from rockdove.devices.registration import Registration
from rockdove.domain.device_message import device_message
from rockdove.engines import Engines
from rockdove.engines.keys import public_key
from rockdove.engines.wire import Wire
from rockdove.gateway.arrivals import Arrivals
from rockdove.gateway.connections import kick
from rockdove.gateway.gateway import Gateway
from rockdove.gateway.owed import OwedMessages
from rockdove.gateway.publish import publish_each
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.receipts.fold import Fold
from rockdove.runtime.connections import account_keys, open_system, open_wire
from rockdove.stats.active_days import ActiveDays
from rockdove.storage.database import Database, fetch_one
from rockdove.testing.fleet import FleetOptions
from tests.listening import listening
from tests.rows import ACCESS_KEY, MESSAGE, a_push, a_slice, an_app

_access_ids = itertools.count(1_600_000_001)
"""NATS is shared by the tests of a run: an application each keeps them apart."""
PATIENCE_SECONDS = 30.0


@dataclass
class World:
    """`access_id` is an Android application nobody else uses."""

    settings: Settings
    database: Database
    wire: Wire
    system: Client
    account: nkeys.KeyPair
    gateway: Gateway
    fold: Fold
    channel: OwnChannel
    routes: DeviceRoutes
    access_id: int
    url: str

    def fleet_options(self, **options: Any) -> FleetOptions:
        return FleetOptions(url=self.url, access_id=self.access_id, access_key=ACCESS_KEY, **options)

    async def push(self, devices: BitMap, *, slices: int = 1, **columns: Any) -> int:
        """A started push with these targets on the own channel; nothing is published."""
        async with self.database.transaction() as connection:
            push_id = await a_push(connection, self.access_id, **columns)
            await move(connection, push_id, State.STARTED)
            ids = list(devices)
            size = -(-len(ids) // slices)
            for number in range(slices):
                await a_slice(connection, push_id, self.access_id, number, BitMap(ids[number * size :][:size]))
        return push_id

    async def publish(self, push_id: int, devices: BitMap) -> None:
        """What dispatch does."""
        async with self.database.connection() as connection:
            row: Any = await (
                await connection.execute(
                    "SELECT message_type, message, send_seq, expires_at FROM pushes WHERE push_id = %s", (push_id,)
                )
            ).fetchone()
        expire_at = int(row.expires_at.timestamp())
        payload = device_message(push_id, row.send_seq, row.message_type, row.message, expire_at)
        await self.channel.send(self.access_id, payload, np.array(devices.to_array(), dtype=np.uint32))

    async def recorded(self, push_id: int, event: str) -> BitMap:
        """The devices whose receipts are in the database."""
        async with self.database.connection() as connection:
            cursor = await connection.execute(
                "SELECT devices FROM receipt_deltas WHERE push_id = %s AND event = %s", (push_id, event)
            )
            return BitMap().union(*(BitMap.deserialize(row.devices) for row in await cursor.fetchall()))


@asynccontextmanager
async def own_channel(engines: Engines, database: Database) -> AsyncIterator[World]:
    settings = engines.settings
    account = account_keys(settings)
    async with AsyncExitStack() as stack:
        wire = await stack.enter_async_context(open_wire(settings, "test"))
        system = await stack.enter_async_context(open_system(settings, "test"))
        gateway = Gateway(database, wire, system, public_key(account), lambda messages: fold.receive(messages))  # noqa: PLW0108  comes next
        fold = Fold(database, gateway.targets, partial(publish_each, wire))
        async with database.transaction() as connection:
            access_id = await an_app(connection, next(_access_ids), timezone="UTC")
        context = DeviceContext(
            database=database,
            account=account,
            registration=Registration(database, account, 24),
            addresses={"mqtt": settings.nats.public_mqtt, "ws": settings.nats.public_websocket},
            owed=OwedMessages(gateway.targets, Arrivals(2**20)),
            fold=fold,
            kick=partial(kick, system, public_key(account)),
            limits=settings.limits,
            active=ActiveDays(database),
        )
        routes = DeviceRoutes(context)
        url = await stack.enter_async_context(served(Starlette(routes=routes.routes())))
        async with _running(gateway.run(), fold.run()):
            await gateway.presence.walked.wait()
            channel = OwnChannel(wire)
            yield World(settings, database, wire, system, account, gateway, fold, channel, routes, access_id, url)


@asynccontextmanager
async def _running(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run until the end of the block; what failed meanwhile fails the test."""
    tasks = [asyncio.create_task(job) for job in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for failed in (result for result in results if isinstance(result, Exception)):
        raise failed


@asynccontextmanager
async def served(application: Starlette) -> AsyncIterator[str]:
    async with listening(application) as port:
        yield f"http://127.0.0.1:{port}"


@asynccontextmanager
async def locked(database: Database, table: str) -> AsyncIterator[Callable[[int], Awaitable[None]]]:
    """Until the end of the block nobody reads or writes `table`; gives what waits until so many do try."""
    waiting = b"""
        SELECT count(*) AS count FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
    """

    async def waiters(count: int) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        async with database.connection() as connection:
            while (await fetch_one(connection, waiting)).count < count:
                assert time.monotonic() < deadline, f"nobody waits for {table}"
                await asyncio.sleep(0.01)

    async with database.transaction() as connection:
        await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
        yield waiters


def message(hours: Iterable[tuple[int, int]]) -> Jsonb:
    """With an `accept_time` that begins and ends so many hours from now, each; of an application in UTC."""

    def moment(hour: int) -> dict[str, str]:
        return {"hour": str((datetime.now(UTC).hour + hour) % 24), "min": "0"}

    windows = [{"start": moment(start), "end": moment(end)} for start, end in hours]
    return Jsonb({**MESSAGE, "accept_time": windows} if windows else MESSAGE)


async def until(condition: Callable[[], object], what: str) -> None:
    """Wait for something that must come; the bound only keeps a broken product from hanging the suite."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {PATIENCE_SECONDS:.0f} s")
        await asyncio.sleep(0.01)


def decoded(payload: bytes) -> dict[str, Any]:
    return msgspec.json.decode(payload, type=dict[str, Any])
