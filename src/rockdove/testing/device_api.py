"""The device API as a device calls it: HTTP with JSON, over connections that are kept."""

from __future__ import annotations

import asyncio
import http.client
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import msgspec

CONNECTIONS = 8
TIMEOUT_SECONDS = 30.0


class DeviceApiError(RuntimeError):
    """The server refused the call; `code` is its word for why."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code = status, code


class DeviceApi:
    """Calls from asyncio, carried out by a few threads with a connection each."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="device-api")
        self._local = threading.local()

    async def post(self, path: str, body: object, jwt: str = "") -> dict[str, Any]:
        """Raises DeviceApiError for a refusal, OSError when the server can't be reached."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._post, path, body, jwt)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _post(self, path: str, body: object, jwt: str) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {jwt}"} if jwt else {})
        encoded = msgspec.json.encode(body)
        try:
            return self._exchange(path, encoded, headers)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self._local.connection.close()  # the server closed it between two calls
            return self._exchange(path, encoded, headers)

    def _exchange(self, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        connection = self._connection()
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            content = response.read()
        except http.client.HTTPException as error:
            connection.close()
            if isinstance(error, ConnectionError):
                raise
            raise ConnectionError(str(error)) from error
        answer = msgspec.json.decode(content, type=dict[str, Any]) if content[:1] == b"{" else {}
        if response.status >= 400:
            error_body = answer.get("error", {})
            raise DeviceApiError(response.status, error_body.get("code", ""), error_body.get("message", ""))
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._local, "connection"):
            kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
            self._local.connection = kind(self._url.netloc, timeout=TIMEOUT_SECONDS)
        connection: http.client.HTTPConnection = self._local.connection
        return connection
