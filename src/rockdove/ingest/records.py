"""Where the values lie in a block: lines of a txt, first fields of a csv (parse step 7).

Nothing is copied; a value is a slice of the block. A csv follows RFC 4180 strictly, so one look at the parity of quotes
decides everything: a quote behind an even number of others opens a field (or is the second of a doubled pair), one
behind an odd number closes it, and the bytes beside it must agree. A csv without quotes and commas is a txt.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from rockdove.domain.account_hash import Integers
from rockdove.domain.text import WHITE_SPACE
from rockdove.ingest import faults
from rockdove.ingest.blocks import (
    COMMA,
    CR,
    HEAD_BYTES,
    LF,
    QUOTE,
    Block,
    Bytes,
    Flags,
    LongLine,
    Positions,
    lone_returns,
)
from rockdove.ingest.faults import Fault
from rockdove.storage.accounts_file import slices

_BLANK_FIELDS = f'^(?:,(?:[{WHITE_SPACE}]*|"[{WHITE_SPACE}]*"))*$'
_BESIDE_QUOTES = np.isin(np.arange(256), (COMMA, LF, CR, QUOTE))


class Records(NamedTuple):
    """The values of a block, in order; blank ones included."""

    starts: Positions
    ends: Positions
    newlines: Positions
    """The last byte of every newline, those inside quotes too."""
    special: Positions
    """Rows that must be looked at closely: with doubled quotes, or a newline inside."""
    long_lines: list[LongLine]
    """Records over the length limit; they are not among the rows."""
    faults: list[Fault]

    def line_numbers(self, block: Block, rows: Positions) -> Integers:
        return block.line + np.searchsorted(self.newlines, self.starts[rows])


def split(block: Block, *, csv: bool, max_line_bytes: int) -> Records:
    """The records of a block that ends where a record ends."""
    text = block.text
    newlines, has_returns = _newlines(text)
    quotes = _Quotes.of(text) if csv and (text == QUOTE).any() else None
    breaks = newlines if quotes is None else newlines[quotes.outside(newlines)]
    starts, ends = _between(block, breaks, has_returns=has_returns)
    records = Records(starts, ends, newlines, np.empty(0, np.int64), [], [])
    is_long = ends - starts > max_line_bytes
    if quotes is not None:
        records.faults.extend(_misquoted(block, records, quotes, is_long, max_line_bytes))
    if is_long.any():
        records = _without_long(block, records, is_long)
    if csv and len(records.starts) and (quotes is not None or (text == COMMA).any()):
        records = _first_fields(block, records, quotes)
    return records


class _Quotes(NamedTuple):
    """The quotes of a block, of which there is at least one."""

    places: Positions
    upto: npt.NDArray[np.int32]
    """How many there are up to and including each byte."""

    @classmethod
    def of(cls, text: Bytes) -> _Quotes:
        is_quote = text == QUOTE
        return cls(np.flatnonzero(is_quote), np.cumsum(is_quote, dtype=np.int32))

    def outside(self, places: Positions) -> Flags:
        """Which of these places, none a quote itself, lie outside of quotes."""
        is_outside: Flags = self.upto[places] % 2 == 0
        return is_outside

    def between(self, starts: Positions, ends: Positions) -> npt.NDArray[np.int32]:
        """How many lie behind each start (not counting one there) and before each end."""
        count: npt.NDArray[np.int32] = self.upto.take(ends, mode="clip") - self.upto.take(starts, mode="clip")
        return count


def _newlines(text: Bytes) -> tuple[Positions, bool]:
    """The last byte of each LF, CRLF or lone CR, and whether there is a CR at all."""
    if not (text == CR).any():
        return np.flatnonzero(text == LF), False
    return np.flatnonzero((text == LF) | lone_returns(text)), True


def _between(block: Block, breaks: Positions, *, has_returns: bool) -> tuple[Positions, Positions]:
    """The slices that these newlines separate."""
    is_open = not len(breaks) or breaks[-1] + 1 < block.size
    starts = np.zeros(len(breaks) + is_open, np.int64)
    starts[1:] = breaks[: len(starts) - 1] + 1
    ends = np.append(breaks, block.size) if is_open else breaks.copy()
    if has_returns:
        pairs = (block.data[ends] == LF) & (block.data[ends - 1] == CR) & (ends > starts)
        pairs[-1] &= ends[-1] < block.size
        ends -= pairs
    return starts, ends


def _without_long(block: Block, records: Records, is_long: Flags) -> Records:
    rows = np.flatnonzero(is_long)
    lines = records.line_numbers(block, rows)
    for start, end, line in zip(records.starts[rows], records.ends[rows], lines.tolist(), strict=True):
        records.long_lines.append(LongLine(line, block.data[start : min(end, start + HEAD_BYTES)].tobytes()))
    return records._replace(starts=records.starts[~is_long], ends=records.ends[~is_long])


def _misquoted(block: Block, records: Records, quotes: _Quotes, is_long: Flags, max_line_bytes: int) -> list[Fault]:
    """A fault for the first record whose quotes break the rules."""
    opening, closing = quotes.places[0::2], quotes.places[1::2]
    opening, closing = opening[opening > 0], closing[closing + 1 < block.size]
    long_and_quoted = is_long & (quotes.between(records.starts - 1, records.ends) > 0)
    wrong = [
        opening[~_BESIDE_QUOTES[block.data[opening - 1]]],
        closing[~_BESIDE_QUOTES[block.data[closing + 1]]],
        quotes.places[-1:] if len(quotes.places) % 2 else quotes.places[:0],
        records.starts[long_and_quoted],
    ]
    places = np.concatenate(wrong)
    if not len(places):
        return []
    row = np.searchsorted(records.starts, places.min(), side="right") - 1
    return [faults.quotes(int(records.line_numbers(block, row)), max_line_bytes)]


def _first_fields(block: Block, records: Records, quotes: _Quotes | None) -> Records:
    """Narrow each record to its first field, without the quotes around it; further fields must be blank."""
    starts, ends = records.starts, records.ends.copy()
    rows, cuts, counts = _first_commas(block.text, records, quotes)
    odd = np.flatnonzero(counts != ends[rows] - cuts)
    filled = _filled(block.data, cuts[odd], ends[rows[odd]])
    if filled.any():
        row = rows[odd[filled]][:1]
        records.faults.append(faults.columns(int(records.line_numbers(block, row)[0])))
    ends[rows] = cuts
    if quotes is None:
        return records._replace(ends=ends)
    quoted = (block.data[starts] == QUOTE) & (ends > starts)
    # A misquoted block has been refused by now; all that matters is that its slices stay slices.
    narrow = starts + quoted
    special = _special(records.newlines, quotes, starts, ends)
    return records._replace(starts=narrow, ends=np.maximum(ends - quoted, narrow), special=special)


def _first_commas(text: Bytes, records: Records, quotes: _Quotes | None) -> tuple[Positions, Positions, Positions]:
    """Rows that have commas outside of quotes: (row, place of its first, how many)."""
    commas = np.flatnonzero(text == COMMA)
    commas = commas if quotes is None else commas[quotes.outside(commas)]
    rows = np.searchsorted(records.starts, commas, side="right") - 1
    belongs = rows >= 0  # there may be others, in records that were too long
    belongs[belongs] = commas[belongs] < records.ends[rows[belongs]]
    rows, first, counts = np.unique(rows[belongs], return_index=True, return_counts=True)
    return rows, commas[belongs][first], counts


def _filled(data: Bytes, starts: Positions, ends: Positions) -> Flags:
    """Which of these `,…,…` hold more than white space and empty quotes."""
    rests = pl.Series(slices(data, starts, ends))
    return ~rests.str.contains(_BLANK_FIELDS).to_numpy()


def _special(newlines: Positions, quotes: _Quotes, starts: Positions, ends: Positions) -> Positions:
    is_special = quotes.between(starts, ends) > 1  # more than the closing one: doubled
    broken = newlines[~quotes.outside(newlines)]
    is_special[np.searchsorted(starts, broken, side="right") - 1] = True
    return np.flatnonzero(is_special)
