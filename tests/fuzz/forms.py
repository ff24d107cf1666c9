"""Uploads that are nearly right: forms put together from parts, zips with lies in them, HTTP around it."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib

from hypothesis import strategies as st

from rockdove.api.tpns.routes import UPLOAD
from tests.compat.test_uploads import FILE
from tests.fuzz.wire import Case, chunked, request

PATH = f"/v3{UPLOAD}"
BOUNDARIES = (
    b"XX", b"X", b"-", b"--", b"----", b"0" * 70, b"0" * 256, b"0" * 257, b"a b", b"'()+_,-./:=?", b'"XX"', b'"a;b"',
    b'"\\"', b"\xc3\xa9", b"\xff", b"", b'""', b"X\tY", b"XX; charset=utf-8", b"XX; boundary=YY",
)  # fmt: skip
TYPES = (
    b"multipart/form-data", b"multipart/form-data", b"multipart/form-data", b"Multipart/Form-Data", b"multipart/mixed",
    b"multipart/form-data ", b"multipart/", b"application/json", b"",
)  # fmt: skip
NAMES = (
    b'name="file"', b'name="file"', b'name="file"', b"name=file", b'name="file', b'NAME="file"', b'name=""', b"name",
    b'name="file"; name="x"', b'name="x"', b"name='file'", b'name="fi\\le"', b"name*=utf-8''file", b'name="\xff"', b"",
)  # fmt: skip
FILE_NAMES = (
    b'filename="a.txt"', b'filename="a.txt"', b'filename="a.csv"', b'filename="a.zip"', b'filename="a.exe"', b"",
    b"filename=a.txt", b'filename=""', b'filename="a.txt', b'filename="\\"', b'filename="..\\..\\a.txt"',
    b'filename="/"',
    b'filename="a%0D%0A%00.txt"', b'filename="a\x00.txt"', b'filename="\xff\xfe.txt"',
    b'filename="' + b"a" * 300 + b'.txt"',
    b"filename*=utf-8''%E5%8F%B7.txt", b"filename*=UTF-8'en'a.csv", b"filename*=utf-8''%", b"filename*=utf-8''%00.txt",
    b"filename*=utf-7''+AAA-.txt", b"filename*=rot13''a.txt", b"filename*=idna''a.txt", b"filename*=''a.txt",
    b"filename*='a.txt", b"filename*=utf-8''%ED%A0%80.txt", b"filename*=us-ascii''%FF.txt",
    b"filename*0=a; filename*1=.txt",
    b"filename*=utf-8''" + b"%41" * 4000 + b".txt", b'filename="\xe2\x80\xae.txt"', b'filename="a.TXT "',
    b'filename=".txt"',
)  # fmt: skip
LINES = (
    b"Content-Type: text/plain", b"Content-Type: multipart/mixed; boundary=YY", b"Content-Length: 3",
    b"Content-Length: 99999999999999999999", b"Content-Transfer-Encoding: base64", b"Content-Encoding: gzip", b"X: ",
    b":", b": x", b"no colon", b"X:" + b"a" * 20_000, b"X" * 20_000 + b": a", b"X: a\r\n continued", b"X: \x00",
    b"\xff: \xff",
    b"Content-Disposition: form-data; name=\"file\"", b" X: a", b"X : a", b"X: a\n", b"X: a\rY: b",
    *[b"\r\n".join([b"A: b"] * count) for count in (15, 17, 5000)],
)  # fmt: skip
BREAKS = (b"\r\n", b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"", b"\r\n\r\n", b"\r\r\n", b"\n\r", b" \r\n", b"\r\n ")


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return target.getvalue()


ZIPS = (
    zipped(("a.txt", FILE)), zipped(("a.csv", FILE), method=zipfile.ZIP_STORED), zipped(), zipped(("a.txt", b"")),
    zipped(("d/a.txt", FILE)), zipped(("../a.txt", FILE)), zipped(("a.txt", FILE), ("b.txt", FILE)),
    zipped(("a.txt", FILE), ("__MACOSX/a.txt", b"x")), zipped(("a.zip", zipped(("a.txt", FILE)))),
    zipped(("a.txt", FILE), method=zipfile.ZIP_BZIP2), zipped(("a.txt", FILE), method=zipfile.ZIP_LZMA),
    zipped(("a.txt", b"ab\n" * 1_000_000)), zipped(("a.txt", b"\0" * 3_000_000)), zipped(("a.txt", b" " * 3_000_000)),
    zipped(*[(f"{number}.txt", b"") for number in range(3000)]), zipped(("a.txt", FILE)) * 2,
    zipped(("x" * 60_000 + ".txt", FILE)), b"MZ" * 100 + zipped(("a.txt", FILE)), zipped(("a.txt",
    FILE)) + b"tail" * 20_000,
)  # fmt: skip
FILES = (
    FILE, b"", b"\n", b"a", b"\xef\xbb\xbf" + FILE, FILE.decode().encode("utf-16"), FILE.decode().encode("utf-32"),
    b"\xff" * 300,
    b"\x00" * 300, b"account\n" + FILE, b'"a\n"b,c\n', b",,,\n", b'"' * 999, b"user-0001\r\n" * 5000, b"x" * 70_000,
    b"ab" * 60,
    ("用户" * 60 + "\n").encode() * 50,
    b"ab\r\rcd\x0b\x0cef\n", b"\xe2\x80\xa8ab\n", gzip.compress(FILE), b"PK\x03\x04",
    b"PK\x05\x06" + bytes(18), b"PK\x03\x04" + b"\xff" * 99, b"%PDF-1.4", b"--XX\r\n", b"\r\n--XX", b"\r\n--X" * 3000,
)  # fmt: skip

flips = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6)


def flipped(data: bytes, changes: list[tuple[float, int]]) -> bytes:
    """Other bytes at a few places, given as parts of the whole."""
    changed = bytearray(data)
    for place, value in changes:
        if changed:
            changed[int(place * len(changed))] = value
    return bytes(changed)


broken_zips = st.one_of(
    st.builds(flipped, st.sampled_from(ZIPS[:8]), flips),
    st.builds(lambda data, part: data[: int(len(data) * part)], st.sampled_from(ZIPS), st.floats(0, 1)),
    st.builds(  # in the directory at the end, where sizes and offsets are
        lambda data, changes: data[:-90] + flipped(data[-90:], changes), st.sampled_from(ZIPS[:8]), flips
    ),
)
contents = st.one_of(st.sampled_from(FILES), st.sampled_from(ZIPS), broken_zips, st.binary(max_size=200))
usually_crlf = st.sampled_from(BREAKS)


@st.composite
def parts(draw: st.DrawFn, boundary: bytes) -> bytes:
    """One part with its delimiter before it."""
    name, file_name = draw(st.sampled_from(NAMES)), draw(st.sampled_from(FILE_NAMES))
    kind = draw(st.sampled_from([b"form-data", b"form-data", b"form-data", b"attachment", b"", b"form-data;"]))
    lines = [b"Content-Disposition: " + b"; ".join(filter(None, [kind, name, file_name]))]
    lines += draw(st.lists(st.sampled_from(LINES), max_size=2))
    content = draw(st.one_of(contents, st.just(b"--YY\r\n\r\n" + FILE + b"\r\n--YY--\r\n")))
    first, last = draw(usually_crlf), draw(usually_crlf)
    return b"--" + boundary + first + b"\r\n".join(draw(st.permutations(lines))) + b"\r\n\r\n" + content + last


@st.composite
def form_bodies(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Content-Type and body."""
    written = draw(st.sampled_from([b"XX"] * 20 + list(BOUNDARIES)))
    boundary = written.partition(b";")[0].strip(b'"')
    body = b"".join(draw(st.lists(parts(boundary), min_size=0, max_size=3)))
    body *= draw(st.sampled_from([1] * 12 + [2, 60, 200]))
    before = draw(st.sampled_from([b""] * 8 + [b"\r\n", b"preamble\r\n", b"--YY\r\n", b"-", b"\n" * 5000]))
    end = draw(
        st.sampled_from([b"--\r\n"] * 8 + [b"--", b"", b"-", b"\r\n", b"--epilogue\r\n--XX\r\n", b"--\r\n" * 900])
    )
    kind = draw(st.sampled_from(TYPES))
    return kind + b"; boundary=" + written, before + body + b"--" + boundary + end


