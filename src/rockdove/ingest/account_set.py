"""The set of accounts of a file: collected block by block, then ordered by hash and freed of duplicates.

Rows are collected in parts, by the upper bits of their hash, and each part is put in order on its own. One sort both
orders and finds duplicates: the key of a row is its hash with the low bits replaced by the row's number, so sorting
64-bit keys also says where each came from (argsort takes three times as long), and rows of one account become
neighbours. About 40 bits of the hash are left in a key, so equal neighbours are *candidates*, and what decides is the
comparison of their texts. Nearly always a run of equal keys is one account repeated. A run of several accounts (some
thousand pairs among 40 million, or as many as somebody crafts) is put in order by the full hash and the text.

Texts of more than 12 bytes stay in a file, the spool, appended block by block while parsing and mapped afterwards, so
memory is 24 bytes a row and some for the part in hand, however long the accounts are.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from math import prod
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from rockdove.domain.account_hash import Heads, Integers, Words, hash_slices, heads_of, slices_of
from rockdove.ingest.blocks import Bytes, Flags, Positions
from rockdove.storage.accounts_file import INLINE_BYTES, SEGMENT_BYTES, strings, views_of

_SPARSE: Final = 4
"""Long accounts that make up less than one part in so many of their block are copied out of it."""
THREADS: Final = 2
PARTS: Final = 32
"""Of a quarter of a million rows for a file of 100 MB: what is sorted and gathered at once stays in the cache."""
GATHERED_ROWS: Final = 1 << 16
"""Written at once: so few that the memory for them is used again and again."""
CROWDED_ROWS: Final = 1 << 21
"""Hashes spread evenly, so a part of the largest set allowed has fewer rows than this, unless many are duplicates."""
_PART_SHIFT: Final = np.uint64(59)  # the upper bits of the hash, so that the parts one after another are in its order
_VIEW: Final = np.dtype("V16")
_LENGTH: Final = np.uint64(0xFFFFFFFF)


class TextSpool:
    """A file that grows; safe to append to from several threads."""

    def __init__(self, path: Path) -> None:
        self._path, self._size, self._lock = path, 0, Lock()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)

    def append(self, data: memoryview) -> int:
        """Where it begins. It crosses no cut between segments."""
        with self._lock:
            if self._size % SEGMENT_BYTES + len(data) > SEGMENT_BYTES:
                self._size += SEGMENT_BYTES - self._size % SEGMENT_BYTES
            offset = self._size
            self._size += len(data)
        written = 0
        while written < len(data):
            written += os.pwrite(self._file, data[written:], offset + written)
        return offset

    def segments(self) -> list[memoryview]:
        """All of it, mapped."""
        if not self._size:
            return []
        view = memoryview(mmap.mmap(self._file, self._size, access=mmap.ACCESS_READ))
        return [view[first : first + SEGMENT_BYTES] for first in range(0, self._size, SEGMENT_BYTES)]

    def __enter__(self) -> TextSpool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)
        self._path.unlink(missing_ok=True)


class Rows(NamedTuple):
    """Accounts, one a row, in order of the part of the set they belong to."""

    hashes: Words
    views: Words
    bounds: list[int]
    """Part i has the rows bounds[i] to bounds[i + 1]."""


def rows_of(data: Bytes, starts: Integers, lengths: Integers, spool: TextSpool) -> Rows:
    """Slices of `data` (padded) as rows; the text of long ones goes to the spool."""
    heads = heads_of(data, starts)
    hashes = hash_slices(data, starts, lengths, heads)
    views = _views(data, starts, lengths, heads, spool)
    part = (hashes >> _PART_SHIFT).astype(np.uint8)
    order = np.argsort(part, kind="stable")
    bounds = np.cumsum(np.bincount(part, minlength=PARTS))
    return Rows(
        hashes.take(order), views.view(_VIEW)[:, 0].take(order).view(np.uint64).reshape(-1, 2), [0, *bounds.tolist()]
    )


def _views(data: Bytes, starts: Integers, lengths: Integers, heads: Heads, spool: TextSpool) -> Words:
    is_long = lengths > INLINE_BYTES
    if not is_long.any():
        return views_of(heads, starts, lengths)
    if int(lengths[is_long].sum()) * _SPARSE >= len(data):
        return views_of(heads, starts, lengths, spool.append(data.data))
    views = views_of(heads, starts, lengths)
    packed, starts, lengths = slices_of(pl.Series(strings(views[is_long], [data.data])))
    views[is_long] = views_of(heads_of(packed, starts), starts, lengths, spool.append(packed.data))
    return views


class AccountSet:
    """Add rows; then `settle` once, and what it has settled can be read part by part, in ascending order."""

    def __init__(self, spool: TextSpool, expected_rows: int = 0) -> None:
        self._spool = spool
        self._parts = [_Part(expected_rows // PARTS) for _ in range(PARTS)]
        self.size = 0
        """Rows added, duplicates included."""

    def add(self, rows: Rows) -> None:
        self.size += len(rows.hashes)
        for part, (first, last) in zip(self._parts, pairwise(rows.bounds), strict=True):
            part.add(rows.hashes[first:last], rows.views[first:last])
            if part.is_crowded:
                part.compact(self._spool.segments())

    def settle(self) -> int:
        """Find order and duplicates; gives the number of distinct accounts."""
        text = self._spool.segments()
        with ThreadPoolExecutor(THREADS) as pool:
            return sum(pool.map(lambda part: part.settle(text), self._parts))

    def hashes(self) -> Iterator[Words]:
        """Of the distinct accounts, ascending, some at a time."""
        return (hashes for part in self._parts for hashes in part.hashes())

    def views(self) -> Iterator[Words]:
        """In the same order."""
        return (views for part in self._parts for views in part.views())


class _Part:
    """Rows whose hashes begin alike, in the order they came."""

    def __init__(self, expected_rows: int) -> None:
        self._hashes, self._views = _room(expected_rows), _room(expected_rows, 2)
        self._order = np.empty(0, np.uint32)
        """The distinct rows in ascending order."""
        self._size, self._crowded_from, self._row_mask = 0, CROWDED_ROWS, np.uint64(0)

    def add(self, hashes: Words, views: Words) -> None:
        first, last = self._size, self._size + len(hashes)
        if last > len(self._hashes):
            self._hashes, self._views = _grown(self._hashes, last), _grown(self._views, last)
        self._hashes[first:last], self._views[first:last] = hashes, views
        self._size = last

    @property
    def is_crowded(self) -> bool:
        return self._size > self._crowded_from

    def compact(self, text: list[memoryview]) -> None:
        """Drop duplicates before the end: many accounts repeated all over a file must not fill the memory."""
        count = self.settle(text)
        self._hashes[:count], self._views[:count] = self._hashes[self._order], self._views[self._order]
        self._size, self._crowded_from = count, max(CROWDED_ROWS, 2 * count)

    def settle(self, text: list[memoryview]) -> int:
        self._row_mask = np.uint64((1 << self._size.bit_length()) - 1)
        keys = self._hashes[: self._size] & ~self._row_mask
        keys |= np.arange(self._size, dtype=np.uint64)
        keys, is_first = self._first_of_each(pl.Series(keys).sort(multithreaded=False).to_numpy(), text)
        rows = (keys & self._row_mask).astype(np.uint32)
        self._order = rows if is_first is None else rows[is_first]
        return len(self._order)

    def hashes(self) -> Iterator[Words]:
        return (self._hashes.take(rows) for rows in self._rows())

    def views(self) -> Iterator[Words]:
        return (self._views_of(rows) for rows in self._rows())

    def _rows(self) -> Iterator[npt.NDArray[np.uint32]]:
        return (self._order[first : first + GATHERED_ROWS] for first in range(0, len(self._order), GATHERED_ROWS))

    def _first_of_each(self, keys: Words, text: list[memoryview]) -> tuple[Words, Flags | None]:
        """The keys, runs of several accounts put in order, and which are the first of their account (None: all)."""
        repeated = np.flatnonzero((keys[1:] ^ keys[:-1]) <= self._row_mask) + 1
        if not len(repeated):
            return keys, None
        is_same = self._same_text(keys[repeated], keys[repeated - 1], text)
        is_first = np.ones(len(keys), np.bool_)
        is_first[repeated[is_same]] = False
        if not is_same.all():
            keys, places = keys.copy(), _runs_around(repeated, repeated[~is_same])
            keys[places], is_first[places] = self._in_order(keys[places], text)
        return keys, is_first

    def _same_text(self, keys: Words, others: Words, text: list[memoryview]) -> Flags:
        views, other_views = self._views_of(keys & self._row_mask), self._views_of(others & self._row_mask)
        same_head = views[:, 0] == other_views[:, 0]
        is_same: Flags = same_head & (views[:, 1] == other_views[:, 1])
        is_open = same_head & ~is_same & (views[:, 0] & _LENGTH > INLINE_BYTES)
        if is_open.any():
            texts, others_texts = (pl.Series(strings(some[is_open], text)) for some in (views, other_views))
            is_same[is_open] = (texts == others_texts).to_numpy()
        return is_same

    def _in_order(self, keys: Words, text: list[memoryview]) -> tuple[Words, Flags]:
        rows = keys & self._row_mask
        accounts = pl.Series(strings(self._views_of(rows), text))
        frame = pl.DataFrame({"key": keys, "hash": self._hashes[rows], "account": accounts})
        frame = frame.sort("hash", "account", "key")
        is_first = frame["account"].ne_missing(frame["account"].shift())
        return frame["key"].to_numpy(), is_first.to_numpy()

    def _views_of(self, rows: npt.NDArray[Any]) -> Words:
        return self._views.view(_VIEW)[:, 0].take(rows.astype(np.int64)).view(np.uint64).reshape(-1, 2)


def _room(rows: int, *width: int) -> Words:
    """Memory for so many rows, which is not taken before it is written to: expecting too many costs nothing.

    Not from numpy, which asks the kernel for huge pages: they cost a process that has just begun half a second.
    """
    size = rows * prod(width)
    memory = mmap.mmap(-1, max(size, 1) * 8, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    return np.frombuffer(memory, np.uint64, size).reshape(rows, *width)


def _grown(column: Words, rows: int) -> Words:
    larger = _room(rows + rows // 2, *column.shape[1:])
    larger[: len(column)] = column
    return larger


def _runs_around(repeated: Positions, places: Positions) -> Positions:
    """All places of the runs of equal keys that `places` are part of. `repeated`: all but the first of each run."""
    begins = np.flatnonzero(np.diff(repeated, prepend=-1) != 1)
    run = np.unique(np.searchsorted(begins, np.searchsorted(repeated, places), side="right") - 1)
    firsts = repeated[begins[run]] - 1
    lengths = np.diff(np.append(begins, len(repeated)))[run] + 1
    return np.repeat(firsts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
