"""Which devices were there on a day: connected to the own channel, or speaking to the device API.

Every process collects whom it sees and adds them to the day's set once a minute. Adding to a set does not mind that
several processes saw the same device, or one of them twice.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping

from pyroaring import BitMap

from rockdove.observe import log
from rockdove.storage.database import Database, Unavailable, fetch_all, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "active_days.sql")

REST_SECONDS = 60.0


class ActiveDays:
    """`see` devices; `connected`, when given, says who is connected, or was since it was last asked."""

    def __init__(self, database: Database, connected: Callable[[], Mapping[int, BitMap]] = dict) -> None:
        self._database = database
        self._connected = connected
        self._seen: defaultdict[int, BitMap] = defaultdict(BitMap)

    def see(self, access_id: int, device_id: int) -> None:
        self._seen[access_id].add(device_id)

    async def run(self) -> None:
        """Until cancelled; what was seen by then is written."""
        try:
            while True:
                await asyncio.sleep(REST_SECONDS)
                await self._try_record()
        finally:
            await self._try_record()

    async def record(self) -> None:
        """Write whom we saw. When the database is away they are kept for the next time."""
        for access_id, devices in self._connected().items():
            self._seen[access_id] |= devices
        seen, self._seen = self._seen, defaultdict(BitMap)
        try:
            async with self._database.connection() as connection:
                zones = await fetch_all(connection, _sql.zones, access_ids=list(seen))
            for row in zones:
                async with self._database.transaction() as connection:
                    key = {"access_id": row.access_id, "day": row.today}
                    begun = await fetch_one(connection, _sql.begin, **key, devices=BitMap().serialize())
                    known = BitMap.deserialize(begun.devices)
                    if fresh := seen[row.access_id] - known:
                        everyone = known | fresh
                        written = {"device_count": len(everyone), "devices": everyone.serialize()}
                        await connection.execute(_sql.write, key | written)
                del seen[row.access_id]
        except BaseException:
            for access_id, devices in seen.items():
                self._seen[access_id] |= devices
            raise

    async def _try_record(self) -> None:
        try:
            await self.record()
        except Unavailable as error:
            log.warning("database away: active devices wait", error=str(error))
        except Exception:
            log.exception("active devices failed")
