"""Running several things for as long as a process lives."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any


async def run_until(stop: Coroutine[Any, Any, None], *work: Coroutine[Any, Any, None]) -> None:
    """Run all of `work` until `stop` returns. Work that ends ends it all: the supervisor starts the process anew."""
    stopping = asyncio.create_task(stop)
    tasks = [asyncio.create_task(each) for each in work]
    done, _ = await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    for task in (stopping, *tasks):
        task.cancel()
    for task in (stopping, *tasks):
        with suppress(asyncio.CancelledError):
            if task not in done:
                await task
    for task in done:
        task.result()
