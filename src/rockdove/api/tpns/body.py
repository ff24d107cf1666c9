"""The body of a request, read as it comes, at most once, and never whole unless its size is bounded.

A body refused before its end is drained for a bounded while after the answer has been written: a client that is still
sending would else see a broken connection instead of the reason. One that waits for "100 Continue" is spared the
sending.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from rockdove.api.tpns.errors import ParseError

DRAIN_BYTES, DRAIN_SECONDS = 8 * 1024 * 1024, 5.0
PATIENT_BYTES, PATIENT_SECONDS = 256 * 1024 * 1024, 60.0
"""The same for a caller who has proven who it is: room for a package more than twice as large as allowed."""
IDLE_SECONDS = 60.0
"""A client that sends nothing for so long in the middle of its request is given up."""


class ClientGoneError(ConnectionError):
    """The client closed the connection before the end of its request."""


class TooLargeError(ValueError):
    """The body is larger than allowed."""


class Body:
    """Iterate over `chunks`, or `read` it all."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        headers = Headers(scope=scope)
        length = headers.get("content-length", "")
        self._receive = receive
        self._waits_for_continue = headers.get("expect", "").lower() == "100-continue"
        self.declared: int | None = int(length) if length.isdecimal() else None
        """Content-Length; None when the body comes in chunks."""
        self.ended = not self.declared and "transfer-encoding" not in headers
        self.patient = False
        """Drain for longer: this client is to find its answer."""

    async def chunks(self) -> AsyncIterator[bytes]:
        """Raises ClientGoneError."""
        while not self.ended:
            message = await self._next()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            self._waits_for_continue = False
            self.ended = not message.get("more_body", False)
            if chunk := message.get("body", b""):
                yield chunk

    async def _next(self) -> Message:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                return await self._receive()
        except TimeoutError:
            raise ParseError(f"the body stopped coming for {IDLE_SECONDS:.0f} seconds") from None

    async def read(self, limit: int) -> bytes:
        """The whole body. Raises TooLargeError, as early as it is known, or ClientGoneError."""
        if (self.declared or 0) > limit:
            raise TooLargeError
        parts, size = [], 0
        async for chunk in self.chunks():
            size += len(chunk)
            if size > limit:
                raise TooLargeError
            parts.append(chunk)
        return b"".join(parts)

    async def drain(self) -> None:
        """Throw the rest away, as far as the bounds go. Call it when the answer has been written."""
        if self.ended or self._waits_for_continue:
            return
        drained = 0
        most, seconds = (PATIENT_BYTES, PATIENT_SECONDS) if self.patient else (DRAIN_BYTES, DRAIN_SECONDS)
        with suppress(ClientGoneError, ParseError, TimeoutError):
            async with asyncio.timeout(seconds):
                async for chunk in self.chunks():
                    drained += len(chunk)
                    if drained > most:
                        return
