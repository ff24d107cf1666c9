"""Progress of pushes for pages that follow them, as server-sent events.

However many pages look at a push, its sets are counted once: everybody who asks within a moment shares one count, and
the more a count costs, the longer it is shared. A page that nothing happens for gets a comment now and then, so that no
proxy takes it for dead.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from rockdove.stats import tasks
from rockdove.stats.funnel import Funnel, Stages, funnel
from rockdove.stats.timeline import Point, timeline
from rockdove.storage.database import Connection, Database, Unavailable

SHARED_SECONDS = 1.0
COST_SHARE = 10
"""A count that took a second is shared for ten."""
HEARTBEAT_SECONDS = 15.0
MOST_COUNTS = 1000
"""Remembered at the same time."""


class StageCounts(BaseModel):
    """Distinct devices."""

    planned: int
    sent: int
    arrived: int
    shown: int
    clicked: int
    cleared: int
    retried: int

    @classmethod
    def of(cls, stages: Stages) -> StageCounts:
        return cls(**{name: getattr(stages, name) for name in cls.model_fields})


class PushProgress(BaseModel):
    """How far a push has come."""

    state: str
    total: StageCounts = Field(description="over all channels; `arrived` counts a device once")
    channels: dict[str, StageCounts]
    failed: dict[str, int] = Field(description="devices nobody will try again, by the channel's reason")
    moved: dict[str, int] = Field(description="devices that went to another channel or were tried again, by reason")
    open: bool = Field(description="something of it still has to be sent")
    accounts: int
    matched: int
    unmatched: int
    filtered: dict[str, int] = Field(description="devices taken away before sending, by reason")
    started_at: datetime | None
    finished_at: datetime | None
    failure: str


class Live:
    """The counts of one process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: dict[tuple[str, int, int], asyncio.Task[Any]] = {}
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End every stream: pages connect again, to the process that comes next."""
        self._stopping.set()

    async def progress(self, access_id: int, push_id: int) -> PushProgress:
        """As it was a moment ago. Raises UnknownPushError."""

        async def count(connection: Connection) -> PushProgress:
            state = await tasks.state(connection, access_id, push_id)
            return _progress(state, await funnel(connection, push_id))

        found: PushProgress = await self._shared(("progress", access_id, push_id), count)
        return found

    async def timeline(self, access_id: int, push_id: int) -> list[Point]:
        """As it was a moment ago. Raises UnknownPushError."""

        async def count(connection: Connection) -> list[Point]:
            return await timeline(connection, access_id, push_id)

        found: list[Point] = await self._shared(("timeline", access_id, push_id), count)
        return found

    async def events(self, access_id: int, push_id: int) -> AsyncIterator[bytes]:
        """`progress` whenever it has changed, until the page goes or the process stops."""
        last, quiet_since = "", time.monotonic()
        while not self._stopping.is_set():
            try:
                now = (await self.progress(access_id, push_id)).model_dump_json()
            except Unavailable:
                now = last
            if now != last:
                last, quiet_since = now, time.monotonic()
                yield f"event: progress\ndata: {now}\n\n".encode()
            elif time.monotonic() - quiet_since > HEARTBEAT_SECONDS:
                quiet_since = time.monotonic()
                yield b": still here\n\n"
            await _pause(self._stopping, SHARED_SECONDS)

    async def _shared(self, key: tuple[str, int, int], count: Callable[[Connection], Awaitable[Any]]) -> Any:
        """The application is part of the key: who asks for a push of another one must not get its count."""
        if key not in self._counts:
            while len(self._counts) >= MOST_COUNTS:
                del self._counts[next(iter(self._counts))]
            self._counts[key] = asyncio.create_task(self._count(key, count))
        return await asyncio.shield(self._counts[key])

    async def _count(self, key: tuple[str, int, int], count: Callable[[Connection], Awaitable[Any]]) -> Any:
        began = time.monotonic()
        seconds = 0.0
        try:
            async with self._database.connection() as connection:
                counted = await count(connection)
            seconds = max(SHARED_SECONDS, COST_SHARE * (time.monotonic() - began))
            return counted
        finally:
            asyncio.get_running_loop().call_later(seconds, self._counts.pop, key, None)


def _progress(state: tasks.TaskState, counted: Funnel) -> PushProgress:
    counts = state.counts
    total = StageCounts.of(counted.total).model_copy(update={"arrived": counted.arrived})
    return PushProgress(
        state=state.state,
        total=total,
        channels={channel: StageCounts.of(stages) for channel, stages in sorted(counted.channels.items())},
        failed=dict(counted.failed),
        moved=dict(counted.moved),
        open=counted.open,
        accounts=counts.get("accounts", 0),
        matched=counts.get("matched", 0),
        unmatched=counts.get("unmatched", 0),
        filtered=counts.get("filtered", {}),
        started_at=state.started_at,
        finished_at=state.finished_at,
        failure=state.failure,
    )


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return
