"""NATS under the data folder: the broker that devices connect to, by MQTT, MQTT over WebSocket, or its own protocol.

Operator mode: the server holds public keys only and knows nobody by name. Whoever brings a token that our account has
signed may do what the token says. So registering a device never touches the server, and reading its memory or its
files gives away no key.

Ports. A configured one is used or refused by its setting's name. 0 means any free one, and the same one again at the
next start if it is still free: devices keep the address they were told. Between finding a port free and the server
taking it someone else may; then we look for others.

JetStream is on because MQTT keeps its sessions in it; nothing of ours is stored there, losing it loses nothing.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import NamedTuple

import msgspec
import nkeys

from rockdove.config import ConfigError
from rockdove.config import Nats as NatsSettings
from rockdove.engines.binaries import Binaries
from rockdove.engines.data_folder import DataFolder, write_atomically
from rockdove.engines.errors import EngineStartError
from rockdove.engines.jwt import user_jwt
from rockdove.engines.keys import load_or_create_identity, new_user, public_key
from rockdove.engines.mqtt_streams import bound_mqtt_streams
from rockdove.engines.nats_settings import Ports, configuration
from rockdove.engines.processes import (
    Child,
    LogFile,
    Patience,
    allowed_open_files,
    processes_of,
    start_child,
    stop_orphans,
)
from rockdove.engines.tls import tls_files
from rockdove.engines.wire import ConnectionLostError, Wire, signed_by
from rockdove.observe import log

ANSWER_SECONDS = 120.0
"""From its start until it takes connections; reading sessions of a million devices takes seconds."""
ATTEMPTS = 5
"""To start on free ports that someone else may take first."""
SPARE_OPEN_FILES = 1024
"""Beside one for each connection."""
STOP = (Patience(signal.SIGTERM, 10),)
"""Closes connections, writes JetStream's state."""


class Access(NamedTuple):
    """What our processes need to use a NATS server: the members of the setting `nats` of the same names."""

    url: str
    account_seed: str
    system_user_jwt: str
    system_user_seed: str


class Nats:
    """One NATS server. `ports` and `access` are valid after the first `start` and stay the same over restarts."""

    name = "NATS"

    def __init__(self, folder: DataFolder, binaries: Binaries, settings: NatsSettings) -> None:
        self._folder = folder
        self._binaries = binaries
        self._settings = settings
        self._identity = load_or_create_identity(folder.keys / "nats.json")
        self._log_file = LogFile(folder.log / "nats.log")
        self._note = folder.run / "ports.json"
        self.ports = _wanted(settings)
        self.child: Child | None = None

    @property
    def access(self) -> Access:
        identity = self._identity
        system_user = user_jwt(identity.system_account, public_key(identity.system_user), "rockdove system")
        host = _reachable(self._settings.host)
        return Access(
            f"nats://{host}:{self.ports.client}",
            identity.account.seed.decode(),
            system_user,
            identity.system_user.seed.decode(),
        )

    async def start(self) -> None:
        """Returns when it takes connections. Raises EngineStartError, or ConfigError naming a setting."""
        await stop_orphans(self._processes, STOP)
        for attempt in range(1, ATTEMPTS + 1):
            self.ports = self._free_ports()
            self.child = self._spawn()
            try:
                await self._ready(self.child)
                await _while_alive(self.child, bound_mqtt_streams(self.access.url, *self._some_user()))
            except BaseException as error:
                await self.stop()
                taken = isinstance(error, EngineStartError) and "address already in use" in self._log_file.tail()
                if not taken or attempt == ATTEMPTS:
                    raise
            else:
                write_atomically(self._note, msgspec.json.encode(self.ports), 0o600)
                return

    async def stop(self) -> None:
        """Nothing of it is left when this returns."""
        if self.child:
            await self.child.stop(STOP)

    def _processes(self) -> list[int]:
        marker = f" -c {self._folder.conf / 'nats.conf'} "
        return processes_of(self._folder.user, lambda command: marker in f"{command} ")

    def _free_ports(self) -> Ports:
        wanted, before = _wanted(self._settings), self.ports if self.child else self._remembered()
        found: list[int] = []
        for name, port, earlier in zip(Ports._fields, wanted, before, strict=True):
            found.append(_free_port(self._settings.host, name, port, earlier, found))
        return Ports(*found)

    def _remembered(self) -> Ports:
        with suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode(self._note.read_bytes(), type=Ports)
        return Ports(0, 0, 0)

    def _spawn(self) -> Child:
        tls = tls_files(self._settings, self._folder)
        text = configuration(
            self._possible_settings(), self.ports, self._identity, self._folder.nats / "jetstream", tls
        )
        conf = self._folder.write_conf("nats.conf", text)
        return start_child(
            self.name,
            [str(self._binaries.nats_server), "-c", str(conf)],
            user=self._folder.user,
            log_file=self._log_file,
            death_signal=signal.SIGTERM,
            open_files=self._settings.max_connections + SPARE_OPEN_FILES,
        )

    def _possible_settings(self) -> NatsSettings:
        """With as many connections as we may have files open: running out of them would stop more than newcomers."""
        wanted = self._settings.max_connections
        possible = allowed_open_files(wanted + SPARE_OPEN_FILES) - SPARE_OPEN_FILES
        if possible < wanted:
            text = "the limit of open files allows fewer connections: raise it (ulimit -n, LimitNOFILE= of systemd)"
            log.warning(text, wanted=wanted, possible=possible)
        return msgspec.structs.replace(self._settings, max_connections=max(possible, 1))

    async def _ready(self, child: Child) -> None:
        """A user of our account connects and gets an answer, and MQTT and WebSocket listen."""
        deadline = asyncio.get_running_loop().time() + ANSWER_SECONDS
        while not await self._answers():
            if not child.alive:
                raise child.died()
            if asyncio.get_running_loop().time() > deadline:
                raise EngineStartError(f"{self.name} does not answer; the end of its log:\n{self._log_file.tail()}")
            await asyncio.sleep(0.02)

    async def _answers(self) -> bool:
        try:
            async with Wire([self.access.url], signed_by(*self._some_user()), "rockdove start"):
                pass
            for port in (self.ports.mqtt, self.ports.websocket):
                _, writer = await asyncio.open_connection(_reachable(self._settings.host).strip("[]"), port)
                writer.close()
        except (OSError, ConnectionLostError, TimeoutError):
            return False
        return True

    def _some_user(self) -> tuple[nkeys.KeyPair, str]:
        user = new_user()
        return user, user_jwt(self._identity.account, public_key(user), "rockdove start")


