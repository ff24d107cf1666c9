"""The Python client over a network that is cut: real server parts, real paho, both transports."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from pyroaring import BitMap
from starlette.applications import Starlette

from rockdove.api.device.routes import DeviceRoutes
from rockdove.device_client.api import RefusedError
from rockdove.device_client.client import DeviceClient
from rockdove.device_client.session import Application
from rockdove.device_client.store import FileStore, MemoryStore, Store
from rockdove.domain.device_message import recall_message
from rockdove.gateway.publish import publish_each
from tests.channels.proxy import Proxy
from tests.gateway.world import PATIENCE_SECONDS, World, served, until
from tests.rows import ACCESS_KEY

Transport = Literal["mqtt", "ws"]


@dataclass
class Phone:
    """What an app does with what it is given."""

    shown: list[str] = field(default_factory=list)
    recalled: list[str] = field(default_factory=list)
    when_shown: Callable[[], object] = lambda: None

    def show(self, message: Mapping[str, Any], replaces: str) -> None:
        self.shown.append(message["push_id"])
        self.when_shown()


@dataclass
class Net:
    """Devices reach the channel through `proxy`, and are told so at `url`."""

    world: World
    proxy: Proxy
    url: str
    transport: Transport

    @asynccontextmanager
    async def client(self, phone: Phone, store: Store, **options: Any) -> AsyncIterator[DeviceClient]:
        application = Application(self.world.access_id, ACCESS_KEY)
        arguments = (self.url, application, store, phone.show, phone.recalled.append)
        client = DeviceClient(*arguments, transport=self.transport, **options)
        client.start()
        try:
            yield client
        finally:
            await asyncio.to_thread(client.stop)  # it may be waiting for an answer of this loop

    def device(self) -> BitMap:
        """The only one there is, as a set."""
        return BitMap([1])

    async def version(self) -> str:
        """What the device said its app's was."""
        async with self.world.database.connection() as connection:
            row = await (await connection.execute("SELECT app_version FROM devices")).fetchone()
        return str(row.app_version) if row else ""

    async def send(self) -> str:
        push_id = await self.world.push(self.device())
        await self.world.publish(push_id, self.device())
        return str(push_id)


@pytest.fixture(params=["mqtt", "ws"])
async def net(world: World, request: pytest.FixtureRequest) -> AsyncIterator[Net]:
    async with _net(world, request.param) as net:
        yield net


@asynccontextmanager
async def _net(world: World, transport: Transport) -> AsyncIterator[Net]:
    context = world.routes._context
    behind = urlsplit(context.addresses[transport])
    assert behind.hostname
    assert behind.port
    async with Proxy(behind.hostname, behind.port) as proxy:
        before = behind._replace(netloc=f"127.0.0.1:{proxy.port}").geturl()
        routes = DeviceRoutes(replace(context, addresses={**context.addresses, transport: before}))
        async with served(Starlette(routes=routes.routes())) as url:
            yield Net(world, proxy, url, transport)


async def test_receives_confirms_and_is_told_of_a_recall(net: Net) -> None:
    phone = Phone()
    async with net.client(phone, MemoryStore()) as client:
        await until(client.online.is_set, "online")
        push_id = await net.send()
        await until(lambda: net.world.fold.accepted, "the confirmation")
        assert phone.shown == [push_id]
        assert await net.world.recorded(int(push_id), "arrived") == net.device()
        await publish_each(net.world.wire, [(net.world.access_id, 1, recall_message(int(push_id)))])
        await until(lambda: phone.recalled == [push_id], "the recall")


async def test_a_message_whose_confirmation_was_lost_is_confirmed_again_and_not_shown_again(net: Net) -> None:
    def cut() -> None:
        net.proxy.cut()
        net.proxy.silent = False

    def lose_the_confirmation() -> None:
        net.proxy.silent = True
        loop.call_soon_threadsafe(cut)

    loop = asyncio.get_running_loop()
    phone = Phone(when_shown=lose_the_confirmation)
    async with net.client(phone, MemoryStore()) as client:
        await until(client.online.is_set, "online")
        push_id = await net.send()
        await until(lambda: net.world.fold.accepted, "the confirmation of the repeat")
        assert phone.shown == [push_id]
        assert await net.world.recorded(int(push_id), "arrived") == net.device()


