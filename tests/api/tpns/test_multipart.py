"""Multipart as clients really send it, in pieces of any size."""

from __future__ import annotations

import pytest

from rockdove.api.tpns.errors import ParseError
from rockdove.api.tpns.multipart import MAX_PARTS, FormReader, Part, PartEnd

TYPE = "multipart/form-data; boundary=XX"


def parts(body: bytes, content_type: str = TYPE, piece: int = 1 << 20) -> list[tuple[str, str | None, bytes]]:
    """(name, file name, content) of each part, of a body that comes in pieces."""
    reader = FormReader(content_type)
    found: list[tuple[str, str | None, bytes]] = []
    head, content = Part("", None), bytearray()
    for start in range(0, len(body), piece):
        for event in reader.feed(body[start : start + piece]):
            if isinstance(event, Part):
                head, content = event, bytearray()
            elif isinstance(event, PartEnd):
                found.append((head.name, head.file_name, bytes(content)))
            else:
                content += event
    assert reader.ended
    return found


def form(disposition: str | bytes, content: bytes = b"ab\ncd\n", more: bytes = b"") -> bytes:
    line = disposition if isinstance(disposition, bytes) else disposition.encode()
    return b"--XX\r\nContent-Disposition: form-data; " + line + b"\r\n" + more + b"\r\n" + content + b"\r\n--XX--\r\n"


@pytest.mark.parametrize(
    ("disposition", "file_name"),
    [
        ('name="file"; filename="acc.txt"', "acc.txt"),
        ("name=file; filename=x.txt", "x.txt"),
        ('name="file"', None),
        ('name="file"; filename=""', ""),
        ('filename="a.txt"; name="file"', "a.txt"),
        ('NAME="file"; FileName="a.txt"', "a.txt"),
        ('name="file";filename="a;b=c.txt"', "a;b=c.txt"),
        ('name="file"; filename="/home/me/acc.txt"', "/home/me/acc.txt"),
        (r'name="file"; filename="C:\fakepath\acc.txt"', r"C:\fakepath\acc.txt"),
        (r'name="file"; filename="a\"b\\c.txt"', r'a"b\c.txt'),
        ('name="file"; filename="a%22b%20c.txt"', 'a"b%20c.txt'),
        ('name="file"; filename="号码包.txt"', "号码包.txt"),
        ("name=\"file\"; filename*=utf-8''%E5%8F%B7%20%E7%A0%81.txt", "号 码.txt"),
        ('name="file"; filename="x.txt"; filename*=UTF-8\'en\'y.txt', "y.txt"),
        (b'name="file"; filename="\xff\xfe.txt"', "\ufffd\ufffd.txt"),
    ],
)
def test_file_names(disposition: str | bytes, file_name: str | None) -> None:
    assert parts(form(disposition)) == [("file", file_name, b"ab\ncd\n")]


def test_a_part_is_opaque_whatever_its_type() -> None:
    more = b"Content-Type: multipart/form-data\r\nContent-Transfer-Encoding: base64\r\nContent-Length: 6\r\n"
    assert parts(form('name="file"; filename="a.txt"', b"--not\r\n--XY\r\n\r\n--XX-", more)) == [
        ("file", "a.txt", b"--not\r\n--XY\r\n\r\n--XX-")
    ]


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 64])
def test_pieces_of_any_size(piece: int) -> None:
    body = (
        b'--XX\r\nContent-Disposition: form-data; name="fileName"\r\n\r\nx.txt\r\n'
        b'--XX\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n' + b"\r\n--X\r\n-" * 9 + b"\r\n"
        b'--XX\r\nContent-Disposition: form-data; name="empty"\r\n\r\n\r\n--XX--'
    )
    assert parts(body, piece=piece) == [
        ("fileName", None, b"x.txt"),
        ("file", "a.txt", b"\r\n--X\r\n-" * 9),
        ("empty", None, b""),
    ]


@pytest.mark.parametrize(
    "content_type",
    [
        'multipart/form-data; boundary="XX"',
        "Multipart/Form-Data;boundary=XX",
        "multipart/form-data; charset=utf-8; boundary=XX",
    ],
)
def test_boundaries_as_headers_write_them(content_type: str) -> None:
    assert parts(form('name="file"'), content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        "", "text/plain", "application/json", "multipart/form-data", "multipart/form-data; boundary=",
        "multipart/mixed; boundary=XX", "multipart/form-data; boundary=" + "x" * 300,
    ],
)  # fmt: skip
def test_no_form(content_type: str) -> None:
    with pytest.raises(ParseError):
        FormReader(content_type)


@pytest.mark.parametrize(
    "body",
    [b"user-0001\nuser-0002\n", b"--YY\r\n\r\n", b"--XX\r\nno colon\r\n\r\n", b"--XX\r\n" + b"A: b\r\n" * 99 + b"\r\n",
     b"--XX\r\nA: " + b"b" * 99_999, b"--XX\r\n\r\nx\r\n" * (MAX_PARTS + 1)],
)  # fmt: skip
def test_bodies_that_are_no_form(body: bytes) -> None:
    with pytest.raises(ParseError):
        FormReader(TYPE).feed(body)


def test_a_body_cut_short_has_not_ended() -> None:
    reader = FormReader(TYPE)
    reader.feed(form('name="file"')[:-8])
    assert not reader.ended
