"""An access token that has ended is fetched anew, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rockdove.channels.access import Access
from rockdove.channels.channel import ChannelStoppedError, Retry
from rockdove.channels.http import Answer
from rockdove.channels.tokens import Token
from tests.channels.batches import MemoryTokens


class Vendor:
    """Takes the tokens from `first_good` on; they are numbered."""

    def __init__(self, first_good: int) -> None:
        self.first_good, self.fetched, self.asked = first_good, 0, 0

    async def fetch(self) -> Token:
        self.fetched += 1
        return Token(str(self.fetched), datetime.now(UTC) + timedelta(hours=1))

    async def ask(self, token: str) -> Answer:
        self.asked += 1
        return Answer(200 if int(token) >= self.first_good else 401, b"", 0.0)


def access(vendor: Vendor) -> Access:
    return Access(MemoryTokens(), vendor.fetch, lambda answer: answer.status == 401)


async def test_a_good_token_is_kept() -> None:
    vendor = Vendor(first_good=1)
    way = access(vendor)
    for _ in range(3):
        assert (await way.ask(vendor.ask)) == Answer(200, b"", 0.0)
    assert (vendor.fetched, vendor.asked) == (1, 3)


async def test_an_ended_one_is_replaced() -> None:
    vendor = Vendor(first_good=2)
    assert (await access(vendor).ask(vendor.ask)) == Answer(200, b"", 0.0)
    assert (vendor.fetched, vendor.asked) == (2, 2)


async def test_but_not_for_ever() -> None:
    vendor = Vendor(first_good=99)
    with pytest.raises(ChannelStoppedError) as stopped:
        await access(vendor).ask(vendor.ask)
    assert stopped.value.seconds == 60
    assert (vendor.fetched, vendor.asked) == (2, 2)


async def test_who_asks_for_patience_is_not_asked_again() -> None:
    vendor = Vendor(first_good=1)

    async def busy(_: str) -> Retry:
        vendor.asked += 1
        return Retry(7.0)

    assert await access(vendor).ask(busy) == Retry(7.0)
    assert vendor.asked == 1
