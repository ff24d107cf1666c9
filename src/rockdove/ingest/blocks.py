"""A text in blocks that each end where a record ends, so that blocks can be parsed on their own, in any order.

    source ──▶ Block      whole records; the parser's usual food
           ──▶ LongLine   a record longer than MAX_LINE_BYTES: refused by that alone, its bytes are never held
           ──▶ Unparsed   bytes that are only checked to be UTF-8: the inside of a long line, what follows a fault
           ──▶ Fault      of quotes: from there on no record can be told from another

Every byte of the text is in exactly one Block or Unparsed, in order. Memory is one block and one unfinished record,
whatever the text: the longest record kept is MAX_LINE_BYTES, which is why there is such a limit at all.

A record ends at LF, CRLF or a lone CR; in a csv only outside of quotes, that is behind an even number of them. A block
begins at a record, so that number is counted from the block's first byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from rockdove.domain.account_hash import PADDING
from rockdove.ingest import faults
from rockdove.ingest.faults import Fault

Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

BLOCK_BYTES: Final = 1 << 19
"""Small enough for its columns to stay in the cache of a core and for the allocator to keep their memory, large enough
for the threads to be in each other's way seldom."""
MAX_LINE_BYTES: Final = 1 << 16
"""A longer line is refused as too long, a longer csv record with quotes as one whose quote was never closed."""
LF, CR, QUOTE, COMMA = 10, 13, 34, 44
BOM: Final = b"\xef\xbb\xbf"
HEAD_BYTES: Final = 4_100
"""What is kept of a long line: enough for the characters that the refused list shows."""


class Source(Protocol):
    """A file, or the text inside a zip."""

    def readinto(self, buffer: memoryview, /) -> int | None: ...


class Block(NamedTuple):
    data: Bytes
    """The records, and PADDING bytes of anything behind them."""
    size: int
    offset: int
    """Of its first byte in the text."""
    line: int
    """1-based number of its first line."""

    @property
    def text(self) -> Bytes:
        return self.data[: self.size]


class LongLine(NamedTuple):
    line: int
    head: bytes


class Unparsed(NamedTuple):
    text: Bytes
    offset: int


Piece = Block | LongLine | Unparsed | Fault


class BlockReader:
    """Iterate once."""

    def __init__(
        self, source: Source, *, csv: bool, block_bytes: int = BLOCK_BYTES, max_line_bytes: int = MAX_LINE_BYTES
    ) -> None:
        self._source, self._csv, self._block_bytes, self._max_line_bytes = source, csv, block_bytes, max_line_bytes
        self._left = b""
        """Read and not yet given out."""
        self._offset, self._line, self._at_end = 0, 1, False
        self._head = b""
        self._take = self._records
        """What becomes of the bytes read next."""
        self._began = False

    @property
    def bytes_read(self) -> int:
        return self._offset

    def __iter__(self) -> Iterator[Piece]:
        while not self._at_end:
            yield from self._take(*self._read())

    def _read(self) -> tuple[Bytes, int]:
        """What is left and the next bytes of the source, as (padded data, size)."""
        size = len(self._left)
        buffer = bytearray(size + self._block_bytes + PADDING)
        buffer[:size] = self._left
        end = len(buffer) - PADDING
        while size < end and (got := self._source.readinto(memoryview(buffer)[size:end])):
            size += got
        self._at_end = size < end
        data = np.frombuffer(buffer, np.uint8)
        if not self._began:
            self._began = True
            if buffer.startswith(BOM):
                self._offset = len(BOM)
                return data[len(BOM) :], size - len(BOM)
        return data, size

    def _records(self, data: Bytes, size: int) -> Iterator[Piece]:
        cut = size if self._at_end else record_end(data[:size], csv=self._csv)
        if cut:
            block = Block(data[: cut + PADDING], cut, self._offset, self._line)
            self._offset += cut
            self._line += count_newlines(block.text)
            yield block
        self._left = data[cut:size].tobytes()
        if len(self._left) > self._max_line_bytes + 1:
            self._head, self._take = self._left[:HEAD_BYTES].rstrip(b"\r"), self._long_line
            yield from self._long_line(data[cut:], size - cut)

    def _long_line(self, data: Bytes, size: int) -> Iterator[Piece]:
        """Pass over bytes of a record that is too long already, up to its end."""
        end, behind = first_newline(data[:size], at_end=self._at_end)
        if self._csv and (data[:end] == QUOTE).any():
            self._take = self._unparsed
            yield faults.quotes(self._line, self._max_line_bytes)
            yield from self._unparsed(data, size)
        elif behind > end or self._at_end:
            yield self._pass_over(data, behind)
            yield LongLine(self._line, self._head)
            self._line += 1
            self._take = self._records
            yield from self._records(data[behind:], size - behind)
        else:
            cut = characters_end(data[:end])
            yield self._pass_over(data, cut)
            self._left = data[cut:size].tobytes()

    def _unparsed(self, data: Bytes, size: int) -> Iterator[Piece]:
        cut = size if self._at_end else characters_end(data[:size])
        yield self._pass_over(data, cut)
        self._left = data[cut:size].tobytes()

    def _pass_over(self, data: Bytes, cut: int) -> Unparsed:
        offset, self._offset = self._offset, self._offset + cut
        return Unparsed(data[:cut], offset)


def record_end(text: Bytes, *, csv: bool) -> int:
    """Behind the last newline that ends a record; 0 where there is none. `text` begins at a record."""
    quotes = np.flatnonzero(text == QUOTE) if csv else np.empty(0, np.int64)
    for tail in (min(len(text), 4096), len(text)):
        first = len(text) - tail
        part = text[first:]
        newlines = np.flatnonzero((part == LF) | (part == CR)) + first
        if len(newlines) and text[newlines[-1]] == CR and newlines[-1] == len(text) - 1:
            newlines = newlines[:-1]  # it may be the first half of a CRLF
        if len(quotes):
            newlines = newlines[outside(quotes, newlines)]
        if len(newlines):
            return int(newlines[-1]) + 1
    return 0


def outside(quotes: Positions, positions: Positions) -> Flags:
    """Which positions of a text that begins at a record lie outside of quotes."""
    is_outside: Flags = np.searchsorted(quotes, positions) % 2 == 0
    return is_outside


def first_newline(text: Bytes, *, at_end: bool) -> tuple[int, int]:
    """Where the first newline begins and ends; the same twice where there is none (yet)."""
    newlines = np.flatnonzero((text == LF) | (text == CR))
    if not len(newlines):
        return len(text), len(text)
    first = int(newlines[0])
    if text[first] == CR and first == len(text) - 1 and not at_end:
        return first, first
    is_pair = text[first] == CR and first + 1 < len(text) and text[first + 1] == LF
    return first, first + 1 + is_pair


def lone_returns(text: Bytes) -> Flags:
    """Which bytes are a CR that no LF follows."""
    returns: Flags = text == CR
    returns[:-1] &= text[1:] != LF
    return returns


def count_newlines(text: Bytes) -> int:
    count = int(np.count_nonzero(text == LF))
    if (text == CR).any():
        count += int(np.count_nonzero(lone_returns(text)))
    return count


def characters_end(text: Bytes) -> int:
    """Where the last character that is complete ends, as far as `text` is UTF-8."""
    for back in range(1, min(len(text), 3) + 1):
        byte = int(text[-back])
        if byte >= 0xC0:  # a character of 2, 3 or 4 bytes begins here
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(text) - back if length > back else len(text)
        if byte < 0x80:
            break
    return len(text)
