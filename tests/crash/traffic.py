"""Callers that go on calling while something is broken, and keep what they were answered and how long it took."""

from __future__ import annotations

import asyncio
import base64
import http.client
import itertools
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tests.crash.law import Crowd

LONGEST_ANSWER = 10.0
"""Seconds. Whoever calls while the database is away hears so within this time."""
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.5
BOUNDARY = "traffic"
LOST = 0
"""In place of a status: the connection ended without an answer."""
TARGETS = 3


@dataclass(frozen=True)
class Answer:
    seconds: float
    status: int
    body: dict[str, Any]
    tokens: tuple[str, ...] = ()
    """Of a push: whom it was for."""


@dataclass
class Traffic:
    """Answers by what was called."""

    crowd: Crowd
    push: list[Answer] = field(default_factory=list)
    statistics: list[Answer] = field(default_factory=list)
    upload: list[Answer] = field(default_factory=list)
    register: list[Answer] = field(default_factory=list)
    messages: list[Answer] = field(default_factory=list)
    ready: list[Answer] = field(default_factory=list)

    @property
    def kinds(self) -> list[list[Answer]]:
        return [getattr(self, kind) for kind in KINDS]

    async def check(self, *, within: float = LONGEST_ANSWER, lost: int = 0) -> None:
        """All but `lost` were answered, within so many seconds, in the words of the API they called, and in the end
        with success; pushes that were taken reached their devices."""
        everything = list(itertools.chain(*self.kinds))
        assert max(answer.seconds for answer in everything) < within
        assert sum(answer.status == LOST for answer in everything) <= lost
        for answer in self.push + self.statistics + self.upload:
            codes = answer.status, answer.body.get("ret_code"), answer.body.get("retCode")
            assert codes in ((200, 0, 0), (503, 1008004, 1008004), (LOST, None, None)), answer
        for answer in self.register + self.messages:
            code = answer.body.get("error", {}).get("code")
            assert (answer.status, code) in ((200, None), (503, "unavailable"), (LOST, None)), answer
        for answer in self.ready:
            said = answer.status, answer.body.get("status")
            assert said in ((200, "ok"), (503, "unavailable"), (LOST, None)), answer
        assert {answers[-1].status for answers in self.kinds} == {200}
        for answer in self.push:
            if answer.status == 200:
                await self.crowd.check_small(answer.body["push_id"], answer.tokens)


KINDS = ("push", "statistics", "upload", "register", "messages", "ready")


@asynccontextmanager
async def traffic(crowd: Crowd, push_id: str) -> AsyncIterator[Traffic]:
    """Until the end of the block, once more after it, and until everybody has been answered."""
    answers, callers = Traffic(crowd), _Callers(crowd, push_id)
    over = threading.Event()

    def go_on_calling(kind: str) -> None:
        call: Callable[[], Answer] = getattr(callers, kind)
        while not over.wait(PAUSE_SECONDS):
            getattr(answers, kind).append(call())
        getattr(answers, kind).append(call())

    with ThreadPoolExecutor(len(KINDS)) as threads:
        calling = [asyncio.get_running_loop().run_in_executor(threads, go_on_calling, kind) for kind in KINDS]
        try:
            yield answers
        finally:
            over.set()
            await asyncio.gather(*calling)


class _Callers:
    """A method for each thing that is called, each used by one thread."""

    def __init__(self, crowd: Crowd, push_id: str) -> None:
        self._url = urlsplit(crowd.client.url)
        self._app = crowd.server.app(crowd.name)
        self._strangers = crowd.server.app("Strangers")
        self._push_id = push_id
        self._tokens = list(crowd.connected)
        self._jwt = crowd.fleet.devices[0].jwt
        self._numbers = itertools.count()

    def push(self) -> Answer:
        number = next(self._numbers)
        tokens = tuple(self._tokens[(number * TARGETS + each) % len(self._tokens)] for each in range(TARGETS))
        body = {
            "audience_type": "token_list",
            "token_list": tokens,
            "message_type": "notify",
            "message": {"title": f"Traffic {number}", "content": "test"},
        }
        return self._tpns("/v3/push/app", msgspec.json.encode(body), "application/json", tokens)

    def statistics(self) -> Answer:
        body = msgspec.json.encode({"pushId": self._push_id})
        return self._tpns("/v3/statistics/get_push_record", body, "application/json")

    def upload(self) -> Answer:
        body = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
            f"someone\r\n--{BOUNDARY}--\r\n"
        )
        return self._tpns("/v3/push/package/upload", body.encode(), f"multipart/form-data; boundary={BOUNDARY}")

    def register(self) -> Answer:
        keys = {key: self._strangers[key] for key in ("access_id", "access_key", "platform")}
        return self._ask("POST", "/device/v1/register", msgspec.json.encode(keys), {})

    def messages(self) -> Answer:
        return self._ask("POST", "/device/v1/messages", b"", {"Authorization": f"Bearer {self._jwt}"})

    def ready(self) -> Answer:
        return self._ask("GET", "/readyz", b"", {})

    def _tpns(self, path: str, body: bytes, content_type: str, tokens: tuple[str, ...] = ()) -> Answer:
        secret = base64.b64encode(f"{self._app['access_id']}:{self._app['secret_key']}".encode()).decode()
        return self._ask("POST", path, body, {"Authorization": f"Basic {secret}", "Content-Type": content_type}, tokens)

    def _ask(
        self, method: str, path: str, body: bytes, headers: dict[str, str], tokens: tuple[str, ...] = ()
    ) -> Answer:
        connection = http.client.HTTPConnection(self._url.netloc, timeout=PATIENCE_SECONDS)
        began = time.monotonic()
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            status, content = response.status, response.read()
        except (OSError, http.client.HTTPException):
            status, content = LOST, b"{}"
        finally:
            connection.close()
        return Answer(time.monotonic() - began, status, msgspec.json.decode(content), tokens)
