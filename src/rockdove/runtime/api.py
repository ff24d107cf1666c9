"""The API process: REST as TPNS spoke it, and the device API, on one port."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from socket import socket as Socket  # noqa: N812
from typing import NamedTuple

import uvicorn
from nats.aio.client import Client
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from rockdove.api import health
from rockdove.api.console import app as console_app
from rockdove.api.console import pages as console_pages
from rockdove.api.console.context import ConsoleContext
from rockdove.api.console.live import Live
from rockdove.api.context import ApiContext
from rockdove.api.device.routes import DeviceContext, DeviceRoutes
from rockdove.api.receipts import VendorReceipts
from rockdove.api.tpns import idempotency
from rockdove.api.tpns.paths import TolerantPaths
from rockdove.api.tpns.routes import routes as tpns_routes
from rockdove.channels.http import Sender
from rockdove.config import Settings
from rockdove.devices.applications import Applications
from rockdove.devices.registration import Registration
from rockdove.engines.keys import public_key
from rockdove.engines.wire import Wire
from rockdove.gateway.arrivals import Arrivals
from rockdove.gateway.connections import is_connected, kick
from rockdove.gateway.owed import OwedMessages
from rockdove.gateway.publish import publish_each
from rockdove.gateway.targets import Targets
from rockdove.ingest.packages import Packages
from rockdove.members import sessions
from rockdove.receipts.fold import Fold
from rockdove.runtime.children import announce_ready, until_stopped
from rockdove.runtime.connections import account_keys, open_database, open_system, open_wire
from rockdove.runtime.dispatching import configured_channels, open_sender
from rockdove.runtime.http_protocol import HttpProtocol
from rockdove.runtime.tasks import run_until
from rockdove.runtime.upkeep import Job, every
from rockdove.stats.active_days import ActiveDays
from rockdove.storage.database import Database
from rockdove.storage.package_store import PackageStore

KEEP_ALIVE_SECONDS = 65
TARGETS_BYTES = ARRIVALS_BYTES = 64 * 1024 * 1024
"""Bitmaps kept for devices that ask over HTTP; most ask over the own channel, where the gateway keeps more."""
STATEMENT_SECONDS = 6.0
"""What a caller waits for takes milliseconds; one that takes so long is told that the database is away."""
EXPIRE_SECONDS = 3600.0
GRACE_SECONDS = 8
"""Requests in flight may finish for so long when we stop."""


class _Server(uvicorn.Server):
    """Signals are ours: the process has more to close than its listening socket."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def run(settings: Settings, *, socket: int | None = None, supervised: bool = False) -> None:
    """Until told to stop. `socket`: the supervisor's listening socket, by file descriptor."""
    async with AsyncExitStack() as stack:
        held = await _opened(settings, stack)
        parts = _put_together(settings, held)
        server = _Server(_config(settings, parts.application))
        serving = asyncio.create_task(server.serve([Socket(fileno=socket)] if socket is not None else None))
        announced = asyncio.create_task(_announce_when_ready(server))
        try:
            await run_until(
                until_stopped(supervised=supervised),
                parts.fold.run(),
                parts.active.run(),
                *(every(job) for job in _forgetting(settings, held)),
                _forever(serving),
            )
        finally:
            announced.cancel()
            parts.live.stop()
            server.should_exit = True
            await serving


class _Held(NamedTuple):
    """What the process holds open."""

    database: Database
    wire: Wire
    system: Client
    packages: Packages
    sender: Sender


class _Parts(NamedTuple):
    application: ASGIApp
    fold: Fold
    active: ActiveDays
    live: Live


async def _opened(settings: Settings, stack: AsyncExitStack) -> _Held:
    """Closed with `stack`, the last one first."""
    database = await stack.enter_async_context(open_database(settings, "api", STATEMENT_SECONDS))
    return _Held(
        database,
        await stack.enter_async_context(open_wire(settings, "api")),
        await stack.enter_async_context(open_system(settings, "api")),
        await stack.enter_async_context(Packages(settings.packages, settings.data_folder, database)),
        await stack.enter_async_context(open_sender(settings)),
    )


def _put_together(settings: Settings, held: _Held) -> _Parts:
    """Everything the endpoints work with."""
    account = account_keys(settings)
    targets = Targets(TARGETS_BYTES)
    fold, active = Fold(held.database, targets, partial(publish_each, held.wire)), ActiveDays(held.database)
    channels = configured_channels(settings, held.database, held.sender)
    tpns = ApiContext(settings, held.database, Applications(held.database), held.packages, channels.fault)
    device = DeviceContext(
        database=held.database,
        account=account,
        registration=Registration(held.database, account, settings.devices.credential_hours),
        addresses={
            "mqtt": settings.nats.public_mqtt,
            "ws": settings.nats.public_websocket,
            "nats": settings.nats.public_nats,
        },
        owed=OwedMessages(targets, Arrivals(ARRIVALS_BYTES)),
        fold=fold,
        kick=partial(kick, held.system, public_key(account)),
        limits=settings.limits,
        active=active,
    )
    store = PackageStore.open(settings.packages.store, settings.data_folder)
    connected = partial(is_connected, held.system, public_key(account))
    console = ConsoleContext(tpns, store, connected, device.registration, device.addresses, channels)
    routes = [
        *health.routes({"database": partial(_answers, held.database), "nats": held.wire.flush}),
        *tpns_routes(tpns),
        *DeviceRoutes(device).routes(),
        *VendorReceipts(held.database, channels.vault, fold).routes(),
        Mount("/console/api", console_app.build(console)),
        *console_pages.routes(settings.nats.public_websocket),
    ]
    return _Parts(TolerantPaths(Starlette(routes=routes)), fold, active, console.live)


async def _answers(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute("SELECT 1")


def _forgetting(settings: Settings, held: _Held) -> list[Job]:
    """What is old, each by itself: a bucket that does not answer keeps no key and no session alive."""
    keys = partial(idempotency.expire, held.database, settings.limits.idempotency_hours)
    return [
        Job(EXPIRE_SECONDS, "packages", held.packages.expire),
        Job(EXPIRE_SECONDS, "idempotency keys", keys),
        Job(EXPIRE_SECONDS, "sessions", partial(sessions.expire, held.database)),
    ]


def _config(settings: Settings, application: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        host=settings.http.host,
        port=settings.http.port,
        loop="none",
        http=HttpProtocol,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_certfile=settings.http.tls_certificate or None,
        ssl_keyfile=settings.http.tls_key or None,
    )


async def _forever(serving: asyncio.Task[None]) -> None:
    await asyncio.shield(serving)


async def _announce_when_ready(server: uvicorn.Server) -> None:
    while not server.started:  # noqa: ASYNC110  uvicorn offers a flag, no event
        await asyncio.sleep(0.02)
    announce_ready()
