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
    probes = {name: _Probe(check) for name, check in checks.items()}

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        faults = await asyncio.gather(*(probe.fault() for probe in probes.values()))
        away = {name: fault for name, fault in zip(probes, faults, strict=True) if fault}
        return JSONResponse({"status": "unavailable" if away else "ok", **away}, status_code=503 if away else 200)

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


class _Probe:
    """One check, made once at a time however many ask. It is waited for, not cancelled: a check of something that
    hangs may hang in its cancellation as well."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._checking: asyncio.Task[str] | None = None

    async def fault(self) -> str:
        """What is wrong; empty: nothing."""
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._outcome())
        await asyncio.wait({self._checking}, timeout=CHECK_SECONDS)
        return self._checking.result() if self._checking.done() else f"no answer within {CHECK_SECONDS:.0f} s"

    async def _outcome(self) -> str:
        try:
            await self._check()
        except Exception as error:
            return str(error) or type(error).__name__
        return ""
