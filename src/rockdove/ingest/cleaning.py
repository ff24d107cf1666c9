"""From slices of a block to accounts and refused lines (parse steps 8 to 10).

Nearly every line of a real file is an account as it stands, and a few looks at bytes prove it: 2 to 100 of them (at
least 5 where they need not be ASCII: a character has up to 4), no control character inside, neither end a byte that
white space begins or ends with. Whatever these looks leave open is decided, exactly, by `_judge` on strings.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from rockdove.domain.account import MAX_LENGTH, MIN_LENGTH
from rockdove.domain.account_hash import Integers
from rockdove.domain.text import WHITE_SPACE
from rockdove.ingest.blocks import CR, LF, Block, Bytes, Flags, LongLine, Positions
from rockdove.ingest.records import Records
from rockdove.storage.accounts_file import slices

ACCEPTED, BLANK, SHORT, LONG, CONTROL = range(5)
REASONS: Final = {
    SHORT: f"shorter than {MIN_LENGTH} characters",
    LONG: f"longer than {MAX_LENGTH} characters",
    CONTROL: "control character",
}
_REFUSED: Final = {"line": pl.Int64(), "reason": pl.Int8(), "text": pl.String()}
_CONTROL: Final = "[\x00-\x1f\x7f-\x9f]"
_DELETE, _C1_LEAD, _C1_END = 0x7F, 0xC2, 0xA0

_SPACES: Final = [character.encode() for character in WHITE_SPACE]
_MAY_BEGIN_SPACE: Final = np.isin(np.arange(256), [space[0] for space in _SPACES])
_MAY_END_SPACE: Final = np.isin(np.arange(256), [space[-1] for space in _SPACES])
_SAFE_BYTES: Final = 5
"""A value of so many bytes has at least two characters."""


class Cleaned(NamedTuple):
    """A block's accounts: slices that are accounts as they stand, and strings that had to be cleaned first."""

    starts: Positions
    lengths: Integers
    cleaned: pl.Series
    refused: pl.DataFrame
    """line, reason (a key of REASONS), text; by line."""

    @property
    def accepted(self) -> int:
        return len(self.starts) + len(self.cleaned)


def clean(block: Block, records: Records, *, is_ascii: bool) -> Cleaned:
    starts, lengths = records.starts, records.ends - records.starts
    is_open = _is_open(block, records, lengths, is_ascii=is_ascii)
    rows = np.flatnonzero(is_open & (lengths > 0))
    taken = ~is_open & (lengths > 0)
    if not taken.all():
        starts, lengths = starts[taken], lengths[taken]
    if not len(rows) and not records.long_lines:
        return Cleaned(starts, lengths, pl.Series(dtype=pl.String), pl.DataFrame(schema=_REFUSED))
    texts, verdicts = _judge(_strings(block, records, rows))
    accepted = verdicts == ACCEPTED
    return Cleaned(starts, lengths, texts.filter(pl.Series(accepted)), _refused(block, records, rows, texts, verdicts))


def _is_open(block: Block, records: Records, lengths: Integers, *, is_ascii: bool) -> Flags:
    """Which values can't be told to be accounts by their bytes."""
    shortest = MIN_LENGTH if is_ascii else _SAFE_BYTES
    is_open: Flags = (lengths < shortest) | (lengths > MAX_LENGTH)
    is_open[records.special] = True
    if is_ascii and _is_plain(block, records):
        return is_open
    is_open |= _MAY_BEGIN_SPACE[block.data[records.starts]]
    is_open |= _ends_like_space(block.data, records.ends)
    if len(records.starts):
        is_open[_rows_of(records, _control_characters(block, is_ascii=is_ascii))] = True
    return is_open


def _is_plain(block: Block, records: Records) -> bool:
    """No white space, no control character: the only low bytes are the newlines', and each of those is one byte."""
    text = block.text
    return np.count_nonzero(text <= ord(" ")) == len(records.newlines) and int(text.max()) < _DELETE


def _ends_like_space(data: Bytes, ends: Positions) -> Flags:
    last = data[np.maximum(ends - 1, 0)]
    is_open = _MAY_END_SPACE[last]
    wide = np.flatnonzero(is_open & (last >= 0x80))  # half of all Chinese ends like this: look at the lead byte too
    before, lead = data[np.maximum(ends[wide] - 2, 0)], data[np.maximum(ends[wide] - 3, 0)]
    is_open[wide] = (before == _C1_LEAD) | (_MAY_BEGIN_SPACE[lead] & (lead >= 0xE0))
    return is_open


def _control_characters(block: Block, *, is_ascii: bool) -> Positions:
    """Where there are some, newlines aside: a value with a newline inside is special already."""
    text = block.text
    places = np.flatnonzero(((text < ord(" ")) & (text != LF) & (text != CR)) | (text == _DELETE))
    if is_ascii:
        return places
    leads = np.flatnonzero(text == _C1_LEAD)
    return np.concatenate([places, leads[block.data[leads + 1] < _C1_END]])


def _rows_of(records: Records, places: Positions) -> Positions:
    return np.maximum(np.searchsorted(records.starts, places, side="right") - 1, 0)


def _strings(block: Block, records: Records, rows: Positions) -> pl.Series:
    starts, ends = records.starts[rows], records.ends[rows]
    texts = pl.Series(slices(block.data, starts, ends))
    if len(records.special):
        doubled = pl.Series(np.isin(rows, records.special))
        single = texts.str.replace_all('""', '"', literal=True)
        return single.zip_with(doubled, texts)
    return texts


def _judge(texts: pl.Series) -> tuple[pl.Series, npt.NDArray[np.int8]]:
    """The stripped texts, and ACCEPTED, BLANK or the reason against each."""
    texts = texts.str.strip_chars(WHITE_SPACE)
    count = texts.str.len_chars()
    verdicts = pl.select(
        pl.when(count == 0)
        .then(BLANK)
        .when(count < MIN_LENGTH)
        .then(SHORT)
        .when(count > MAX_LENGTH)
        .then(LONG)
        .when(texts.str.contains(_CONTROL))
        .then(CONTROL)
        .otherwise(ACCEPTED)
        .cast(pl.Int8)
    )
    return texts, verdicts.to_series().to_numpy()


def _refused(
    block: Block, records: Records, rows: Positions, texts: pl.Series, verdicts: npt.NDArray[np.int8]
) -> pl.DataFrame:
    wrong = verdicts > BLANK
    frame = pl.DataFrame(
        {
            "line": records.line_numbers(block, rows[wrong]),
            "reason": verdicts[wrong],
            "text": texts.filter(pl.Series(wrong)),
        },
        schema=_REFUSED,
    )
    return pl.concat([frame, long_lines(records.long_lines)]).sort("line") if records.long_lines else frame


def long_lines(lines: list[LongLine]) -> pl.DataFrame:
    """Refused by their length alone."""
    return pl.DataFrame(
        {
            "line": [line.line for line in lines],
            "reason": [LONG] * len(lines),
            "text": [line.head.decode(errors="ignore") for line in lines],
        },
        schema=_REFUSED,
    )
