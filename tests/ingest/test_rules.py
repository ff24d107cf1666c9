"""The numbered cases of the package rules that are about a text; the number stands before each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from rockdove.config import Packages
from rockdove.domain.account_hash import hash_strings
from rockdove.ingest.name import Kind
from rockdove.ingest.parse import check, parse
from rockdove.ingest.verdict import Verdict
from rockdove.storage.accounts_file import AccountsFile
from rockdove.storage.package_store import ACCOUNTS, REFUSED

SHORT, LONG, CONTROL = "shorter than 2 characters", "longer than 100 characters", "control character"


class Outcome:
    """A parsed file: its verdict and its accounts, in no order."""

    def __init__(self, folder: Path, data: bytes, kind: Kind, **limits: Any) -> None:
        path = folder / f"accounts.{kind}"
        path.write_bytes(data)
        self.folder = folder
        self.verdict = parse(path, kind, Packages(**limits), folder)
        self.accounts = set() if self.verdict.fault else set(AccountsFile.open(folder / ACCOUNTS).accounts.to_list())
        assert self.verdict.lines == self.verdict.accounts + self.verdict.duplicates + self.verdict.invalid or (
            self.verdict.fault
        )


ACCEPTED = [
    (1, "txt", b"\xef\xbb\xbfab\ncd\n", {"ab", "cd"}),
    (5, "txt", b"ab\r\ncd\refg\nhij", {"ab", "cd", "efg", "hij"}),
    (5, "txt", b"ab\r\rcd\n\rhij\r", {"ab", "cd", "hij"}),
    (5, "csv", b"ab\r\ncd\refg\nhij", {"ab", "cd", "efg", "hij"}),
    (6, "txt", b"ab\ncd", {"ab", "cd"}),
    (6, "txt", b"ab\ncd\n", {"ab", "cd"}),
    (6, "txt", b"ab\ncd\n\n\n", {"ab", "cd"}),
    (7, "txt", b"\n \n\t\nab\n\xe3\x80\x80\n", {"ab"}),
    (8, "txt", b"  ab\t\n\tcd  ", {"ab", "cd"}),
    (9, "txt", b"a b\n", {"a b"}),
    (10, "txt", "\u3000ab\u3000\n\xa0cd\xa0\n\u200bef\ufeff\n\u2028gh\x85".encode(), {"ab", "cd", "ef", "gh"}),
    (12, "txt", b"ab\nAB\nAb", {"ab", "AB", "Ab"}),
    (13, "txt", "\xe9\xe9\ne\u0301e\u0301".encode(), {"\xe9\xe9", "e\u0301e\u0301"}),
    (15, "txt", b"ab\n" + b"x" * 100, {"ab", "x" * 100}),
    (17, "txt", ("中" * 100 + "\n" + "😀" * 100).encode(), {"中" * 100, "😀" * 100}),
    (18, "txt", b"account\nab", {"account", "ab"}),
    (20, "csv", b"ab,\ncd,,\nef,,,\n,\n,,\n", {"ab", "cd", "ef"}),
    (20, "csv", b'ab, ,""\ncd," "\n', {"ab", "cd"}),
    (21, "csv", b'"abc"\n"a,b"\n"a""b"\nplain\n""\n', {"abc", "a,b", 'a"b', "plain"}),
    (22, "csv", b'"\r\nab\r\n"\ncd\n', {"ab", "cd"}),
    (24, "csv", b"a;b\n", {"a;b"}),
    (25, "txt", b"a,b\n", {"a,b"}),
    (26, "txt", b'"ab"\n', {'"ab"'}),
    (27, "txt", b"=1+1\n'x\n@y\n", {"=1+1", "'x", "@y"}),
    (64, "txt", b"0123456789abcdef0123456789abcdef0123\n", {"0123456789abcdef0123456789abcdef0123"}),
]


@pytest.mark.parametrize(("number", "kind", "data", "accounts"), ACCEPTED)
def test_accepted(tmp_path: Path, number: int, kind: str, data: bytes, accounts: set[str]) -> None:
    outcome = Outcome(tmp_path, data, Kind(kind))
    assert outcome.accounts == accounts
    assert outcome.verdict.accounts == len(accounts)
    assert outcome.verdict.invalid == 0
    assert not (tmp_path / REFUSED).exists()


INVALID = [
    (4, "txt", b"ab\na\x00b\n", [(2, CONTROL, "a\\x00b")]),
    (4, "txt", "ab\na\x9fb\na\x7fb".encode(), [(2, CONTROL, "a\\x9fb"), (3, CONTROL, "a\\x7fb")]),
    (14, "txt", "ab\r\nx\r\n张\n".encode(), [(2, SHORT, "x"), (3, SHORT, "张")]),
    (16, "txt", b"ab\n\n" + b"x" * 101, [(3, LONG, "x" * 101)]),
    (16, "txt", ("中" * 101 + "\nab").encode(), [(1, LONG, "中" * 101)]),
    (22, "csv", b'ab\n"a\nb"\nx\n', [(2, CONTROL, "a\\x0ab"), (4, SHORT, "x")]),
    (24, "csv", b"ab\na\tb\n", [(2, CONTROL, "a\\x09b")]),
    (None, "txt", b"ab\n" + b"y" * 70_000 + b"\nx", [(2, LONG, "y" * 1000 + "…"), (3, SHORT, "x")]),
]


@pytest.mark.parametrize(("number", "kind", "data", "refused"), INVALID)
def test_invalid_lines(
    tmp_path: Path, number: int, kind: str, data: bytes, refused: list[tuple[int, str, str]]
) -> None:
    outcome = Outcome(tmp_path, data, Kind(kind))
    assert outcome.accounts == {"ab"}
    assert [msgspec.structs.astuple(line) for line in outcome.verdict.examples] == refused
    assert outcome.verdict.invalid == outcome.verdict.refused_listed == len(refused)
    assert (tmp_path / REFUSED).read_text("utf-8").count("\n") == len(refused) + 1


REFUSED_FILES = [
    (2, "txt", "\ufeffab\n".encode("utf-16-le"), r"not UTF-8 at byte 0; it looks like UTF-16"),
    (2, "txt", "\ufeffab\n".encode("utf-16-be"), r"not UTF-8 at byte 0; it looks like UTF-16"),
    (2, "txt", "ab\n张三".encode("gbk"), r"not UTF-8 at byte 3;"),
    (2, "csv", "ab\ncafé".encode("latin-1"), r"not UTF-8 at byte 6;"),
    (3, "txt", b"\xef\xbb\xbfab\nc\xffd\n", r"not UTF-8 at byte 7;"),
    (3, "txt", b"ab\n\xe4\xb8", r"not UTF-8 at byte 3;"),
    (3, "txt", b"ab\n\xed\xa0\x80\n", r"not UTF-8 at byte 3;"),
    (19, "csv", b"ab\ncd,ef\n", r"line 2 has more than one column"),
    (19, "csv", b'"a\nb",\n\ncd,"e""f"\n', r"line 4 has more than one column"),
    (23, "csv", b'ab\n"cd\nef\n', r"line 2: a quote is misplaced or never closed"),
    (23, "csv", b'ab\nc"d\n', r"line 2: a quote"),
    (23, "csv", b'ab\n"c"d\n', r"line 2: a quote"),
    (23, "csv", b'ab\n"' + b"x\n" * 400_000, r"line 2: a quote"),
    (28, "txt", b"", r"holds no line"),
    (29, "txt", b"\xef\xbb\xbf", r"holds no line"),
    (29, "csv", b"\xef\xbb\xbf\n \r\n,,\n", r"holds no line"),
    (30, "txt", b"a\nb\n", r"no valid line"),
    (50, "txt", b"PK\x03\x04rest", r"looks like a zip"),
    (None, "csv", b'a,b\n"x\n\xff', r"not UTF-8 at byte 7;"),
    (None, "csv", b'a,b\n"x\n', r"line 2: a quote"),
]


@pytest.mark.parametrize(("number", "kind", "data", "reason"), REFUSED_FILES)
def test_refused_files(tmp_path: Path, number: int, kind: str, data: bytes, reason: str) -> None:
    outcome = Outcome(tmp_path, data, Kind(kind))
    assert not outcome.verdict.accepted
    assert outcome.verdict.empty == (number in {28, 29})
    assert_matches(outcome.verdict, reason)
    assert not (tmp_path / ACCOUNTS).exists()


def assert_matches(verdict: Verdict, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        raise ValueError(verdict.fault)


def test_duplicates_are_one_target_and_counted(tmp_path: Path) -> None:  # 11
    outcome = Outcome(tmp_path, b"ab\n ab \ncd\nab\nlonger than twelve\nlonger than twelve\n", Kind.TXT)
    assert outcome.accounts == {"ab", "cd", "longer than twelve"}
    assert (outcome.verdict.lines, outcome.verdict.accounts, outcome.verdict.duplicates) == (6, 3, 3)


@pytest.mark.parametrize(
    "heading", ["account", "Accounts", " 账号 ", "userid", "user_id", "UID", "id", "token", "openid"]
)
def test_a_heading_is_warned_of(tmp_path: Path, heading: str) -> None:  # 18
    outcome = Outcome(tmp_path, f"{heading}\nab".encode(), Kind.CSV)
    assert heading.strip() in outcome.verdict.header_warning
    assert heading.strip() in outcome.accounts


def test_a_heading_is_looked_for_in_line_1_only(tmp_path: Path) -> None:  # 18
    assert Outcome(tmp_path, b"ab\naccount\n", Kind.TXT).verdict.header_warning == ""
    blocks = b"ab\n" + b"account\n" * 200_000  # the second begins with it
    assert Outcome(tmp_path, blocks, Kind.TXT).verdict.header_warning == ""


def test_formulas_are_escaped_in_the_refused_list_only(tmp_path: Path) -> None:  # 27
    lines = ["=", "+", "-", "@", "'", '"', "=" + "x" * 100, 'say "no", ' + "x" * 100]
    outcome = Outcome(tmp_path, "\n".join(["ab", *lines]).encode(), Kind.TXT)
    assert [line.text for line in outcome.verdict.examples] == lines
    assert (tmp_path / REFUSED).read_text("utf-8").splitlines() == [
        "line,reason,text",
        *(f"{number},{SHORT},'{sign}" for number, sign in enumerate("=+-@'", 2)),
        f'7,{SHORT},""""',
        f"8,{LONG},'={'x' * 100}",
        f'9,{LONG},"say ""no"", {"x" * 100}"',
    ]


