"""Waking workers: PostgreSQL's NOTIFY says that there may be work, the tables say what it is.

Each kind of work has its topic, so that 800 small pushes a second wake nobody but those who send small pushes. Rings
are coalesced: whoever is at work when it rings looks again once, however often it rang. A lost notification loses
nothing: waiters look again after `timeout` seconds anyway.

So a notification need not be part of the transaction it speaks of, and is not: PostgreSQL lets only one transaction
with a NOTIFY commit at a time, and accepting pushes was as slow as one write to the disk after the other.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Literal, TypeAlias

from psycopg import OperationalError

from rockdove.observe import log
from rockdove.storage.database import WORK_CHANNEL, Connection, Database, PooledConnection

Topic: TypeAlias = Literal["", "small", "pushes", "slices", "previews"]
"""small: pushes to an explicit list; pushes: the others; slices: of a started push; previews. "" rings for all."""


SOONEST_SECONDS = 0.005
"""Work that is overdue is held by somebody who gives it back any moment: it is not asked for in a loop."""


def pause(due_in: float | None, longest: float) -> float:
    """How long to wait for work that is due in so many seconds, None being never: at most `longest`."""
    return longest if due_in is None else min(max(due_in, SOONEST_SECONDS), longest)


async def notify(connection: Connection, topic: Topic = "") -> None:
    """Wake those who wait for `topic`, as soon as the surrounding transaction has committed."""
    if isinstance(connection, PooledConnection) and connection.rings is not None:
        connection.rings.add(topic)
    else:
        await connection.execute("SELECT pg_notify(%s, %s)", (WORK_CHANNEL, topic))


class Waiter:
    """One who works until nothing is left, then waits. A ring in between is kept for the next `wait`, so it is made
    before the first look at the table: work that comes between the look and the wait is not overlooked.
    """

    def __init__(self, topics: tuple[Topic, ...]) -> None:
        self._topics = topics
        self._rung = asyncio.Event()

    def hear(self, topic: str) -> None:
        if not topic or not self._topics or topic in self._topics:
            self._rung.set()

    async def wait(self, timeout: float) -> bool:
        """Until rung since the last wait, at most `timeout` seconds; was it?"""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._rung.wait()
        rung = self._rung.is_set()
        self._rung.clear()
        return rung


class Bell:
    """Rings when someone notified; one listening connection a process, any number of waiters."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiters: set[Waiter] = set()

    async def run(self) -> None:
        """Listen until cancelled. After the database was away, reconnect and ring: something may have been missed."""
        while True:
            with suppress(OperationalError):
                connection = await self._database.own_connection()
                async with connection:
                    await connection.execute(f"LISTEN {WORK_CHANNEL}".encode())
                    self.ring()
                    async for notification in connection.notifies():
                        self.ring(notification.payload)
            log.warning("database away: listening again in a second")
            await asyncio.sleep(1)

    def ring(self, topic: str = "") -> None:
        for waiter in self._waiters:
            waiter.hear(topic)

    def waiter(self, *topics: Topic) -> Waiter:
        """For as long as the bell hangs: a waiter for these topics, or for all."""
        waiter = Waiter(topics)
        self._waiters.add(waiter)
        return waiter
