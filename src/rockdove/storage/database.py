"""PostgreSQL, as every process of the product sees it: a bounded pool of connections to the primary.

Transactions are explicit: `async with database.transaction() as connection`. Rows come as named tuples.

Away is away, however it shows: a server that refuses, that was killed, that went read-only because another is the
primary now, or that takes what it is sent and never answers. The last is the one nobody tells us of, so connecting and
checking a connection are bounded, and with `answer_seconds` every statement is. Whoever works for a caller sets it;
a worker has nobody who waits for an answer and lets the server take its time.
"""

from __future__ import annotations

import asyncio
import math
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Any

from psycopg import AsyncConnection, OperationalError
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import ReadOnlySqlTransaction
from psycopg.rows import namedtuple_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

Connection = AsyncConnection[Any]

ACQUIRE_SECONDS = 5.0
"""How long a caller waits for a connection before it is told that the database is away."""
CHECK_SECONDS = 2.0
"""How long a connection may take to show that it is alive, before a caller gets it."""
FRESH_SECONDS = 0.1
"""A connection that has answered so lately is not asked: under load the question would be a fifth of all statements."""
RECONNECT_SECONDS = 5.0
"""Attempts to connect are made 1, 2, 4 s apart; after so long they begin anew, so that none comes late."""
LINK = {"connect_timeout": 10, "tcp_user_timeout": 30_000, "keepalives_idle": 10, "keepalives_interval": 5}
"""A host that is gone is noticed in half a minute, not by the kernel's quarter of an hour."""

Unavailable = (OperationalError, PoolTimeout, ReadOnlySqlTransaction)
"""What a caller catches to say "the database is away": refused, lost, no connection in time, or not the primary."""

WORK_CHANNEL = "rockdove_work"
"""Notifications of work, see `wake`; the payload is the topic."""
_ONLY_ONE = b"SELECT pg_try_advisory_xact_lock(hashtext(%(what)s)) AS mine"
_RING = b"SELECT pg_notify(%s, topic) FROM unnest(%s::text[]) AS topic"


async def fetch_one(connection: Connection, statement: bytes, **parameters: Any) -> Any:
    """The first row, as a named tuple, or None."""
    return await (await connection.execute(statement, parameters)).fetchone()


async def fetch_all(connection: Connection, statement: bytes, **parameters: Any) -> list[Any]:
    """All rows, as named tuples."""
    return await (await connection.execute(statement, parameters)).fetchall()


async def fetch_binary(connection: Connection, statement: bytes, **parameters: Any) -> list[Any]:
    """All rows, columns in PostgreSQL's binary form: a bitmap is half as many bytes as in hexadecimal."""
    return await (await connection.execute(statement, parameters, binary=True)).fetchall()


async def only_one(connection: Connection, what: str) -> bool:
    """Of all processes that do `what`, this one does it until its transaction ends; False: another one is at it."""
    return bool((await fetch_one(connection, _ONLY_ONE, what=f"rockdove.{what}")).mine)


async def until_available(action: Callable[[], Awaitable[object]], pause: float) -> None:
    """Do `action` once, however long the database is away; look again every `pause` seconds."""
    while True:
        try:
            await action()
            return
        except Unavailable:
            await asyncio.sleep(pause)


class PooledConnection(AsyncConnection[Any]):
    """Lost, when the server does not answer a statement within `answer_seconds` (None: it may take its time)."""

    rings: set[str] | None = None
    """Topics to ring for (see `wake`) when the transaction has committed; None: there is none."""
    answer_seconds: float | None = None
    answered_at = -math.inf
    """When it last did (time.monotonic)."""

    async def wait(self, *arguments: Any, **named: Any) -> Any:
        if self.answer_seconds is None:
            answer = await super().wait(*arguments, **named)
        else:
            hanging_up = asyncio.get_running_loop().call_later(self.answer_seconds, self._hang_up)
            try:
                answer = await super().wait(*arguments, **named)
            finally:
                hanging_up.cancel()
        self.answered_at = time.monotonic()
        return answer

    def _hang_up(self) -> None:
        """Whoever waits for the server sees the connection closed. A cancellation would not do: psycopg answers one by
        asking the server to cancel the statement, and waits for that."""
        with suppress(OSError, OperationalError), socket.socket(fileno=os.dup(self.pgconn.socket)) as ours:
            ours.shutdown(socket.SHUT_RDWR)


