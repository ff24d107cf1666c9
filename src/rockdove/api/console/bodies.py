"""How large the body of a request may be.

FastAPI reads a body before it asks who sends it, and as long as it comes: a stranger could fill the memory. Only a
package is larger than JSON may be; its upload is read piece by piece, by somebody who is known, and has its own limit.
"""

from __future__ import annotations

import re

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_UPLOAD = re.compile(r"/apps/[0-9]+/packages$", re.ASCII)


class BoundedBodies:
    """ASGI middleware: 413 as soon as a body has more than `limit` bytes."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app, self._limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _UPLOAD.search(scope["path"]):
            receive = self._bounded(receive)
        await self._app(scope, receive, send)

    def _bounded(self, receive: Receive) -> Receive:
        size = 0

        async def receive_some() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self._limit:
                raise HTTPException(413, f"a request has at most {self._limit} bytes")
            return message

        return receive_some
