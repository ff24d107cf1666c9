"""How vendors are spoken to: libcurl, driven by the event loop; a `Server` for each address and configuration.

Connections are kept and shared, HTTP/2 streams run side by side where the vendor has it, certificates are always
checked, redirects never followed. What can go wrong between us and an answer is two things, because they mean two
things for a batch:

    HttpError
    ├── UnreachableError   nothing was sent: no connection, no TLS, a proxy that says no
    └── NoAnswerError      sent, and no whole answer: cut, or too slow. The vendor may have taken it

A request costs 25 to 30 µs of a core over HTTP/2 (`./dev bench providers`), most of it inside libcurl. That is because
a handle keeps what does not change from one request to the next: headers are set again only when they are others, and
`post_all` needs neither a task nor a queue.

libcurl itself sends a request again when the vendor said that it was not looked at (GOAWAY, REFUSED_STREAM), and when a
connection that had been in use turns out to be cut before a byte of the answer came: the one repeat nobody hears of.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import pycurl

from rockdove import __version__

CONNECT_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 30.0
"""From the request's beginning to the answer's last byte."""
MAX_ANSWER_BYTES: Final = 1024 * 1024
KEPT_HANDLES: Final = 1000
CONNECTIONS_TO_A_HOST: Final = 16
STREAMS: Final = 500
"""Of one `post_all`, over all connections."""
STREAMS_OF_A_CONNECTION: Final = 1000
"""At most; the next connection is opened where the vendor allows fewer."""
WARM_SECONDS: Final = 60.0
"""So long after an answer a connection is taken to be there still."""

_AUTHORITIES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where distributions have them; pycurl's own libcurl looks in the second place only."""

_CREDENTIALS: Final = re.compile(r"//[^/@\s]*@")


class HttpError(RuntimeError):
    """No answer; the text says what happened, and never with which credentials."""


class UnreachableError(HttpError):
    """Nothing was sent."""


class NoAnswerError(HttpError):
    """The request was sent, or may have been, and no whole answer came back."""


class Answer(NamedTuple):
    status: int
    body: bytes
    retry_after: float = 0.0
    """Seconds; 0 where the vendor says nothing."""

    def json(self) -> Any:
        """None where the body is no JSON: a gateway in between answers in HTML."""
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.json.decode(self.body)
        return None


class Post(NamedTuple):
    """One request of `post_all`."""

    path: str
    body: bytes
    headers: tuple[str, ...] = ()
    """Lines `Name: value`. Quickest when it is the same tuple for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A client's certificate with its key, both PEM."""

    certificate: bytes
    key: bytes = field(repr=False)


class Sender:
    """Entered once a process. `ca_file`: a PEM bundle of authorities to trust instead of the system's; '' is those."""

    def __init__(
        self, ca_file: str = "", *, connect_seconds: float = CONNECT_SECONDS, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        self.ca_file = ca_file or system_authorities()
        self.connect_seconds, self.answer_seconds = connect_seconds, answer_seconds
        self._multis: dict[str, pycurl.AsyncCurlMulti] = {}

    async def __aenter__(self) -> Sender:
        return self

    async def __aexit__(self, *_: object) -> None:
        for multi in self._multis.values():
            await multi.aclose()

    def server(
        self,
        origin: str,
        *,
        http2: bool = False,
        proxy: str = "",
        certificate: Certificate | None = None,
        identity: str = "",
    ) -> Server:
        """`origin`: https://host[:port].

        `http2`: where the vendor has it. The first request after a silence then goes alone, and the others follow its
        answer: by then it is known how many streams the vendor takes (Apple: a single one until it has answered).
        `identity`: only requests of the same one share connections. Apple wants one team a connection; and several of
        them ("team 1", "team 2") are as many connections at least.
        """
        return Server(
            self,
            self._multi(identity),
            origin,
            http2=http2,
            proxy=proxy,
            certificate=certificate,
        )

    def _multi(self, identity: str) -> pycurl.AsyncCurlMulti:
        if identity not in self._multis:
            multi = self._multis[identity] = pycurl.AsyncCurlMulti()
            multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, CONNECTIONS_TO_A_HOST)
            multi.setopt(pycurl.M_MAX_CONCURRENT_STREAMS, STREAMS_OF_A_CONNECTION)
            multi.setopt(pycurl.M_MAXCONNECTS, 20 * CONNECTIONS_TO_A_HOST)
        return self._multis[identity]


