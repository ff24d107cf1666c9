"""Bitmaps kept by key, the least recently used leaving first, bounded by their bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar, cast

from pyroaring import BitMap

Key = TypeVar("Key", bound=Hashable)

_ENTRY_BYTES = 300
"""What an empty bitmap and its place in the cache take."""


class BitmapCache(Generic[Key]):
    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._bitmaps: OrderedDict[Key, BitMap] = OrderedDict()
        self._sizes: dict[Key, int] = {}
        self.bytes = 0
        self.peek: Callable[[Key], BitMap | None] = self._bitmaps.get
        """Get without counting as a use: a thousand a tenth of a millisecond."""

    def __len__(self) -> int:
        return len(self._bitmaps)

    def __contains__(self, key: Key) -> bool:
        return key in self._bitmaps

    @property
    def is_full(self) -> bool:
        """Whatever comes now makes something else leave."""
        return self.bytes >= self._limit

    def keys(self) -> list[Key]:
        return list(self._bitmaps)

    def get(self, key: Key) -> BitMap | None:
        bitmap = self._bitmaps.get(key)
        if bitmap is not None:
            self._bitmaps.move_to_end(key)
        return bitmap

    def put(self, key: Key, bitmap: BitMap) -> None:
        """Keep it, or keep it again after it has grown."""
        self.drop(key)
        self._bitmaps[key] = bitmap
        self._sizes[key] = size = _ENTRY_BYTES + _bytes(bitmap)
        self.bytes += size
        while self.bytes > self._limit and len(self._bitmaps) > 1:
            self.drop(next(iter(self._bitmaps)))

    def drop(self, key: Key) -> None:
        self._bitmaps.pop(key, None)
        self.bytes -= self._sizes.pop(key, 0)


def _bytes(bitmap: BitMap) -> int:
    facts = cast("dict[str, int]", bitmap.get_statistics())
    kinds = ("n_bytes_array_containers", "n_bytes_run_containers", "n_bytes_bitset_containers")
    return sum(facts[kind] for kind in kinds) + 16 * facts["n_containers"]
