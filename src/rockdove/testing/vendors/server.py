"""What every fake of a vendor is: a server on a real socket, with TLS, whose tokens decide what becomes of a message.

A fake says in `handle` what the vendor would answer. All it needs for that is here: what was asked, which access tokens
are good, what a device's token means, and every fault that a network or a vendor is capable of.

ok-7        taken
bad-7       refused for good
gone-7      nobody listens any more
retry2-7    not now, twice; then taken
any other   taken
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Literal, NamedTuple, Self, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import msgspec

from rockdove.testing.vendors import certificates
from rockdove.testing.vendors.certificates import TlsFault

_TOKEN = re.compile(r"(?P<kind>ok|bad|gone|retry)(?P<times>\d*)-")

Verdict: TypeAlias = Literal["ok", "bad", "gone", "retry"]


class Fault(Enum):
    NONE = "none"
    BUSY = "503 with Retry-After: 1"
    BROKEN = "500"
    GARBAGE = "200 with a page of HTML"
    THROTTLE = "the vendor's own 'too fast'"
    QUOTA = "the vendor's own 'no more today'"
    CUT = "the connection is cut when the request is there; nothing was taken"
    SLOW = "an answer that never ends, a byte at a time"
    GOAWAY = "HTTP/2: the connection is closed in good order before this request; with HTTP/1.1 it is cut"


class Request(NamedTuple):
    method: str
    path: str
    """Without the query."""
    query: dict[str, str]
    headers: dict[str, str]
    """Names in small letters."""
    body: bytes
    peer_certificate: bytes | None = None
    """DER."""
    connection: int = 0
    """Which of the vendor's it came by."""

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def json(self) -> Any:
        """None where the body is no JSON."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return None

    @property
    def bearer(self) -> str:
        """The access token; '' where there is none."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token if kind.lower() == "bearer" else ""


class Reply(NamedTuple):
    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    """Names in small letters; length and date are added."""


