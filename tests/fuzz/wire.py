"""Exact bytes to a port, and what came back: nothing here knows what a good request is."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import Enum
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec

from tests.api.tpns.rest import Reply
from tests.rows import SECRET_KEY

ACCESS_ID = 1500000001
BASIC = b"Basic MTUwMDAwMDAwMTowMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg=="
assert SECRET_KEY == "0123456789abcdef0123456789abcdef"
"""Of the one application, so that a case is the same bytes on every server."""

HANG_SECONDS = 25.0
"""A whole request without an answer for so long, or a closed one that keeps its connection, hangs. Below the minute
that the server waits for a silent client, far above what anything here takes on a busy machine."""
PATIENCE_SECONDS, AFTER_AN_ANSWER = 0.2, 0.03
"""With what may not be a whole request: then we close our side, and the server must close its own."""
_READ = 1 << 16


class Wire(Enum):
    """What the bytes are as HTTP, and so what may be expected of the server."""

    WHOLE = "whole"
    """Requests the last of which asks to close the connection: there are answers, then the end."""
    ANY = "any"
    """Perhaps not HTTP at all, perhaps without an end."""
    GONE = "gone"
    """The client closes without having read anything."""


class Case(msgspec.Struct, frozen=True):
    """Bytes in the pieces they are sent in."""

    pieces: tuple[bytes, ...]
    wire: Wire = Wire.WHOLE
    bad: bool = False
    """Known not to be acceptable: each answer must say so."""
    pause: float = 0.0
    """Seconds between pieces."""

    def __repr__(self) -> str:
        shown = b"".join(self.pieces)
        text = repr(shown) if len(shown) < 3000 else f"{shown[:1500]!r} ... {shown[-300:]!r} ({len(shown)} bytes)"
        return f"Case({self.wire.name}, bad={self.bad}, {len(self.pieces)} pieces: {text})"

    def save(self, file: Path) -> None:
        """As `./dev fuzz --replay` reads it."""
        file.write_bytes(msgspec.json.encode(self))

    @classmethod
    def load(cls, file: Path) -> Case:
        return msgspec.json.decode(file.read_bytes(), type=cls)


def request(
    path: str, body: bytes, *lines: bytes, authorization: bytes = BASIC, method: bytes = b"POST", length: bool = True
) -> bytes:
    """One whole HTTP request, the only one of its connection. `lines` are further header lines."""
    head = [
        method + b" " + path.encode() + b" HTTP/1.1",
        b"Host: localhost",
        b"Connection: close",
        *([b"Authorization: " + authorization] if authorization else []),
        *lines,
        *([b"Content-Length: %d" % len(body)] if length else []),
    ]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def chunked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A body in HTTP's chunks (an empty one would end it)."""
    for piece in pieces:
        if piece:
            yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


class HangError(AssertionError):
    """The server neither answers nor closes."""


class Heard(NamedTuple):
    """The answers, in their order; and whether they are all that there will ever be, for the server has closed."""

    answers: list[Reply]
    all: bool


def converse(port: int, pieces: Iterable[bytes], wire: Wire = Wire.WHOLE, pause: float = 0.0) -> Heard:
    """What the server says until it closes. `pieces` are fetched as they can be sent. Raises HangError."""
    received, patient = bytearray(), True
    with socket.create_connection(("127.0.0.1", port), HANG_SECONDS) as connection:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ended = _send_all(connection, pieces, received, pause)
        if wire is Wire.GONE or ended:
            return Heard(replies(received), ended)
        if wire is Wire.ANY and not _read_until_end(connection, received, PATIENCE_SECONDS, AFTER_AN_ANSWER):
            patient = False
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        if not _read_until_end(connection, received, HANG_SECONDS):
            raise HangError(f"after {HANG_SECONDS} s the connection is open; so far {bytes(received[:300])!r}")
    return Heard(replies(received), patient)


def replies(received: bytes | bytearray) -> list[Reply]:
    """The HTTP responses in it. Raises AssertionError for half of one."""
    found: list[Reply] = []
    rest = bytes(received)
    while rest:
        head, end, rest = rest.partition(b"\r\n\r\n")
        assert end, f"half a head: {head[:300]!r}"
        first, *lines = head.decode("latin-1").split("\r\n")
        version, status, *_ = first.split(" ")
        assert version == "HTTP/1.1", head[:300]
        if status == "100":
            continue
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        size = int(headers["content-length"])
        assert len(rest) >= size or not rest, f"half an answer: {received[:500]!r}"  # none at all answers HEAD
        found.append(Reply(int(status), headers, rest[:size]))
        rest = rest[size:]
    return found


def _send_all(connection: socket.socket, pieces: Iterable[bytes], received: bytearray, pause: float) -> bool:
    """Has the server closed meanwhile?"""
    for piece in chain(pieces):
        rest = memoryview(piece)
        while rest:
            readable, writable, _ = select.select([connection], [connection], [], HANG_SECONDS)
            if not readable and not writable:
                raise HangError(f"the server reads nothing for {HANG_SECONDS} s; so far {bytes(received[:300])!r}")
            if readable and _read(connection, received):
                return True
            if writable:
                try:
                    rest = rest[connection.send(rest[:_READ]) :]
                except BlockingIOError:
                    continue
                except OSError:  # closed while we send: what it has said before is still there
                    _read_until_end(connection, received, HANG_SECONDS)
                    return True
        if pause:
            time.sleep(pause)
    return False


def _read_until_end(
    connection: socket.socket, received: bytearray, seconds: float, between: float = HANG_SECONDS
) -> bool:
    """False: it did not end so soon, or said nothing for so long after it had said something."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        patience = min(left, between) if received else left
        if not select.select([connection], [], [], patience)[0]:
            return False
        if _read(connection, received):
            return True
    return False


def _read(connection: socket.socket, received: bytearray) -> bool:
    """Was that the end?"""
    try:
        data = connection.recv(_READ)
    except BlockingIOError:
        return False
    except OSError:
        return True
    received += data
    return not data
