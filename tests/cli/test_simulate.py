"""`rockdove devices simulate` where it can't begin: a line that says why, and no traceback."""

from __future__ import annotations

import socket

import pytest

from tests.server import Server


@pytest.mark.parametrize(
    ("url", "says"), [("{closed}", "can't be reached"), ("{server}", "unknown_app"), ("push.example.com", "http://")]
)
def test_it_says_why(server: Server, url: str, says: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        closed = f"http://127.0.0.1:{gone.getsockname()[1]}"
    named = url.format(closed=closed, server=server.url)
    done = server.cli("devices", "simulate", "--app", "4294967295", "--access-key", "x", "--url", named, check=False)
    assert done.returncode in {1, 2}
    assert says in done.stderr
    assert "Traceback" not in done.stderr
