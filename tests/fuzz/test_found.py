"""What fuzzing has found, each once, by name."""

from __future__ import annotations

import pytest

from rockdove.api.tpns.fields import MAX_DEPTH
from tests.fuzz.forms import PATH
from tests.fuzz.law import World
from tests.fuzz.recorded import TOKEN
from tests.fuzz.wire import BASIC, Case, Wire, request

PUSH = "/v3/push/app"
QUERY = "/v3/device/account/query"
H2C = (
    b"Connection: Upgrade, HTTP2-Settings, close",
    b"Upgrade: h2c",
    b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
)
"""What Java's HttpClient adds to a request over plain HTTP."""
GOOD = b'{"operator_type":2,"token_list":["%b"]}' % TOKEN.encode()
FILE = b'--XX\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nab\r\n--XX--\r\n'


def offered(path: str, body: bytes, *lines: bytes) -> bytes:
    return request(path, body, *H2C, *lines).replace(b"Connection: close\r\n", b"", 1)


ANSWERED: dict[str, tuple[Case, int]] = {
    "U+0000 deep inside: looking for it recursed too far, HTTP 500": (
        Case((request(PUSH, b'{"a":' + b"[" * 400 + b'"\\u0000"' + b"]" * 400 + b"}"),)), 1008001,
    ),
    "a string without an end, full of escaped quotes: looked at again from each of them, for hours": (
        Case((request(PUSH, b'{"a":"' + b'\\"' * 900_000),)), 1008001,
    ),
    "two million quotes": (Case((request(PUSH, b'"' * 2_000_000),)), 1008001),
    "a megabyte of control characters": (Case((request(PUSH, b'{"a":"' + b"\x01" * 1_000_000 + b'"}'),)), 1008002),
    "an offer of HTTP/2: the body was lost": (Case((offered(QUERY, GOOD),)), 0),
    "an offer of HTTP/2, the body comes later": (
        Case(tuple(offered(QUERY, GOOD).partition(b"\r\n\r\n")), pause=0.05), 0,
    ),
    "an offer of HTTP/2 with an upload": (
        Case((offered(PATH, FILE, b"Content-Type: multipart/form-data; boundary=XX"),)), 0,
    ),
    "an offer of WebSocket": (Case((offered(QUERY, GOOD).replace(b"h2c", b"websocket"),)), 0),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERED)
def test_it_is_answered(world: World, name: str) -> None:
    case, code = ANSWERED[name]
    assert [reply.code for reply in world.obey(case)] == [code]


def test_a_body_is_no_request_after_an_offer_of_http_2(world: World) -> None:
    """What is in the body of one request must not be another."""
    inner = request(QUERY, GOOD)
    assert [reply.code for reply in world.obey(Case((offered(PUSH, inner),)))] == [1008001]


def test_nesting_is_limited_where_everybody_learns_of_it(world: World) -> None:
    for depth, code in ((MAX_DEPTH - 1, 1008002), (MAX_DEPTH, 1008001)):
        body = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
        assert [reply.code for reply in world.obey(Case((request(PUSH, body),)))] == [code]


@pytest.mark.parametrize("line", [b"X: " + b"a" * 200_000, b"\r\n".join([b"A: b"] * 50_000)])
def test_a_head_has_an_end(world: World, line: bytes) -> None:
    start = b"POST /v3/push/app HTTP/1.1\r\nAuthorization: " + BASIC + b"\r\n"
    assert [reply.status for reply in world.obey(Case((start, line), Wire.ANY, pause=0.05))] == [431]
