from __future__ import annotations

from pyroaring import BitMap

from rockdove.gateway.bitmap_cache import BitmapCache


def test_the_least_recently_used_leaves_first() -> None:
    cache: BitmapCache[int] = BitmapCache(limit_bytes=25_000)
    for key in (1, 2):
        cache.put(key, BitMap(range(0, 200_000, 7)[:5_000]))
    assert cache.get(1)
    cache.put(3, BitMap(range(0, 200_000, 7)[:5_000]))
    assert sorted(cache.keys()) == [1, 3]
    assert cache.get(2) is None


def test_a_bitmap_that_grows_is_weighed_again() -> None:
    cache: BitmapCache[int] = BitmapCache(limit_bytes=10**6)
    bitmap = BitMap()
    cache.put(1, bitmap)
    small = cache.bytes
    bitmap |= BitMap(range(0, 100_000, 3))
    cache.put(1, bitmap)
    assert cache.bytes > small + 10_000
    cache.drop(1)
    assert (len(cache), cache.bytes) == (0, 0)


def test_one_bitmap_beyond_the_limit_is_kept_while_it_is_the_only_one() -> None:
    cache: BitmapCache[int] = BitmapCache(limit_bytes=1)
    cache.put(1, BitMap(range(0, 100_000, 3)))
    assert 1 in cache
    cache.put(2, BitMap([1]))
    assert cache.keys() == [2]
