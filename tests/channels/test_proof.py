"""A vendor that has taken nothing yet is not believed that devices are gone: it may be speaking of another app's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rockdove.channels.channel import Accepted, Batch, Limits, Outcome, Quota, Rejected, Retry, Target, TokenGone
from rockdove.channels.proof import DOUBTED, Proven

AT = datetime(2026, 11, 25, tzinfo=UTC)


class Answering:
    """A channel that answers what it is told to."""

    limits = Limits(devices_per_request=10, in_flight=1)

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes: Sequence[Outcome] = outcomes

    def refusal(self, message: dict[str, Any]) -> str:
        return f"refused: {message}"

    def quota(self, message: dict[str, Any]) -> Quota | None:
        return Quota("public", len(message))

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        return self.outcomes


async def sent(channel: Proven, *outcomes: Outcome, environment: str = "product") -> list[Outcome]:
    vendor = channel._channel
    assert isinstance(vendor, Answering)
    vendor.outcomes = outcomes
    targets = [Target(number, f"t{number}") for number in range(len(outcomes))]
    batch = Batch(
        access_id=1500000001,
        push_id=70001,
        message_type="notify",
        message={},
        environment=environment,
        collapse_id=0,
        expires_at=datetime.now(UTC) + timedelta(hours=1),
        targets=targets,
    )
    return list(await channel.send(batch))


async def test_nobody_leaves_before_somebody_was_reached() -> None:
    channel = Proven(Answering())
    assert await sent(channel, TokenGone(), TokenGone()) == [DOUBTED] * 2
    assert await sent(channel, Rejected("no"), Retry(), TokenGone()) == [Rejected("no"), Retry(), DOUBTED]
    assert await sent(channel, Accepted(), TokenGone()) == [Accepted(), TokenGone()], "the same answer proves it"
    assert await sent(channel, TokenGone()) == [TokenGone()]


async def test_a_moment_since_when_is_known_to_him_who_knew_the_token() -> None:
    """Apple's 410."""
    assert await sent(Proven(Answering()), TokenGone(AT), TokenGone()) == [TokenGone(AT), DOUBTED]


async def test_each_environment_is_proved_by_itself() -> None:
    channel = Proven(Answering())
    await sent(channel, Accepted())
    assert await sent(channel, TokenGone(), environment="dev") == [DOUBTED]


async def test_all_else_is_the_channel_s() -> None:
    channel = Proven(Answering())
    assert channel.limits is Answering.limits
    assert (channel.refusal({"a": 1}), channel.quota({"a": 1})) == ("refused: {'a': 1}", Quota("public", 1))
