"""Waking workers: PostgreSQL's NOTIFY says that there may be work, the tables say what it is.

A lost notification loses nothing: waiters look again after `timeout` seconds anyway.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from psycopg import OperationalError

from rockdove.observe import log
from rockdove.storage.database import Connection, Database

CHANNEL = "rockdove_work"


async def notify(connection: Connection) -> None:
    """Wake every worker when the surrounding transaction commits."""
    await connection.execute("SELECT pg_notify(%s, '')", (CHANNEL,))


class Bell:
    """Rings when someone notified; one listening connection a process, any number of waiters."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiters: set[asyncio.Event] = set()

    async def run(self) -> None:
        """Listen until cancelled. After the database was away, reconnect and ring: something may have been missed."""
        while True:
            with suppress(OperationalError):
                connection = await self._database.listen_connection()
                async with connection:
                    await connection.execute(f"LISTEN {CHANNEL}".encode())
                    self.ring()
                    async for _ in connection.notifies():
                        self.ring()
            log.warning("database away: listening again in a second")
            await asyncio.sleep(1)

    def ring(self) -> None:
        for waiter in self._waiters:
            waiter.set()

    async def wait(self, timeout: float) -> None:
        """Until rung, at most `timeout` seconds."""
        event = asyncio.Event()
        self._waiters.add(event)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await event.wait()
        finally:
            self._waiters.discard(event)
