"""Paths as TPNS's clients build them: documented base URLs end in `/`, so they ask for `//v3/push/app`, or,
where the URL holds the version too, for `/v3//push/app`.
"""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Receive, Scope, Send

_SLASHES = re.compile("//+")


class TolerantPaths:
    """ASGI middleware: one slash at the beginning of a path, and under /v3 one between names and none at the end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = "/" + scope["path"].lstrip("/")
            if path.startswith("/v3/") and path != "/v3/":
                path = _SLASHES.sub("/", path).removesuffix("/")
            scope = {**scope, "path": path}
        await self._app(scope, receive, send)
