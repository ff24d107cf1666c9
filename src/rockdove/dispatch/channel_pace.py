"""How fast, how many a day, and until when not at all: what a vendor allows one application, over all workers.

A token bucket in devices a second for each application and channel, and a counter for each day and class of messages.
Both are rows in the database that one statement moves on: a worker that dies between drawing and sending has counted
devices it did not send to, which errs on the vendor's side.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from rockdove.channels.channel import Quota
from rockdove.domain import china_day
from rockdove.storage.database import Connection, Database, fetch_all, fetch_one
from rockdove.storage.sql import load

BURST_SECONDS = 1.0
"""An idle channel may send so much at once."""
KEPT_DAYS = 30
LOOK_AGAIN_SECONDS = 0.002

_sql = load(__package__, "channel_pace.sql")


class NotYetError(RuntimeError):
    """It is not the channel's turn: the slice is put back for `seconds`. `keeps_turn`: it keeps its push's; else it is
    put back like one whose channel is away."""

    def __init__(self, seconds: float, *, keeps_turn: bool = True) -> None:
        super().__init__(f"not for {seconds:.1f} s")
        self.seconds, self.keeps_turn = seconds, keeps_turn


class Standing(NamedTuple):
    """How a channel of an application stands. Seconds; 0: not at all."""

    wait: float = 0.0
    stopped: float = 0.0
    stop_reason: str = ""


class Drawn(NamedTuple):
    """Devices counted against a quota."""

    granted: int
    day: date | None = None
    """None: there is no quota, nothing was counted."""


@dataclass(frozen=True, slots=True)
class ChannelPace:
    """All channels' pace in `database`."""

    database: Database

    async def take_turn(self, access_id: int, channel: str, devices: int, per_second: int) -> Standing:
        """Take it for so many devices: an empty Standing is a turn taken, else nothing was, and it says how long to
        wait. `per_second` 0: there is no rate, only pauses and stops."""
        key = {"access_id": access_id, "channel": channel}
        async with self.database.connection() as connection:
            if per_second and await fetch_one(
                connection, _sql.take_turn, **key, seconds=devices / per_second, burst=BURST_SECONDS
            ):
                return Standing()
            now = await standing(connection, access_id, channel)
        taken_by_another = per_second and not now.wait and not now.stopped  # it came between our two looks
        return Standing(wait=LOOK_AGAIN_SECONDS) if taken_by_another else now

    async def draw(self, access_id: int, channel: str, quota: Quota | None, devices: int) -> Drawn:
        """Count up to so many devices against today's quota."""
        if quota is None:
            return Drawn(devices)
        day = china_day.today()
        values = {"access_id": access_id, "channel": channel, "day": day, "message_class": quota.message_class}
        async with self.database.connection() as connection:
            row = await fetch_one(connection, _sql.draw, **values, count=devices, quota=quota.devices_per_day)
        return Drawn(row.granted, day)

    async def give_back(self, access_id: int, channel: str, quota: Quota | None, drawn: Drawn, devices: int) -> None:
        if quota is None or drawn.day is None or not devices:
            return
        values: dict[str, Any] = {"access_id": access_id, "channel": channel, "day": drawn.day, "count": devices}
        async with self.database.connection() as connection:
            await connection.execute(_sql.give_back, values | {"message_class": quota.message_class})

    async def pause(self, access_id: int, channel: str, seconds: float) -> None:
        async with self.database.connection() as connection:
            await connection.execute(_sql.pause, {"access_id": access_id, "channel": channel, "seconds": seconds})

    async def stop(self, access_id: int, channel: str, seconds: float, reason: str) -> None:
        values = {"access_id": access_id, "channel": channel, "seconds": seconds, "reason": reason}
        async with self.database.connection() as connection:
            await connection.execute(_sql.stop, values)

    async def forget_old(self) -> None:
        async with self.database.connection() as connection:
            await connection.execute(_sql.forget, {"day": china_day.today() - timedelta(days=KEPT_DAYS)})


async def standing(connection: Connection, access_id: int, channel: str) -> Standing:
    row = await fetch_one(connection, _sql.standing, access_id=access_id, channel=channel)
    if row is None:
        return Standing()
    stopped = max(row.stopped, 0.0)
    return Standing(max(row.wait, 0.0), stopped, row.stop_reason if stopped else "")


async def resume(connection: Connection, access_id: int, channel: str) -> None:
    """What it was stopped for has been changed: try again at once."""
    await connection.execute(_sql.resume, {"access_id": access_id, "channel": channel})


async def used_today(connection: Connection, access_id: int) -> dict[tuple[str, str], int]:
    """Devices by (channel, message class)."""
    rows = await fetch_all(connection, _sql.used, access_id=access_id, day=china_day.today())
    return {(row.channel, row.message_class): row.used for row in rows}
