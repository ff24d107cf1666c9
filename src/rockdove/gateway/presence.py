"""Which devices are connected now.

NATS tells the system account about every client that connects and goes. A device may hold several connections, on
several servers (the old one of a phone that changed networks lives on for a while), so presence counts connections: a
device is online while it has one. What the advisories say is applied at once; what they missed (we were away, a
server died without a word) is put right by walking the servers' own connection lists, at start, after every reconnect
and every minute.

The walk is no snapshot: it pages through lists that change meanwhile, and a connection can slip between two pages. So
- what an advisory touched during the walk is left as the advisory said,
- a listed connection that we did not know is added,
- a known one is dropped only when *two* walks in a row did not list it.

Wrong for a moment is harmless by design: dispatch publishes to every target whether it looks connected or not, presence
decides only what is counted as sent, and who is waited for.

Cost: one dict entry a connection and one bit a device. 100,000 connections are 21 MB; they take 1 s of CPU to come, as
advisories, and 0.15 s a minute to walk, page by page.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from typing import Final, NamedTuple

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from pyroaring import BitMap

from rockdove.engines.errors import CredentialError
from rockdove.engines.jwt import claims_of, device_of_name
from rockdove.gateway.servers import ConnectionList, Server, list_of, lists_of_all
from rockdove.observe import log

WALK_SECONDS: Final = 60.0
SECOND_WALK_SECONDS: Final = 5.0
"""After the first walk of a connection: what was stale is gone with the second."""
PAGE: Final = 1024
"""Connections a page; the server's own upper bound."""


class Device(NamedTuple):
    access_id: int
    device_id: int


class Connection(NamedTuple):
    """A connection is known by its number on its server."""

    server: str
    number: int


class Roster:
    """The bookkeeping: connections in, online devices out."""

    def __init__(self) -> None:
        self._devices: dict[Connection, Device] = {}
        self._further: Counter[Device] = Counter()
        self._online: defaultdict[int, BitMap] = defaultdict(BitMap)
        self._came: defaultdict[int, BitMap] = defaultdict(BitMap)

    def __len__(self) -> int:
        return len(self._devices)

    def online(self, access_id: int) -> BitMap:
        return self._online[access_id]

    def add(self, connection: Connection, device: Device) -> None:
        if connection in self._devices:
            return
        self._devices[connection] = device
        online = self._online[device.access_id]
        if device.device_id in online:
            self._further[device] += 1
        else:
            online.add(device.device_id)
            self._came[device.access_id].add(device.device_id)

    def remove(self, connection: Connection) -> None:
        device = self._devices.pop(connection, None)
        if device is None:
            return
        if self._further.get(device):
            self._further[device] -= 1
            if not self._further[device]:
                del self._further[device]
        else:
            self._online[device.access_id].discard(device.device_id)

    def everyone(self) -> dict[int, BitMap]:
        return {access_id: devices.copy() for access_id, devices in self._online.items() if devices}

    def take_seen(self) -> dict[int, BitMap]:
        """Everyone, and whoever came since this was last asked and has left again."""
        came, self._came = self._came, defaultdict(BitMap)
        return {access_id: self._online[access_id] | came[access_id] for access_id in {*self._online, *came}}

    def connections(self) -> set[Connection]:
        return set(self._devices)


class _AdvisoryClient(msgspec.Struct):
    id: int
    jwt: str = ""


class _Advisory(msgspec.Struct):
    server: Server
    client: _AdvisoryClient


_advisories = msgspec.json.Decoder(_Advisory)


class Presence:
    """Follows the connections of `account` (its public key) as `system`, a client of the system account."""

    def __init__(self, system: Client, account: str) -> None:
        self._system = system
        self._account = account
        self._roster = Roster()
        self._touched: set[Connection] = set()
        self._suspects: set[Connection] = set()
        self.walked = asyncio.Event()
        """Set once the first walk is through: from then on presence can be relied on."""

    def online(self, access_id: int) -> BitMap:
        """The connected devices of an application. The live set: read it, do not change it or keep it over an await."""
        return self._roster.online(access_id)

    def everyone(self) -> dict[int, BitMap]:
        """The connected devices by application, as they are now."""
        return self._roster.everyone()

    def take_seen(self) -> dict[int, BitMap]:
        """The devices that are connected, or were since this was last asked, by application."""
        return self._roster.take_seen()

    @property
    def connections(self) -> int:
        return len(self._roster)

    async def run(self) -> None:
        """Follow until cancelled."""
        prefix = f"$SYS.ACCOUNT.{self._account}"
        await self._system.subscribe(f"{prefix}.CONNECT", cb=self._connected)
        await self._system.subscribe(f"{prefix}.DISCONNECT", cb=self._disconnected)
        await self._system.flush()
        while True:
            reconnects = self._system.stats["reconnects"]
            for pause in (SECOND_WALK_SECONDS, WALK_SECONDS):
                await self._walk_once()
                await self._pause(pause, reconnects)
            while self._system.stats["reconnects"] == reconnects:
                await self._walk_once()
                await self._pause(WALK_SECONDS, reconnects)

    async def _pause(self, seconds: float, reconnects: int) -> None:
        """At most `seconds`; less when the connection was lost and came back."""
        for _ in range(int(seconds)):
            if self._system.stats["reconnects"] != reconnects:
                return
            await asyncio.sleep(1)

    async def _connected(self, message: Msg) -> None:
        advisory = _advisories.decode(message.data)
        device = _device_of_jwt(advisory.client.jwt)
        if device:
            connection = Connection(advisory.server.id, advisory.client.id)
            self._touched.add(connection)
            self._roster.add(connection, device)

    async def _disconnected(self, message: Msg) -> None:
        advisory = _advisories.decode(message.data)
        connection = Connection(advisory.server.id, advisory.client.id)
        self._touched.add(connection)
        self._roster.remove(connection)

    async def _walk_once(self) -> None:
        self._touched.clear()
        try:
            listed = await self._list()
        except (NatsError, TimeoutError, OSError, msgspec.DecodeError) as error:
            log.warning("presence: servers do not answer", error=str(error) or type(error).__name__)
            return
        for connection, device in listed.items():
            if connection not in self._touched:
                self._roster.add(connection, device)
        missing = self._roster.connections() - listed.keys() - self._touched
        for connection in missing & self._suspects:
            self._roster.remove(connection)
        self._suspects = missing
        self.walked.set()

    async def _list(self) -> dict[Connection, Device]:
        listed: dict[Connection, Device] = {}
        for first in await lists_of_all(self._system, self._question(0)):
            _collect(first, listed)
            for offset in range(PAGE, first.data.total, PAGE):
                _collect(await list_of(self._system, first.server.id, self._question(offset)), listed)
        return listed

    def _question(self, offset: int) -> bytes:
        """Subscriptions name the device in a third of the bytes its JWT would take."""
        return msgspec.json.encode({"acc": self._account, "subscriptions": True, "offset": offset, "limit": PAGE})


def _collect(page: ConnectionList, listed: dict[Connection, Device]) -> None:
    for client in page.data.connections:
        for subject in client.subscriptions_list:
            kind, _, rest = subject.partition(".")
            access_id, _, device_id = rest.partition(".")
            if kind == "d" and access_id.isdecimal() and device_id.isdecimal():
                device = Device(int(access_id), int(device_id))
                listed[Connection(page.server.id, client.cid)] = device


def _device_of_jwt(jwt: str) -> Device | None:
    try:
        found = device_of_name(str(claims_of(jwt).get("name")))
    except CredentialError:
        return None
    return Device(*found) if found else None
