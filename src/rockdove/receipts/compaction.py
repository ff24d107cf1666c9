"""Merging what was appended: of a slice, an event and a minute that is over, one row remains.

One process does it for all (an advisory lock decides which); the others look on. Readers see either the parts or their
union, never both or neither: a group leaves and comes back in one transaction.
"""

from __future__ import annotations

import asyncio
from typing import Any

from pyroaring import BitMap

from rockdove.observe import log
from rockdove.receipts.deltas import Row, append
from rockdove.storage.database import Connection, Database, Unavailable, fetch_all, fetch_binary, fetch_one, only_one
from rockdove.storage.sql import load

_sql = load(__package__, "deltas.sql")

REST_SECONDS = 30.0
GROUPS = 500
"""Merged in one transaction."""


class Compaction:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._merged_upto = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                merged = await self.compact()
            except Unavailable as error:
                log.warning("database away: receipts stay scattered", error=str(error))
                merged = 0
            await asyncio.sleep(REST_SECONDS if merged < GROUPS else 0)

    async def compact(self) -> int:
        """Merge some groups; gives how many, 0 also when another process has the lock."""
        async with self._database.transaction() as connection:
            if not await only_one(connection, "receipts.compaction"):
                return 0
            merged_upto = self._merged_upto
            groups = await fetch_all(connection, _sql.scattered, after=merged_upto, groups=GROUPS)
            await append(connection, dict([await _take(connection, group) for group in groups]))
            if len(groups) < GROUPS:
                merged_upto = (await fetch_one(connection, _sql.merged_upto, after=merged_upto)).delta_id
        self._merged_upto = merged_upto
        return len(groups)


async def _take(connection: Connection, group: Any) -> tuple[Row, BitMap]:
    key = {"push_id": group.push_id, "slice_no": group.slice_no, "event": group.event, "minute": group.minute}
    rows = await fetch_binary(connection, _sql.take, **key)
    return Row(**key), BitMap.union(*(BitMap.deserialize(row.devices) for row in rows))
