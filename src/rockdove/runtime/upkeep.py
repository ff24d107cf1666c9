"""What a worker does beside pushes: answer previews, keep its indexes near, forget what is old."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from rockdove.audience import previews
from rockdove.audience.resolver import Resolver
from rockdove.devices import applications
from rockdove.observe import log
from rockdove.storage.database import Database, Unavailable
from rockdove.storage.package_store import PackageStore
from rockdove.storage.wake import Bell

IDLE_SECONDS = 1.0
INDEX_SECONDS = 300.0
"""An index that is this near to the database is overlaid in milliseconds when a push starts."""
FORGET_SECONDS = 3600.0
DAY_SECONDS = 24 * 3600.0


async def answer_previews(database: Database, resolver: Resolver, store: PackageStore, bell: Bell, owner: str) -> None:
    """Until cancelled."""
    waiter = bell.waiter("previews")
    while True:
        try:
            if not await previews.answer_one(database, resolver, store, owner):
                await waiter.wait(IDLE_SECONDS)
        except Unavailable as error:
            log.warning("database away: previews wait", error=str(error))
            await asyncio.sleep(IDLE_SECONDS)
        except Exception:
            log.exception("preview failed")
            await asyncio.sleep(IDLE_SECONDS)


class Job(NamedTuple):
    """Something to be done every so many `seconds`. Work that takes long is followed by a rest `rest_share` times as
    long.
    """

    seconds: float
    what: str
    work: Callable[[], Awaitable[object]]
    rest_share: int = 0


async def every(job: Job) -> None:
    """Do it now and every so often, until cancelled; a failure is logged and tried again next time."""
    while True:
        began = time.monotonic()
        try:
            await job.work()
        except Unavailable as error:
            log.warning("database away: upkeep waits", what=job.what, error=str(error))
        except Exception:
            log.exception("upkeep failed", what=job.what)
        await asyncio.sleep(max(job.seconds, job.rest_share * (time.monotonic() - began)))


async def refresh_indexes(database: Database, resolver: Resolver) -> None:
    """Make or merge the snapshots of all applications, so that no push waits for its application's first one."""
    async with database.connection() as connection:
        known = await applications.list_all(connection)
    for application in known:
        await asyncio.to_thread(resolver.index.refresh, application.access_id)
