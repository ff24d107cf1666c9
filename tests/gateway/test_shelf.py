"""Slices in the order of sending, found by device: against a plain list."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from rockdove.gateway.bitmap_cache import BitmapCache
from rockdove.gateway.shelf import Shelf, Unions
from rockdove.gateway.targets import Slice

DEVICES = st.sets(st.integers(0, 60), min_size=1, max_size=8)
puts = st.tuples(st.just("put"), st.integers(0, 80), st.lists(DEVICES, min_size=1, max_size=3))
takes = st.tuples(st.just("take"), st.integers(0, 80), st.lists(DEVICES, max_size=0))
histories = st.lists(puts | puts | puts | takes, max_size=60)
Targets = dict[tuple[int, int], BitMap]


def found_by(shelf: Shelf, targets: Targets, device: int) -> list[tuple[int, int]]:
    """As a gateway looks for it; what it learns of the unions stays."""
    asking, found = BitMap([device]), []
    for binders in shelf.newest_first(asking):
        for binder in binders:
            near = binder.near(device, device)
            shelf.summarise(binder, [targets[slice_.key] for _, slice_ in near])
            found += [slice_.key for _, slice_ in near if device in targets[slice_.key]]
    return found


@settings(max_examples=100, deadline=None)
@given(histories, st.sampled_from([0, 10_000, 10**6]))
def test_every_slice_of_a_device_and_the_newest_first(
    history: list[tuple[str, int, list[set[int]]]], room: int
) -> None:
    """`room` for unions: none, for some, for all."""
    unions: Unions = BitmapCache(room)
    shelf, targets = Shelf(unions), Targets()
    for what, push_id, slices in history:
        send_seq = push_id * 7 % 81  # another order than that of the ids
        if what == "take":
            shelf.take(send_seq, push_id)
            targets = {key: bitmap for key, bitmap in targets.items() if key[0] != push_id}
        for number, devices in enumerate(slices):
            bitmap = targets.setdefault((push_id, number), BitMap(devices))
            shelf.put(send_seq, [Slice(push_id, number, 1, "xg", bitmap.min(), bitmap.max())])
        for device in (3, 30):
            wanted = [key for key, bitmap in targets.items() if device in bitmap]
            assert found_by(shelf, targets, device) == sorted(
                wanted, key=lambda key: (key[0] * 7 % 81, key), reverse=True
            )
    assert len(shelf) == len(targets)
    for push_id in {push_id for push_id, _ in targets}:
        shelf.take(push_id * 7 % 81, push_id)
    assert (len(shelf), len(unions)) == (0, 0), "nothing is left behind"


def test_whoever_has_enough_is_not_looked_for_further() -> None:
    shelf = Shelf(BitmapCache(10**6))
    for push_id in range(2000):
        shelf.put(push_id, [Slice(push_id, 0, 1, "xg", 1, 9)])
    asking, seen = BitMap([5]), 0
    for binders in shelf.newest_first(asking):
        seen += sum(len(binder.places) for binder in binders)
        asking.discard(5)
    assert 0 < seen < 50


def test_a_union_passes_over_what_is_for_others() -> None:
    shelf = Shelf(BitmapCache(10**6))
    targets = {(push_id, 0): BitMap([1, 9]) for push_id in range(100)}
    for key in targets:
        shelf.put(key[0], [Slice(*key, 1, "xg", 1, 9)])
    assert found_by(shelf, targets, 5) == []
    assert not any(shelf.newest_first(BitMap([5]))), "no binder is opened again"
