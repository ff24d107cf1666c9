"""A vendor's channel whose tokens decide what becomes of a message, for tests and for trying a set-up out.

ok-…        taken
bad-…       refused: "bad token"
gone-…      nobody listens any more
retry2-…    not now, twice; then taken
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
    Limits,
    Outcome,
    Quota,
    Rejected,
    Retry,
    TokenGone,
)

_TIMES = re.compile(r"(retry|away)(\d+)-")


class FakeChannel:
    """`accepted` counts what was taken, by token: whoever counts more than one was pushed to twice."""

    def __init__(self, devices_per_request: int = 500, in_flight: int = 4) -> None:
        self.limits = Limits(devices_per_request=devices_per_request, in_flight=in_flight)
        self.accepted: Counter[str] = Counter()
        self.requests: list[Batch] = []
        self._seen: Counter[str] = Counter()

    def refusal(self, message: dict[str, Any]) -> str:
        return ""

    def quota(self, message: dict[str, Any]) -> Quota | None:
        return None

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        self.requests.append(batch)
        tokens = [target.token for target in batch.targets]
        if sum(self._not_yet(token, "away") for token in tokens):  # every one of them has seen this attempt
            raise ChannelAwayError("the fake vendor is away")
        return [self._outcome(token) for token in tokens]

    def _outcome(self, token: str) -> Outcome:
        if token.startswith("bad-"):
            return Rejected("bad token")
        if token.startswith("gone-"):
            return TokenGone()
        if self._not_yet(token, "retry"):
            return Retry()
        self.accepted[token] += 1
        return Accepted()

    def _not_yet(self, token: str, kind: str) -> bool:
        found = _TIMES.match(token)
        if not found or found[1] != kind:
            return False
        self._seen[token] += 1
        return self._seen[token] <= int(found[2])
