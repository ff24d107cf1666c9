"""Starting pushes one by one: claim what is due, have its audience resolved, again and again.

Pushes to an explicit list come in hundreds and start together, see `express`; those that can't are handed over here.
"""

from __future__ import annotations

import asyncio
import errno
from functools import partial
from typing import Any

from rockdove.audience.resolver import Resolver
from rockdove.audience.start import resolve_and_start
from rockdove.dispatch import holding
from rockdove.observe import log
from rockdove.pushes import queue
from rockdove.pushes.ending import collapse_earlier
from rockdove.storage.database import Connection, Database, Unavailable, until_available
from rockdove.storage.lease import kept
from rockdove.storage.wake import Bell, Waiter, pause

AT_ONCE = 2
"""A push to a small package need not wait for a large one to be resolved."""
LEASE_SECONDS = 60
IDLE_SECONDS = 1.0
RETRY_SECONDS = 5.0
ATTEMPTS = 5
"""A push whose resolution fails so often, for a reason of ours, is failed instead of tried for ever."""
LACKING = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
"""No room, no files, no memory: nothing is wrong with the push, which waits until there is some."""


class PushStarter:
    """Runs as part of a worker, until cancelled. `owner` is the worker's name."""

    def __init__(self, database: Database, resolver: Resolver, bell: Bell, owner: str, slice_devices: int) -> None:
        self._database = database
        self._resolver = resolver
        self._waiters = [bell.waiter("pushes") for _ in range(AT_ONCE)]
        self._owner = owner
        self._slice_devices = slice_devices

    async def run(self) -> None:
        await until_available(self._release_all, IDLE_SECONDS)
        async with asyncio.TaskGroup() as group:
            for waiter in self._waiters:
                group.create_task(self._work(waiter))

    async def start(self, push: Any) -> None:
        """A push leased to our `owner`: renew the lease meanwhile; on a fault of ours give it back, or fail it."""
        try:
            async with kept(partial(self._renew, push.push_id), LEASE_SECONDS):
                await self._start(push)
        except Unavailable as error:
            log.warning("database away: a push waits", push_id=push.push_id, error=str(error))
            await until_available(partial(self._give_back, push.push_id), IDLE_SECONDS)  # its lease may last a minute

    async def _work(self, waiter: Waiter) -> None:
        while True:
            try:
                if not await self._start_one():
                    await waiter.wait(await self._pause())
            except Unavailable as error:
                log.warning("database away: pushes wait", error=str(error))
                await asyncio.sleep(IDLE_SECONDS)

    async def _start_one(self) -> bool:
        """False: nothing is due."""
        async with self._database.transaction() as connection:
            claimed = await queue.claim_due(connection, self._owner, LEASE_SECONDS)
        for push in claimed:
            await self.start(push)
        return bool(claimed)

    async def _start(self, push: Any) -> None:
        try:
            await resolve_and_start(self._database, self._resolver, push, self._slice_devices, _collapse)
        except Unavailable:
            raise
        except Exception as error:
            log.exception("push not resolved", push_id=push.push_id, attempts=push.attempts)
            async with self._database.transaction() as connection:
                if push.attempts >= ATTEMPTS and not _is_lack(error):
                    await queue.fail(
                        connection, push.push_id, "internal error while resolving; the server's log says more"
                    )
                else:
                    await queue.release(connection, push.push_id, self._owner, RETRY_SECONDS)

    async def _renew(self, push_id: int) -> None:
        async with self._database.connection() as connection:
            await queue.renew(connection, push_id, self._owner, LEASE_SECONDS)

    async def _pause(self) -> float:
        async with self._database.connection() as connection:
            return pause(await queue.seconds_to_next(connection), IDLE_SECONDS)

    async def _give_back(self, push_id: int) -> None:
        async with self._database.connection() as connection:
            await queue.release(connection, push_id, self._owner, IDLE_SECONDS)

    async def _release_all(self) -> None:
        async with self._database.connection() as connection:
            await queue.release_all(connection, self._owner)


def _is_lack(error: Exception) -> bool:
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in LACKING)


async def _collapse(connection: Connection, push_id: int) -> None:
    """What the push replaces is sent to nobody any more."""
    await holding.discard(connection, await collapse_earlier(connection, push_id))
