"""PostgreSQL and NATS: started here when nobody configured others.

    settings.postgres.url empty?  → PostgreSQL under the data folder
    settings.nats.url empty?      → NATS under the data folder

Either way `start_engines` gives back settings that say where both are and how to get in, so nothing above this
package asks which it is. The same binaries, the same dialect, the same broker as on a cluster: there is no smaller
twin to behave otherwise.

Invariants
- One server a data folder (`data_folder`), any number of data folders side by side.
- The engines never run as root (`engine_user`), and nobody but their user and us can read their data, reach the
  socket, or read the keys. Passwords and seeds are in keys/, never in arguments, environments or logs.
- When we die, they die; when they die, they are started again where they were (same socket, same ports), for as long
  as it takes. Everybody above waits and reconnects, as they would with engines elsewhere.
- Stopped means gone: no process, no socket, no shared memory.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Protocol

import msgspec

from rockdove.config import ConfigError, Settings
from rockdove.engines import secrets_key
from rockdove.engines.binaries import usable_binaries
from rockdove.engines.data_folder import DataFolder, open_data_folder
from rockdove.engines.errors import EngineError
from rockdove.engines.external import check_external_nats
from rockdove.engines.nats import Nats, public_addresses
from rockdove.engines.postgres import Postgres
from rockdove.engines.processes import Child
from rockdove.observe import log

__all__ = ["Engines", "start_engines"]

STEADY_SECONDS = 10.0
"""An engine that lived so long is started again at once; a sooner death is followed by a growing pause."""
LONGEST_PAUSE = 10.0
LOG_CHECK_SECONDS = 60.0


class Engine(Protocol):
    """What PostgreSQL and NATS have in common here."""

    name: str
    child: Child | None

    async def start(self) -> None: ...
    async def stop(self) -> None: ...


class Engines:
    """Running engines: `settings` are complete, `postgres` and `nats` are those started here (None: external)."""

    def __init__(self, settings: Settings, postgres: Postgres | None, nats: Nats | None) -> None:
        self.settings = settings
        self.postgres = postgres
        self.nats = nats


@asynccontextmanager
async def start_engines(settings: Settings) -> AsyncIterator[Engines]:
    """Start what is not configured elsewhere, keep it running, stop it at the end.

    Raises ConfigError naming a setting, or EngineError saying why an engine can't be run.
    """
    embedded = not (settings.postgres.url and settings.nats.url)
    if settings.nats.url:
        check_external_nats(settings.nats)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(open_data_folder(settings.data_folder, embedded=embedded))
        binaries = await asyncio.to_thread(usable_binaries, folder) if embedded else None
        postgres = Postgres(folder, binaries) if binaries and not settings.postgres.url else None
        nats = Nats(folder, binaries, settings.nats) if binaries and not settings.nats.url else None
        await stack.enter_async_context(_running([engine for engine in (postgres, nats) if engine]))
        settings = _with_secrets_key(settings, folder)
        yield Engines(_effective(settings, postgres, nats), postgres, nats)


@asynccontextmanager
async def _running(engines: list[Postgres | Nats]) -> AsyncIterator[None]:
    keepers: list[asyncio.Task[None]] = []
    try:
        await _start(engines)
        keepers = [asyncio.create_task(_keep(engine), name=f"keep {engine.name}") for engine in engines]
        yield
    finally:
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        await _stop(engines)


async def _start(engines: list[Postgres | Nats]) -> None:
    """All at once; the first that fails ends the others, and is what the caller hears of."""
    try:
        async with asyncio.TaskGroup() as starts:
            for engine in engines:
                starts.create_task(engine.start())
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def _stop(engines: list[Postgres | Nats]) -> None:
    await asyncio.gather(*(engine.stop() for engine in engines))


async def _keep(engine: Engine) -> None:
    """Start it again whenever it dies; keep its log within bounds meanwhile."""
    pause = 0.0
    while True:
        started = time.monotonic()
        await _ended(engine)
        pause = 0.0 if time.monotonic() - started > STEADY_SECONDS else min(max(pause * 2, 0.1), LONGEST_PAUSE)
        log.error("engine died: starting it again", engine=engine.name, pause=pause)
        await asyncio.sleep(pause)
        try:
            await engine.start()
        except (ConfigError, EngineError, OSError) as error:
            log.error("engine does not start", engine=engine.name, error=str(error))


async def _ended(engine: Engine) -> None:
    while engine.child and engine.child.alive:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOG_CHECK_SECONDS):
                await engine.child.wait()
        engine.child.log_file.bound()


def _with_secrets_key(settings: Settings, folder: DataFolder) -> Settings:
    if settings.channels.secrets_key:
        return settings
    key = secrets_key.load_or_create(folder.keys / "secrets.key")
    return msgspec.structs.replace(settings, channels=msgspec.structs.replace(settings.channels, secrets_key=key))


def _effective(settings: Settings, postgres: Postgres | None, nats: Nats | None) -> Settings:
    replace = msgspec.structs.replace
    if postgres:
        settings = replace(settings, postgres=replace(settings.postgres, url=postgres.url))
    if nats:
        mqtt, websocket, own = public_addresses(settings.nats, nats.ports)
        effective = replace(
            settings.nats,
            **nats.access._asdict(),
            port=nats.ports.client,
            mqtt_port=nats.ports.mqtt,
            websocket_port=nats.ports.websocket,
            public_mqtt=mqtt,
            public_websocket=websocket,
            public_nats=own,
        )
        settings = replace(settings, nats=effective)
    return settings
