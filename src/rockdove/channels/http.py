"""How vendors are spoken to: one libcurl for all of a process, with a `Server` for each address and configuration.

Connections are kept and shared, HTTP/2 streams run side by side where the vendor has it, certificates are always
checked. What can go wrong between us and an answer is two things, because they mean two things for a batch:

    HttpError
    ├── UnreachableError   nothing was sent: no connection, no TLS, a proxy that says no
    └── NoAnswerError      sent, and no whole answer: cut, or too slow. The vendor may have taken it
"""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, NamedTuple

import msgspec
import pycurl

CONNECT_SECONDS = 10
ANSWER_SECONDS = 30
MAX_ANSWER_BYTES = 1024 * 1024
KEPT_HANDLES = 1000

_NOTHING_SENT = {
    pycurl.E_COULDNT_RESOLVE_HOST,
    pycurl.E_COULDNT_RESOLVE_PROXY,
    pycurl.E_COULDNT_CONNECT,
    pycurl.E_SSL_CONNECT_ERROR,
    pycurl.E_PEER_FAILED_VERIFICATION,
    pycurl.E_SSL_CERTPROBLEM,
    pycurl.E_SSL_CACERT_BADFILE,
}


class HttpError(RuntimeError):
    """No answer; the text says what happened."""


class UnreachableError(HttpError):
    """Nothing was sent."""


class NoAnswerError(HttpError):
    """The request was sent, or may have been, and no whole answer came back."""


class Answer(NamedTuple):
    status: int
    body: bytes
    retry_after: float
    """Seconds; 0 where the vendor says nothing."""
    headers: bytes = b""
    """As received; only where the server was opened with `keep_headers`."""

    def json(self) -> Any:
        """None where the body is no JSON: a gateway in between answers in HTML."""
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.json.decode(self.body)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A client's certificate with its key, both PEM."""

    certificate: bytes
    key: bytes


class Sender:
    """Entered once a process. `ca_file`: a PEM bundle of authorities to trust instead of the system's; '' is those."""

    def __init__(self, ca_file: str = "") -> None:
        self._ca_file = ca_file
        self._multi = pycurl.AsyncCurlMulti()

    async def __aenter__(self) -> Sender:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._multi.aclose()

    def server(
        self, origin: str, *, http2: bool = False, proxy: str = "", certificate: Certificate | None = None
    ) -> Server:
        """`origin`: https://host[:port]."""
        return Server(self._multi, origin, self._ca_file, http2=http2, proxy=proxy, certificate=certificate)


class Server:
    """One address as one application speaks to it."""

    def __init__(
        self,
        multi: pycurl.AsyncCurlMulti,
        origin: str,
        ca_file: str,
        *,
        http2: bool,
        proxy: str,
        certificate: Certificate | None,
    ) -> None:
        self.origin = origin
        self._multi, self._ca_file, self._http2 = multi, ca_file, http2
        self._proxy, self._certificate = proxy, certificate
        self._free: list[pycurl.Curl] = []

    async def post(self, path: str, body: bytes, headers: Sequence[str] = ()) -> Answer:
        """`headers` as lines `Name: value`. Raises UnreachableError, NoAnswerError."""
        return await self._ask(path, body, headers)

    async def get(self, path: str, headers: Sequence[str] = ()) -> Answer:
        """As `post`."""
        return await self._ask(path, None, headers)

    async def _ask(self, path: str, body: bytes | None, headers: Sequence[str]) -> Answer:
        with self._handle() as curl:
            received, head = BytesIO(), _Head()
            curl.setopt(pycurl.URL, self.origin + path)
            if body is None:
                curl.setopt(pycurl.HTTPGET, 1)
            else:
                curl.setopt(pycurl.POSTFIELDS, body)
            curl.setopt(pycurl.HTTPHEADER, ["Expect:", *headers])
            curl.setopt(pycurl.WRITEDATA, received)
            curl.setopt(pycurl.HEADERFUNCTION, head.line)
            try:
                await self._multi.perform(curl)
            except pycurl.error as error:
                raise _fault(self.origin, *error.args) from None
            return Answer(curl.getinfo(pycurl.RESPONSE_CODE), received.getvalue(), head.retry_after)

    @contextlib.contextmanager
    def _handle(self) -> Iterator[pycurl.Curl]:
        curl = self._free.pop() if self._free else self._new()
        try:
            yield curl
        except (HttpError, asyncio.CancelledError):
            curl.close()
            raise
        if len(self._free) < KEPT_HANDLES:
            self._free.append(curl)

    def _new(self) -> pycurl.Curl:
        curl = pycurl.Curl()
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTPS)
        curl.setopt(pycurl.CONNECTTIMEOUT, CONNECT_SECONDS)
        curl.setopt(pycurl.TIMEOUT, ANSWER_SECONDS)
        curl.setopt(pycurl.MAXFILESIZE, MAX_ANSWER_BYTES)
        curl.setopt(pycurl.PROXY, self._proxy)
        if self._ca_file:
            curl.setopt(pycurl.CAINFO, self._ca_file)
        if self._http2:
            curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
            curl.setopt(pycurl.PIPEWAIT, 1)
        if self._certificate:
            curl.setopt(pycurl.SSLCERT_BLOB, self._certificate.certificate)
            curl.setopt(pycurl.SSLKEY_BLOB, self._certificate.key)
        return curl


class _Head:
    """What we want of the lines before a body."""

    __slots__ = ("retry_after",)

    def __init__(self) -> None:
        self.retry_after = 0.0

    def line(self, line: bytes) -> None:
        if line[:12].lower() == b"retry-after:":
            self.retry_after = seconds_of(line[12:].strip().decode("latin-1"))


def seconds_of(text: str) -> float:
    """A Retry-After: seconds, or a date. 0 for what is neither."""
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, (email.utils.parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0


def _fault(origin: str, code: int, text: str) -> HttpError:
    kind = UnreachableError if code in _NOTHING_SENT else NoAnswerError
    return kind(f"{origin}: {text}")
