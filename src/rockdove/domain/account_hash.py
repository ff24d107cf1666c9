"""The hash that accounts are joined by: MurmurHash64A, seed 0, over the UTF-8 bytes of the account.

It is written to disk (package files, the audience index) and compared between them, so it has to be the same in every
process, on every machine and after every upgrade; the hashes of dataframe libraries promise none of that. It is plain
64-bit arithmetic, so numpy computes it eight bytes of every account at a time (about 30 million accounts a second and
core at 11 bytes each).

A hash only finds candidates. Whoever compares hashes compares the texts next, so a collision, even a crafted one,
costs time and never a wrong device.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

VERSION: Final = "murmurhash64a/0"
"""Kept with every file that holds these hashes; another value means: rebuild."""

PADDING: Final = 16
"""Bytes that must be readable behind the last text of a buffer given to `hash_slices` (what they hold is ignored)."""

Words = npt.NDArray[np.uint64]
Integers = npt.NDArray[np.int64]
Heads = tuple[Words, Words]
Buffer = bytes | bytearray | memoryview | npt.NDArray[np.uint8]

_MULTIPLIER: Final = np.uint64(0xC6A4A7935BD1E995)
_SHIFT: Final = np.uint64(47)
_WORD: Final = 8
LOW_BYTES: Final = np.array([(1 << 8 * count) - 1 for count in range(_WORD + 1)], np.uint64)
"""LOW_BYTES[n] keeps the n first bytes of a little-endian word."""

_ROWS_AT_ONCE: Final = 1 << 16  # keeps the intermediate columns inside the second-level cache


def hash_strings(texts: pl.Series) -> Words:
    """The hash of each string of a column without nulls."""
    column = texts.cast(pl.String)
    if column.null_count():
        raise ValueError("an account can't be null")
    hashes = np.empty(len(column), np.uint64)
    for first in range(0, len(column), _ROWS_AT_ONCE):
        part = column.slice(first, _ROWS_AT_ONCE)
        data, starts, lengths = slices_of(part)
        hashes[first : first + len(part)] = hash_slices(data, starts, lengths, heads_of(data, starts))
    return hashes


def hash_slices(data: Buffer, starts: Integers, lengths: Integers, heads: Heads) -> Words:
    """The hash of each `data[start : start + length]`, where `data` has PADDING bytes behind the last slice."""
    words = np.ndarray((len(data) - _WORD + 1,), np.dtype("<u8"), buffer=data, strides=(1,))
    hashes = lengths.astype(np.uint64)
    hashes *= _MULTIPLIER
    shortest, longest = (int(lengths.min()), int(lengths.max())) if len(lengths) else (0, 0)
    for offset in range(0, longest, _WORD):
        if offset < shortest:
            word = heads[offset // _WORD] if offset < PADDING else words[starts + offset]
            hashes ^= _taken_in(word, lengths - offset)
            hashes *= _MULTIPLIER
        else:
            rows = np.flatnonzero(lengths > offset)
            word = words[starts[rows] + offset]
            hashes[rows] = (hashes[rows] ^ _taken_in(word, lengths[rows] - offset)) * _MULTIPLIER
    return _finish(hashes)


def heads_of(data: Buffer, starts: Integers) -> Heads:
    """The two little-endian words at each start, which both hashes and string views begin with."""
    pairs = np.ndarray((len(data) - PADDING + 1,), np.dtype(("V", PADDING)), buffer=data, strides=(1,))[starts]
    words = pairs.view("<u8").reshape(-1, 2)
    return np.ascontiguousarray(words[:, 0]), np.ascontiguousarray(words[:, 1])


def slices_of(texts: pl.Series) -> tuple[npt.NDArray[np.uint8], Integers, Integers]:
    """A column of strings as (padded bytes, starts, lengths)."""
    array: Any = texts.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offset_buffer, data_buffer = array.buffers()
    offsets = np.frombuffer(offset_buffer, np.int64)[array.offset : array.offset + len(array) + 1]
    first, last = int(offsets[0]), int(offsets[-1])
    data = np.zeros(last - first + PADDING, np.uint8)
    if last > first:
        data[: last - first] = np.frombuffer(data_buffer, np.uint8)[first:last]
    return data, offsets[:-1] - first, np.diff(offsets)


def _taken_in(word: Words, left: Integers) -> Words:
    """What a word adds to the hash of a text that has `left` bytes left: all of it mixed, or its first bytes as is."""
    is_whole = left >= _WORD
    if not is_whole.any():
        return word & LOW_BYTES.take(left)
    mixed = word * _MULTIPLIER
    mixed ^= mixed >> _SHIFT
    mixed *= _MULTIPLIER
    return mixed if is_whole.all() else np.where(is_whole, mixed, word & LOW_BYTES.take(left, mode="clip"))


def _finish(hashes: Words) -> Words:
    hashes ^= hashes >> _SHIFT
    hashes *= _MULTIPLIER
    hashes ^= hashes >> _SHIFT
    return hashes
