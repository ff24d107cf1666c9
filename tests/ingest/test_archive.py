"""Zips as people and attackers make them: rows 34 to 47 of the package rules; the number stands before each."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile, ZipInfo

import pytest

from rockdove.config import Packages
from rockdove.ingest.archive import MAX_DIRECTORY_BYTES
from rockdove.ingest.name import Kind
from rockdove.ingest.parse import parse
from rockdove.ingest.verdict import Verdict
from rockdove.storage.accounts_file import AccountsFile
from rockdove.storage.package_store import ACCOUNTS

TEXT = b"".join(b"user-%d\n" % number for number in range(1000))
ONE = "must hold exactly one .txt or .csv"


def zipped(*entries: tuple[str | ZipInfo, bytes], method: int = ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with ZipFile(file, "w", method) as archive:
        for entry, data in entries:
            archive.writestr(entry, data)
    return file.getvalue()


def entry(name: str, *, mode: int = 0, method: int = ZIP_DEFLATED) -> ZipInfo:
    info = ZipInfo(name)
    info.external_attr, info.compress_type = mode << 16, method
    return info


def directory_of(data: bytes) -> int:
    """Where the central directory's first entry begins."""
    return int(struct.unpack("<I", data[-6:-2])[0])


def patched(data: bytes, at: int, layout: str, value: int) -> bytes:
    raw = struct.pack(layout, value)
    return data[:at] + raw + data[at + len(raw) :]


def with_flag(data: bytes, flag: int) -> bytes:
    return patched(patched(data, 6, "<H", flag), directory_of(data) + 8, "<H", flag)


def with_name(data: bytes, placeholder: bytes, name: bytes) -> bytes:
    assert len(placeholder) == len(name)
    return data.replace(placeholder, name)


class Unseekable(io.RawIOBase):
    """A pipe: zipfile then writes sizes behind the content (data descriptor)."""

    def __init__(self) -> None:
        self.data = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self.data += bytes(data)
        return len(bytes(data))


