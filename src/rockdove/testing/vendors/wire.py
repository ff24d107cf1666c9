"""The fakes' side of a connection: HTTP/1.1 or HTTP/2, as was agreed in the TLS handshake."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol, cast

import httptools
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, Event, RequestReceived, StreamEnded, StreamReset, WindowUpdated
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes, Settings
from hyperframe.frame import GoAwayFrame, SettingsFrame

from rockdove.testing.vendors.server import FakeVendor, Fault, Reply, Request, request_of

DRIP_SECONDS = 0.02
GOODBYE_SECONDS = 0.2
WINDOW = 2**24


class _Wire(Protocol):
    def receive(self, data: bytes) -> None: ...
    def lost(self) -> None: ...


class Connection(asyncio.Protocol):
    def __init__(self, vendor: FakeVendor) -> None:
        self._vendor = vendor
        self._transport: asyncio.Transport
        self._wire: _Wire

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._vendor.connected(transport)
        tls = transport.get_extra_info("ssl_object")
        kind = _Http2 if tls.selected_alpn_protocol() == "h2" or not self._vendor.http1 else _Http1
        self._wire = kind(self._vendor, self._transport, tls.getpeercert(binary_form=True))

    def data_received(self, data: bytes) -> None:
        self._wire.receive(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._vendor.disconnected(self._transport)
        self._wire.lost()


class _Side:
    """What both versions share: asking the vendor, after its time of thought."""

    def __init__(self, vendor: FakeVendor, transport: asyncio.Transport, peer_certificate: bytes | None) -> None:
        self._vendor, self._transport, self._peer_certificate = vendor, transport, peer_certificate
        self._number = vendor.connections
        self._under_way = 0

    def _ask(self, request: Request, then: Callable[[Reply | Fault], None]) -> None:
        vendor = self._vendor
        request = request._replace(peer_certificate=self._peer_certificate, connection=self._number)
        self._under_way += 1
        vendor.open_streams += 1
        vendor.most_streams = max(vendor.most_streams, vendor.open_streams)
        answer = vendor.answer(request)
        if vendor.delay and answer not in {Fault.CUT, Fault.GOAWAY}:
            asyncio.get_running_loop().call_later(vendor.delay, self._answer, answer, then)
        else:
            self._answer(answer, then)

    def _answer(self, answer: Reply | Fault, then: Callable[[Reply | Fault], None]) -> None:
        if self._under_way:
            self._under_way -= 1
            self._vendor.open_streams -= 1
        if not self._transport.is_closing():
            then(answer)

    def lost(self) -> None:
        self._vendor.open_streams -= self._under_way
        self._under_way = 0

    def _drip(self, write: Callable[[], bool]) -> None:
        """`write` a byte again and again, as long as somebody is there to read it."""
        if not self._transport.is_closing() and write():
            asyncio.get_running_loop().call_later(DRIP_SECONDS, self._drip, write)


class _Http1(_Side):
    """The methods without a leading _ are what httptools calls."""

    def __init__(self, vendor: FakeVendor, transport: asyncio.Transport, peer_certificate: bytes | None) -> None:
        super().__init__(vendor, transport, peer_certificate)
        self._parser = httptools.HttpRequestParser(self)

    def receive(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            self._transport.close()

    def on_message_begin(self) -> None:
        self._target = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []

    def on_url(self, part: bytes) -> None:
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if self._headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, part: bytes) -> None:
        self._body.append(part)

    def on_message_complete(self) -> None:
        method, target = self._parser.get_method().decode(), self._target.decode("latin-1")
        request = request_of(method, target, self._headers, b"".join(self._body))
        stay = self._parser.should_keep_alive()
        self._ask(request, lambda answer: self._reply(answer, stay))

    def _reply(self, answer: Reply | Fault, stay: bool) -> None:
        if isinstance(answer, Reply):
            self._transport.write(_head(answer.status, answer.headers, len(answer.body), stay) + answer.body)
            if not stay:
                self._transport.close()
        elif answer is Fault.SLOW:
            self._transport.write(_head(200, (("content-type", "application/json"),), 2**20, stay))
            self._drip(self._write_byte)
        else:
            self._transport.abort()

    def _write_byte(self) -> bool:
        self._transport.write(b" ")
        return True


def _head(status: int, headers: tuple[tuple[str, str], ...], length: int, stay: bool) -> bytes:
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers)]
    lines += [f"content-length: {length}", f"connection: {'keep-alive' if stay else 'close'}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class _Stream:
    __slots__ = ("body", "headers", "method", "rest", "target")

    def __init__(self, given: list[tuple[str, str]]) -> None:
        headers = dict(given)
        self.method, self.target = headers.pop(":method"), headers.pop(":path")
        self.headers, self.body = headers, bytearray()
        self.rest = b""
        """Of the answer, while the client's window is shut."""


