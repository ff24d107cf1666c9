"""The list of refused lines: complete, as CSV that a spreadsheet shows and does not run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final

import polars as pl

from rockdove.ingest.cleaning import REASONS
from rockdove.ingest.verdict import EXAMPLES, RefusedLine

MAX_LISTED: Final = 10_000_000
"""More are counted but not listed: a file of a hundred million bad lines must not become a list of gigabytes."""
MAX_TEXT: Final = 1_000
"""Characters of a line shown."""

HEADER: Final = b"line,reason,text\n"
_VISIBLE: Final = {chr(code): f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}
_FORMULA: Final = "^[=+\\-@'\t\r]"


@dataclass(frozen=True, slots=True)
class RefusedLines:
    """Those of one block, rendered."""

    count: int = 0
    by_reason: dict[str, int] = field(default_factory=dict)
    examples: list[RefusedLine] = field(default_factory=list)
    csv: bytes = b""


def render(refused: pl.DataFrame) -> RefusedLines:
    """`refused`: line, reason, text (see cleaning.Cleaned.refused)."""
    if refused.is_empty():
        return RefusedLines()
    shown = refused.with_columns(
        pl.col("reason").replace_strict(REASONS, return_dtype=pl.String), pl.col("text").pipe(_shown)
    )
    examples = [RefusedLine(*row) for row in shown.head(EXAMPLES).iter_rows()]
    csv = BytesIO()
    safe = pl.when(pl.col("text").str.contains(_FORMULA)).then("'" + pl.col("text")).otherwise("text")
    shown.with_columns(safe.alias("text")).write_csv(csv, include_header=False)
    return replace(counted(refused), examples=examples, csv=csv.getvalue())


def counted(refused: pl.DataFrame) -> RefusedLines:
    """The numbers only."""
    by_reason = {REASONS[reason]: count for reason, count in refused["reason"].value_counts().iter_rows()}
    return RefusedLines(len(refused), by_reason)


def _shown(text: pl.Expr) -> pl.Expr:
    """Cut to MAX_TEXT characters, control characters spelled out as \\xNN."""
    cut = pl.when(text.str.len_chars() > MAX_TEXT).then(text.str.slice(0, MAX_TEXT) + "…").otherwise(text)
    return (
        pl.when(cut.str.contains("[\x00-\x1f\x7f-\x9f]"))
        .then(cut.str.replace_many(list(_VISIBLE), list(_VISIBLE.values())))
        .otherwise(cut)
    )


class RefusedList:
    """Collects blocks in order and writes the list to `path`, if given one and as soon as there is a refused line."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self.count, self.listed = 0, 0
        self.by_reason: dict[str, int] = {}
        self.examples: list[RefusedLine] = []

    def add(self, lines: RefusedLines) -> None:
        if not lines.count:
            return
        self.count += lines.count
        for reason, count in lines.by_reason.items():
            self.by_reason[reason] = self.by_reason.get(reason, 0) + count
        self.examples.extend(lines.examples[: EXAMPLES - len(self.examples)])
        if lines.csv and not self.is_full:
            self.listed += lines.count
            self._write(lines.csv)

    @property
    def is_full(self) -> bool:
        return self.listed >= MAX_LISTED

    def _write(self, csv: bytes) -> None:
        if self._path is None:
            return
        if self._file is None:
            self._file = self._path.open("wb")
            self._file.write(HEADER)
        self._file.write(csv)

    def __enter__(self) -> RefusedList:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
