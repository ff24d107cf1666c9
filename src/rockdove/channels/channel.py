"""What every channel is to the stages above it.

The own channel takes one payload for any number of devices (`own.py`). A vendor's takes batches of tokens and says of
each what became of it: `Channel` is all that dispatch knows of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeAlias


class ChannelAwayError(RuntimeError):
    """The channel can't be reached now. Nothing is lost: the batch is sent again when it can."""


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


Outcome: TypeAlias = Accepted | Rejected | TokenGone | Retry


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a vendor takes."""

    devices_per_request: int
    in_flight: int
    """Requests at the same time."""


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
    """A vendor's push service."""

    @property
    def limits(self) -> Limits: ...

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        """One outcome a target, in their order. Raises ChannelAwayError when none of them can have been taken."""
