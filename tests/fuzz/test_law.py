"""A law that nothing can break proves nothing: servers that break it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.api.tpns.rest import Reply
from tests.fuzz import wire
from tests.fuzz.law import World, judged
from tests.fuzz.recorded import TOKEN
from tests.fuzz.wire import Case, HangError, Wire, converse, request

GOOD = b'{"ret_code":0,"err_msg":"","retCode":0,"errMsg":""}'
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500, JSON, GOOD.replace(b"0", b"1008004")),
        Reply(503, JSON, GOOD.replace(b"0", b"1008004")),
        Reply(422, JSON, GOOD),
        Reply(403, JSON, GOOD),
        Reply(200, {"content-type": "text/plain"}, GOOD),
        Reply(200, JSON, GOOD.replace(b'"retCode":0', b'"retCode":1')),
        Reply(200, JSON, GOOD.replace(b"0", b'"0"')),
        Reply(200, JSON, GOOD.replace(b'""', b"null")),
        Reply(200, JSON, GOOD.replace(b'"retCode":0,', b"")),
        Reply(200, JSON, b"[]"),
        Reply(200, JSON, b"Internal Server Error"),
    ],
)
def test_bad_answers(reply: Reply) -> None:
    with pytest.raises((AssertionError, KeyError, ValueError)):
        judged(reply)


def test_good_answers() -> None:
    assert judged(Reply(200, JSON, GOOD)) == 0
    assert judged(Reply(403, JSON, GOOD.replace(b"0", b"1008003"))) == 1008003
    assert judged(Reply(400, {}, b"Invalid HTTP request received.")) is None


@contextmanager
def a_server(behave: Callable[[socket.socket], object]) -> Iterator[int]:
    """One connection is taken, and treated like this; gives the port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=lambda: behave(listening.accept()[0]), daemon=True).start()
        yield listening.getsockname()[1]


@pytest.mark.parametrize("kind", [Wire.WHOLE, Wire.ANY])
def test_a_hang(kind: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "HANG_SECONDS", 0.5)
    held: list[socket.socket] = []
    with a_server(held.append) as port, pytest.raises(HangError):
        converse(port, [b"x"], kind)
    held[0].close()


@pytest.mark.parametrize("said", [b"HTTP/1.1 200 OK\r\nconte", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab"])
def test_half_an_answer(said: bytes) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(said)
        connection.close()

    with a_server(answer) as port, pytest.raises(AssertionError, match="half"):
        converse(port, [])


def test_good_requests_are_not_bad_ones(world: World) -> None:
    good = request("/v3/toolbox/getPushListByToken", b'{"token":"%b"}' % TOKEN.encode())
    assert [reply.code for reply in world.obey(Case((good,)))] == [0]
    with pytest.raises(AssertionError, match="accepted"):
        world.obey(Case((good,), bad=True))


def test_what_a_refusal_leaves_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if each refusal had left a push."""
    states = iter(range(100))
    monkeypatch.setattr(World, "state", lambda _: (next(states),))
    with pytest.raises(AssertionError, match="it did something"):
        world.obey(Case((request("/v3/push/app", b"{}"),)))
