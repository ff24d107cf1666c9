"""A process whose work ends, ends: nothing it does beside keeps it half alive."""

from __future__ import annotations

import asyncio

import pytest

from rockdove.runtime import tasks
from rockdove.runtime.tasks import run_until


async def for_ever() -> None:
    await asyncio.Event().wait()


async def broken() -> None:
    raise RuntimeError("broken")


async def test_what_swallows_a_cancellation_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "ENDING_SECONDS", 0.01)
    swallowed: list[bool] = []

    async def deaf() -> None:
        try:
            await for_ever()
        except asyncio.CancelledError:
            swallowed.append(True)
        await for_ever()

    async with asyncio.timeout(10):
        with pytest.raises(RuntimeError, match="broken"):
            await run_until(for_ever(), deaf(), broken())
    assert swallowed


async def test_who_is_told_to_stop_raises_nothing() -> None:
    async def stop() -> None:
        await asyncio.sleep(0)

    await run_until(stop(), for_ever(), for_ever())
