"""Web Push against somebody else's emulator of a browser with its push service: npm's web-push-testing.

It speaks plain HTTP, which we don't: a TLS end in front of it passes everything on.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from rockdove.channels.channel import Accepted, Batch, Outcome, Rejected, Target, TokenGone
from rockdove.channels.http import Sender
from rockdove.channels.provider import Connections
from rockdove.channels.vapid import Vapid, generate_keys
from rockdove.channels.webpush import WebPush, WebPushSettings
from rockdove.testing.vendors import certificates
from tests.channels.batches import MemoryTokens
from tests.compat.story import BUILD_SECONDS, needs, run
from tests.server import wait_until

SOURCES = Path(__file__).parent / "web_push"
KEYS = generate_keys()


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where it listens."""
    needs("node", "npm")
    folder = tmp_path_factory.mktemp("web_push")
    shutil.copytree(SOURCES, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
    run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", folder=folder, seconds=BUILD_SECONDS)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(["node", "node_modules/web-push-testing/src/bin/server.js", str(port)], cwd=folder)
    try:
        wait_until(lambda: listens(port), "the emulator listens")
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(10)


def listens(port: int) -> bool:
    with suppress(ConnectionError), socket.create_connection(("localhost", port)):
        return True
    return False


@pytest.fixture
async def service(emulator: str) -> AsyncIterator[str]:
    """The emulator under https://."""
    port = int(emulator.rpartition(":")[2])

    async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection("localhost", port)
        await asyncio.gather(copied(reader, there[1]), copied(there[0], writer))

    context = certificates.server_context(["http/1.1"], "", asks_for_certificate=False)
    async with await asyncio.start_server(passed_on, "127.0.0.1", 0, ssl=context) as server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}"
        server.close()


async def copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()


class Browser:
    """One that the emulator plays."""

    def __init__(self, http: httpx.AsyncClient, service: str, subscribed: dict[str, Any]) -> None:
        self._http = http
        self._hash = subscribed.pop("clientHash")
        address = subscribed["endpoint"].partition("/notify/")[2]
        self.token = msgspec.json.encode(subscribed | {"endpoint": f"{service}/notify/{address}"}).decode()

    async def messages(self) -> list[Any]:
        answer = await self._http.post("/get-notifications", json={"clientHash": self._hash})
        return [msgspec.json.decode(message) for message in answer.json()["data"]["messages"]]

    async def unsubscribe(self) -> None:
        await self._http.post(f"/expire-subscription/{self._hash}")


@pytest.fixture
async def http(emulator: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=emulator, trust_env=False) as http:
        yield http


async def subscribe(http: httpx.AsyncClient, service: str, public_key: str) -> Browser:
    asked = {"userVisibleOnly": "true", "applicationServerKey": public_key}
    answer = await http.post("/subscribe", json=asked)
    assert answer.status_code == 200, answer.text
    return Browser(http, service, answer.json()["data"])


async def send(service: str, *tokens: str) -> list[Outcome]:
    given = {"vapid_private_key": KEYS.private_key, "subject": "mailto:push@example.com", "server": service}
    async with Sender(ca_file=str(certificates.authority_file())) as sender:
        connections = Connections(sender=sender, tokens=MemoryTokens(), receipt_url="")
        channel = WebPush(msgspec.convert(given, WebPushSettings), connections)
        return list(await channel.send(batch(*tokens)))


def batch(*tokens: str) -> Batch:
    return Batch(
        access_id=1500000001,
        push_id=70001,
        message_type="notify",
        message={"title": "Sale", "content": "今天半价"},
        environment="product",
        collapse_id=0,
        expires_at=datetime.now(UTC) + timedelta(hours=1),
        targets=[Target(number, token) for number, token in enumerate(tokens, 1)],
    )


async def test_its_browsers_read_what_we_send(http: httpx.AsyncClient, service: str) -> None:
    public_key = Vapid(KEYS.private_key, "mailto:push@example.com").public_key
    reads, left = [await subscribe(http, service, public_key) for _ in range(2)]
    other = await subscribe(http, service, generate_keys().public_key)
    await left.unsubscribe()
    taken, gone, refused = await send(service, reads.token, left.token, other.token)
    assert (taken, gone) == (Accepted(), TokenGone())
    assert isinstance(refused, Rejected)
    [message] = await reads.messages()
    assert (message["title"], message["body"], message["push_id"]) == ("Sale", "今天半价", "70001")
    assert await left.messages() == await other.messages() == []


def test_the_lock_names_no_registry() -> None:
    assert '"resolved"' not in (SOURCES / "package-lock.json").read_text("utf-8")
