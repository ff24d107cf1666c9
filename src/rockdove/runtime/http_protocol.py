"""HTTP as uvicorn speaks it, and what it leaves to whoever sends.

**A head has an end.** Request lines, header lines, trailers and chunk extensions are kept by the parser until they are
complete, however long that takes and however many they are. Here a connection has `HEAD_BYTES` and `HEAD_SECONDS` to
come to the body of its request, and as many bytes between two pieces of it.

**An offer to upgrade is declined, not taken.** Java's HttpClient offers HTTP/2 (`Upgrade: h2c`) with every first
request over plain HTTP. The parser stops there: the request has lost its body, which is then read as a request of its
own. Here such a head is read a second time without the offer.

**Who has gone needs no answer.** Of several requests sent at once uvicorn tells only the last that its client has gone;
the first one's answer would go to a connection that is closed, and fail.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

HEAD_BYTES = 64 * 1024
HEAD_SECONDS = 60.0
_OFFER = frozenset({b"upgrade", b"http2-settings", b"connection"})
_REFUSAL = b"the head of the request is larger than 65536 bytes"


class HttpProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._fruitless = 0
        """Bytes that came since the last head or piece of a body was complete."""
        self._data = b""
        """What is being parsed now."""
        self._running: RequestResponseCycle | None = None
        """The request that is being worked on; uvicorn knows the one that came last."""
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        self._abandon()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._fruitless += len(data)
        self._data = data
        super().data_received(data)
        self._data = b""
        if self.transport.is_closing():
            self._abandon()
        if self._fruitless > HEAD_BYTES and not self.transport.is_closing():
            self._refuse()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._deadline is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        self._fruitless = 0
        self._forget_deadline()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._fruitless = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._fruitless = 0
        super().on_message_complete()

    def _should_upgrade(self) -> bool:
        """Asked where the parser has found an offer; what is said here keeps it from starting the request."""
        return self.scope["method"] != "CONNECT"

    def handle_websocket_upgrade(self) -> None:
        """No upgrade at all: called while the parser's exception is handled, which says where it has stopped."""
        stop = sys.exc_info()[1]
        assert isinstance(stop, httptools.HttpParserUpgrade)  # noqa: S101  as uvicorn calls it
        lines = [b"%b: %b" % (name, value) for name, value in self.headers if name not in _OFFER]
        lines += [b"connection: close"] if self._asks_to_close() else []
        first = b"%b %b HTTP/%b" % (self.scope["method"].encode(), self.url, self.parser.get_http_version().encode())
        rest = self._data[stop.args[0] :]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn sets it
        super().data_received(b"\r\n".join([first, *lines, b"\r\n"]) + rest)

    def _asks_to_close(self) -> bool:
        values = b",".join(value for name, value in self.headers if name == b"connection")
        return b"close" in {token.strip().lower() for token in values.split(b",")}

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _abandon(self) -> None:
        """Nobody hears the answers any more: not the one being made, nor those of requests that wait behind it."""
        waiting = [cycle for cycle, _ in self.pipeline]
        for cycle in [self._running, *waiting] if self._running else waiting:
            cycle.disconnected = True
            cycle.message_event.set()

    def _await_head(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _give_up(self) -> None:
        """But not on the answer to an earlier request of this connection."""
        if self._is_answering():
            self._await_head()
        else:
            self.transport.close()

    def _is_answering(self) -> bool:
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is not None and not cycle.response_complete

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self) -> None:
        """An answer that is being written is not disturbed: then the connection just ends."""
        if not self._is_answering():
            self.transport.write(
                b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
                b"connection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(_REFUSAL), _REFUSAL)
            )
        self.transport.close()
