"""The own channel's slices of an application's active pushes, in the order of sending.

Who looks for one device among ten thousand bitmaps waits for memory ten thousand times. So slices that were sent one
after the other stand in a binder, which also knows the union of their targets: a device that is not in it is in none
of them. What is kept of the unions is bounded; without one, a binder is looked through.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pyroaring import BitMap

from rockdove.gateway.bitmap_cache import BitmapCache
from rockdove.gateway.targets import Slice

BINDER_SLICES = 16
"""When a device is a target of one push in 500, of 16 it is a target of one in 30: about as many binders as slices in
the opened ones are looked at."""
LARGEST_BLOCK = 256
"""Binders handed out together. Most devices are targets of the newest pushes: one at first, then ever more."""


class Place(NamedTuple):
    """Where a slice stands."""

    send_seq: int
    push_id: int
    slice_no: int


class Binder:
    """A few slices in a row, oldest first. Its range only grows; it is thrown away when it is empty."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.slices: list[Slice] = []
        self.first_device, self.last_device = 2**32, -1

    def put(self, place: Place, slice_: Slice) -> None:
        at = bisect_left(self.places, place)
        self.places.insert(at, place)
        self.slices.insert(at, slice_)
        self._widen(slice_.first_device, slice_.last_device)

    def take(self, push_id: int) -> None:
        kept = [at for at, place in enumerate(self.places) if place.push_id != push_id]
        self.places, self.slices = [self.places[at] for at in kept], [self.slices[at] for at in kept]

    def split(self) -> Binder:
        """Gives the newer half."""
        newer, half = Binder(), len(self.places) // 2
        newer.places, self.places = self.places[half:], self.places[:half]
        newer.slices, self.slices = self.slices[half:], self.slices[:half]
        newer._widen(self.first_device, self.last_device)
        return newer

    def near(self, lowest: int, highest: int) -> list[tuple[Place, Slice]]:
        """Newest first, the slices that are not beside this range."""
        return [
            (place, slice_)
            for place, slice_ in zip(reversed(self.places), reversed(self.slices), strict=True)
            if slice_.first_device <= highest and slice_.last_device >= lowest
        ]

    def _widen(self, first_device: int, last_device: int) -> None:
        self.first_device = min(self.first_device, first_device)
        self.last_device = max(self.last_device, last_device)


Unions = BitmapCache[Binder]


class Shelf:
    """`unions` may be shared with other shelves."""

    def __init__(self, unions: Unions) -> None:
        self._binders: list[Binder] = []
        self._unions = unions

    def __len__(self) -> int:
        return sum(len(binder.places) for binder in self._binders)

    def put(self, send_seq: int, slices: Iterable[Slice]) -> None:
        """Those that stand there already stay as they are."""
        for slice_ in slices:
            place = Place(send_seq, slice_.push_id, slice_.slice_no)
            binder = self._binder_for(place)
            if place not in binder.places:
                binder.put(place, slice_)
                self._unions.drop(binder)

    def take(self, send_seq: int, push_id: int) -> None:
        """All of a push."""
        start = max(0, self._before(Place(send_seq, push_id, -1)) - 1)
        end = self._before(Place(send_seq, push_id + 1, -1))
        for binder in self._binders[start:end]:
            binder.take(push_id)
            if not binder.places:
                self._unions.drop(binder)
        self._binders[start:end] = [binder for binder in self._binders[start:end] if binder.places]

    def newest_first(self, devices: BitMap) -> Iterator[list[Binder]]:
        """Block by block, the binders that may hold any of `devices`, as those are when the block's turn comes; until
        none of them is left."""
        end, size = len(self._binders), 1
        while end > 0 and devices:
            start = max(0, end - size)
            lowest, highest = devices.min(), devices.max()
            near = (
                binder
                for binder in reversed(self._binders[start:end])
                if binder.first_device <= highest and binder.last_device >= lowest
            )
            unions = self._unions
            yield [one for one in near if (union := unions.peek(one)) is None or devices.intersect(union)]
            end, size = start, min(size * 2, LARGEST_BLOCK)

    def summarise(self, binder: Binder, bitmaps: list[BitMap]) -> None:
        """Keep the union of its slices' bitmaps, if `bitmaps` are all of them, it is not known, and there is room."""
        if len(bitmaps) == len(binder.places) and binder not in self._unions and not self._unions.is_full:
            self._unions.put(binder, BitMap().union(*bitmaps))

    def _binder_for(self, place: Place) -> Binder:
        at = self._before(place)
        if not self._binders or self._is_beyond(self._binders[-1], place):
            self._binders.append(Binder())
            return self._binders[-1]
        binder = self._binders[max(0, at - 1)]
        if len(binder.places) < 2 * BINDER_SLICES:
            return binder
        self._unions.drop(binder)
        newer = binder.split()
        self._binders.insert(max(1, at), newer)
        return newer if place >= newer.places[0] else binder

    def _is_beyond(self, newest: Binder, place: Place) -> bool:
        return place > newest.places[-1] and len(newest.places) >= BINDER_SLICES

    def _before(self, place: Place) -> int:
        """How many binders begin before or at this place."""
        return bisect_right(self._binders, place, key=lambda binder: binder.places[0])
