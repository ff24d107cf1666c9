"""The dialect's server in this process, and a client that sends exactly the bytes it is told to."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware

from rockdove.api import tpns
from rockdove.api.context import ApiContext
from tests.api.tpns.described import Described
from tests.listening import listening
from tests.rows import SECRET_KEY

TIMEOUT = 30.0
_served: dict[int, Described] = {}
"""What the servers of this process say of themselves, by port."""


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return msgspec.json.decode(self.body, type=dict[str, Any])

    @property
    def code(self) -> int:
        """The code, which both spellings must agree on."""
        answer = self.json
        assert answer["ret_code"] == answer["retCode"]
        assert answer["err_msg"] == answer["errMsg"]
        return int(answer["retCode"])


@dataclass(frozen=True)
class Client:
    """Calls as one application, under Basic unless told otherwise."""

    port: int
    access_id: int = 1500000001
    secret_key: str = SECRET_KEY

    async def post(
        self, path: str, body: bytes | Mapping[str, Any], headers: Mapping[str, str] | None = None, method: str = "POST"
    ) -> Reply:
        """A body given as a mapping is sent as JSON. `headers` replace the Authorization. The answer must be as the
        OpenAPI document says."""
        raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
        lines = {"Host": "localhost", "Content-Length": str(len(raw)), **(self.basic if headers is None else headers)}
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        reply = await self.raw(head.encode() + b"\r\n" + raw, method)
        if method == "POST" and (described := _served.get(self.port)):
            assert not described.judge(path, reply.status, reply.body), (path, reply)
        return reply

    def head(self, path: str, headers: Mapping[str, str]) -> bytes:
        """The head of a request under Basic, for a test that sends the rest by itself."""
        lines = {"Host": "localhost", **self.basic, **headers}
        text = f"POST {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return text.encode() + b"\r\n"

    async def code(self, path: str, body: bytes | Mapping[str, Any]) -> int:
        return (await self.post(path, body)).code

    @property
    def basic(self) -> dict[str, str]:
        credentials = base64.b64encode(f"{self.access_id}:{self.secret_key}".encode()).decode()
        return {"Authorization": f"Basic {credentials}"}

    def signed(self, body: bytes, at: int | None = None) -> dict[str, str]:
        stamp = str(int(time.time()) if at is None else at)
        text = stamp.encode() + str(self.access_id).encode() + body
        digest = hmac.new(self.secret_key.encode(), text, hashlib.sha256).hexdigest()
        sign = base64.b64encode(digest.encode()).decode()
        return {"AccessId": str(self.access_id), "TimeStamp": stamp, "Sign": sign}

    async def raw(self, request: bytes, method: str = "POST") -> Reply:
        """Send these bytes, read one answer (past any 100 Continue)."""
        async with asyncio.timeout(TIMEOUT):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                sending = asyncio.create_task(_send(writer, request))
                reply = await read_reply(reader, method)
                await sending
                return reply
            finally:
                writer.close()


async def _send(writer: asyncio.StreamWriter, request: bytes) -> None:
    writer.write(request)
    with suppress(ConnectionError):
        await writer.drain()


async def read_reply(reader: asyncio.StreamReader, method: str = "POST") -> Reply:
    """One HTTP response."""
    status = 100
    while status == 100:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        status = int(first.split()[1])
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = 0 if method == "HEAD" else int(headers.get("content-length", 0))
    return Reply(status, headers, await reader.readexactly(length))


@asynccontextmanager
async def serve(context: ApiContext) -> AsyncIterator[int]:
    """A real HTTP server on a free port; gives the port."""
    application = Starlette(routes=tpns.routes(context), middleware=[Middleware(tpns.TolerantPaths)])
    async with listening(application, http="httptools") as port:
        _served[port] = Described(context.settings)
        yield port
