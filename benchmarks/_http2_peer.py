"""An HTTP/2 server that answers every request alike, without looking at it: how quick a client is, and nothing else.

The fakes of vendors look at what they are sent, through a library in Python; they answer one or two thousand requests a
second. This one answers tens of thousands, for it reads frames and decodes no header. Only aioapns needs some of that
done: it knows an answer by the `apns-id` it sent along.
"""

from __future__ import annotations

import asyncio
from typing import Final, cast

from hpack import Decoder

_DATA: Final = 0
_HEADERS: Final = 1
_SETTINGS: Final = 4
_PING: Final = 6
_WINDOW_UPDATE: Final = 8
_END_STREAM: Final = 1
_ACK: Final = 1
_END_HEADERS: Final = 4
_PREFACE_BYTES: Final = 24
_HEAD_BYTES: Final = 9
_WINDOW: Final = 2**30

STREAMS: Final = 1000
ANSWER: Final = b'{"name":"projects/example-shop/messages/0:1500415314455276%31bd1c96f9fd7ecd"}'


def _frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


class Http2Peer(asyncio.Protocol):
    """Over TLS with ALPN `h2`."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._rest, self._unread, self._received = b"", _PREFACE_BYTES, 0
        settings = b"\x00\x03" + STREAMS.to_bytes(4, "big") + b"\x00\x04" + (2**20).to_bytes(4, "big")
        window = _frame(_WINDOW_UPDATE, 0, 0, _WINDOW.to_bytes(4, "big"))
        self._transport.write(_frame(_SETTINGS, 0, 0, settings) + window)

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        start, answers = self._unread, []
        while len(data) - start >= _HEAD_BYTES:
            end = start + _HEAD_BYTES + int.from_bytes(data[start : start + 3], "big")
            if end > len(data):
                break
            answers.append(self._answer(data[start + 3], data[start + 4], data[start + 5 : end]))
            start = end
        self._rest, self._unread = data[start:], max(0, start - len(data))
        self._transport.write(b"".join(answers))

    def _answer(self, kind: int, flags: int, rest: bytes) -> bytes:
        """`rest`: the number of the stream, and what is in the frame."""
        if kind == _SETTINGS and not flags & _ACK:
            return _frame(_SETTINGS, _ACK, 0)
        if kind == _PING and not flags & _ACK:
            return _frame(_PING, _ACK, 0, rest[4:])
        if kind not in {_DATA, _HEADERS}:
            return b""
        opened = self._opened(len(rest) - 4) if kind == _DATA else b""
        if not flags & _END_STREAM:
            return opened
        stream = int.from_bytes(rest[:4], "big")
        return opened + self._success(stream)

    def _success(self, stream: int) -> bytes:
        status_200 = _frame(_HEADERS, _END_HEADERS, stream, b"\x88")
        return status_200 + _frame(_DATA, _END_STREAM, stream, ANSWER)

    def _opened(self, size: int) -> bytes:
        """The connection's window, when half of it has been used."""
        self._received += size
        if self._received < _WINDOW // 2:
            return b""
        used, self._received = self._received, 0
        return _frame(_WINDOW_UPDATE, 0, 0, used.to_bytes(4, "big"))


class ApnsPeer(Http2Peer):
    """Answers with the `apns-id` of each request, and no body."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._decoder = Decoder()
        self._ids: dict[int, bytes] = {}

    def _answer(self, kind: int, flags: int, rest: bytes) -> bytes:
        if kind == _HEADERS:
            headers = dict(self._decoder.decode(rest[4:], raw=True))
            self._ids[int.from_bytes(rest[:4], "big")] = bytes(headers[b"apns-id"])
        return super()._answer(kind, flags, rest)

    def _success(self, stream: int) -> bytes:
        given = self._ids.pop(stream)
        named = b"\x00\x07apns-id" + bytes((len(given),)) + given
        return _frame(_HEADERS, _END_HEADERS | _END_STREAM, stream, b"\x88" + named)
