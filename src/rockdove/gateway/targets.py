"""Who the targets of a push are, as its slices say: asked for thousands of times a second, so kept in memory.

Slices are immutable in what they cover. New ones can join a push (targets that move to another channel), so whoever
needs the newest list compares the number of slices first; the bitmaps never change.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from typing import NamedTuple, cast

from pyroaring import BitMap

from rockdove.gateway.bitmap_cache import BitmapCache
from rockdove.storage.database import Connection, fetch_all, fetch_binary
from rockdove.storage.sql import load

_sql = load(__package__, "targets.sql")

PUSHES_KEPT = 50_000
"""Lists of slices kept; of a push of ten million devices about 20 KB."""


Key = tuple[int, int]
"""Push id and slice number."""


class Slice(NamedTuple):
    push_id: int
    slice_no: int
    access_id: int
    channel: str
    first_device: int
    last_device: int

    @property
    def key(self) -> Key:
        return self.push_id, self.slice_no


class Targets:
    """Slices and their bitmaps; the bitmaps take at most `limit_bytes`."""

    def __init__(self, limit_bytes: int) -> None:
        self._slices: OrderedDict[int, list[Slice]] = OrderedDict()
        self._bitmaps: BitmapCache[Key] = BitmapCache(limit_bytes)

    def known(self, push_id: int) -> list[Slice]:
        """The slices as last read, in ascending device id within a channel; empty for a push never read."""
        slices = self._slices.get(push_id)
        if slices is None:
            return []
        self._slices.move_to_end(push_id)
        return slices

    async def read(self, connection: Connection, push_ids: Iterable[int]) -> None:
        """Read the lists of slices anew; a push without any is remembered as such."""
        lists: defaultdict[int, list[Slice]] = defaultdict(list)
        wanted = list(push_ids)
        for row in await fetch_all(connection, _sql.slices, push_ids=wanted):
            lists[row.push_id].append(Slice(*row))
        for push_id in wanted:
            self._slices[push_id] = lists[push_id]
            self._slices.move_to_end(push_id)
        while len(self._slices) > PUSHES_KEPT:
            self._slices.popitem(last=False)

    def forget(self, push_id: int) -> None:
        self._slices.pop(push_id, None)

    async def among(self, connection: Connection, slices: list[Slice], devices: BitMap) -> list[tuple[Slice, BitMap]]:
        """For each slice that has any of `devices` as a target: which. Reads missing bitmaps in one query."""
        near = [slice_ for slice_ in slices if devices.range_cardinality(slice_.first_device, slice_.last_device + 1)]
        bitmaps = await self.bitmaps(connection, [slice_.key for slice_ in near])
        found = ((slice_, devices & bitmap) for slice_, bitmap in zip(near, bitmaps, strict=True))
        return [(slice_, targets) for slice_, targets in found if targets]

    async def bitmaps(self, connection: Connection, keys: list[Key]) -> list[BitMap]:
        """Of each slice, as many as are asked for; empty where there is none. Reads what is missing in one query.

        Being looked at does not keep a bitmap here, or a device that is a target of nothing would keep them all; see
        `used`.
        """
        bitmaps = list(map(self._bitmaps.peek, keys))
        missing = [key for key, bitmap in zip(keys, bitmaps, strict=True) if bitmap is None]
        if not missing:
            return cast("list[BitMap]", bitmaps)
        read = await self._read_bitmaps(connection, missing)
        return [
            read.get(key, BitMap()) if bitmap is None else bitmap for key, bitmap in zip(keys, bitmaps, strict=True)
        ]

    def used(self, key: Key) -> None:
        """Its bitmap was worth keeping."""
        self._bitmaps.get(key)

    async def _read_bitmaps(self, connection: Connection, keys: list[Key]) -> dict[Key, BitMap]:
        push_ids, slice_nos = [push_id for push_id, _ in keys], [slice_no for _, slice_no in keys]
        read: dict[Key, BitMap] = {}
        for row in await fetch_binary(connection, _sql.bitmaps, push_ids=push_ids, slice_nos=slice_nos):
            read[row.push_id, row.slice_no] = bitmap = BitMap.deserialize(row.targets)
            self._bitmaps.put((row.push_id, row.slice_no), bitmap)
        return read
