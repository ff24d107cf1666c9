"""The rules of a package file (parse steps 6 to 12) as one would explain them: character by character, no cleverness.

The product reads blocks of bytes with numpy and polars; the property tests hold both to the same outcome.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

WHITE_SPACE = set("\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\u200b\ufeff") | {
    chr(point) for point in range(0x2000, 0x200B)
}
NEWLINE = re.compile("\r\n|\n|\r")
SHORT, LONG, CONTROL = "shorter than 2 characters", "longer than 100 characters", "control character"


class Fault(Exception):  # noqa: N818
    """Why the whole file is refused: (kind, place), place being a byte offset or a line."""


class Record(NamedTuple):
    line: int
    raw: str
    fields: list[str]


@dataclass
class Outcome:
    accounts: set[str] = field(default_factory=set)
    lines: int = 0
    duplicates: int = 0
    invalid: list[tuple[int, str, str]] = field(default_factory=list)
    fault: tuple[str, int] | None = None


def parse(data: bytes, kind: str, max_line_bytes: int) -> Outcome:
    outcome = Outcome()
    try:
        text = decode(data)
        records = list(csv_records(text, max_line_bytes) if kind == "csv" else txt_records(text))
        if kind == "csv":
            check_columns(records, max_line_bytes)
        for record in records:
            take(record, outcome, max_line_bytes)
        if not outcome.accounts:
            raise Fault("no valid line" if outcome.invalid else "empty", 0)
    except Fault as fault:
        outcome.fault = fault.args
    return outcome


def decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault("encoding", error.start) from None
    return text.removeprefix("\ufeff")


def txt_records(text: str) -> Iterator[Record]:
    for number, line in enumerate(NEWLINE.split(text), 1):
        yield Record(number, line, [line])


def csv_records(text: str, max_line_bytes: int) -> Iterator[Record]:
    """RFC 4180, strictly: a quote opens a field, closes it, or is doubled inside it."""
    at, line = 0, 1
    while at < len(text):
        start, fields = at, []
        while True:
            value, at = csv_field(text, at, line)
            fields.append(value)
            if text[at : at + 1] != ",":
                break
            at += 1
        raw = text[start:at]
        if '"' in raw and len(raw.encode()) > max_line_bytes:
            raise Fault("quotes", line)
        yield Record(line, raw, fields)
        newline = NEWLINE.match(text, at)
        at = newline.end() if newline else at
        line += len(NEWLINE.findall(text[start:at]))


def csv_field(text: str, at: int, line: int) -> tuple[str, int]:
    if text[at : at + 1] != '"':
        end = at
        while end < len(text) and text[end] not in ",\r\n":
            end += 1
        if '"' in text[at:end]:
            raise Fault("quotes", line)
        return text[at:end], end
    value = ""
    while True:
        close = text.find('"', at + 1)
        if close < 0:
            raise Fault("quotes", line)
        value += text[at + 1 : close]
        at = close + 1
        if text[at : at + 1] != '"':
            break
        value += '"'
    if at < len(text) and text[at] not in ",\r\n":
        raise Fault("quotes", line)
    return value, at


def check_columns(records: list[Record], max_line_bytes: int) -> None:
    for record in records:
        is_oversize = len(record.raw.encode()) > max_line_bytes
        if not is_oversize and any(clean(further) for further in record.fields[1:]):
            raise Fault("columns", record.line)


def take(record: Record, outcome: Outcome, max_line_bytes: int) -> None:
    """Steps 8 to 11 for one record."""
    if len(record.raw.encode()) > max_line_bytes:
        outcome.lines += 1
        outcome.invalid.append((record.line, LONG, shown(record.raw)))
        return
    value = clean(record.fields[0])
    if not value:
        return
    outcome.lines += 1
    reason = reason_against(value)
    if reason:
        outcome.invalid.append((record.line, reason, shown(value)))
    elif value in outcome.accounts:
        outcome.duplicates += 1
    else:
        outcome.accounts.add(value)


def clean(value: str) -> str:
    first, last = 0, len(value)
    while first < last and value[first] in WHITE_SPACE:
        first += 1
    while last > first and value[last - 1] in WHITE_SPACE:
        last -= 1
    return value[first:last]


def reason_against(value: str) -> str | None:
    if len(value) < 2:
        return SHORT
    if len(value) > 100:
        return LONG
    if any(ord(character) < 0x20 or 0x7F <= ord(character) <= 0x9F for character in value):
        return CONTROL
    return None


def shown(text: str) -> str:
    """As the refused list shows it: cut at 1000 characters, control characters spelled out."""
    cut = text if len(text) <= 1000 else text[:1000] + "…"
    return "".join(
        f"\\x{ord(character):02x}" if ord(character) < 0x20 or 0x7F <= ord(character) <= 0x9F else character
        for character in cut
    )
