"""Callers and devices of a benchmark, in a process of their own: real MQTT connections, REST over kept connections.

Speaks JSON lines. The first one on standard input says where the server is and which devices to play; each further one
asks for a round of pushes, answered by one line on standard output. Calls leave on schedule, whether or not earlier
ones were answered, and times count from the scheduled moment: a server that stalls can't hide it.
"""

from __future__ import annotations

import asyncio
import base64
import resource
import sys
import time
from collections import Counter, deque
from contextlib import suppress
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec
import uvloop

from rockdove.testing.device_api import DeviceApi
from rockdove.testing.mqtt import MqttConnection

CONNECTIONS = 32
KEEP_ALIVE_SECONDS = 600
REGISTRATIONS_AT_ONCE = 8


class Setup(msgspec.Struct, kw_only=True):
    """Which server, and the tokens to play (claimed, where they were imported); `count` new devices without any."""

    url: str
    access_id: int
    access_key: str
    secret_key: str
    tokens: list[str] = []
    count: int = 0


class Round(msgspec.Struct, kw_only=True):
    """`rate` calls a second for `seconds`, then up to `grace` seconds for what is on its way."""

    path: str = "/v3/push/app"
    body: dict[str, Any] = {}
    """Of every call; without an audience it goes to one device's token after the other."""
    rate: float = 1.0
    seconds: float = 1.0
    grace: float = 5.0


class Summary(msgspec.Struct, kw_only=True):
    """Latencies in milliseconds from the scheduled moment of a call, each list ascending."""

    calls: int
    accepted: int
    calling_seconds: float
    """From the first call to the last answer."""
    delivered: int
    """Calls whose message a device has got, `grace` seconds after the last answer at the latest."""
    repeated: int
    answer_ms: list[float]
    device_ms: list[float]
    refusal: str = ""
    """The first answer that was not one of success."""
    cpu_seconds: float = 0.0
    """Of this process: it shares the machine's cores with the server."""


class _Answer(msgspec.Struct):
    ret_code: int = -1
    err_msg: str = ""


class _Pushed(msgspec.Struct):
    type: str
    push_id: str = ""
    title: str = ""


_answers = msgspec.json.Decoder(_Answer)
_messages = msgspec.json.Decoder(_Pushed)


class Book:
    """What happened in a round, by the number of the call."""

    def __init__(self, calls: int) -> None:
        self.due = [0.0] * calls
        self.answered: dict[int, float] = {}
        self.arrived: dict[int, float] = {}
        self.refusals: list[str] = []
        self.last_answer = 0.0
        self.arrivals: Counter[tuple[int, str]] = Counter()
        self.everything_answered = asyncio.Event()
        self.everything_arrived = asyncio.Event()

    def answer(self, call: int, body: bytes) -> None:
        self.last_answer = time.perf_counter()
        answer = _answers.decode(body)
        if answer.ret_code:
            self.refusals.append(answer.err_msg)
        else:
            self.answered[call] = self.last_answer
        self._look()

    def arrive(self, call: int, device: str) -> None:
        self.arrived.setdefault(call, time.perf_counter())
        self.arrivals[call, device] += 1
        self._look()

    def _look(self) -> None:
        if len(self.answered) + len(self.refusals) == len(self.due):
            self.everything_answered.set()
            if len(self.arrived) >= len(self.answered):
                self.everything_arrived.set()

    def summary(self) -> Summary:
        def latencies(moments: dict[int, float]) -> list[float]:
            return sorted(round(1000 * (moment - self.due[call]), 2) for call, moment in moments.items())

        return Summary(
            calls=len(self.due),
            accepted=len(self.answered),
            calling_seconds=round(self.last_answer - self.due[0], 3),
            delivered=len(self.arrived),
            repeated=sum(count - 1 for count in self.arrivals.values()),
            answer_ms=latencies(self.answered),
            device_ms=latencies(self.arrived),
            refusal=self.refusals[0] if self.refusals else "",
        )


class Phone:
    """One MQTT connection that confirms what arrives and says to the current book when."""

    book = Book(0)

    def __init__(self, token: str | None = None) -> None:
        self.token = token
        self._connection: MqttConnection
        self._topic = ""

    async def connect(self, setup: Setup, api: DeviceApi) -> None:
        body = {"access_id": setup.access_id, "access_key": setup.access_key, "platform": "android"}
        answer = await api.post("/device/v1/register", body | ({"token": self.token} if self.token else {}))
        self.token, self._topic = answer["token"], f"{setup.access_id}/{answer['device_id']}"
        url = urlsplit(answer["channel"]["mqtt"])
        self._connection = await MqttConnection.open(url.hostname or "", url.port or 1883, self._received, _lost)
        await self._connection.connect(answer["client_id"], "device", answer["jwt"], KEEP_ALIVE_SECONDS)
        await self._connection.subscribe(f"d/{self._topic}")
        self._connection.publish(f"s/{self._topic}", b"{}")

    def _received(self, payload: bytes) -> None:
        message = _messages.decode(payload)
        if message.type not in {"notify", "message"}:
            return
        round_number, _, call = message.title.partition(".")
        if round_number == str(Caller.rounds):
            self.book.arrive(int(call), self._topic)
        receipt = {"push_id": message.push_id, "event": "arrived", "at": int(time.time())}
        self._connection.publish(f"r/{self._topic}", msgspec.json.encode(receipt))


