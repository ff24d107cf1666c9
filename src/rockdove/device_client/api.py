"""The device API over HTTP, with nothing but the standard library."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

TIMEOUT_SECONDS = 30.0


class RefusedError(Exception):
    """The server refused a call; `status` is HTTP's, `code` its word for why (see docs/device-protocol.md)."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code = status, code


def post(url: str, name: str, body: object, jwt: str = "") -> Mapping[str, Any]:
    """Call /device/v1/<name>. Raises RefusedError, or OSError when the server can't be reached."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {jwt}"} if jwt else {})
    request = urllib.request.Request(f"{url}/device/v1/{name}", json.dumps(body).encode(), headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310  the app's own server
            answer: Mapping[str, Any] = json.load(response)
            return answer
    except urllib.error.HTTPError as error:
        raise _refusal(error.code, error.read()) from None
    except (ValueError, http.client.HTTPException) as error:
        raise ConnectionError(f"somebody else answers for {url}: {error!r}") from None  # as hotels do


def _refusal(status: int, body: bytes) -> RefusedError:
    """A proxy in between may have answered something of its own."""
    try:
        error = json.loads(body)["error"]
        return RefusedError(status, error["code"], error["message"])
    except (ValueError, KeyError, TypeError):
        return RefusedError(status, "unknown", body[:200].decode("utf-8", "replace"))
