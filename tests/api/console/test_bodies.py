"""A body without end ends at the limit, whoever sends it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rockdove.api.console import app
from rockdove.config import Limits

LIMIT = Limits().json_body_bytes
PIECE = b" " * 256 * 1024


@pytest.mark.parametrize("path", ["/session", "/apps/1500000001/pushes"])
async def test_a_stranger_can_not_fill_the_memory(path: str) -> None:
    sent, said = 0, []

    async def receive() -> dict[str, Any]:
        nonlocal sent
        sent += len(PIECE)
        return {"type": "http.request", "body": PIECE, "more_body": sent < 10 * LIMIT}

    async def send(message: Any) -> None:
        said.append(message)

    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }  # fmt: skip
    await app.build()(scope, receive, send)
    assert said[0]["status"] == 413
    assert f"at most {LIMIT} bytes" in json.loads(said[1]["body"])["detail"]
    assert sent <= LIMIT + len(PIECE)
