"""The parser and its plain reference agree on files made to be difficult, wherever the blocks happen to be cut."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from rockdove.config import Packages
from rockdove.domain.account_hash import hash_strings
from rockdove.ingest.name import Kind
from rockdove.ingest.parse import Shape, parse
from rockdove.ingest.verdict import EXAMPLES, Verdict
from rockdove.storage.accounts_file import AccountsFile
from rockdove.storage.package_store import ACCOUNTS
from tests.ingest import reference

SPACES = [
    "\t",
    "\x0b",
    "\x0c",
    " ",
    "\x85",
    "\xa0",
    "\u1680",
    "\u2000",
    "\u200a",
    "\u200b",
    "\u2028",
    "\u3000",
    "\ufeff",
]
NEWLINES = ["\n", "\r\n", "\r"]
WORDS = [
    "ab", "AB", "user-1", "123456789012", "1234567890123", "13 bytes long", "张三", "李", "😀", "😀😀", "e\u0301", "é",
    "x", "a b", "a,b", "a;b", "a'b", "=1+1", "@x", "id", "账号", "é" * 50, "中" * 100, "中" * 101, "y" * 100, "y" * 101,
    "\x00", "a\x00b", "\x7f", "a\x9fb", "a\x80", "a\x1fb", "\x1cab\x1c", "a\tb", "\u2060ab", "Ā", "‿", "ぁあ", "ａｂ",
    "z" * 40, "z" * 500, "\\x41", "\ufffd",
]  # fmt: skip
CSV_WORDS = [
    '"',
    '""',
    '"a"',
    '"a,b"',
    '"a""b"',
    '"a\nb"',
    '" ab "',
    '""""',
    ",",
    ",,",
    '"x',
    'x"',
    '"\r\nab\r"',
    ', ""',
]
BROKEN = [
    b"\xff",
    b"\xc2",
    b"\xe4\xb8",
    b"\xf0\x9f\x98",
    b"\xed\xa0\x80",
    b"\xc0\x80",
    b"\x80",
    b"\xf4\x90\x80\x80",
    b"\xff\xfe",
]

piece = st.sampled_from(WORDS + SPACES + NEWLINES * 6)
csv_piece = st.sampled_from(WORDS[:12] + CSV_WORDS + SPACES[:4] + NEWLINES * 6 + [","] * 3)
line_length = st.sampled_from([20, 60, 150])


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, Kind]:
    kind = draw(st.sampled_from([Kind.TXT, Kind.CSV]))
    pieces = draw(st.lists(csv_piece if kind is Kind.CSV and draw(st.booleans()) else piece, max_size=60))
    data = "".join(pieces).encode()
    if draw(st.integers(0, 7)) == 0:
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.sampled_from(BROKEN)) + data[at:]
    if draw(st.integers(0, 7)) == 0:
        data = b"\xef\xbb\xbf" + data
    return data, kind


shapes = st.builds(
    Shape, block_bytes=st.sampled_from([4, 7, 16, 33, 64, 1000, 1 << 16]), max_line_bytes=st.sampled_from([3, 40, 1000])
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parse")


@settings(max_examples=1500, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(file=files(), shape=shapes)
def test_parser_and_reference_agree(folder: Path, file: tuple[bytes, Kind], shape: Shape) -> None:
    data, kind = file
    expected = reference.parse(data, kind, shape.max_line_bytes)
    verdict, accounts = parse_bytes(folder, data, kind, shape)
    assert place_of(verdict) == expected.fault
    if expected.fault is not None:
        return
    assert set(accounts) == expected.accounts
    assert len(accounts) == len(expected.accounts) == verdict.accounts
    assert (verdict.lines, verdict.duplicates, verdict.invalid) == (
        expected.lines, expected.duplicates, len(expected.invalid),
    )  # fmt: skip
    assert len(verdict.examples) == min(len(expected.invalid), EXAMPLES)
    for refused, line in zip(verdict.examples, expected.invalid, strict=False):
        assert (refused.line, refused.reason) == line[:2]
        # Of a line over the limit only what was read at once is kept, here less than is shown.
        assert line[2] == refused.text or (refused.reason == reference.LONG and line[2].startswith(refused.text))


def parse_bytes(folder: Path, data: bytes, kind: Kind, shape: Shape) -> tuple[Verdict, list[str]]:
    """The verdict, and the accounts as the accounts file gives them."""
    path = folder / f"file.{kind}"
    path.write_bytes(data)
    work = folder / "work"
    work.mkdir()
    try:
        verdict = parse(path, kind, Packages(), work, shape)
        if verdict.fault:
            assert not (work / ACCOUNTS).exists()
            return verdict, []
        file = AccountsFile.open(work / ACCOUNTS)
        hashes = hash_strings(file.accounts)
        assert file.hashes.tolist() == hashes.tolist() == sorted(hashes.tolist())
        return verdict, file.accounts.to_list()
    finally:
        shutil.rmtree(work)


def place_of(verdict: Verdict) -> tuple[str, int] | None:
    """The fault as the reference names it."""
    if not verdict.fault:
        return None
    if verdict.empty:
        return "empty", 0
    for kind, pattern in (
        ("encoding", r"not UTF-8 at byte (\d+)"),
        ("quotes", r"line (\d+): a quote"),
        ("columns", r"line (\d+) has more than one column"),
    ):
        if found := re.match(pattern, verdict.fault):
            return kind, int(found[1])
    assert verdict.fault.startswith("no valid line")
    return "no valid line", 0
