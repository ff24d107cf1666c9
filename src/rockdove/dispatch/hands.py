"""How much of a worker one vendor may keep busy: a vendor that hangs, or is gone, holds up nobody else.

A worker has many hands for the vendors' slices, since they mostly wait for answers. One channel of an application gets
a few of them. When it does not answer it rests, longer each time, and then a single slice tries it; that costs a hand
for as long as a time-out. Each worker finds out for itself: nothing of this is worth a row in the database.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

HANDS_OF_A_CHANNEL = 2
FIRST_REST_SECONDS = 1.0
LONGEST_REST_SECONDS = 15.0
"""So late, at most, it is noticed that a vendor is back."""

Key = tuple[int, str]
"""An application's channel."""


class BusyError(RuntimeError):
    """The channel has all the hands it gets."""


class RestingError(RuntimeError):
    """The channel did not answer a moment ago."""


@dataclass(slots=True)
class _Channel:
    in_hand: int = 0
    failures: int = 0
    rests_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Hands:
    _channels: dict[Key, _Channel] = field(default_factory=dict)

    @contextmanager
    def lent(self, key: Key) -> Iterator[None]:
        """For one slice. Raises BusyError, RestingError."""
        channel = self._channels.setdefault(key, _Channel())
        if self.rests(*key) or (channel.failures and channel.in_hand):
            raise RestingError
        if channel.in_hand >= HANDS_OF_A_CHANNEL:
            raise BusyError
        channel.in_hand += 1
        try:
            yield
        finally:
            channel.in_hand -= 1
            if not channel.in_hand and not channel.failures:
                self._channels.pop(key, None)

    def rests(self, access_id: int, channel: str) -> bool:
        known = self._channels.get((access_id, channel))
        return known is not None and time.monotonic() < known.rests_until

    def failed(self, key: Key) -> None:
        """It could not be reached, or answered nobody."""
        channel = self._channels.setdefault(key, _Channel())
        rest = min(FIRST_REST_SECONDS * 2**channel.failures, LONGEST_REST_SECONDS)
        channel.failures = min(channel.failures + 1, 10)
        channel.rests_until = time.monotonic() + rest

    def answered(self, key: Key) -> None:
        if channel := self._channels.get(key):
            channel.failures, channel.rests_until = 0, 0.0
