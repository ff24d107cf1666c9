"""What one piece of a text comes to. Pieces need nothing of each other: any thread, any order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from rockdove.domain.account_hash import slices_of
from rockdove.domain.text import strip_white_space
from rockdove.ingest import faults
from rockdove.ingest.account_set import Rows, TextSpool, rows_of
from rockdove.ingest.blocks import Block, Bytes, LongLine, Piece, Unparsed
from rockdove.ingest.cleaning import Cleaned, clean, long_lines
from rockdove.ingest.faults import Fault
from rockdove.ingest.records import Records, split
from rockdove.ingest.refused import RefusedLines, counted, render

_HEADINGS: Final = {"account", "accounts", "账号", "userid", "user_id", "uid", "id", "token", "openid"}


@dataclass(frozen=True, slots=True)
class Digest:
    """The outcome of one piece."""

    faults: list[Fault] = field(default_factory=list)
    accounts: list[Rows] = field(default_factory=list)
    refused: RefusedLines = field(default_factory=RefusedLines)
    heading: str = ""
    """Line 1, if it looks like a column heading."""


class Digester:
    """The same rules for every piece of a text."""

    def __init__(self, spool: TextSpool, *, csv: bool, max_line_bytes: int) -> None:
        self._spool, self._csv, self._max_line_bytes = spool, csv, max_line_bytes
        self.lists_refused = True
        """False once the refused list is full: from then on refused lines are only counted."""

    def __call__(self, piece: Piece) -> Digest:
        match piece:
            case Fault():
                return Digest([piece])
            case LongLine(line, head):
                return Digest(refused=self._render(long_lines([LongLine(line, head)])))
            case Unparsed(text, offset):
                return Digest(encoding_faults(text, offset))
            case Block():
                return self._block(piece)

    def _block(self, block: Block) -> Digest:
        is_ascii = int(block.text.max()) < 0x80
        if not is_ascii and (wrong := encoding_faults(block.text, block.offset)):
            return Digest(wrong)
        records = split(block, csv=self._csv, max_line_bytes=self._max_line_bytes)
        if records.faults:
            return Digest(records.faults)
        cleaned = clean(block, records, is_ascii=is_ascii)
        return Digest(
            accounts=self._rows(block, cleaned), refused=self._render(cleaned.refused), heading=_heading(block, records)
        )

    def _render(self, refused: pl.DataFrame) -> RefusedLines:
        return render(refused) if self.lists_refused else counted(refused)

    def _rows(self, block: Block, cleaned: Cleaned) -> list[Rows]:
        parts = []
        if len(cleaned.starts):
            parts.append(rows_of(block.data, cleaned.starts, cleaned.lengths, self._spool))
        if len(cleaned.cleaned):
            parts.append(rows_of(*slices_of(cleaned.cleaned), self._spool))
        return parts


def encoding_faults(text: Bytes, offset: int) -> list[Fault]:
    """A fault for the first byte that is not UTF-8. `offset`: where `text` begins in the file."""
    try:
        pl.Series([text.tobytes()], dtype=pl.Binary).cast(pl.String)  # ten times as fast as bytes.decode, and parallel
    except pl.exceptions.PolarsError:
        try:
            text.tobytes().decode()
        except UnicodeDecodeError as error:
            return [faults.encoding(offset + error.start, error.object[error.start : error.start + 2])]
    return []


def _heading(block: Block, records: Records) -> str:
    if block.line != 1 or not len(records.starts):
        return ""
    value = strip_white_space(block.data[records.starts[0] : records.ends[0]].tobytes().decode())
    return value if value.lower() in _HEADINGS else ""
