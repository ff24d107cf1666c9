"""Vendors that are told a message once, and then the devices, batch after batch, with the handle they gave for it.

The hard part is that batches of a push are under way side by side: the first tells the message, the others wait for its
handle. A handle is used for ten minutes at most, since the time to live the vendor was told with the body counts from
when it was told, and a vendor that does not know an older one (any more) is told again once.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import msgspec

from rockdove.channels.batch_vendor import BatchVendor, everyone
from rockdove.channels.channel import Batch, Outcome, Rejected
from rockdove.channels.http import Server
from rockdove.channels.settings import ChannelSettings

KEPT_SECONDS = 600.0
MOST_KEPT = 1000

Told: TypeAlias = "str | Outcome"
"""The vendor's handle for a message; or what becomes of everyone it was for."""


class TwoStepVendor(BatchVendor, ABC):
    """`send` for a vendor that gives `tell` and `push`."""

    def __init__(self, settings: ChannelSettings, server: Server) -> None:
        super().__init__(settings, server)
        self._handles = Handles()

    @abstractmethod
    async def tell(self, batch: Batch) -> Told:
        """Give the vendor the batch's message. Raises ChannelAwayError, ChannelStoppedError."""

    @abstractmethod
    async def push(self, batch: Batch, handle: str) -> list[Outcome]:
        """Send what was told to the batch's targets. Raises ChannelAwayError, ChannelStoppedError."""

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        began = time.monotonic()
        outcomes: list[Outcome] = []
        for _ in range(2):
            told = await self._handles.of(batch, partial(self.tell, batch))
            if not isinstance(told, str):
                return everyone(batch, told)
            outcomes = await self.push(batch, told)
            if not _refused(outcomes) or not self._handles.forget(batch, told, before=began):
                break
        return outcomes


@dataclass(slots=True)
class _Entry:
    telling: asyncio.Task[Told]
    at: float


class Handles:
    """What was told lately, the oldest first."""

    def __init__(self) -> None:
        self._entries: dict[tuple[int, bytes], _Entry] = {}

    async def of(self, batch: Batch, tell: Callable[[], Awaitable[Told]]) -> Told:
        """The handle there is, or what `tell` gives: to all who ask while it is under way."""
        key, now = _key(batch), time.monotonic()
        entry = self._entries.get(key)
        if entry is None or entry.at <= now - KEPT_SECONDS:
            entry = self._begin(key, tell, now)
        return await asyncio.shield(entry.telling)  # a caller that is cancelled must not take it from the others

    def forget(self, batch: Batch, handle: str, before: float) -> bool:
        """False: it was told after `before`, so telling once more would change nothing."""
        entry = self._entries.get(_key(batch))
        if entry is None or not entry.telling.done() or entry.telling.result() != handle:
            return True
        if entry.at >= before:
            return False
        del self._entries[_key(batch)]
        return True

    def _begin(self, key: tuple[int, bytes], tell: Callable[[], Awaitable[Told]], now: float) -> _Entry:
        self._entries.pop(key, None)
        if len(self._entries) >= MOST_KEPT:
            del self._entries[next(iter(self._entries))]
        entry = _Entry(asyncio.ensure_future(tell()), now)
        self._entries[key] = entry
        entry.telling.add_done_callback(lambda _: self._ended(key, entry))
        return entry

    def _ended(self, key: tuple[int, bytes], entry: _Entry) -> None:
        """Only a handle is kept."""
        failed = entry.telling.cancelled() or entry.telling.exception() is not None
        if (failed or not isinstance(entry.telling.result(), str)) and self._entries.get(key) is entry:
            del self._entries[key]


def _key(batch: Batch) -> tuple[int, bytes]:
    """A personalised push says many things."""
    return batch.push_id, hashlib.sha256(msgspec.json.encode(batch.message)).digest()


def _refused(outcomes: Sequence[Outcome]) -> bool:
    return all(isinstance(outcome, Rejected) for outcome in outcomes)
