"""Bytes that are hardly HTTP any more, and clients that misbehave with those that are."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.fuzz.forms import pieces_of
from tests.fuzz.recorded import recorded_json, recorded_uploads
from tests.fuzz.wire import BASIC, Case, Wire

GOOD = [case.pieces[0] for case in (*recorded_uploads().values(), *recorded_json().values())]
SPLICES = (
    b"", b"\r\n", b"\n", b"\r", b"\x00", b"\xff", b" ", b":", b"--", b'"', b"{", b"}", b"[", b"\\", b"0\r\n\r\n",
    b"Content-Length: 0\r\n", b"Content-Length: -1\r\n", b"Content-Length: 5\r\nContent-Length: 6\r\n",
    b"Content-Length: 99999999999999999999999\r\n", b"Content-Length: 1e3\r\n", b"Content-Length: 104857600\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n", b"Transfer-Encoding: x\r\n",
    b"transfer-encoding : chunked\r\n", b"Expect: 100-continue\r\n", b"Expect: 200-ok\r\n",
    b"Connection: keep-alive\r\n",
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13\r\n",
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk\r\n",
    b"Sign: x\r\n", b"AccessId: 1500000001\r\nTimeStamp: 1\r\nSign: x\r\n", b"AccessId: 99999999999999999999\r\n",
    b"Authorization: Basic\r\n", b"Authorization: Basic ====\r\n", b"Authorization: " + BASIC + b"\r\n",
    b"Authorization: Basic OTk5OTk5OTk5OTk5OTk5OTk5OTk6eA==\r\n", b"Authorization: Basic gICAgIA=\r\n",
    b"Authorization: Basic AAAAOgAA\r\n", b"Authorization: Bearer x\r\n", b"Idempotency-Key: \xff\r\n",
    b"Idempotency-Key:\r\n",
    b"Host:\r\n", b"X-Forwarded-For: 1.2.3.4\r\n", b"X: " + b"a" * 70_000 + b"\r\n", b"A: b\r\n" * 3000,
    b"GET / HTTP/1.1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
)  # fmt: skip
METHODS = (
    b"GET",
    b"HEAD",
    b"PUT",
    b"OPTIONS",
    b"CONNECT",
    b"TRACE",
    b"PATCH",
    b"post",
    b"P\xd6ST",
    b"PRI",
    b"",
    b"M-SEARCH",
)
TARGETS = (
    b"*", b"/", b"//", b"///v3//", b"/v3/%2e%2e/push/app", b"/v3/push/app?x=%", b"/v3/push/app#x",
    b"/v3/push/ap\x80p", b"http://[::1",
    b"http://localhost/v3/push/app", b"/v3/%00", b"/v3/%ff", b"/v3/%", b"/" + b"a" * 70_000, b"localhost:80", b"?",
    b"/v3/push/app/", b"/v3/push/app\x00", b"/v3/push/app%2f", b"/" + b"%41" * 20_000,
)  # fmt: skip
VERSIONS = (
    b"HTTP/1.0",
    b"HTTP/1.1",
    b"HTTP/0.9",
    b"HTTP/2.0",
    b"HTTP/9.9",
    b"HTTP/1.1 x",
    b"HTTPS/1.1",
    b"",
    b"http/1.1",
    b"HTTP/1.11",
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A recorded request after a few edits, most of them in its head."""
    data = draw(st.sampled_from(GOOD))
    for _ in range(draw(st.integers(1, 4))):
        end = data.find(b"\r\n\r\n") + 2
        span = end if end > 2 and draw(st.booleans()) else len(data)
        start, stop = sorted(int(draw(st.floats(0, 1)) * span) for _ in range(2))
        stop = min(stop, start + draw(st.sampled_from([0, 1, 2, 8, 1000])))
        match draw(st.sampled_from(["splice", "line", "flip", "cut", "copy", "end"])):
            case "splice":
                data = data[:start] + draw(st.sampled_from(SPLICES)) + data[stop:]
            case "line":
                place = data.find(b"\r\n") + 2
                data = data[:place] + draw(st.sampled_from(SPLICES)) + data[place:]
            case "flip":
                data = data[:start] + draw(st.binary(min_size=1, max_size=3)) + data[start + 1 :]
            case "cut":
                data = data[:start] + data[stop:]
            case "copy":
                data = data[:stop] + data[start:stop] * draw(st.sampled_from([1, 3, 200])) + data[stop:]
            case _:
                data = data[: draw(st.sampled_from([start, -1, -2, -5]))]
    return data


@st.composite
def first_lines(draw: st.DrawFn) -> bytes:
    """A recorded request under another first line."""
    method = draw(st.sampled_from([b"POST"] * 4 + list(METHODS)))
    target = draw(st.sampled_from(TARGETS))
    version = draw(st.sampled_from([b"HTTP/1.1"] * 6 + list(VERSIONS)))
    _, _, rest = draw(st.sampled_from(GOOD)).partition(b"\r\n")
    return method + b" " + target + b" " + version + b"\r\n" + rest


@st.composite
def pipelined(draw: st.DrawFn) -> bytes:
    """Several requests in one go; the last one closes."""
    several = draw(st.lists(st.sampled_from(GOOD), min_size=2, max_size=5)) * draw(st.sampled_from([1, 1, 1, 3]))
    return b"".join(one.replace(b"Connection: close\r\n", b"") for one in several) + draw(st.sampled_from(GOOD))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Sent in pieces; the client stays, or goes away in the middle."""
    if not draw(st.integers(0, 9)):
        return Case(draw(pieces_of(draw(pipelined()))))
    data = draw(st.one_of(mutated(), mutated(), mutated(), first_lines(), pipelined()))
    if not draw(st.integers(0, 5)):
        return Case(draw(pieces_of(data[: int(len(data) * draw(st.floats(0, 1)))])), Wire.GONE)
    return Case(draw(pieces_of(data)), Wire.ANY, pause=draw(st.sampled_from([0.0] * 9 + [0.002])))
