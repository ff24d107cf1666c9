"""Requests of 128 MB and more. Each is refused, and the process that read it holds a small part of it at most."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from itertools import repeat
from typing import NamedTuple

from tests.fuzz.forms import PATH
from tests.fuzz.law import GROWTH_MB, World
from tests.fuzz.wire import Wire, chunked, request

MB = 1 << 20
SIZE = 128 * MB
_FORM = b"Content-Type: multipart/form-data; boundary=XX"
_CHUNKED = b"Transfer-Encoding: chunked"
_PART = b'--XX\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'


class Stream(NamedTuple):
    pieces: Callable[[], Iterator[bytes]]
    wire: Wire = Wire.WHOLE


def _request(start: bytes, piece: bytes, end: bytes = b"", path: str = PATH) -> Stream:
    """A body in chunks: `start`, then `piece` until there is enough, then `end`."""

    def pieces() -> Iterator[bytes]:
        yield request(path, b"", _FORM, _CHUNKED, length=False)
        yield from chunked([start, *repeat(piece, SIZE // len(piece)), end])

    return Stream(pieces)


def _head(start: bytes, piece: bytes) -> Stream:
    """Something in front of a body that never comes."""

    def pieces() -> Iterator[bytes]:
        yield start
        yield from repeat(piece, SIZE // len(piece))

    return Stream(pieces, Wire.ANY)


def _zip_of_zeros() -> bytes:
    """128 MB of text in a small zip, whose directory says three bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = b"".join(packer.compress(b"ab\n" * (MB // 3)) for _ in range(128)) + packer.flush()
    sizes = len(data).to_bytes(4, "little") + (3).to_bytes(4, "little")
    common = b"\x14\0\0\0\x08\0\0\0\x21\0" + bytes(4) + sizes + b"\x05\0\0\0"
    local = b"PK\x03\x04" + common + b"a.txt"
    directory = b"PK\x01\x02\x14\0" + common + bytes(14) + b"a.txt"
    end = b"PK\x05\x06" + bytes(4) + b"\x01\0\x01\0" + len(directory).to_bytes(4, "little")
    return local + data + directory + end + (len(local) + len(data)).to_bytes(4, "little") + b"\0\0"


def _bomb() -> Iterator[bytes]:
    yield request(PATH, _PART.replace(b"a.txt", b"a.zip") + b"\r\n" + _zip_of_zeros() + b"\r\n--XX--\r\n", _FORM)


STREAMS: dict[str, Stream] = {
    "a file too large": _request(_PART + b"\r\n", b"user-0001\n" * (MB // 10), b"\r\n--XX--\r\n"),
    "a file that is one line": _request(_PART + b"\r\n", b"x" * MB, b"\r\n--XX--\r\n"),
    "a part that is no file": _request(b'--XX\r\nContent-Disposition: form-data; name="x"\r\n\r\n', b"x" * MB,
    b"\r\n--XX--\r\n"),
    "no boundary ever": _request(b"", b"x" * MB),
    "nothing but line ends": _request(b"", b"\r\n" * (MB // 2)),
    "nothing but almost boundaries": _request(_PART + b"\r\n", b"\r\n--X" * (MB // 5), b"\r\n--XX--\r\n"),
    "a header line of a part": _request(b"--XX\r\nX: ", b"a" * MB),
    "a header name of a part": _request(b"--XX\r\n", b"a" * MB),
    "header lines of a part": _request(b"--XX\r\n", b"A: b\r\n" * (MB // 6)),
    "empty parts": _request(b"", b"--XX\r\n\r\n\r\n" * (MB // 10)),
    "after the end": _request(_PART + b"\r\nab\r\n--XX--\r\n", b"x" * MB),
    "JSON white space": _request(b"{", b" " * MB, b"}", "/v3/push/app"),
    "JSON with its length": Stream(lambda: iter([request("/v3/push/app", b" " * SIZE)])),
    "chunks of one byte": Stream(
        lambda: iter(
            [request(PATH, b"", _FORM, _CHUNKED, length=False), *repeat(b"1\r\nx\r\n" * 50_000, 20), b"0\r\n\r\n"]
        )
    ),
    "a chunk extension": _head(request(PATH, b"", _FORM, _CHUNKED, length=False) + b"1;", b"x" * MB),
    "a trailer line": _head(request(PATH, b"", _FORM, _CHUNKED, length=False) + b"1\r\nx\r\n0\r\nX: ", b"x" * MB),
    "trailer lines": _head(request(PATH, b"", _FORM, _CHUNKED, length=False) + b"1\r\nx\r\n0\r\n",
    b"A: b\r\n" * (MB // 6)),
    "a request target": _head(b"POST /", b"a" * MB),
    "a method": _head(b"P", b"O" * MB),
    "a header line": _head(b"POST /v3/push/app HTTP/1.1\r\nX: ", b"a" * MB),
    "a header name": _head(b"POST /v3/push/app HTTP/1.1\r\n", b"a" * MB),
    "header lines": _head(b"POST /v3/push/app HTTP/1.1\r\n", b"A: b\r\n" * (MB // 6)),
    "line ends before a request": _head(b"", b"\r\n" * (MB // 2)),
    "a zip bomb": Stream(_bomb),
}  # fmt: skip


def obey(world: World, stream: Stream) -> None:
    """Raises AssertionError. The peak is measured, not only what stays."""
    world.forget_peak()
    before = world.resident_mb()
    world.stream(stream.pieces, stream.wire)
    peak = world.resident_mb(peak=True)
    assert peak - before < GROWTH_MB, f"from {before} to {peak} MB"
    world.check_store()