def test_the_refused_list_is_complete(tmp_path: Path) -> None:
    outcome = Outcome(tmp_path, b"ab\n" + b"x\n" * 300_000, Kind.TXT)
    assert (outcome.verdict.invalid, outcome.verdict.refused_listed, len(outcome.verdict.examples)) == (
        300_000,
        300_000,
        20,
    )
    lines = (tmp_path / REFUSED).read_text("utf-8").splitlines()
    assert lines[-1] == f"300001,{SHORT},x"
    assert [int(line.partition(",")[0]) for line in lines[1:]] == list(range(2, 300_002))


def test_strict_refuses_the_file_for_one_bad_line(tmp_path: Path) -> None:
    outcome = Outcome(tmp_path, b"ab\nx\ny\n", Kind.TXT, line_policy="strict")
    assert_matches(outcome.verdict, "line 2: shorter than 2 characters")
    assert outcome.verdict.invalid == 2


def test_more_accounts_than_allowed_are_refused(tmp_path: Path) -> None:
    assert Outcome(tmp_path, b"ab\ncd\n", Kind.TXT, max_accounts=2).verdict.accepted
    assert_matches(Outcome(tmp_path, b"ab\ncd\nef\n", Kind.TXT, max_accounts=2).verdict, "more than 2 accounts")


