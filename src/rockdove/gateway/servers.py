"""The NATS servers as the system account asks them: one by its id, or all of the cluster at once."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec
from nats.aio.client import Client
from nats.errors import Error as NatsError

ANSWER_SECONDS: Final = 2.0
"""How long the servers may take to answer one question."""


class Server(msgspec.Struct):
    id: str


class Listed(msgspec.Struct):
    cid: int
    subscriptions_list: list[str] = []
    """Where they were asked for."""


class Page(msgspec.Struct):
    total: int = 0
    """Connections on all pages."""
    connections: list[Listed] = []


class ConnectionList(msgspec.Struct):
    """One page of the connections of a server (CONNZ)."""

    server: Server
    data: Page


_lists = msgspec.json.Decoder(ConnectionList)


async def list_of(system: Client, server: str, question: bytes) -> ConnectionList:
    """The answer of one server. Raises NatsError, TimeoutError, or DecodeError."""
    return _lists.decode(await _ask(system, f"$SYS.REQ.SERVER.{server}.CONNZ", question))


async def lists_of_all(system: Client, question: bytes) -> list[ConnectionList]:
    """The answers of all servers of the cluster. Raises NatsError or TimeoutError when none answered, DecodeError."""
    return [_lists.decode(answer) for answer in await _ask_all(system, "$SYS.REQ.SERVER.PING.CONNZ", question)]


async def kick(system: Client, server: str, connection: int) -> None:
    """End a connection. Raises NatsError or TimeoutError."""
    await _ask(system, f"$SYS.REQ.SERVER.{server}.KICK", b'{"cid":%d}' % connection)


async def _ask(system: Client, subject: str, question: bytes) -> bytes:
    # The library's own timeouts can swallow a cancellation: they are asyncio.wait_for, see storage.database.
    async with asyncio.timeout(ANSWER_SECONDS):
        return (await system.request(subject, question, timeout=None)).data  # type: ignore[arg-type]


async def _ask_all(system: Client, subject: str, question: bytes) -> list[bytes]:
    """Nobody knows how many servers there are, so silence ends it."""
    inbox = await system.subscribe(reply := system.new_inbox())
    answers: list[bytes] = []
    try:
        await system.publish(subject, question, reply=reply)
        seconds = ANSWER_SECONDS
        while True:
            async with asyncio.timeout(seconds):
                message = await inbox.next_msg(timeout=None)
            answers.append(message.data)
            seconds = ANSWER_SECONDS / 4
    except (NatsError, TimeoutError):
        if not answers:
            raise
        return answers
    finally:
        await inbox.unsubscribe()
