"""`GET /v3/openapi.json` and `GET /v3/docs`, for everybody."""

from __future__ import annotations

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from rockdove.api.tpns import answers
from rockdove.api.tpns.openapi.document import document
from rockdove.api.tpns.openapi.page import page
from rockdove.config import Settings

_HEADERS = {
    "cache-control": "no-cache",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
}


def routes(settings: Settings) -> list[BaseRoute]:
    """Below /v3. Both are made once."""
    described, address = document(settings), settings.http.public_url or f"http://127.0.0.1:{settings.http.port}"
    return [
        Route("/openapi.json", _Fixed(as_json(described), "application/json")),
        Route("/docs", _Fixed(page(described, address).encode(), "text/html; charset=utf-8")),
    ]


def as_json(described: dict[str, object]) -> bytes:
    """As it is published: to be read, and compared line by line."""
    return msgspec.json.format(msgspec.json.encode(described), indent=2) + b"\n"


class _Fixed:
    """An ASGI application that always gives the same."""

    def __init__(self, content: bytes, media_type: str) -> None:
        self._content, self._media_type = content, media_type

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            await answers.not_allowed("GET")(scope, receive, send)
            return
        await Response(self._content, 200, _HEADERS, self._media_type)(scope, receive, send)
