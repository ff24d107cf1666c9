"""PostgreSQL, as every process of the product sees it: a bounded pool of connections to the primary.

Transactions are explicit: `async with database.transaction() as connection`. Rows come as named tuples.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection, OperationalError
from psycopg.rows import namedtuple_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

Connection = AsyncConnection[Any]

ACQUIRE_SECONDS = 5.0
"""How long a caller waits for a connection before it is told that the database is away."""

Unavailable = (OperationalError, PoolTimeout)
"""What a caller catches to say "the database is away": refused, lost, or no connection in time."""


async def fetch_one(connection: Connection, statement: bytes, **parameters: Any) -> Any:
    """The first row, as a named tuple, or None."""
    return await (await connection.execute(statement, parameters)).fetchone()


async def fetch_all(connection: Connection, statement: bytes, **parameters: Any) -> list[Any]:
    """All rows, as named tuples."""
    return await (await connection.execute(statement, parameters)).fetchall()


async def until_available(action: Callable[[], Awaitable[object]], pause: float) -> None:
    """Do `action` once, however long the database is away; look again every `pause` seconds."""
    while True:
        try:
            await action()
            return
        except Unavailable:
            await asyncio.sleep(pause)


class Database:
    """A pool; open it with `async with`."""

    def __init__(self, url: str, pool_size: int, application_name: str = "rockdove") -> None:
        self.url = url
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=pool_size,
            open=False,
            timeout=ACQUIRE_SECONDS,
            kwargs={"row_factory": namedtuple_row, "autocommit": True, "application_name": application_name},
            check=AsyncConnectionPool.check_connection,
        )

    async def __aenter__(self) -> Database:
        await self._pool.open(wait=True, timeout=60)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection in autocommit: every statement its own transaction."""
        cancelled = _cancellations()
        async with self._pool.connection() as connection:
            # The pool waits by asyncio.wait_for, which on Python 3.11 swallows a cancellation that meets the answer: a
            # loop that was to end would go on, and whoever waits for its end would wait for ever.
            if _cancellations() > cancelled:
                raise asyncio.CancelledError
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """All or nothing: commits at the end, rolls back on any exception."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def listen_connection(self) -> Connection:
        """A connection outside the pool, for LISTEN; the caller closes it."""
        connection: Connection = await AsyncConnection.connect(
            self.url, autocommit=True, row_factory=namedtuple_row, connect_timeout=10
        )
        return connection


def _cancellations() -> int:
    """How often the current task has been asked to end."""
    task = asyncio.current_task()
    return task.cancelling() if task else 0