class Database:
    """A pool; open it with `async with`. `answer_seconds`: what a statement may take before the database is away."""

    def __init__(
        self, url: str, pool_size: int, application_name: str = "rockdove", answer_seconds: float | None = None
    ) -> None:
        self.url = url
        self._answer_seconds = answer_seconds
        self._rings: set[str] = set()
        self._ringing: asyncio.Task[None] | None = None
        self._link: dict[str, Any] = LINK | conninfo_to_dict(url)  # what the URL says itself goes first
        self._pool: AsyncConnectionPool[PooledConnection] = AsyncConnectionPool(
            url,
            connection_class=PooledConnection,
            min_size=1,
            max_size=pool_size,
            open=False,
            timeout=ACQUIRE_SECONDS,
            reconnect_timeout=RECONNECT_SECONDS,
            reconnect_failed=AsyncConnectionPool.check,
            kwargs=self._link
            | {"row_factory": namedtuple_row, "autocommit": True, "application_name": application_name},
            check=self._check,
        )

    async def _check(self, connection: PooledConnection) -> None:
        if time.monotonic() - connection.answered_at < FRESH_SECONDS:
            return
        connection.answer_seconds = CHECK_SECONDS
        await AsyncConnectionPool.check_connection(connection)
        connection.answer_seconds = self._answer_seconds

    async def __aenter__(self) -> Database:
        await self._pool.open(wait=True, timeout=60)
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._ringing:
            await self._ringing
        await self._pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection in autocommit: every statement its own transaction."""
        async with self._pooled() as connection:
            yield connection

    @asynccontextmanager
    async def _pooled(self) -> AsyncIterator[PooledConnection]:
        cancelled = _cancellations()
        async with self._pool.connection() as connection:
            # The pool waits by asyncio.wait_for, which on Python 3.11 swallows a cancellation that meets the answer: a
            # loop that was to end would go on, and whoever waits for its end would wait for ever.
            if _cancellations() > cancelled:
                raise asyncio.CancelledError
            yield connection

    @asynccontextmanager
    async def transaction(self, *, pipelined: bool = False) -> AsyncIterator[Connection]:
        """All or nothing: commits at the end, rolls back on any exception. `pipelined`: statements leave when a result
        is asked for, or at the end, with those before them; what one of them is refused for is raised then.
        """
        async with self._pooled() as connection:
            rings: set[str] = set()
            connection.rings = rings
            try:
                async with connection.pipeline() if pipelined else nullcontext():
                    async with connection.transaction():
                        yield connection
                    if pipelined and rings:  # on the heels of the commit, without another round trip
                        await connection.execute(_RING, (WORK_CHANNEL, list(rings)))
                        rings.clear()
            finally:
                connection.rings = None
            self._ring(rings)

    def _ring(self, topics: set[str]) -> None:
        """Soon. Whatever commits while a notification is on its way is rung for together, with the next one."""
        self._rings |= topics
        if topics and (self._ringing is None or self._ringing.done()):
            self._ringing = asyncio.create_task(self._ring_all())

    async def _ring_all(self) -> None:
        while self._rings:
            topics, self._rings = list(self._rings), set()
            with suppress(*Unavailable):  # nothing is lost: who waits looks again by itself
                async with self.connection() as connection:
                    await connection.execute(_RING, (WORK_CHANNEL, topics))

    async def own_connection(self) -> Connection:
        """A connection outside the pool, for LISTEN and for who waits long; the caller closes it."""
        connection: Connection = await AsyncConnection.connect(
            self.url, autocommit=True, row_factory=namedtuple_row, **self._link
        )
        return connection


def _cancellations() -> int:
    """How often the current task has been asked to end."""
    task = asyncio.current_task()
    return task.cancelling() if task else 0
