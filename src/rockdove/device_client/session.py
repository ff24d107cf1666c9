"""The device protocol without I/O: what to send for what was received.

The session speaks in objects; whoever carries them makes JSON of them and brings a connection. One round of its life:

    registration() → POST /device/v1/register → registered(answer)     when must_register(); refused(code) for a refusal
    connect, subscribe to `topic` with QoS 0, send connected()
    received(message) for each message, report(push_id, event) for what the user does
    lost() → wait pause() seconds → again

The laws it keeps:
- A message is given out once, however often it comes; its arrival is confirmed each time, for what is not known to
  have arrived is sent again.
- What is recalled before it came, what expired on its way, and what a newer message of its collapse id has replaced is
  confirmed, and not given out.
- shown, clicked and cleared are kept until they are acknowledged, and reported again after the next connect.
- A connection counts once it was told `synced`. One that ends before, or is refused, makes the device register again:
  it may have been unregistered, and an expired credential is refused without a reason.
- Phones' clocks are wrong: times are compared by the server's clock, as of the registration.

Carriers hand a message to the app first, save the state second, and confirm third: a death in between repeats a message
rather than losing it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice
from typing import Any, NamedTuple

from rockdove.device_client.state import State

SYNC_SECONDS = 30.0
"""Who was not told `synced` for so long asks again."""
LONGEST_PAUSE = 60.0
RENEW_SECONDS = 600.0
"""A credential is renewed so long before its end, or at half of its life if that is later."""
TOLERANCE_SECONDS = 60.0
"""How long after its end a message is still given out: clocks, and messages on their way."""
RECEIPTS_AT_ONCE = 500
"""A message to the server may have 64 KB."""


@dataclass(frozen=True, slots=True)
class Application:
    """The application a device belongs to, and what the device says about itself."""

    access_id: int
    access_key: str
    profile: Mapping[str, Any] = field(default_factory=lambda: {"platform": "android"})
    """Members of /device/v1/register; all of them each time."""


class Publish(NamedTuple):
    """To be published with QoS 0; `body` as JSON."""

    topic: str
    body: object


class Kind(Enum):
    """What a message from the server turned out to be."""

    NEW = "new"
    """A notification or message for the app."""
    REPEATED = "repeated"
    EXPIRED = "expired"
    OUTDATED = "outdated"
    """A newer message of the same collapse id was given out before."""
    RECALL = "recall"
    ACK = "ack"
    SYNCED = "synced"
    UNKNOWN = "unknown"
    """Of a later version of the protocol: ignored."""


class Received(NamedTuple):
    """`publish` is to be sent; NEW and RECALL are for the app."""

    kind: Kind
    publish: tuple[Publish, ...] = ()
    replaces: str = ""
    """Of a NEW message: the push id of the one it takes the place of, which may still be on the screen."""


class Session:
    """One device's side of the protocol. Not thread-safe: whoever has threads brings the lock."""

    __slots__ = (
        "_ahead", "_clock", "_failures", "_name", "_renew_at",
        "answer", "application", "state", "synced",
    )  # fmt: skip

    def __init__(self, application: Application, state: State, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._ahead = 0.0
        self._renew_at = 0.0
        self._failures = 0
        self._name = ""
        self.application = application
        self.state = state
        self.answer: Mapping[str, Any] = {}
        """Of the last registration: device_id, client_id, jwt, channel; empty when the device has to register."""
        self.synced = False
        """Connected, and told all that was missed."""

    # Registration

    def must_register(self) -> bool:
        """There is no credential, it was refused, or it is near its end."""
        return not self.answer or self._now() >= self._renew_at

    def renew(self) -> None:
        """Something the server was told has changed."""
        self.answer = {}

    def registration(self) -> dict[str, Any]:
        """The body of /device/v1/register."""
        application, state = self.application, self.state
        own = {"token": state.token, "device_secret": state.device_secret}
        keys = {"access_id": application.access_id, "access_key": application.access_key}
        return {**application.profile, **keys, **{name: value for name, value in own.items() if value}}

    def registered(self, answer: Mapping[str, Any]) -> None:
        """The answer to it. The state has to be saved now: the secret is told once."""
        self.answer = answer
        self.state.token = answer["token"]
        self.state.device_secret = answer.get("device_secret") or self.state.device_secret
        self._name = f"{self.application.access_id}/{answer['device_id']}"
        self._ahead = self._clock() - answer.get("now", self._clock())
        life = answer["expires_at"] - self._now()
        self._renew_at = answer["expires_at"] - min(RENEW_SECONDS, life / 2)

    def refused(self, code: str) -> None:
        """The registration was refused with this code; the state has to be saved."""
        if code == "token_taken":
            self.state.begin_anew()

    # Connection

    @property
    def topic(self) -> str:
        """To subscribe to."""
        return f"d/{self._name}"

    def connected(self) -> list[Publish]:
        """To be sent after the subscription: first ask, then nothing slips between."""
        kept = iter(self.state.unacknowledged.items())
        reports = []
        while part := [_receipt(*key, at) for key, at in islice(kept, RECEIPTS_AT_ONCE)]:
            reports.append(Publish(f"r/{self._name}", part))
        return [self.sync(), *reports]

    def sync(self) -> Publish:
        """The question for what was missed; also when no `synced` came for SYNC_SECONDS."""
        return Publish(f"s/{self._name}", {})

    def received(self, message: Mapping[str, Any]) -> Received:
        """A message came; it is an object with a `type`. Raises KeyError or TypeError for what is no such message."""
        match message["type"]:
            case "notify" | "message":
                return self._message(message)
            case "synced":
                self.synced, self._failures = True, 0
                return _SYNCED
            case "ack":
                for receipt in message["receipts"]:
                    self.state.unacknowledged.pop((receipt["push_id"], receipt["event"]), None)
                return _ACK
            case "recall":
                self.state.see(message["push_id"])
                return _RECALL
            case _:
                return _UNKNOWN

    def report(self, push_id: str, event: str) -> Publish:
        """`shown`, `clicked` or `cleared`: kept until acknowledged. Sent now if connected, else by `connected`."""
        at = int(self._now())
        self.state.keep(push_id, event, at)
        return Publish(f"r/{self._name}", _receipt(push_id, event, at))

    def lost(self) -> None:
        """The connection has ended, or was refused by a server that was there."""
        if not self.synced:
            self.answer = {}
        self.synced = False

    def pause(self) -> float:
        """Seconds to wait before the next attempt: 1, 2, 4 … 60, each ± 50 %, from 1 again once synced."""
        seconds = min(2.0**self._failures, LONGEST_PAUSE)
        self._failures = min(self._failures + 1, 10)
        return seconds * random.uniform(0.5, 1.5)  # noqa: S311  spreads devices, hides nothing

    def _now(self) -> float:
        """Unix seconds by the server's clock."""
        return self._clock() - self._ahead

    def _message(self, message: Mapping[str, Any]) -> Received:
        push_id = message["push_id"]
        confirmed = (Publish(f"r/{self._name}", {"push_id": push_id, "event": "arrived"}),)
        if not self.state.see(push_id):
            return Received(Kind.REPEATED, confirmed)
        if 0 < message.get("expire_at", 0) < self._now() - TOLERANCE_SECONDS:
            return Received(Kind.EXPIRED, confirmed)
        if collapse_id := message.get("collapse_id"):
            return self._collapse(collapse_id, message, confirmed)
        return Received(Kind.NEW, confirmed)

    def _collapse(self, collapse_id: str, message: Mapping[str, Any], confirmed: tuple[Publish, ...]) -> Received:
        seq, replaces = self.state.shown.get(collapse_id, (-1, ""))
        if message["seq"] < seq:
            return Received(Kind.OUTDATED, confirmed)
        self.state.show(collapse_id, message["seq"], message["push_id"])
        return Received(Kind.NEW, confirmed, replaces)


_SYNCED, _ACK = Received(Kind.SYNCED), Received(Kind.ACK)
_RECALL, _UNKNOWN = Received(Kind.RECALL), Received(Kind.UNKNOWN)


def _receipt(push_id: str, event: str, at: int) -> dict[str, Any]:
    return {"push_id": push_id, "event": event, "at": at}
