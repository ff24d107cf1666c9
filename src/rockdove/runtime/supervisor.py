"""`rockdove serve`: the engines, then our processes, until Ctrl-C.

Start: PostgreSQL and NATS (those that are not configured elsewhere), migrations, then API, worker and gateway as
processes of their own. The listening socket belongs to the supervisor, so an API process that dies and comes back
loses no port and refuses no connection. Stop, in the opposite order: the API first, so that nothing new comes in, the
engines last.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import sys
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from rockdove import config
from rockdove.config import ConfigError, Settings
from rockdove.engines import start_engines
from rockdove.engines.data_folder import is_in_use
from rockdove.members import members
from rockdove.observe import log
from rockdove.runtime.children import Child, until_stopped
from rockdove.storage.database import Database
from rockdove.storage.migrations import migrate

_PUBLISHED = "run/settings.json"
LEFTOVERS_SECONDS = 20.0
"""So long, at most, processes of a supervisor that was killed take to end; the API among them has the address."""


class _AddressInUseError(ConfigError):
    """Somebody else listens there."""


class Supervisor:
    """Runs the whole product on this machine."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def run(self) -> None:
        """Until SIGINT or SIGTERM. Prints one line of JSON on standard output when everything answers."""
        stop = asyncio.create_task(until_stopped())
        running = asyncio.create_task(self._run(stop))
        await asyncio.wait({stop, running}, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            log.info("stopping")
        await running

    async def _run(self, stop: asyncio.Task[None]) -> None:
        with await _listen_when_free(self._settings, stop) as listener:
            async with start_engines(self._settings) as engines:
                await migrate(engines.settings.postgres.url)
                settings = _with_addresses(engines.settings, listener)
                with _published(settings) as file:
                    async with _children(settings, file, listener) as children:
                        announced = asyncio.create_task(_announce(settings, children))
                        await stop
                        announced.cancel()


async def _listen_when_free(settings: Settings, stop: asyncio.Task[None]) -> socket.socket:
    """Waits for our own processes, where the last server has not taken its settings away. Raises ConfigError."""
    unclean = (settings.data_folder / _PUBLISHED).exists() and not is_in_use(settings.data_folder)
    deadline = time.monotonic() + (LEFTOVERS_SECONDS if unclean else 0.0)
    while True:
        try:
            return _listen(settings.http.host, settings.http.port)
        except _AddressInUseError:
            if time.monotonic() > deadline or stop.done():
                raise
        await asyncio.sleep(0.1)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        kind = _AddressInUseError if error.errno == errno.EADDRINUSE else ConfigError
        raise kind(f"http.host, http.port: can't listen on {host}:{port}: {error.strerror}") from None
    listener.listen(1024)
    return listener


def _with_addresses(settings: Settings, listener: socket.socket) -> Settings:
    host, port = listener.getsockname()[:2]
    scheme = "https" if settings.http.tls_certificate else "http"
    public = settings.http.public_url or f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    return msgspec.structs.replace(
        settings,
        data=str(settings.data_folder),
        http=msgspec.structs.replace(settings.http, port=port, public_url=public),
    )


class _published:  # noqa: N801  reads as a verb at its only use
    """The effective configuration as a file that only we can read: our processes and the command line start from it."""

    def __init__(self, settings: Settings) -> None:
        self._file = settings.data_folder / _PUBLISHED
        self._text = config.to_json(settings)

    def __enter__(self) -> Path:
        self._file.unlink(missing_ok=True)
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(self._text)
        return self._file

    def __exit__(self, *error: object) -> None:
        self._file.unlink(missing_ok=True)


@asynccontextmanager
async def _children(settings: Settings, file: Path, listener: socket.socket) -> AsyncIterator[list[Child]]:
    common = ["--config", str(file)]
    machine = uuid.getnode()
    descriptor = listener.fileno()
    children = [
        Child("gateway", ["gateway", *common]),
        Child("worker", ["worker", *common, "--name", f"{machine:x}:{settings.data_folder}:1"]),
        *(
            Child(f"api-{number}", ["api", *common, "--socket", str(descriptor)], [descriptor])
            for number in range(settings.http.processes)
        ),
    ]
    tasks = [asyncio.create_task(child.run()) for child in children]
    try:
        yield children
    finally:
        for child in reversed(children):
            await child.stop()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _announce(settings: Settings, children: list[Child]) -> None:
    for child in children:
        await child.wait_ready()
    line = {
        "event": "ready",
        "http": settings.http.public_url,
        "mqtt": settings.nats.public_mqtt,
        "ws": settings.nats.public_websocket,
        "nats": settings.nats.public_nats,
        "console": f"{settings.http.public_url}/console/",
    }
    if link := await _setup_link(settings):
        log.info("no administrator yet: open this link once, within a day, to become the first", link=link)
        line["setup"] = link
    sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    sys.stdout.flush()


async def _setup_link(settings: Settings) -> str:
    """Where the first administrator chooses a name and a password; empty: there is one."""
    async with Database(settings.postgres.url, 1) as database, database.transaction() as connection:
        if not await members.nobody_administers(connection):
            return ""
        return members.link_of(settings.http.public_url, await members.invite(connection, None))
