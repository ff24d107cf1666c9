"""One virtual device: it registers, connects, asks for what it missed, confirms, and behaves like a user now and then.

The protocol is the one apps use, `rockdove.device_client.session`; here are its transport, for thousands of devices in
one process, and the user.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from dataclasses import dataclass, fields
from typing import TypedDict
from urllib.parse import urlsplit

import msgspec

from rockdove.device_client.session import Application, Kind, Publish, Session
from rockdove.device_client.state import State
from rockdove.testing.device_api import DeviceApi, DeviceApiError
from rockdove.testing.mqtt import MqttConnection

KEEP_ALIVE_SECONDS = 600


@dataclass(slots=True)
class Counters:
    """What a fleet has seen so far."""

    registered: int = 0
    refused: int = 0
    """Registrations or connections the server turned away."""
    online: int = 0
    """Connected now."""
    connects: int = 0
    lost: int = 0
    """Connections that ended without our doing."""
    synced: int = 0
    received: int = 0
    """Different messages, a device counted each."""
    repeated: int = 0
    """Messages dropped because the device had seen them."""
    recalled: int = 0
    clicked: int = 0
    cleared: int = 0
    acknowledged: int = 0

    def as_dict(self) -> dict[str, int]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, slots=True)
class Habits:
    """What users do with a notification: shares between 0 and 1, and how long they take (seconds)."""

    click: float = 0.0
    clear: float = 0.0
    reaction: tuple[float, float] = (0.1, 1.0)


NO_HABITS = Habits()
"""Messages are received and left alone."""


class _Message(TypedDict, total=False):
    """What the protocol looks at; the rest, which a phone would show, is not even decoded."""

    type: str
    push_id: str
    seq: int
    expire_at: int
    collapse_id: str
    receipts: list[dict[str, str]]


_decoder = msgspec.json.Decoder(_Message)


class VirtualDevice:
    """One phone and its user. `token` claims an imported device."""

    def __init__(
        self,
        application: Application,
        counters: Counters,
        habits: Habits,
        chance: random.Random,
        token: str | None = None,
    ) -> None:
        self._session = Session(application, State(token or ""))
        self._counters = counters
        self._habits = habits
        self._chance = chance
        self._connection: MqttConnection | None = None
        self.device_id = -1
        self.jwt = ""
        """Of the last registration."""
        self.online = asyncio.Event()
        """Connected, subscribed, and told all it had missed."""
        self.lost = asyncio.Event()

    @property
    def token(self) -> str:
        return self._session.state.token

    def must_register(self) -> bool:
        return self._session.must_register()

    async def register(self, api: DeviceApi) -> None:
        """For the first time, or again with the secret. Raises like DeviceApi.post."""
        try:
            answer = await api.post("/device/v1/register", self._session.registration())
        except DeviceApiError as error:
            self._session.refused(error.code)
            raise
        self._session.registered(answer)
        self._counters.registered += self.device_id < 0
        self.device_id, self.jwt = answer["device_id"], answer["jwt"]

    async def connect(self) -> None:
        """Connect, listen, ask for what was missed. Raises OSError or TimeoutError."""
        self.lost.clear()
        answer = self._session.answer
        url = urlsplit(answer["channel"]["mqtt"])
        tls = ssl.create_default_context() if url.scheme in ("mqtts", "ssl") else None
        connection = await MqttConnection.open(url.hostname or "", url.port or 1883, self._received, self._lost, tls)
        try:
            await connection.connect(answer["client_id"], "device", answer["jwt"], KEEP_ALIVE_SECONDS)
            await connection.subscribe(self._session.topic)
        except BaseException:
            self._session.lost()
            connection.abort()
            raise
        self._connection = connection
        self._counters.connects += 1
        self._counters.online += 1
        for outgoing in self._session.connected():
            self._publish(outgoing)

    def ask_again(self) -> None:
        """For a device whose question was lost: it was not told `synced` in time."""
        self._publish(self._session.sync())

    def ping(self) -> None:
        if self._connection:
            self._connection.ping()

    def disconnect(self, *, abruptly: bool = False) -> None:
        if self._connection:
            connection, self._connection = self._connection, None
            self._gone()
            connection.abort() if abruptly else connection.close()

    def _lost(self) -> None:
        if self._connection:
            self._connection = None
            self._counters.lost += 1
            self._gone()

    def _gone(self) -> None:
        self._session.lost()
        self._counters.online -= 1
        self.online.clear()
        self.lost.set()

    def _received(self, payload: bytes) -> None:
        message = _decoder.decode(payload)
        unacknowledged = len(self._session.state.unacknowledged)
        kind, outgoing, _ = self._session.received(message)
        for publish in outgoing:
            self._publish(publish)
        match kind:
            case Kind.NEW:
                self._counters.received += 1
                if message["type"] == "notify":
                    self._react(message["push_id"])
            case Kind.REPEATED:
                self._counters.repeated += 1
            case Kind.RECALL:
                self._counters.recalled += 1
            case Kind.ACK:
                self._counters.acknowledged += unacknowledged - len(self._session.state.unacknowledged)
            case Kind.SYNCED:
                self._counters.synced += 1
                self.online.set()

    def _react(self, push_id: str) -> None:
        """Click it, clear it, or leave it."""
        choice = self._chance.random()
        event = "clicked" if choice < self._habits.click else "cleared"
        if choice < self._habits.click + self._habits.clear:
            delay = self._chance.uniform(*self._habits.reaction)
            asyncio.get_running_loop().call_later(delay, self._act, push_id, event)

    def _act(self, push_id: str, event: str) -> None:
        if event == "clicked":
            self._counters.clicked += 1
        else:
            self._counters.cleared += 1
        self._publish(self._session.report(push_id, event))

    def _publish(self, outgoing: Publish) -> None:
        if self._connection:
            self._connection.publish(outgoing.topic, msgspec.json.encode(outgoing.body))