class _Handle:
    """A curl with what was set on it last."""

    __slots__ = ("curl", "headers", "parts")

    def __init__(self, curl: pycurl.Curl) -> None:
        self.curl = curl
        self.parts: list[bytes] = []
        self.headers: tuple[str, ...] | None = None
        curl.setopt(pycurl.WRITEFUNCTION, self.parts.append)


class Server:
    """One address as one application speaks to it."""

    def __init__(
        self,
        sender: Sender,
        multi: pycurl.AsyncCurlMulti,
        origin: str,
        *,
        http2: bool,
        proxy: str,
        certificate: Certificate | None,
    ) -> None:
        self.origin = origin
        self._sender, self.multi = sender, multi
        self._http2, self._proxy, self._certificate = http2, proxy, certificate
        self._free: list[_Handle] = []
        self._first = asyncio.Lock()
        self._warm_until = 0.0

    async def post(self, path: str, body: bytes, headers: Sequence[str] = ()) -> Answer:
        """`headers` as lines `Name: value`. Raises UnreachableError, NoAnswerError."""
        return await self._ask(path, body, tuple(headers))

    async def get(self, path: str, headers: Sequence[str] = ()) -> Answer:
        """As `post`."""
        return await self._ask(path, None, tuple(headers))

    async def post_all(self, posts: Sequence[Post], streams: int = STREAMS) -> list[Answer | HttpError]:
        """So many at a time, in any order; what became of them in their order. If the first can't be sent, none is."""
        if not posts:
            return []
        if self._is_warm():
            return await _Bulk(self, posts, streams).run()
        first = await self._outcome(posts[0])
        if isinstance(first, UnreachableError):
            return [first] * len(posts)
        return [first, *await _Bulk(self, posts[1:], streams).run()]

    async def _outcome(self, post: Post) -> Answer | HttpError:
        try:
            return await self._ask(*post)
        except HttpError as error:
            return error

    async def _ask(self, path: str, body: bytes | None, headers: tuple[str, ...]) -> Answer:
        if self._is_warm():
            return await self._perform(path, body, headers)
        async with self._first:
            if not self._is_warm():
                return await self._perform(path, body, headers)
        return await self._perform(path, body, headers)

    async def _perform(self, path: str, body: bytes | None, headers: tuple[str, ...]) -> Answer:
        handle = self.begin(path, body, headers)
        future = self.multi.add_handle(handle.curl)
        try:
            await future
        except pycurl.error:
            pass  # read from the future below
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) and task.cancelling():
                raise
        outcome = self.outcome(handle, future)
        if isinstance(outcome, HttpError):
            raise outcome
        return outcome

    def begin(self, path: str, body: bytes | None, headers: tuple[str, ...]) -> _Handle:
        """A handle that is ready to be performed. Raises UnreachableError."""
        if self.multi.closed:
            raise UnreachableError(f"{self.origin}: the sender is closed")
        handle = self._free.pop() if self._free else self._new()
        curl = handle.curl
        if handle.headers != headers:
            if any("\n" in line or "\r" in line for line in headers):
                raise UnreachableError(f"{self.origin}: a header has a line break; is there one in a credential?")
            curl.setopt(pycurl.HTTPHEADER, ["Expect:", *headers])
            handle.headers = headers
        curl.setopt(pycurl.URL, self.origin + path)
        if body is None:
            curl.setopt(pycurl.HTTPGET, 1)
        else:
            curl.setopt(pycurl.POSTFIELDS, body)
        return handle

    def outcome(self, handle: _Handle, future: asyncio.Future[pycurl.Curl]) -> Answer | HttpError:
        """Of a handle that was performed, and goes back to the free ones if all was well."""
        if future.cancelled():
            return NoAnswerError(f"{self.origin}: the sender was closed")
        if error := future.exception():
            return self._fault(handle, error)
        return self._answer(handle)

    def _answer(self, handle: _Handle) -> Answer:
        curl, parts = handle.curl, handle.parts
        status = curl.getinfo(pycurl.RESPONSE_CODE)
        retry_after = 0 if status < 400 else curl.getinfo(pycurl.RETRY_AFTER)
        answer = Answer(status, b"".join(parts), float(retry_after))
        parts.clear()
        if len(self._free) < KEPT_HANDLES:
            self._free.append(handle)
        if status not in {401, 403}:
            self._warm_until = time.monotonic() + WARM_SECONDS
        return answer

    def _fault(self, handle: _Handle, error: BaseException) -> HttpError:
        """What went wrong with a handle, which is not used again."""
        self._warm_until = 0.0
        sent = handle.curl.getinfo(pycurl.REQUEST_SIZE) > 0  # a proxy's CONNECT does not count
        kind = NoAnswerError if sent else UnreachableError
        return kind(f"{self.origin}: {_words(*error.args)}")

    def _is_warm(self) -> bool:
        return not self._http2 or time.monotonic() < self._warm_until

    def _new(self) -> _Handle:
        curl, sender = pycurl.Curl(), self._sender
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTPS)
        curl.setopt(pycurl.USERAGENT, f"rockdove/{__version__}")
        curl.setopt(pycurl.FOLLOWLOCATION, 0)
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, int(1000 * sender.connect_seconds))
        curl.setopt(pycurl.TIMEOUT_MS, int(1000 * sender.answer_seconds))
        curl.setopt(pycurl.MAXFILESIZE, MAX_ANSWER_BYTES)
        curl.setopt(pycurl.SSL_VERIFYPEER, 1)
        curl.setopt(pycurl.SSL_VERIFYHOST, 2)
        curl.setopt(pycurl.PROXY, self._proxy)  # '' is none, whatever the environment says
        curl.setopt(pycurl.NOPROXY, "")
        if sender.ca_file:
            curl.setopt(pycurl.CAINFO, sender.ca_file)
            curl.setopt(pycurl.PROXY_CAINFO, sender.ca_file)
        if self._http2:
            curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
            curl.setopt(pycurl.PIPEWAIT, 1)
        else:
            curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        if self._certificate:
            curl.setopt(pycurl.SSLCERT_BLOB, self._certificate.certificate)
            curl.setopt(pycurl.SSLKEY_BLOB, self._certificate.key)
        return _Handle(curl)


