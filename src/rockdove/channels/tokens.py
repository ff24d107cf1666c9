"""Access tokens at vendors: fetched once for all workers, kept until shortly before they end.

Vendors count how often a token is fetched (vivo 10 a second, Huawei 1000 in five minutes, Apple punishes more than one
in twenty minutes), so a token lies in the database, encrypted, and whoever fetches a new one holds its row: the others
wait for that one. In between a process answers from memory. A vendor may take half a minute to answer, or not to: who
waits for it does so on a connection of its own, for those of the pool are everybody's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol

from rockdove.storage.database import Connection, Database, fetch_one
from rockdove.storage.sql import load
from rockdove.storage.vault import SealedError, Vault

EARLY = timedelta(seconds=60)
"""A token is fetched anew so long before its end, so that it does not end on the way."""

_sql = load(__package__, "tokens.sql")


class Token(NamedTuple):
    text: str
    expires_at: datetime
    """Aware. It is fetched anew a little earlier."""

    def __repr__(self) -> str:
        return f"Token(…, {self.expires_at})"


Fetch = Callable[[], Awaitable[Token]]
"""Asks the vendor. Raises ChannelAwayError, ChannelStoppedError (the credentials are no good)."""


class Tokens(Protocol):
    """Of one application at one vendor, with the credentials it has now."""

    async def get(self, fetch: Fetch) -> str:
        """The token there is, or a fetched one. Raises what `fetch` raises."""

    async def refuse(self, token: str) -> None:
        """The vendor does not take it any more: unless somebody has fetched another one by now, the next is fetched."""


class SharedTokens:
    """Tokens, shared by all processes on `database`. `credentials`: a hash of what they are fetched with."""

    def __init__(self, database: Database, vault: Vault, access_id: int, channel: str, credentials: bytes) -> None:
        self._database, self._vault, self._credentials = database, vault, credentials
        self._key = {"access_id": access_id, "channel": channel}
        self._purpose = f"token {channel} of {access_id}"
        self._known: Token | None = None
        self._turn = asyncio.Lock()

    async def get(self, fetch: Fetch) -> str:
        known = self._known
        if known is None or not _good(known):
            async with self._turn:
                known = self._known if self._known and _good(self._known) else await self._shared(fetch)
                self._known = known
        return known.text

    async def refuse(self, token: str) -> None:
        if self._known and self._known.text == token:
            self._known = None
        async with self._turn, self._database.transaction() as connection:
            if (stored := await self._stored(connection)) and stored.text == token:
                await connection.execute(_sql.forget, self._key)

    async def _shared(self, fetch: Fetch) -> Token:
        async with self._database.connection() as connection:
            stored = self._opened(await fetch_one(connection, _sql.found, **self._key))
        if stored and _good(stored):
            return stored
        async with await self._database.own_connection() as connection, connection.transaction():
            await connection.execute(_sql.make_row, self._key)
            stored = await self._stored(connection)
            if stored and _good(stored):
                return stored
            token = await fetch()
            values: dict[str, Any] = {
                "credentials": self._credentials,
                "token": self._vault.seal(token.text.encode(), self._purpose),
                "expires_at": token.expires_at,
            }
            await connection.execute(_sql.keep, self._key | values)
            return token

    async def _stored(self, connection: Connection) -> Token | None:
        return self._opened(await fetch_one(connection, _sql.locked, **self._key))

    def _opened(self, row: Any) -> Token | None:
        """None also for one that was fetched with other credentials, or sealed with another key."""
        if row is None or row.credentials != self._credentials:
            return None
        try:
            return Token(self._vault.open(row.token, self._purpose).decode(), row.expires_at)
        except SealedError:
            return None


class OwnTokens:
    """Of credentials that are only being tried: never shared, and nobody's before has its place taken."""

    def __init__(self) -> None:
        self._known: Token | None = None

    async def get(self, fetch: Fetch) -> str:
        if self._known is None or not _good(self._known):
            self._known = await fetch()
        return self._known.text

    async def refuse(self, token: str) -> None:
        if self._known and self._known.text == token:
            self._known = None


def _good(token: Token) -> bool:
    return token.expires_at - EARLY > datetime.now(UTC)
