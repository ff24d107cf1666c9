"""`/healthz`: the process lives. `/readyz`: a push would go out now."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CHECK_SECONDS = 2.0

Check = Callable[[], Awaitable[object]]
"""Returns when the thing works; raises when it does not."""


def routes(checks: dict[str, Check]) -> list[Route]:
    """`checks` by the name of what is needed: database, nats."""

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        faults = dict(zip(checks, await asyncio.gather(*map(_fault, checks.values())), strict=True))
        away = {name: fault for name, fault in faults.items() if fault}
        return JSONResponse({"status": "unavailable" if away else "ok", **away}, status_code=503 if away else 200)

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


async def _fault(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except Exception as error:
        return str(error) or type(error).__name__
    return ""
