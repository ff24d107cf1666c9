"""Whether a vendor is believed that a device is gone.

Credentials of another app, a wrong Bundle ID, a wrong environment make a vendor say of every device that it does not
know it: Xiaomi, Huawei, OPPO, Apple use the words they have for an uninstalled app. Taken at its word, such a vendor
empties the audience push by push. So it is believed from the moment it has taken a message of this application, in the
same environment and with the settings it has now; until then the devices stay, and are served by the own channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rockdove.channels.channel import Accepted, Batch, Channel, Limits, Outcome, Quota, Rejected, TokenGone

DOUBTED = Rejected("the vendor says that the token is gone, but has taken no message with these settings so far")


class Proven:
    """`channel`, with its word on tokens that are gone held back until it has proved to be this application's."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._environments: set[str] = set()

    @property
    def limits(self) -> Limits:
        return self._channel.limits

    def refusal(self, message: dict[str, Any]) -> str:
        return self._channel.refusal(message)

    def quota(self, message: dict[str, Any]) -> Quota | None:
        return self._channel.quota(message)

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        outcomes = await self._channel.send(batch)
        if any(isinstance(outcome, Accepted) for outcome in outcomes):
            self._environments.add(batch.environment)
        if batch.environment in self._environments:
            return outcomes
        return [DOUBTED if isinstance(outcome, TokenGone) and not outcome.since else outcome for outcome in outcomes]
