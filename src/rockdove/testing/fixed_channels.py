"""The same vendors' channels for every application, without any configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rockdove.channels.channel import Channel


@dataclass(frozen=True, slots=True)
class FixedChannels:
    channels: Mapping[str, Channel]

    async def of(self, _: int) -> Mapping[str, Channel]:
        return self.channels