def streamed() -> bytes:
    pipe = Unseekable()
    with ZipFile(pipe, "w", ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", TEXT)
    assert pipe.data[6] & 0x08
    return pipe.data


def zip64() -> bytes:
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive, archive.open("a.txt", "w", force_zip64=True) as stream:
        stream.write(TEXT)
    return file.getvalue()


def parsed(folder: Path, data: bytes, **limits: Any) -> Verdict:
    path = folder / "package.zip"
    path.write_bytes(data)
    return parse(path, Kind.ZIP, Packages(**limits), folder)


ACCEPTED: list[tuple[int, Callable[[], bytes]]] = [
    (37, lambda: zipped(("a.txt", TEXT))),
    (37, lambda: zipped(("a.txt", TEXT), method=ZIP_STORED)),
    (48, lambda: zipped(("A.TXT", TEXT))),
    (37, lambda: zipped(("a.csv", TEXT.replace(b"\n", b",\r\n")))),
    (39, lambda: zipped(("a.txt", TEXT), ("__MACOSX/", b""), ("__MACOSX/._a.txt", b"x"), (".DS_Store", b"x"))),
    (39, lambda: zipped(("Thumbs.db", b"x"), ("a.txt", TEXT), ("Desktop.ini", b"x"))),
    (45, streamed),
    (45, zip64),
    (45, lambda: zipped(("账号.txt", TEXT))),
    # The second byte of 誠 in GBK is that of a backslash.
    (45, lambda: with_name(zipped(("XY.txt", TEXT)), b"XY.txt", "誠".encode("gbk") + b".txt")),
    (45, lambda: with_name(zipped(("XYZ.txt", TEXT)), b"XYZ.txt", b"\xff\xfe\xfd.txt")),
    (35, lambda: patched(zipped(("a.txt", TEXT)), directory_of(zipped(("a.txt", TEXT))) + 24, "<I", 1)),
]


@pytest.mark.parametrize(("number", "make"), ACCEPTED)
def test_accepted(tmp_path: Path, number: int, make: Callable[[], bytes]) -> None:
    verdict = parsed(tmp_path, make())
    assert verdict.fault == ""
    assert verdict.accounts == 1000
    assert set(AccountsFile.open(tmp_path / ACCOUNTS).accounts.to_list()) == set(TEXT.decode().split())


def truncated_content() -> bytes:
    data = zipped(("a.txt", TEXT))
    return patched(data, directory_of(data) + 20, "<I", 100)


def bad_checksum() -> bytes:
    data = zipped(("a.txt", TEXT))
    return patched(data, directory_of(data) + 16, "<I", 1)


def garbled() -> bytes:
    return patched(zipped(("a.txt", TEXT)), 100, "<Q", 0xFFFF_FFFF_FFFF_FFFF)


def part_of_several() -> bytes:
    data = zipped(("a.txt", TEXT))
    return patched(data, directory_of(data) + 34, "<H", 1)


def astray() -> bytes:
    data = zipped(("a.txt", TEXT))
    return patched(data, directory_of(data) + 42, "<I", 7)


REFUSED: list[tuple[int | None, Callable[[], bytes], str]] = [
    (36, lambda: zipped(("a.txt", TEXT), ("b.txt", TEXT)), f"holds 2 files; it {ONE}"),
    (37, lambda: zipped(("a.txt", TEXT), ("readme.md", b"x")), ONE),
    (37, lambda: zipped(("readme.md", b"x")), ONE),
    (38, lambda: zipped(("dir/", b"")), "holds a folder"),
    (38, lambda: zipped(("dir/", b""), ("dir/a.txt", TEXT)), ONE),
    (38, lambda: zipped(("dir/a.txt", TEXT)), "holds a folder"),
    (40, zipped, "the zip is empty"),
    (39, lambda: zipped(("__MACOSX/._a.txt", b"x")), "holds 0 files"),
    (41, lambda: zipped(("a.txt", b"")), "holds no line"),
    (42, lambda: zipped(("a.zip", zipped(("a.txt", TEXT)))), ONE),
    (43, lambda: with_flag(zipped(("a.txt", TEXT)), 0x1), "encrypted"),
    (43, lambda: with_flag(zipped(("a.txt", TEXT)), 0x41), "encrypted"),
    (44, lambda: zipped(("../a.txt", TEXT)), "holds a folder"),
    (44, lambda: zipped(("/a.txt", TEXT)), "holds a folder"),
    (44, lambda: zipped(("C:\\a.txt", TEXT)), "holds a folder"),
    (44, lambda: zipped((entry("a.txt", mode=0o120777), b"/etc/passwd")), "is a link"),
    (44, lambda: zipped((entry("a.txt", mode=0o010666), TEXT)), "is a link or another special file"),
    (46, lambda: zipped(("a.txt", TEXT), method=ZIP_BZIP2), "compression method 12"),
    (46, lambda: zipped(("a.txt", TEXT), method=ZIP_LZMA), "compression method 14"),
    (47, lambda: zipped(("a.txt", TEXT))[:-30], "no zip, or a damaged one"),
    (47, lambda: zipped(("a.txt", TEXT))[:200], "no zip, or a damaged one"),
    (47, truncated_content, "ends too early"),
    (47, bad_checksum, "checksum"),
    (47, garbled, "damaged"),
    (47, astray, "damaged"),
    (None, part_of_several, "one part of several"),
    (None, lambda: TEXT, "no zip, or a damaged one"),
    (None, lambda: b"", "no zip, or a damaged one"),
]


@pytest.mark.parametrize(("number", "make", "reason"), REFUSED)
def test_refused(tmp_path: Path, number: int | None, make: Callable[[], bytes], reason: str) -> None:
    verdict = parsed(tmp_path, make())
    assert reason in verdict.fault
    assert verdict.empty == (number in {40, 41})
    assert not (tmp_path / ACCOUNTS).exists()
    assert [path.name for path in tmp_path.iterdir()] == ["package.zip"]


def test_a_zip_may_hold_more_than_it_weighs_up_to_the_limit(tmp_path: Path) -> None:  # 34, 35
    data = zipped(("a.txt", TEXT))
    assert parsed(tmp_path, data, max_uncompressed_bytes=len(TEXT)).accepted
    verdict = parsed(tmp_path, data, max_uncompressed_bytes=len(TEXT) - 1)
    assert f"more than {len(TEXT) - 1} bytes of text" in verdict.fault


def test_a_bomb_is_put_out_while_it_streams(tmp_path: Path) -> None:  # 35
    bomb = zipped(("a.txt", b"ab\n" * 20_000_000))
    verdict = parsed(tmp_path, bomb, max_uncompressed_bytes=1_000_000)
    assert "more than 1000000 bytes of text" in verdict.fault
    claims_little = patched(bomb, directory_of(bomb) + 24, "<I", 30)
    assert parsed(tmp_path, claims_little, max_uncompressed_bytes=1_000_000).fault == verdict.fault


def test_a_directory_of_thousands_is_not_read(tmp_path: Path) -> None:
    entries = [(f"{number:0200}.txt", b"") for number in range(5_000)]
    data = zipped(*entries, method=ZIP_STORED)
    assert len(data) - directory_of(data) > MAX_DIRECTORY_BYTES
    assert f"too many entries; it {ONE}" in parsed(tmp_path, data).fault