@st.composite
def pieces_of(draw: st.DrawFn, data: bytes) -> tuple[bytes, ...]:
    """Cut at a few places, or everywhere when it is short."""
    if len(data) <= 600 and draw(st.booleans()):
        return tuple(data[place : place + 1] for place in range(len(data)))
    cuts = sorted(int(part * len(data)) for part in draw(st.lists(st.floats(0, 1), max_size=4)))
    return tuple(data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """An upload, whole as HTTP, in one of HTTP's ways."""
    content_type, body = draw(form_bodies())
    encoding = draw(st.sampled_from([b""] * 12 + [b"gzip", b"deflate", b"br", b"identity", b"gzip, gzip"]))
    packed = {b"gzip": gzip.compress(body), b"deflate": zlib.compress(body)}.get(encoding, body)
    lines = [b"Content-Type: " + content_type, *([b"Content-Encoding: " + encoding] if encoding else [])]
    lines += draw(st.sampled_from([[]] * 6 + [[b"Expect: 100-continue"], [b"Idempotency-Key: u1"]]))
    if draw(st.integers(0, 3)):
        return Case(draw(pieces_of(request(PATH, packed, *lines))))
    head = request(PATH, b"", *lines, b"Transfer-Encoding: chunked", length=False)
    return Case((head, *draw(pieces_of(b"".join(chunked(draw(pieces_of(packed))))))))
