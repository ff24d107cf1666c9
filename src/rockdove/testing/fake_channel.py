"""A vendor's channel whose tokens decide what becomes of a message, for tests and for trying a set-up out.

ok-…        taken
bad-…       refused: "bad token"
gone-…      nobody listens any more
retry2-…    not now, twice; then taken
slow2-…     the vendor asks everybody for patience, twice; then taken
stop-…      the vendor takes nothing more today
away1-…     the vendor does not answer, once; then taken
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rockdove.channels.channel import (
    Accepted,
    Batch,
    ChannelAwayError,
    ChannelStoppedError,
    Limits,
    Outcome,
    Quota,
    Rejected,
    Retry,
    TokenGone,
)

STOP_SECONDS = 3600.0
PATIENCE_SECONDS = 0.3

_TIMES = re.compile(r"(retry|away|slow)(\d+)-")


class FakeChannel:
    """`accepted` counts what was taken, by token: whoever counts more than one was pushed to twice. A title longer than
    `longest_title` is refused; `quota` devices a day are taken of every message (None: any number)."""

    def __init__(
        self,
        devices_per_request: int = 500,
        in_flight: int = 4,
        devices_per_second: int = 0,
        *,
        longest_title: int = 1000,
        quota: int | None = None,
    ) -> None:
        self.limits = Limits(
            devices_per_request=devices_per_request, in_flight=in_flight, devices_per_second=devices_per_second
        )
        self.longest_title, self._quota = longest_title, quota
        self.accepted: Counter[str] = Counter()
        self.requests: list[Batch] = []
        self._seen: Counter[str] = Counter()

    def refusal(self, message: dict[str, Any]) -> str:
        return "title too long" if len(message.get("title", "")) > self.longest_title else ""

    def quota(self, message: dict[str, Any]) -> Quota | None:
        return None if self._quota is None else Quota("marketing", self._quota)

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        self.requests.append(batch)
        tokens = [target.token for target in batch.targets]
        if sum(self._not_yet(token, "away") for token in tokens):  # every one of them has seen this attempt
            raise ChannelAwayError("the fake vendor is away")
        if any(token.startswith("stop-") for token in tokens):
            raise ChannelStoppedError("the fake vendor's day is over", STOP_SECONDS)
        return [self._outcome(token) for token in tokens]

    def _outcome(self, token: str) -> Outcome:
        if token.startswith("bad-"):
            return Rejected("bad token")
        if token.startswith("gone-"):
            return TokenGone()
        if self._not_yet(token, "retry"):
            return Retry()
        if self._not_yet(token, "slow"):
            return Retry(PATIENCE_SECONDS, everyone=True)
        self.accepted[token] += 1
        return Accepted()

    def _not_yet(self, token: str, kind: str) -> bool:
        found = _TIMES.match(token)
        if not found or found[1] != kind:
            return False
        self._seen[token] += 1
        return self._seen[token] <= int(found[2])
