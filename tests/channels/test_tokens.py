"""Access tokens: fetched once, by whichever process needs one first, and again when they end or are refused."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from rockdove.channels.channel import ChannelStoppedError
from rockdove.channels.tokens import SharedTokens, Token
from rockdove.storage.database import Database, fetch_all
from rockdove.storage.vault import Vault
from tests.rows import an_app

APP = 1500000001
VAULT = Vault("1f" * 32)


class Vendor:
    """Counts how often it is asked; each token is another one."""

    def __init__(self, lasts: timedelta = timedelta(hours=1)) -> None:
        self.asked, self.lasts = 0, lasts

    async def fetch(self) -> Token:
        self.asked += 1
        number = self.asked
        await asyncio.sleep(0.05)
        return Token(f"token {number}", datetime.now(UTC) + self.lasts)


async def processes(database: Database, count: int = 2, credentials: bytes = b"1") -> list[SharedTokens]:
    async with database.transaction() as connection:
        app = await an_app(connection)
    return [SharedTokens(database, VAULT, app, "vivo", credentials) for _ in range(count)]


async def test_many_callers_in_many_processes_fetch_one_token(database: Database) -> None:
    vendor, some = Vendor(), await processes(database, 4)
    found = await asyncio.gather(*(tokens.get(vendor.fetch) for tokens in some for _ in range(20)))
    assert (set(found), vendor.asked) == ({"token 1"}, 1)


async def test_a_token_is_fetched_again_before_it_ends(database: Database) -> None:
    vendor, (tokens, _) = Vendor(timedelta(seconds=30)), await processes(database)
    assert [await tokens.get(vendor.fetch) for _ in range(2)] == ["token 1", "token 2"]


async def test_a_refused_token_is_replaced_once_for_all(database: Database) -> None:
    vendor, (one, other) = Vendor(), await processes(database)
    old = await one.get(vendor.fetch)
    assert await other.get(vendor.fetch) == old
    await one.refuse(old)
    new = await one.get(vendor.fetch)
    await other.refuse(old)  # heard of it later: the new one stays
    assert [new, await other.get(vendor.fetch), vendor.asked] == ["token 2", "token 2", 2]


async def test_a_vendor_that_does_not_answer_keeps_no_connection_from_others(database: Database) -> None:
    """A few applications whose vendor is gone would else stop the whole worker."""
    await processes(database)
    asked, answers = asyncio.Event(), asyncio.Event()

    async def fetch() -> Token:
        asked.set()
        await answers.wait()
        return Token("token", datetime.now(UTC) + timedelta(hours=1))

    async with Database(database.url, 1) as small:
        tokens = SharedTokens(small, VAULT, APP, "vivo", b"1")
        getting = asyncio.create_task(tokens.get(fetch))
        refusing = asyncio.create_task(tokens.refuse("an old one"))
        await asked.wait()
        async with small.connection() as connection:
            await connection.execute("SELECT 1")
        answers.set()
        await asyncio.gather(getting, refusing)


async def test_other_credentials_have_their_own_token(database: Database) -> None:
    vendor, (before, _) = Vendor(), await processes(database)
    app = int(str(before._key["access_id"]))
    after = SharedTokens(database, VAULT, app, "vivo", b"2")
    assert [await before.get(vendor.fetch), await after.get(vendor.fetch)] == ["token 1", "token 2"]


async def test_a_failure_is_the_callers_and_leaves_nothing(database: Database) -> None:
    vendor, (one, other) = Vendor(), await processes(database)

    async def refused() -> Token:
        raise ChannelStoppedError("wrong secret", 60)

    with pytest.raises(ChannelStoppedError, match="wrong secret"):
        await one.get(refused)
    assert await other.get(vendor.fetch) == "token 1"


async def test_in_the_database_it_is_sealed(database: Database) -> None:
    vendor, (tokens, _) = Vendor(), await processes(database)
    await tokens.get(vendor.fetch)
    async with database.connection() as connection:
        (row,) = await fetch_all(connection, b"SELECT token FROM channel_tokens")
    assert b"token" not in row.token


def test_a_traceback_does_not_show_it() -> None:
    assert "hush" not in f"{Token('hush', datetime.now(UTC))!r}"
