"""Keeping a lease: whoever works on a claimed row says again and again that it still does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from rockdove.storage.database import Unavailable

RENEWALS = 3
"""In the time of one lease: the database may miss two of them."""


@asynccontextmanager
async def kept(renew: Callable[[], Awaitable[object]], lease_seconds: float) -> AsyncIterator[None]:
    """Calls `renew` inside the context. A renewal that finds the database away is made up for by the next one."""

    async def keep() -> None:
        while True:
            await asyncio.sleep(lease_seconds / RENEWALS)
            with suppress(*Unavailable):
                await renew()

    keeping = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeping.cancel()
