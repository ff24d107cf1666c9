"""One virtual device: it registers, connects, asks for what it missed, confirms, and behaves like a user now and then.

It follows the device protocol to the letter, also where a lazy imitation would not show the difference: messages are
dropped by `push_id`, an arrival is confirmed even for a repeat, and what has to be acknowledged is kept and reported
again.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlsplit

import msgspec

from rockdove.testing.device_api import DeviceApi
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


class _Message(msgspec.Struct):
    type: str
    push_id: str = ""
    receipts: list[dict[str, str]] = []


_decoder = msgspec.json.Decoder(_Message)


class VirtualDevice:
    """Keeps what a phone keeps: token, secret, credential, the push ids it saw, the events nobody acknowledged."""

    def __init__(self, counters: Counters, habits: Habits, chance: random.Random, token: str | None = None) -> None:
        self._counters = counters
        self._habits = habits
        self._chance = chance
        self._connection: MqttConnection | None = None
        self._unacknowledged: dict[tuple[str, str], int] = {}
        self._address = ("", 0)
        self._tls: ssl.SSLContext | None = None
        self._subject = ""
        self.token = token
        self.secret: str | None = None
        self.device_id = -1
        self.client_id = ""
        self.jwt = ""
        self.seen: set[str] = set()
        self.online = asyncio.Event()
        """Connected, subscribed, and told all it had missed."""
        self.lost = asyncio.Event()

    async def register(self, api: DeviceApi, access_id: int, access_key: str, profile: dict[str, Any]) -> None:
        """For the first time, or again with the secret. Raises like DeviceApi.post."""
        own = {"token": self.token, "device_secret": self.secret}
        body = {"access_id": access_id, "access_key": access_key, **profile, **{k: v for k, v in own.items() if v}}
        answer = await api.post("/device/v1/register", body)
        self._counters.registered += self.device_id < 0
        self.token, self.device_id, self.client_id = answer["token"], answer["device_id"], answer["client_id"]
        self.secret = answer.get("device_secret") or self.secret
        self.jwt = answer["jwt"]
        self._subject = f"{access_id}/{self.device_id}"
        url = urlsplit(answer["channel"]["mqtt"])
        self._address = url.hostname or "", url.port or 1883
        self._tls = ssl.create_default_context() if url.scheme in ("mqtts", "ssl") else None

    async def connect(self) -> None:
        """Connect, listen, ask for what was missed. Raises OSError or TimeoutError."""
        self.lost.clear()
        connection = await MqttConnection.open(*self._address, self._received, self._lost, self._tls)
        try:
            await connection.connect(self.client_id, "device", self.jwt, KEEP_ALIVE_SECONDS)
            await connection.subscribe(f"d/{self._subject}")
        except BaseException:
            connection.abort()
            raise
        self._connection = connection
        self._counters.connects += 1
        self._counters.online += 1
        connection.publish(f"s/{self._subject}", b"{}")
        if self._unacknowledged:
            self._report(*self._unacknowledged)

    def ask_again(self) -> None:
        """For a device whose question was lost: it was not told `synced` in time."""
        if self._connection:
            self._connection.publish(f"s/{self._subject}", b"{}")

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
        self._counters.online -= 1
        self.online.clear()
        self.lost.set()

    def _received(self, payload: bytes) -> None:
        message = _decoder.decode(payload)
        if message.type == "synced":
            self._counters.synced += 1
            self.online.set()
        elif message.type == "ack":
            for receipt in message.receipts:
                if self._unacknowledged.pop((receipt["push_id"], receipt["event"]), None):
                    self._counters.acknowledged += 1
        elif message.type == "recall":
            self._counters.recalled += 1
        else:
            self._message(message)

    def _message(self, message: _Message) -> None:
        self._report((message.push_id, "arrived"))
        if message.push_id in self.seen:
            self._counters.repeated += 1
            return
        self.seen.add(message.push_id)
        self._counters.received += 1
        if message.type == "notify":
            self._react(message.push_id)

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
        self._unacknowledged[push_id, event] = 1
        self._report((push_id, event))

    def _report(self, *receipts: tuple[str, str]) -> None:
        if self._connection:
            now = int(time.time())
            body = [{"push_id": push_id, "event": event, "at": now} for push_id, event in receipts]
            payload = msgspec.json.encode(body[0] if len(body) == 1 else body)
            self._connection.publish(f"r/{self._subject}", payload)
