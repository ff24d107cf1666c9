"""Telling connected devices of a push that could not be handed out when they asked.

A device asks once, after it has connected. What is held back then, because its push is paused or outside the hours of
its `accept_time`, would have to wait for the device's next connection. So when the hours begin, and when a push goes
on, every connected device that was away when its slice was published, and that has not confirmed, is answered as if it
had just asked. (Slices that were not published yet are dispatch's: it publishes to everybody when their time comes.)

When, stands in `pushes.nudge_at`; nobody has to remember it. Of a push with an `accept_time` the first gateway that
sees it started writes down the next opening, and whoever has nudged its devices the one after. One gateway claims what
is due of an application; a claim that is not settled is due again after LEASE_SECONDS. So a gateway that dies, or is
down at the minute of opening, delays a nudge and does not lose it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from pyroaring import BitMap

from rockdove.domain.accept_time import AcceptTime
from rockdove.engines.wire import ConnectionLostError
from rockdove.gateway.owed import OwedMessages
from rockdove.gateway.sync import BATCH_DEVICES, Sync
from rockdove.observe import log
from rockdove.storage.database import Connection, Database, Unavailable, fetch_all
from rockdove.storage.sql import load

_sql = load(__package__, "nudges.sql")

LOOK_SECONDS = 1.0
LEASE_SECONDS = 60.0
"""A claim is renewed after every BATCH_DEVICES devices."""
PUSHES_AT_ONCE = 1000


async def ask(connection: Connection, push_id: int) -> None:
    """Have the connected devices that wait for this push told of it, within about a second of the commit."""
    await connection.execute(_sql.ask, {"push_id": push_id})


class Nudges:
    """`online` gives the connected devices of an application."""

    def __init__(self, database: Database, owed: OwedMessages, sync: Sync, online: Callable[[int], BitMap]) -> None:
        self._database = database
        self._owed = owed
        self._sync = sync
        self._online = online

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.plan()
                while await self.nudge():
                    pass
            except Unavailable as error:
                log.warning("database away: nudges wait", error=str(error))
            except ConnectionLostError as error:
                log.warning("NATS away: nudges come again", error=str(error))
            except Exception:
                log.exception("nudge failed: it comes again")
            await asyncio.sleep(LOOK_SECONDS)

    async def plan(self) -> None:
        """Write down when the hours of pushes that have started since begin next."""
        async with self._database.connection() as connection:
            started = await fetch_all(connection, _sql.unplanned, most=PUSHES_AT_ONCE)
            if started:
                nudges_at = [_next_opening(push, push.started_at) for push in started]
                push_ids = [push.push_id for push in started]
                await connection.execute(_sql.plan, {"push_ids": push_ids, "nudges_at": nudges_at})

    async def nudge(self) -> int:
        """Tell the devices of one application; gives how many pushes were due, 0: none.

        Raises what `Unavailable` names, or ConnectionLostError: the nudge is due again when its lease is over.
        """
        async with self._database.connection() as connection:
            due = await fetch_all(connection, _sql.claim, seconds=LEASE_SECONDS, most=PUSHES_AT_ONCE)
            if not due:
                return 0
            access_id, held = due[0].access_id, due[0].held
            push_ids = [push.push_id for push in due]
            open_now = [push.push_id for push in due if _is_open(push)]
            devices = await self._owed.waiting(connection, open_now, self._online(access_id).copy())
        held = await self._tell(access_id, devices, push_ids, held)
        nudges_at = [_next_opening(push, push.now) for push in due]
        async with self._database.connection() as connection:
            await connection.execute(_sql.settle, {"push_ids": push_ids, "nudges_at": nudges_at, "held": held})
        return len(due)

    async def _tell(self, access_id: int, devices: BitMap, push_ids: list[int], held: datetime) -> datetime:
        """Gives until when the claim is held now."""
        for start in range(0, len(devices), BATCH_DEVICES):
            await self._sync.tell(access_id, devices[start : start + BATCH_DEVICES])
            async with self._database.connection() as connection:
                renewed = await fetch_all(connection, _sql.renew, push_ids=push_ids, held=held, seconds=LEASE_SECONDS)
            held = renewed[0].held if renewed else held
        return held


def _is_open(push: Any) -> bool:
    accept_time = AcceptTime.of(push.accept_time, push.timezone)
    return accept_time is None or accept_time.is_open(push.now)


def _next_opening(push: Any, after: datetime) -> datetime | None:
    """None: not before the push expires."""
    accept_time = AcceptTime.of(push.accept_time, push.timezone)
    opening = accept_time.next_opening(after) if accept_time else None
    return opening if opening and opening < push.expires_at else None