def test_encoding_is_named_before_quotes_before_columns_across_blocks(tmp_path: Path) -> None:
    rows = b"good\n" * 200_000
    columns, quotes, encoding = b"a,b\n", b'c"d\n', b"\xff\n"
    assert_matches(Outcome(tmp_path, columns + rows + rows, Kind.CSV).verdict, "line 1 has more")
    assert_matches(Outcome(tmp_path, columns + rows + quotes, Kind.CSV).verdict, "line 200002: a quote")
    assert_matches(Outcome(tmp_path, columns + quotes + rows + encoding, Kind.CSV).verdict, "not UTF-8 at byte 1000008")


def test_check_says_the_same_without_a_server(tmp_path: Path) -> None:
    file = tmp_path / "accounts.txt"
    file.write_bytes(b"ab\nx\nab\n")
    verdict = check(file, tmp_path / "refused.csv")
    assert (verdict.accounts, verdict.duplicates, verdict.invalid) == (1, 1, 1)
    assert (tmp_path / "refused.csv").read_text() == f"line,reason,text\n2,{SHORT},x\n"
    assert "no .txt" in check(tmp_path / "accounts.xlsx").fault
    assert "more than 7 bytes" in check(file, limits=Packages(max_file_bytes=7)).fault


def test_the_accounts_file_is_in_order_of_the_hash(tmp_path: Path) -> None:
    accounts = [f"user-{number:x}" * (1 + number % 3) for number in range(50_000)]
    Outcome(tmp_path, "\n".join(accounts).encode(), Kind.TXT)
    file = AccountsFile.open(tmp_path / ACCOUNTS)
    assert file.hashes.tolist() == sorted(hash_strings(file.accounts).tolist())
    assert sorted(file.accounts.to_list()) == sorted(accounts)
