"""Access tokens at vendors: fetched once for all workers, kept until shortly before they end.

Vendors count how often a token is fetched (vivo 10 a second, Huawei 1000 in five minutes, Apple punishes more than one
in twenty minutes), so a token lies in the database, encrypted, and whoever fetches a new one holds its row: the others
wait for that one. In between a process answers from memory.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NamedTuple, Protocol


class Token(NamedTuple):
    text: str
    expires_at: datetime
    """Aware. It is fetched anew a little earlier."""


Fetch = Callable[[], Awaitable[Token]]
"""Asks the vendor. Raises ChannelAwayError, ChannelStoppedError (the credentials are no good)."""


class Tokens(Protocol):
    """Of one application at one vendor, with the credentials it has now."""

    async def get(self, fetch: Fetch) -> str:
        """The token there is, or a fetched one. Raises what `fetch` raises."""

    async def refuse(self, token: str) -> None:
        """The vendor does not take it any more: unless somebody has fetched another one by now, the next is fetched."""
