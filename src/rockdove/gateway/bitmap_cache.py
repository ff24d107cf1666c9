"""Bitmaps kept by key, the least recently used leaving first, bounded by their bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar, cast

from pyroaring import BitMap

Key = TypeVar("Key", bound=Hashable)

_ENTRY_BYTES = 300
"""What an empty bitmap and its place in the cache take."""


class BitmapCache(Generic[Key]):
    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._entries: OrderedDict[Key, tuple[BitMap, int]] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: Key) -> bool:
        return key in self._entries

    def keys(self) -> list[Key]:
        return list(self._entries)

    def get(self, key: Key) -> BitMap | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: Key, bitmap: BitMap) -> None:
        """Keep it, or keep it again after it has grown."""
        _, before = self._entries.pop(key, (None, 0))
        size = _ENTRY_BYTES + _bytes(bitmap)
        self._entries[key] = (bitmap, size)
        self.bytes += size - before
        while self.bytes > self._limit and len(self._entries) > 1:
            _, (_, freed) = self._entries.popitem(last=False)
            self.bytes -= freed

    def drop(self, key: Key) -> None:
        _, size = self._entries.pop(key, (None, 0))
        self.bytes -= size


def _bytes(bitmap: BitMap) -> int:
    facts = cast("dict[str, int]", bitmap.get_statistics())
    kinds = ("n_bytes_array_containers", "n_bytes_run_containers", "n_bytes_bitset_containers")
    return sum(facts[kind] for kind in kinds) + 16 * facts["n_containers"]
