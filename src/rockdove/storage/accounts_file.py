"""The accounts of a package on disk: distinct, ordered by hash, ready to be joined without parsing anything.

The format is one Arrow IPC file (what other tools call Feather 2), uncompressed so that it can be memory-mapped, with
one record batch of two columns and no nulls:

    hash     uint64        ascending; the hash of `account` (domain/account_hash.py). Equal for different accounts that
                           collide: whoever joins by it compares the texts next.
    account  string_view   the account itself. Up to 12 bytes it lies within the column's 16-byte view; a longer one is
                           found through the view in the text that follows, which also holds bytes that no view points
                           to (line ends, duplicates): the text is the uploaded text, not a copy of each account.

So a package of short accounts costs 24 bytes an account, and long ones cost those plus the text. Both sides of a join
go through their views in ascending order. The schema's metadata names the version of the format and of the hash.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
from pyarrow import ipc

from rockdove.domain import account_hash
from rockdove.domain.account_hash import LOW_BYTES, Heads, Integers, Words, heads_of

FORMAT: Final = "1"
INLINE_BYTES: Final = 12
"""Accounts up to this length lie within their view."""
SEGMENT_BYTES: Final = 1 << 30
"""The text is cut into segments of this size, because a view's offset has 31 bits. No account crosses a cut."""

_METADATA: Final[dict[bytes | str, bytes | str]] = {
    "rockdove.accounts": FORMAT,
    "rockdove.account_hash": account_hash.VERSION,
}
_FIELDS: Final[list[pa.Field[Any]]] = [pa.field("hash", pa.uint64()), pa.field("account", pa.string_view())]


class AccountsFileError(ValueError):
    """Not an accounts file, or one of another version."""


class AccountsFile(NamedTuple):
    """An accounts file, mapped. Row i of both columns is one account."""

    hashes: npt.NDArray[np.uint64]
    accounts: pl.Series

    @classmethod
    def open(cls, path: Path) -> AccountsFile:
        """Map the file at `path`. Raises FileNotFoundError, or AccountsFileError if it is not of this version."""
        try:
            reader = ipc.open_file(pa.memory_map(str(path)))
            batch = reader.get_batch(0)
        except pa.ArrowException as error:
            raise AccountsFileError(f"{path} is no accounts file: {error}") from None
        found = {key.decode(): value.decode() for key, value in (reader.schema.metadata or {}).items()}
        if found != _METADATA:
            raise AccountsFileError(f"{path} is of another version: {found}, not {_METADATA}")
        hashes, accounts = batch.columns
        return cls(hashes.to_numpy(), cast(pl.Series, pl.from_arrow(accounts)))

    @property
    def size(self) -> int:
        return len(self.hashes)


def write(path: Path, rows: int, hashes: Iterable[Words], views: Iterable[Words], text: Sequence[memoryview]) -> None:
    """Write the file. `hashes` (ascending) and `views` (of shape (n, 2)) come in parts, `rows` in all.

    Arrow writes a column from one piece of memory, and putting the parts together first would take that memory twice.
    So Arrow is given columns of zeros, which take none as nobody looks at them, and a sink that writes the parts where
    Arrow would write those.
    """
    columns = np.zeros(rows, np.uint64), np.zeros((rows, 2), np.uint64)
    schema = pa.schema(_FIELDS, metadata=_METADATA)
    batch = pa.record_batch([pa.array(columns[0]), strings(columns[1], text)], schema=schema)
    with path.open("wb", buffering=0) as file:
        sink = _Substituting(file, {columns[0].ctypes.data: hashes, columns[1].ctypes.data: views})
        with pa.PythonFile(sink, "w") as stream, ipc.new_file(stream, schema) as writer:
            writer.write_batch(batch)


class _Substituting(io.RawIOBase):
    """Writes to `file`, except that a buffer at one of these addresses stands for the pieces given with it."""

    def __init__(self, file: io.FileIO, pieces: Mapping[int, Iterable[Words]]) -> None:
        self._file, self._pieces = file, pieces

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._file.tell()

    def write(self, data: Any, /) -> int:
        buffer = pa.py_buffer(data)
        for piece in self._pieces.get(buffer.address, [data]) if buffer.size else []:
            left = memoryview(pa.py_buffer(piece))
            while left:
                left = left[self._file.write(left) :]
        return buffer.size


def strings(views: Words, text: Sequence[memoryview]) -> pa.Array[Any]:
    """Views as an Arrow column, nothing copied."""
    buffers = [None, *(pa.py_buffer(part) for part in (views.data, *text))]
    return pa.Array.from_buffers(pa.string_view(), len(views), buffers)


def slices(data: npt.NDArray[np.uint8], starts: Integers, ends: Integers) -> pa.Array[Any]:
    """Slices of UTF-8 text (padded) as an Arrow column, nothing copied."""
    return strings(views_of(heads_of(data, starts), starts, ends - starts), [data.data])


def views_of(heads: Heads, starts: Integers, lengths: Integers, text_offset: int = 0) -> Words:
    """Arrow's string views of slices that begin with `heads`.

    `text_offset` says where the slices' data begins in the whole text. A view is two words: the length and the first
    four bytes, then either the next eight bytes (all of a short account) or segment and offset in the text.
    """
    views = np.empty((len(starts), 2), np.uint64)
    first, second = heads
    prefix = first & LOW_BYTES.take(lengths, mode="clip")
    prefix <<= np.uint64(32)
    np.bitwise_or(prefix, lengths.view(np.uint64), out=views[:, 0])
    rest = second << np.uint64(32)
    rest |= first >> np.uint64(32)
    rest &= LOW_BYTES.take(lengths - 4, mode="clip")
    long = np.flatnonzero(lengths > INLINE_BYTES)
    place = (starts[long] + text_offset).view(np.uint64)
    rest[long] = (place // SEGMENT_BYTES) | (place % SEGMENT_BYTES << np.uint64(32))
    views[:, 1] = rest
    return views