async def test_what_is_shown_while_the_missed_is_still_coming_is_told_at_once(net: Net, tmp_path: Path) -> None:
    phone, file = Phone(), tmp_path / "device.json"
    async with net.client(phone, FileStore(file)) as client:
        await until(client.online.is_set, "online")
    push_id = await net.send()
    started: list[DeviceClient] = []
    phone.when_shown = lambda: started[0].report(push_id, "shown")
    net.proxy.open = False
    async with net.client(phone, FileStore(file)) as client:
        started.append(client)
        net.proxy.open = True
        await until(lambda: phone.shown == [push_id], "shown")
        await until(lambda: not json.loads(file.read_text())["unacknowledged"], "acknowledged")
    assert await net.world.recorded(int(push_id), "shown") == net.device()


async def test_a_click_survives_a_restart_without_network(net: Net, tmp_path: Path) -> None:
    phone, file = Phone(), tmp_path / "device.json"
    async with net.client(phone, FileStore(file)) as client:
        await until(client.online.is_set, "online")
        token = client.token
        push_id = await net.send()
        await until(lambda: phone.shown == [push_id], "shown")
        net.proxy.open = False
        net.proxy.cut()
        await until(lambda: not client.online.is_set(), "the loss was noticed")
        client.report(push_id, "clicked")
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(json.loads(file.read_text())["unacknowledged"]) == 1
    net.proxy.open = True
    async with net.client(phone, FileStore(file)) as client:
        await until(lambda: not json.loads(file.read_text())["unacknowledged"], "acknowledged")
        assert client.token == token
    assert await net.world.recorded(int(push_id), "clicked") == net.device()
    assert phone.shown == [push_id]


async def test_registers_again_when_its_registration_is_gone(net: Net) -> None:
    """It is thrown out, and its credential tells nobody why."""
    phone = Phone()
    async with net.client(phone, MemoryStore()) as client:
        await until(client.online.is_set, "online")
        async with net.world.database.connection() as connection:
            await connection.execute("UPDATE devices SET unregistered_at = now()")
        net.proxy.cut()
        await until(lambda: not client.online.is_set(), "lost")
        await until(client.online.is_set, "registered again")


async def test_an_update_is_told_and_a_bad_call_refused(net: Net) -> None:
    async with net.client(Phone(), MemoryStore()) as client:
        await until(client.online.is_set, "online")
        client.update({"platform": "android", "app_version": "2.0"})
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await net.version() != "2.0":  # noqa: ASYNC110  the database tells nobody
                await asyncio.sleep(0.01)
        with pytest.raises(RefusedError) as caught:
            await asyncio.to_thread(client.call, "accounts", {"operation": "nonsense"})
        assert (caught.value.status, caught.value.code) == (400, "bad_request")


async def test_a_call_waits_for_a_registration_when_the_connection_was_lost_before_the_first_sync(world: World) -> None:
    """The credential may be what was refused, so it is given up with the connection."""
    async with _net(world, "mqtt") as net:
        net.proxy.open = False
        async with net.client(Phone(), MemoryStore()) as client:
            await until(lambda: client.token and client._session.must_register(), "registered, and lost")
            net.proxy.open = True
            body = {"operation": "upsert", "accounts": [{"account": "user-1"}]}
            await asyncio.to_thread(client.call, "accounts", body)


async def test_a_lost_secret_makes_a_new_device(net: Net) -> None:
    async with net.client(Phone(), MemoryStore()) as first:
        await until(first.online.is_set, "online")
    async with net.client(Phone(), MemoryStore(), token=first.token) as second:
        await until(second.online.is_set, "online")
        assert second.token != first.token


async def test_a_damaged_state_makes_a_new_device(net: Net, tmp_path: Path) -> None:
    file = tmp_path / "device.json"
    file.write_text('{"token":')
    async with net.client(Phone(), FileStore(file)) as client:
        await until(client.online.is_set, "online")
    assert json.loads(file.read_text())["token"] == client.token