async def _while_alive(child: Child, work: Coroutine[None, None, None]) -> None:
    """Do the work, or raise EngineStartError when the child dies: a client library would wait for its time-out."""
    working, death = asyncio.create_task(work), asyncio.create_task(child.wait())
    try:
        await asyncio.wait({working, death}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise child.died()
        await working
    finally:
        working.cancel()
        death.cancel()
        await asyncio.gather(working, death, return_exceptions=True)


def public_addresses(settings: NatsSettings, ports: Ports) -> tuple[str, str, str]:
    """What devices are told, for MQTT, MQTT over WebSocket and NATS: as configured, else where we listen."""
    host, tls = _reachable(settings.host), bool(settings.tls_certificate)
    return (
        settings.public_mqtt or f"{'mqtts' if tls else 'mqtt'}://{host}:{ports.mqtt}",
        settings.public_websocket or f"{'wss' if tls else 'ws'}://{host}:{ports.websocket}/mqtt",
        settings.public_nats or f"{'tls' if tls else 'nats'}://{host}:{ports.client}",
    )


def _wanted(settings: NatsSettings) -> Ports:
    return Ports(settings.port, settings.mqtt_port, settings.websocket_port)


def _reachable(host: str) -> str:
    """An address that this machine reaches the server by, as a URL wants it: "every address" is none."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared, not bound
    return f"[{host}]" if ":" in host else host


def _free_port(host: str, name: str, wanted: int, earlier: int, taken: Sequence[int]) -> int:
    """The configured port; or, for 0, that of the last start, or any."""
    if wanted:
        if not _bindable(host, wanted):
            setting = f"nats.{_SETTINGS[name]}"
            raise ConfigError(f"{setting}: {host}:{wanted} can't be listened on (in use?); set another, or 0 for any")
        return wanted
    if earlier and earlier not in taken and _bindable(host, earlier):
        return earlier
    while (port := _bindable(host, 0)) in taken:
        pass
    return port


_SETTINGS = {"client": "port", "mqtt": "mqtt_port", "websocket": "websocket_port"}


def _bindable(host: str, port: int) -> int:
    """The port if a server could listen on it now (any free one for 0), else 0."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as nats-server does: not held up by TIME_WAIT
        try:
            probe.bind((host, port))
        except OSError:
            return 0
        return int(probe.getsockname()[1])
