"""Connections that never come to the body of a request. (What else it does, `tests.fuzz` asks of a whole server.)"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from rockdove.runtime import http_protocol
from rockdove.runtime.http_protocol import HttpProtocol
from tests.listening import listening

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def slow_hello(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(0.5)
    await PlainTextResponse("hello")(scope, receive, send)


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.2)
    async with listening(slow_hello, http=HttpProtocol) as port:
        yield port


@pytest.mark.parametrize("start", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nX: a"])
async def test_half_a_head_is_not_waited_for(port: int, start: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(start)
    async with asyncio.timeout(20):
        assert await reader.read() == b""
    writer.close()


async def test_an_answer_is_not_cut_off_by_half_a_head_behind_its_request(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(REQUEST + REQUEST[:9])
    async with asyncio.timeout(20):
        assert (await reader.read()).endswith(b"hello")
    writer.close()