class _Bulk:
    """Many requests with a bounded number under way: each that ends begins the next one."""

    def __init__(self, server: Server, posts: Sequence[Post], streams: int) -> None:
        self._server = server
        self._waiting = enumerate(posts)
        self._streams = min(streams, len(posts))
        self._outcomes: list[Any] = [None] * len(posts)
        self._under_way: dict[asyncio.Future[pycurl.Curl], tuple[int, _Handle]] = {}
        self._finished = asyncio.get_running_loop().create_future()

    async def run(self) -> list[Answer | HttpError]:
        for _ in range(self._streams):
            self._begin_next()
        try:
            if self._under_way:
                await self._finished
        finally:
            for future in self._under_way:  # when we are cancelled
                future.remove_done_callback(self._ended)
                future.cancel()
        return self._outcomes

    def _begin_next(self) -> None:
        for index, post in self._waiting:
            try:
                handle = self._server.begin(*post)
            except UnreachableError as error:
                self._outcomes[index] = error
                continue
            future = self._server.multi.add_handle(handle.curl)
            self._under_way[future] = index, handle
            future.add_done_callback(self._ended)
            return

    def _ended(self, future: asyncio.Future[pycurl.Curl]) -> None:
        index, handle = self._under_way.pop(future)
        try:
            self._outcomes[index] = self._server.outcome(handle, future)
            self._begin_next()
        except Exception as error:  # nobody would hear of it in a callback of the loop's
            if not self._finished.done():
                self._finished.set_exception(error)
        if not self._under_way and not self._finished.done():
            self._finished.set_result(None)


def system_authorities() -> str:
    """The machine's certificate authorities, as a PEM file; '' where there are none."""
    candidates = (ssl.get_default_verify_paths().cafile, *_AUTHORITIES)
    return next((path for path in candidates if path and Path(path).is_file()), "")


def _words(code: int, text: str) -> str:
    """libcurl's own, which are good, without what must not be read in a log."""
    return _CREDENTIALS.sub("//…@", text) or f"libcurl's error {code}"
