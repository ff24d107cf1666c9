"""Running several things for as long as a process lives."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

from rockdove.observe import log

ENDING_SECONDS = 9.0
"""What has been told to end may take so long, before it is told again."""


async def run_until(stop: Coroutine[Any, Any, None], *work: Coroutine[Any, Any, None]) -> None:
    """Run all of `work` until `stop` returns. Work that ends ends it all: the supervisor starts the process anew."""
    tasks = [asyncio.create_task(each) for each in (stop, *work)]
    ended, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    await _end(others)
    for task in (*ended, *others):
        if not task.cancelled():
            task.result()


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel them until they have ended. Libraries on asyncio.wait_for swallow a cancellation that meets an answer
    (Python 3.11), and a process that waits for such a task would neither work nor be started anew."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=ENDING_SECONDS)
        if left:
            log.warning("does not end: told again", what=[str(task.get_coro()) for task in left])
