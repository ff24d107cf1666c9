"""Faults that refuse a whole file, and which of several is named."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Rank(IntEnum):
    """A file with several faults is refused for the one of the lowest rank, and of these for the first."""

    ENCODING = 0
    QUOTES = 1
    COLUMNS = 2
    LIMIT = 3
    STRICT = 4


class Fault(NamedTuple):
    rank: Rank
    place: int
    """The byte for encoding, the line for everything else. Faults compare in the order they are named."""
    reason: str


def encoding(offset: int, text: bytes) -> Fault:
    """`text`: what begins at the byte at fault; a UTF-16 file gives itself away at byte 0."""
    hint = "; it looks like UTF-16" if offset == 0 and text.startswith((b"\xff\xfe", b"\xfe\xff")) else ""
    return Fault(Rank.ENCODING, offset, f"not UTF-8 at byte {offset}{hint}; save the file as UTF-8 and upload it again")


def quotes(line: int, max_bytes: int) -> Fault:
    return Fault(
        Rank.QUOTES,
        line,
        f"line {line}: a quote is misplaced or never closed (or the quoted field is longer than {max_bytes} bytes); "
        'put the whole field in quotes and write a quote inside it as ""',
    )


def columns(line: int) -> Fault:
    return Fault(
        Rank.COLUMNS, line, f"line {line} has more than one column; keep one account a line, or put it in quotes"
    )


def too_many(limit: int) -> Fault:
    return Fault(Rank.LIMIT, 0, f"more than {limit} accounts; split the file")


def strict(line: int, reason: str) -> Fault:
    return Fault(Rank.STRICT, line, f"line {line}: {reason}; the server is set to refuse files with a bad line")


def no_valid_line() -> Fault:
    return Fault(Rank.STRICT, 0, "no valid line; an account has 2 to 100 characters, one account a line")
