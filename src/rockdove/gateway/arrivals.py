"""Which devices have confirmed the arrival of a push: they are not sent it again.

Kept in memory for the pushes that were asked for, and brought up to date by reading the receipts appended since. Ids of
receipts are given before they commit, so one can be missed here: its device is sent the message once more, drops it as
seen, confirms again, and that one is read. Compaction appends its result like any other receipt; union is idempotent.
"""

from __future__ import annotations

from collections.abc import Iterable

from pyroaring import BitMap

from rockdove.gateway.bitmap_cache import BitmapCache
from rockdove.storage.database import Connection, fetch_all, fetch_binary, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "arrivals.sql")

FOLLOW_ROWS = 10_000
"""Receipts read at a time; what is beyond is read the next time."""


class Arrivals:
    """Arrival bitmaps by push, at most `limit_bytes` of them."""

    def __init__(self, limit_bytes: int) -> None:
        self._bitmaps: BitmapCache[int] = BitmapCache(limit_bytes)
        self._read_upto: int | None = None

    async def of(self, connection: Connection, push_ids: Iterable[int]) -> dict[int, BitMap]:
        """The devices that confirmed, by push."""
        await self._follow(connection)
        found = {push_id: self._bitmaps.get(push_id) for push_id in push_ids}
        missing = [push_id for push_id, bitmap in found.items() if bitmap is None]
        complete = {push_id: bitmap for push_id, bitmap in found.items() if bitmap is not None}
        return complete | await self._read(connection, missing) if missing else complete

    def forget(self, push_id: int) -> None:
        """It is read anew when it is asked for next."""
        self._bitmaps.drop(push_id)

    async def _follow(self, connection: Connection) -> None:
        if self._read_upto is None:
            self._read_upto = await _newest(connection)
            return
        appended = await fetch_all(connection, _sql.appended, after=self._read_upto, rows=FOLLOW_ROWS)
        if not appended:
            return
        self._read_upto = appended[-1].delta_id
        wanted = [row.delta_id for row in appended if row.event == "arrived" and row.push_id in self._bitmaps]
        if wanted:
            await self._take_over(connection, wanted)

    async def _take_over(self, connection: Connection, delta_ids: list[int]) -> None:
        grown: dict[int, BitMap] = {}
        for row in await fetch_binary(connection, _sql.deltas, delta_ids=delta_ids):
            bitmap = self._bitmaps.get(row.push_id)
            if bitmap is not None:
                bitmap |= BitMap.deserialize(row.devices)
                grown[row.push_id] = bitmap
        for push_id, bitmap in grown.items():
            self._bitmaps.put(push_id, bitmap)

    async def _read(self, connection: Connection, push_ids: list[int]) -> dict[int, BitMap]:
        bitmaps = {push_id: BitMap() for push_id in push_ids}
        for row in await fetch_binary(connection, _sql.arrived, push_ids=push_ids):
            bitmaps[row.push_id] |= BitMap.deserialize(row.devices)
        for push_id, bitmap in bitmaps.items():
            self._bitmaps.put(push_id, bitmap)
        return bitmaps


async def _newest(connection: Connection) -> int:
    newest: int = (await fetch_one(connection, _sql.newest)).delta_id
    return newest
