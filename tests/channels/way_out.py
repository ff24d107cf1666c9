"""Proxies as companies have them on the way out: HTTP with CONNECT, and SOCKS 5, both with a password."""

from __future__ import annotations

import asyncio
import base64
from contextlib import suppress
from types import TracebackType
from typing import ClassVar

USER, PASSWORD = "rockdove", "way-out"


class WayOut:
    """`passed`: the hosts it was asked for. Lets nobody through without the password."""

    scheme: ClassVar[str]

    def __init__(self) -> None:
        self.passed: list[str] = []
        self._server: asyncio.Server
        self._port = 0

    def url(self, password: str = PASSWORD) -> str:
        return f"{self.scheme}://{USER}:{password}@127.0.0.1:{self._port}"

    async def __aenter__(self) -> WayOut:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            if target := await self.greet(reader, writer):
                self.passed.append(target[0])
                there_reader, there_writer = await asyncio.open_connection(*target)
                await asyncio.gather(_pass(reader, there_writer), _pass(there_reader, writer))
        writer.close()

    async def greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int] | None:
        """Where to; None: refused."""
        raise NotImplementedError


class HttpWayOut(WayOut):
    scheme = "http"

    async def greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int] | None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        expected = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if f"Proxy-Authorization: Basic {expected}" not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return None
        host, port = head.split()[1].rsplit(":", 1)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return host, int(port)


class SocksWayOut(WayOut):
    scheme = "socks5h"

    async def greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int] | None:
        _, methods = await reader.readexactly(2)
        await reader.readexactly(methods)
        writer.write(b"\x05\x02")
        await reader.readexactly(1)
        user = await reader.readexactly((await reader.readexactly(1))[0])
        password = await reader.readexactly((await reader.readexactly(1))[0])
        if (user.decode(), password.decode()) != (USER, PASSWORD):
            writer.write(b"\x01\x01")
            return None
        writer.write(b"\x01\x00")
        await reader.readexactly(4)
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        port = int.from_bytes(await reader.readexactly(2), "big")
        writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        return host, port


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