class _Http2(_Side):
    def __init__(self, vendor: FakeVendor, transport: asyncio.Transport, peer_certificate: bytes | None) -> None:
        super().__init__(vendor, transport, peer_certificate)
        self._h2 = H2Connection(
            H2Configuration(
                client_side=False,
                header_encoding="utf-8",
                validate_inbound_headers=False,
                validate_outbound_headers=False,
            )
        )
        window = {SettingCodes.INITIAL_WINDOW_SIZE: 2**20}
        self._h2.local_settings = Settings(client=False, initial_values=window)
        self._h2.initiate_connection()
        self._h2.increment_flow_control_window(WINDOW)
        self._allowed = vendor.first_streams or vendor.max_streams
        self._streams: dict[int, _Stream] = {}
        self._leaving, self._receiving = False, False
        self._transport.write(self._h2.data_to_send() + _stream_limit(self._allowed))

    def receive(self, data: bytes) -> None:
        """What was read at once is answered at once, as servers do: a write for each answer costs both sides dear."""
        self._receiving = True
        try:
            for event in self._h2.receive_data(data):
                self._react(event)
        except ProtocolError:
            self._transport.write(self._h2.data_to_send())
            self._transport.close()
            return
        finally:
            self._receiving = False
        self._flush()

    def _react(self, event: Event) -> None:
        match event:
            case RequestReceived():
                if len(self._streams) >= self._allowed:
                    self._h2.reset_stream(event.stream_id, ErrorCodes.REFUSED_STREAM)
                    self._vendor.refused_streams += 1
                elif not self._leaving:
                    self._streams[event.stream_id] = _Stream(cast(list[tuple[str, str]], event.headers))
            case DataReceived():
                self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                if stream := self._streams.get(event.stream_id):
                    stream.body += event.data
            case StreamEnded() if event.stream_id in self._streams:
                self._complete(event.stream_id, self._streams[event.stream_id])
            case StreamReset():
                self._streams.pop(event.stream_id, None)
            case WindowUpdated():
                for number in [number for number, stream in self._streams.items() if stream.rest]:
                    self._send(number)

    def _complete(self, number: int, stream: _Stream) -> None:
        request = request_of(stream.method, stream.target, stream.headers, bytes(stream.body))
        self._ask(request, lambda answer: self._reply(number, answer))

    def _reply(self, number: int, answer: Reply | Fault) -> None:
        if number not in self._streams:
            return
        if isinstance(answer, Reply):
            self._headers(number, answer.status, answer.headers, len(answer.body))
            if answer.body:
                self._streams[number].rest = answer.body
                self._send(number)
            if answer.status == 200 and self._allowed != self._vendor.max_streams:
                self._allowed = self._vendor.max_streams
                self._transport.write(self._h2.data_to_send() + _stream_limit(self._allowed))
        elif answer is Fault.SLOW:
            self._headers(number, 200, (("content-type", "application/json"),), 2**20)
            self._drip(lambda: self._write_byte(number))
        elif answer is Fault.GOAWAY:
            self._leave(number)
        else:
            self._transport.abort()
        self._flush()

    def _headers(self, number: int, status: int, headers: tuple[tuple[str, str], ...], length: int) -> None:
        lines = [(":status", str(status)), *headers, *([("content-length", str(length))] if length else [])]
        self._h2.send_headers(number, lines, end_stream=not length)
        if not length:
            del self._streams[number]

    def _send(self, number: int) -> None:
        """As much of the answer as the client's window lets through."""
        stream = self._streams.get(number)
        while stream and stream.rest:
            size = min(self._h2.local_flow_control_window(number), self._h2.max_outbound_frame_size)
            if not size:
                return
            part, stream.rest = stream.rest[:size], stream.rest[size:]
            self._h2.send_data(number, part, end_stream=not stream.rest)
            if not stream.rest:
                del self._streams[number]

    def _write_byte(self, number: int) -> bool:
        if number not in self._streams:
            return False
        if self._h2.local_flow_control_window(number):
            self._h2.send_data(number, b" ")
            self._flush()
        return True

    def _leave(self, number: int) -> None:
        """Say that this request and all later ones were not looked at; answer the earlier ones, then go."""
        self._leaving = True
        frame = GoAwayFrame(0, last_stream_id=number - 2 if number > 2 else 0, additional_data=b'{"reason":"Shutdown"}')
        self._transport.write(self._h2.data_to_send() + frame.serialize())
        for later in [each for each in self._streams if each >= number]:
            del self._streams[later]
        asyncio.get_running_loop().call_later(GOODBYE_SECONDS + self._vendor.delay, self._transport.close)

    def _flush(self) -> None:
        if not self._receiving and (data := self._h2.data_to_send()):
            self._transport.write(data)


def _stream_limit(streams: int) -> bytes:
    """Said past the h2 library, which ends a connection for a stream too many instead of refusing the stream."""
    return SettingsFrame(0, settings={SettingCodes.MAX_CONCURRENT_STREAMS: streams}).serialize()
