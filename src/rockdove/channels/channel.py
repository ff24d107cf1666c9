"""What every channel is to the stages above it.

The own channel takes one payload for any number of devices (`own.py`). A vendor's takes batches of tokens and says of
each what became of it: `Channel` is all that dispatch knows of it. What a vendor may answer is a closed type, and what
may go wrong with a whole request is this tree:

    ChannelError
    ├── ChannelAwayError      it can't be reached, and nothing was taken: the batch is sent again
    └── ChannelStoppedError   it takes nothing more from this application for a while (its quota, our credentials)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeAlias


class ChannelError(RuntimeError):
    """Nothing of a batch was taken; the text says why, for the record of the push."""


class ChannelAwayError(ChannelError):
    """The channel can't be reached now. Nothing is lost: the batch is sent again when it can."""


class ChannelStoppedError(ChannelError):
    """The vendor takes nothing more from this application for `seconds`: its quota is used up, or our credentials are
    no good. The devices are served by the own channel, and nobody asks the vendor until then."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Accepted:
    """The vendor has it."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The vendor will never take it for this device; `reason` in words for the record."""

    reason: str


@dataclass(frozen=True, slots=True)
class TokenGone:
    """The app was uninstalled, or its token replaced. `since` (aware): the device may have registered again later."""

    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now: try again, not before `after` seconds have passed."""

    after: float = 0.0
    everyone: bool = False
    """The vendor slows the whole application down, not this device: nothing is sent to it for `after` seconds."""
    unanswered: bool = False
    """It was sent and not answered: the vendor may have taken it. A repeat is less bad than a loss, and collapse ids
    hide it; but there is an end to it."""


Outcome: TypeAlias = Accepted | Rejected | TokenGone | Retry

UNANSWERED = Retry(unanswered=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a vendor takes."""

    devices_per_request: int
    """Targets of one `send`. A vendor that takes one device a request is sent to in parallel within it."""
    in_flight: int
    """Calls of `send` at the same time."""
    devices_per_second: int = 0
    """Of one application, over all workers; 0: no limit."""


class Quota(NamedTuple):
    """How many devices a day (of China, where the vendors with quotas are) a class of messages may go to."""

    message_class: str
    """As the vendor calls it: marketing, operation, public, …"""
    devices_per_day: int


class Target(NamedTuple):
    device_id: int
    token: str
    """The device's token at the vendor."""


class GoneToken(NamedTuple):
    """A device's token that nobody listens to any more; `since` as in TokenGone."""

    device_id: int
    token: str
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One request's worth: the same message for each of `targets`, at most `Limits.devices_per_request`."""

    access_id: int
    push_id: int
    message_type: str
    message: dict[str, Any]
    environment: str
    collapse_id: int
    """0: replaces nothing."""
    expires_at: datetime
    targets: Sequence[Target]


class Channel(Protocol):
    """A vendor's push service, with one application's credentials."""

    @property
    def limits(self) -> Limits: ...

    def refusal(self, message: dict[str, Any]) -> str:
        """Why the vendor would take this message for nobody (a text is too long); empty: it would."""

    def quota(self, message: dict[str, Any]) -> Quota | None:
        """The quota this message counts against; None: there is none."""

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        """One outcome a target, in their order. Raises ChannelAwayError, ChannelStoppedError."""
