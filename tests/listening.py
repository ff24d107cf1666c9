"""An ASGI application on a port of this machine, for as long as a test needs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp


@asynccontextmanager
async def listening(application: ASGIApp, **options: Any) -> AsyncIterator[int]:
    """Gives the port; connections have ended when the block has. `options` are uvicorn's.

    Starts and ends uvicorn's server piece by piece: as a whole it looks every tenth of a second whether it is to end,
    and then waits for another one, at the end of hundreds of tests.
    """
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": 0,
        "loop": "none",
        "lifespan": "off",
        "log_config": None,
    } | options
    config = uvicorn.Config(application, **given)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    await server.on_tick(0)  # makes the headers of every answer
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        for listener in server.servers:
            listener.close()
        for connection in list(server.server_state.connections):
            connection.shutdown()
        while server.server_state.connections or server.server_state.tasks:  # noqa: ASYNC110  uvicorn offers sets, no event
            await asyncio.sleep(0.002)
        for listener in server.servers:
            await listener.wait_closed()
