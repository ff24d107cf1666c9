"""File names and kinds: rows 48 to 57 of the package rules."""

from __future__ import annotations

import pytest

from rockdove.ingest.name import Kind, check_start, clean_name, kind_of, sniffed_kind
from rockdove.ingest.verdict import RefusedFileError


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("accounts.txt", "accounts.txt"),
        (" accounts.txt ", "accounts.txt"),
        (".txt", ".txt"),
        ("/home/me/a.txt", "a.txt"),
        ("dir\\a.csv", "a.csv"),
        ("C:\\fakepath\\a.zip", "a.zip"),
        ("x" * 200 + "/a.txt", "a.txt"),
        ("x" * 96 + ".txt", "x" * 96 + ".txt"),
        ("中" * 96 + ".txt", "中" * 96 + ".txt"),
        ('say "hi" %22.txt', 'say "hi" %22.txt'),
        ("\ufffd\ufffd.txt", "\ufffd\ufffd.txt"),
    ],
)
def test_the_last_component_is_the_name(sent: str, kept: str) -> None:
    assert clean_name(sent) == kept


@pytest.mark.parametrize(
    "sent", ["", "   ", ".", "..", "dir/", "C:\\", "x" * 97 + ".txt", "a\x00.txt", "a\n.txt", "a\x7f.txt", "\ta.txt"]
)
def test_what_can_not_be_a_name_is_refused(sent: str) -> None:
    with pytest.raises(RefusedFileError):
        clean_name(sent)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.TXT", Kind.TXT),
        ("a.Csv", Kind.CSV),
        ("a.ZIP", Kind.ZIP),
        ("a.csv.txt", Kind.TXT),
        ("a.zip.txt", Kind.TXT),
        (".txt", Kind.TXT),
    ],
)
def test_the_last_suffix_says_the_kind(name: str, kind: Kind) -> None:
    assert kind_of(name) is kind


@pytest.mark.parametrize("name", ["a.xlsx", "a.gz", "a.tar", "txt", "a.", "a.txt.bak", "a"])
def test_other_kinds_are_refused(name: str) -> None:
    with pytest.raises(RefusedFileError, match=r"no \.txt, \.csv or \.zip"):
        kind_of(name)


def test_a_file_without_a_name_is_sniffed() -> None:
    assert sniffed_kind(b"PK\x03\x04") is Kind.ZIP
    assert sniffed_kind(b"PK") is Kind.TXT
    assert sniffed_kind(b"") is Kind.TXT


@pytest.mark.parametrize("kind", [Kind.TXT, Kind.CSV])
def test_a_text_that_is_a_zip_is_refused(kind: Kind) -> None:
    with pytest.raises(RefusedFileError, match="looks like a zip"):
        check_start(kind, b"PK\x03\x04\x14\x00")
    check_start(kind, b"PK-1\n")
    check_start(Kind.ZIP, b"PK\x03\x04")
