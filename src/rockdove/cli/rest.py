"""The REST API as the command line and the demo use it: what any customer's program would send."""

from __future__ import annotations

import base64
import http.client
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

CHUNK = 256 * 1024
PREVIEW_POLL_SECONDS = 0.5
BOUNDARY = "rockdove-package-7d93b1f0"


class RestError(RuntimeError):
    """The server refused the call; the text is its reason."""


@dataclass(frozen=True, slots=True)
class RestClient:
    """Calls one application's API. `url` is scheme://host:port."""

    url: str
    access_id: int
    secret_key: str
    timeout: float = 60.0

    def upload(self, file: Path, progress: Callable[[int], None] = lambda _: None) -> dict[str, Any]:
        """Stream a package file; `progress` gets the bytes sent so far. Gives the answer with its verdict."""
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{_header_text(file.name)}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        tail = f"\r\n--{BOUNDARY}--\r\n".encode()
        headers = {
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            "Content-Length": str(len(head) + file.stat().st_size + len(tail)),
        }

        def body() -> Iterator[bytes]:
            sent = 0
            yield head
            with file.open("rb") as source:
                while chunk := source.read(CHUNK):
                    yield chunk
                    sent += len(chunk)
                    progress(sent)
            yield tail

        return self._call("/v3/push/package/upload", body(), headers)

    def post(self, path: str, body: dict[str, Any] | bytes) -> dict[str, Any]:
        """Call an endpoint with a JSON body (bytes: as they are). Raises RestError unless its code is 0."""
        raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return self._call(path, raw, {"Content-Type": "application/json"})

    def preview(self, body: dict[str, Any]) -> dict[str, Any]:
        """Whom a push would reach, from the console API; waits for the answer. Raises RestError."""
        path = f"/console/api/apps/{self.access_id}/previews"
        headers = {"Content-Type": "application/json"}
        answer = self._exchange("POST", path, msgspec.json.encode(body), headers)
        while answer.get("state") == "waiting":
            time.sleep(PREVIEW_POLL_SECONDS)
            answer = self._exchange("GET", f"{path}/{answer['preview_id']}", b"", {})
        if answer.get("state") != "done":
            raise RestError(str(answer.get("failure") or answer.get("detail")))
        result: dict[str, Any] = answer["result"]
        return result

    def progress(self, push_id: str) -> dict[str, Any]:
        """How far a push has come, from the console API: the statistics may be asked 200 times an hour, and those
        belong to the application's own programs. Raises RestError."""
        answer = self._exchange("GET", f"/console/api/apps/{self.access_id}/pushes/{push_id}/progress", b"", {})
        if "state" not in answer:
            raise RestError(str(answer.get("detail")))
        return answer

    def _call(self, path: str, body: bytes | Iterator[bytes], headers: dict[str, str]) -> dict[str, Any]:
        answer = self._exchange("POST", path, body, headers)
        code = answer.get("retCode", answer.get("ret_code"))
        if code != 0:
            raise RestError(f"{answer.get('errMsg') or answer.get('err_msg')} (code {code})")
        return answer

    def _exchange(
        self, method: str, path: str, body: bytes | Iterator[bytes], headers: dict[str, str]
    ) -> dict[str, Any]:
        parts = urlsplit(self.url)
        connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = connect(parts.netloc, timeout=self.timeout)
        credentials = base64.b64encode(f"{self.access_id}:{self.secret_key}".encode()).decode()
        try:
            path = parts.path.rstrip("/") + path
            connection.request(method, path, body, {**headers, "Authorization": f"Basic {credentials}"})
            response = connection.getresponse()
            text = response.read()
        except OSError as error:
            raise RestError(f"{self.url} can't be reached: {error}") from error
        finally:
            connection.close()
        try:
            return msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.DecodeError:
            raise RestError(f"HTTP {response.status} from {self.url}, without a readable answer") from None


def _header_text(name: str) -> str:
    return quote(name, safe=" ()[]{}!#$&'+,;=@~^`.-_%") if '"' in name or "\\" in name else name