def json_reply(content: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    return Reply(status, msgspec.json.encode(content), (("content-type", "application/json;charset=utf-8"), *headers))


class FakeVendor:
    """A vendor's server on a free port of this machine, from entering to leaving. Subclasses give `handle`, `settings`.

    What may be changed while it runs: `fault` (and how often, after how many requests), `delay`.
    """

    name: ClassVar[str]
    """The channel's, as in `registry.PROVIDERS`."""
    http1: ClassVar[bool] = True
    http2: ClassVar[bool] = False
    spared_paths: ClassVar[frozenset[str]] = frozenset()
    """Which faults leave alone: where access tokens are fetched."""
    asks_for_certificate: ClassVar[bool] = False
    max_streams: int = 1000
    """HTTP/2: at the same time on one connection."""
    first_streams: int = 0
    """HTTP/2: as long as no request of a connection was answered with 200; 0: no different."""

    def __init__(self) -> None:
        self.accepted: Counter[str] = Counter()
        """Device tokens whose message was taken, and how often."""
        self.requests: list[Request] = []
        self.keep_requests = True
        self.fault = Fault.NONE
        self.fault_times: int | None = None
        """For so many requests, then NONE; None: until changed."""
        self.fault_after = 0
        """So many requests are let pass before."""
        self.delay = 0.0
        """Seconds of thought before each answer."""
        self.bad_tls: bool | TlsFault = False
        """Set before entering; True: the certificate is another host's."""
        self.connections = 0
        """Accepted ones, up to now."""
        self.open_streams = 0
        """Requests under way."""
        self.most_streams = 0
        """The most there were at the same time."""
        self.refused_streams = 0
        """HTTP/2: how many were one too many."""
        self._granted: set[str] = set()
        self._seen: Counter[str] = Counter()
        self._open: set[asyncio.BaseTransport] = set()
        self._server: asyncio.Server
        self._port = 0

    def handle(self, request: Request) -> Reply:
        """What the vendor answers."""
        raise NotImplementedError

    def settings(self) -> dict[str, Any]:
        """Of a channel that leads here, with good credentials."""
        raise NotImplementedError

    def throttled(self, request: Request) -> Reply:
        """Fault.THROTTLE, as the vendor says it."""
        return Reply(429, b"", (("retry-after", "1"),))

    def quota_spent(self, request: Request) -> Reply:
        """Fault.QUOTA, as the vendor says it; one that has no quota is merely too busy."""
        return self.throttled(request)

    # what a vendor's `handle` asks

    def grant(self) -> str:
        """A new access token."""
        token = f"access-token-{len(self._seen)}-{len(self._granted)}-of-{self.name}"
        self._granted.add(token)
        self._seen[token] += 1
        return token

    def is_granted(self, token: str) -> bool:
        return token in self._granted

    def verdict(self, token: str) -> Verdict:
        """What becomes of a message to this device token; one that is taken is counted as `accepted`."""
        found = _TOKEN.match(self.meaning(token))
        kind: Any = found["kind"] if found else "ok"
        if kind == "retry" and found:
            self._seen[token] += 1
            if self._seen[token] > int(found["times"] or 1):
                kind = "ok"
        if kind == "ok":
            self.accepted[token] += 1
        return kind  # type: ignore[no-any-return]

    def meaning(self, token: str) -> str:
        """A device token in the spelling above, where the vendor's is another one: what `token` does, undone."""
        return token

    # what a test asks

    def token(self, kind: str, number: int) -> str:
        """A device token that is treated so: ok, bad, gone, retry2, …"""
        return f"{kind}-{number}"

    def expire_credentials(self) -> None:
        """No access token handed out so far is taken any more."""
        self._granted.clear()

    @property
    def origin(self) -> str:
        return f"https://localhost:{self._port}"

    @property
    def ca_file(self) -> Path:
        """The authority that signed the certificate, PEM; the same for all fakes of a process."""
        return certificates.authority_file()

    # the server

    async def __aenter__(self) -> Self:
        from rockdove.testing.vendors.wire import Connection  # noqa: PLC0415  which needs this file

        fault: TlsFault = "name" if self.bad_tls is True else self.bad_tls or ""
        protocols = [*(["h2"] if self.http2 else []), *(["http/1.1"] if self.http1 else [])]
        context = certificates.server_context(protocols, fault, asks_for_certificate=self.asks_for_certificate)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), "127.0.0.1", 0, ssl=context)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.cut_all()

    def cut_all(self) -> None:
        """End every connection now."""
        for transport in list(self._open):
            transport.abort()  # type: ignore[attr-defined]

    # what a connection asks

    def connected(self, transport: asyncio.BaseTransport) -> None:
        self.connections += 1
        self._open.add(transport)

    def disconnected(self, transport: asyncio.BaseTransport) -> None:
        self._open.discard(transport)

    def answer(self, request: Request) -> Reply | Fault:
        """A fault where the connection itself misbehaves: CUT, SLOW, GOAWAY."""
        if self.keep_requests:
            self.requests.append(request)
        fault = self._fault_of(request)
        replies: dict[Fault, Callable[[], Reply]] = {
            Fault.NONE: lambda: self.handle(request),
            Fault.BUSY: lambda: Reply(503, b"", (("retry-after", "1"),)),
            Fault.BROKEN: lambda: Reply(500, b"Internal Server Error"),
            Fault.GARBAGE: lambda: Reply(200, b"<html>Welcome to the hotel</html>", (("content-type", "text/html"),)),
            Fault.THROTTLE: lambda: self.throttled(request),
            Fault.QUOTA: lambda: self.quota_spent(request),
        }
        return replies[fault]() if fault in replies else fault

    def _fault_of(self, request: Request) -> Fault:
        if self.fault is Fault.NONE or request.path in self.spared_paths:
            return Fault.NONE
        if self.fault_after:
            self.fault_after -= 1
            return Fault.NONE
        fault = self.fault
        if self.fault_times is not None:
            self.fault_times -= 1
            if self.fault_times <= 0:
                self.fault, self.fault_times = Fault.NONE, None
        return fault


def request_of(method: str, target: str, headers: dict[str, str], body: bytes) -> Request:
    """`target` as in the request line."""
    parts = urlsplit(target)
    return Request(method, parts.path, dict(parse_qsl(parts.query)), headers, body)
