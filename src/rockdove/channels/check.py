"""A test of credentials: the vendor is asked, nobody is sent anything, and what it says is put in words."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Literal

import msgspec

from rockdove.channels.channel import ChannelAwayError, ChannelStoppedError
from rockdove.channels.http import HttpError
from rockdove.channels.provider import Connections, CredentialFaultError, Provider
from rockdove.channels.settings import ChannelSettings, fields

SECONDS = 20.0
SHORTEST_SECRET = 4
"""What is shorter is no secret, and may stand in any sentence."""


class LastCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What a test found, and when."""

    at: datetime
    outcome: Literal["accepted", "refused", "unanswered"]
    """unanswered: nobody knows whether the credentials are good."""
    says: str
    """In words, for a person."""
    expires_at: datetime | None = None
    """When the credentials end, where they do (a certificate)."""


async def check(
    provider: Provider, settings: ChannelSettings, connections: Connections, seconds: float = SECONDS
) -> LastCheck:
    """Ask the vendor whether it takes these credentials, for at most so many seconds."""
    outcome: Literal["accepted", "refused", "unanswered"] = "unanswered"
    expires_at = None
    try:
        async with asyncio.timeout(seconds):
            found = await provider.check(settings, connections)
        says, expires_at = found.says, found.expires_at
        outcome = "accepted" if found.accepted else "refused"
    except (CredentialFaultError, ChannelStoppedError) as error:
        says, outcome = str(error), "refused"
    except (HttpError, ChannelAwayError) as error:
        says = f"{provider.title} can't be reached: {error}"
    except TimeoutError:
        says = f"{provider.title} did not answer within {seconds:g} s"
    if expires_at is None and provider.ends:  # known without the vendor
        with suppress(CredentialFaultError):
            expires_at = provider.ends(settings)
    return LastCheck(at=datetime.now(UTC), outcome=outcome, says=_without(says, settings), expires_at=expires_at)


def _without(says: str, settings: ChannelSettings) -> str:
    """A vendor may repeat what it was given; a secret stays one."""
    for field in fields(type(settings)):
        value = getattr(settings, field.name) if field.secret else ""
        if len(value) >= SHORTEST_SECRET:
            says = says.replace(value, "…")
    return says