def _lost() -> None:
    sys.exit("a device lost its connection")


class Line(asyncio.Protocol):
    """One kept HTTP/1.1 connection; one call at a time."""

    def __init__(self, idle: deque[Line], backlog: deque[tuple[int, bytes]], answered: Any) -> None:
        self._idle, self._backlog, self._answered = idle, backlog, answered
        self._call = 0
        self._data = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # TCP; uvloop's own type is no subclass
        self._idle.append(self)

    def send(self, call: int, request: bytes) -> None:
        self._call = call
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, separator, body = self._data.partition(b"\r\n\r\n")
        if not separator:
            return
        _, _, rest = head.lower().partition(b"content-length:")
        if len(body) < int(rest.split(b"\r\n", 1)[0]):
            return
        self._data = b""
        self._answered(self._call, body)
        if self._backlog:
            self.send(*self._backlog.popleft())
        else:
            self._idle.append(self)

    def connection_lost(self, error: Exception | None) -> None:
        sys.exit(f"the server closed a connection: {error}")


class Caller:
    """Calls on schedule over CONNECTIONS connections; a call that finds none idle waits for one."""

    rounds = 0

    def __init__(self, setup: Setup, phones: list[Phone]) -> None:
        self._url = urlsplit(setup.url)
        self._credentials = base64.b64encode(f"{setup.access_id}:{setup.secret_key}".encode()).decode()
        self._phones = phones
        self._idle: deque[Line] = deque()
        self._backlog: deque[tuple[int, bytes]] = deque()
        self._book = Book(0)

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(CONNECTIONS):
            await loop.create_connection(
                lambda: Line(self._idle, self._backlog, lambda call, body: self._book.answer(call, body)),  # noqa: PLW0108  of this round
                self._url.hostname or "",
                self._url.port or 80,
            )

    async def run(self, wanted: Round) -> Summary:
        calls = max(1, round(wanted.rate * wanted.seconds))
        Caller.rounds += 1
        Phone.book = self._book = book = Book(calls)
        used = _cpu_seconds()
        began = time.perf_counter() + 0.05
        for call in range(calls):
            book.due[call] = began + call / wanted.rate
            await _until(book.due[call])
            self._send(call, self._request(wanted, call))
        await book.everything_answered.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(wanted.grace):
                await book.everything_arrived.wait()
        summary = book.summary()
        summary.cpu_seconds = round(_cpu_seconds() - used, 2)
        return summary

    def _send(self, call: int, request: bytes) -> None:
        if self._idle:
            self._idle.popleft().send(call, request)
        else:
            self._backlog.append((call, request))

    def _request(self, wanted: Round, call: int) -> bytes:
        audience = (
            {}
            if wanted.body
            else {"audience_type": "token", "token_list": [self._phones[call % len(self._phones)].token]}
        )
        message = {"title": f"{Caller.rounds}.{call}", "content": "Get online to claim your prize!", "android": {}}
        body = msgspec.json.encode({**audience, "message_type": "notify", "message": message, **wanted.body})
        head = (
            f"POST {wanted.path} HTTP/1.1\r\nHost: {self._url.netloc}\r\nAuthorization: Basic {self._credentials}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


async def _until(moment: float) -> None:
    """Late by less than a timer's grain where the moment has come: calls that are due together leave together."""
    if (left := moment - time.perf_counter()) > 0:
        await asyncio.sleep(left)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def _connect(setup: Setup, phones: list[Phone]) -> None:
    api = DeviceApi(setup.url)
    places = asyncio.Semaphore(REGISTRATIONS_AT_ONCE)

    async def connect(phone: Phone) -> None:
        async with places:
            await phone.connect(setup, api)

    await asyncio.gather(*(connect(phone) for phone in phones))
    api.close()


async def _run() -> None:
    loop = asyncio.get_running_loop()
    setup = msgspec.json.decode(sys.stdin.readline(), type=Setup)
    phones = [Phone(token) for token in setup.tokens] or [Phone() for _ in range(setup.count)]
    await _connect(setup, phones)
    caller = Caller(setup, phones)
    await caller.open()
    print("{}", flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        summary = await caller.run(msgspec.json.decode(line, type=Round))
        print(msgspec.json.encode(summary).decode(), flush=True)


if __name__ == "__main__":
    uvloop.run(_run())
