"""MQTT 3.1.1 with QoS 0, as little of it as a device needs: connect, subscribe, publish, receive, keep alive.

A client library gives every connection a thread or a loop of its own, queues, retries and a couple of kilobytes of
state. Here a connection is one asyncio protocol, so that one process plays thousands of devices.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Final, cast

CONNECT: Final = 0x10
CONNACK: Final = 0x20
PUBLISH: Final = 0x30
SUBSCRIBE: Final = 0x82
SUBACK: Final = 0x90
PINGREQ: Final = b"\xc0\x00"
DISCONNECT: Final = b"\xe0\x00"
CLEAN_SESSION_USER_PASSWORD: Final = 0b1100_0010
SUBSCRIPTION_FAILED: Final = 0x80
ANSWER_SECONDS: Final = 30.0


class RefusedError(ConnectionError):
    """The server refused to connect or to subscribe."""


class MqttConnection(asyncio.Protocol):
    """One device's connection. `on_message(payload)` gets what arrives; the device listens to a single topic."""

    def __init__(self, on_message: Callable[[bytes], None], on_lost: Callable[[], None]) -> None:
        self._on_message = on_message
        self._on_lost = on_lost
        self._rest = b""
        self._transport: asyncio.Transport
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    @classmethod
    async def open(
        cls,
        host: str,
        port: int,
        on_message: Callable[[bytes], None],
        on_lost: Callable[[], None],
        tls: ssl.SSLContext | None = None,
    ) -> MqttConnection:
        """A TCP (or TLS) connection on which nothing has been said."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: cls(on_message, on_lost), host, port, ssl=tls)
        return connection

    async def connect(self, client_id: str, user: str, password: str, keep_alive: int) -> None:
        """Raises RefusedError."""
        head = _text("MQTT") + bytes([4, CLEAN_SESSION_USER_PASSWORD]) + keep_alive.to_bytes(2, "big")
        code = (await self._ask(CONNECT, head + _text(client_id) + _text(user) + _text(password)))[1]
        if code:
            raise RefusedError(f"the server refused the connection with code {code}")

    async def subscribe(self, topic: str) -> None:
        """With QoS 0. Raises RefusedError."""
        answer = await self._ask(SUBSCRIBE, b"\x00\x01" + _text(topic) + b"\x00")
        if answer[2] == SUBSCRIPTION_FAILED:
            raise RefusedError(f"the server refused the subscription to {topic}")

    def publish(self, topic: str, payload: bytes) -> None:
        self._transport.write(_packet(PUBLISH, _text(topic) + payload))

    def ping(self) -> None:
        self._transport.write(PINGREQ)

    def close(self) -> None:
        """Say goodbye, so that the server knows it was meant."""
        self._transport.write(DISCONNECT)
        self._transport.close()

    def abort(self) -> None:
        """Be gone without a word, as phones are."""
        self._transport.abort()

    async def _ask(self, kind: int, body: bytes) -> bytes:
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(_packet(kind, body))
        async with asyncio.timeout(ANSWER_SECONDS):
            return (await self._answer)[1]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # TCP; uvloop's own type is no subclass

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(RefusedError("the server closed the connection"))
        self._on_lost()

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        start = 0
        while found := _next_packet(data, start):
            body, end = found
            self._packet_received(data[start], data[body:end])
            start = end
        self._rest = data[start:]

    def _packet_received(self, kind: int, body: bytes) -> None:
        if kind & 0xF0 == PUBLISH:
            topic = int.from_bytes(body[:2], "big")
            self._on_message(body[2 + topic :])
        elif kind in (CONNACK, SUBACK) and self._answer and not self._answer.done():
            self._answer.set_result((kind, body))


def _next_packet(data: bytes, start: int) -> tuple[int, int] | None:
    """Where the body of the packet at `start` begins and ends; None while it is incomplete."""
    length = shift = 0
    for position in range(start + 1, min(start + 5, len(data))):
        length |= (data[position] & 0x7F) << shift
        if data[position] < 0x80:
            end = position + 1 + length
            return (position + 1, end) if end <= len(data) else None
        shift += 7
    return None


def _packet(kind: int, body: bytes) -> bytes:
    length, size = len(body), bytearray([kind])
    while True:
        length, low = divmod(length, 128)
        size.append(low | (0x80 if length else 0))
        if not length:
            return bytes(size) + body


def _text(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(2, "big") + encoded
