"""Bindings: one account a type on a device, a hundred devices an account, the newest first, and nobody waits in a
circle."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from rockdove.devices import accounts
from rockdove.domain.account import Account
from rockdove.storage.database import Database
from tests.rows import a_device, an_app

APP = 1500000001


@pytest.fixture
async def devices(database: Database) -> list[int]:
    """Ten devices of the application."""
    async with database.transaction() as connection:
        await an_app(connection)
        return [await a_device(connection, APP, token=f"{number:036}") for number in range(10)]


async def bind(database: Database, device_id: int, *bound: Account) -> None:
    async with database.transaction() as connection:
        await accounts.bind(connection, APP, device_id, bound)


async def bound(database: Database) -> set[tuple[int, int, str]]:
    """(device, type, account) of every binding."""
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT device_id, account_type, account FROM account_bindings WHERE account IS NOT NULL"
        )
        return {tuple(row) async for row in cursor}


async def holders(database: Database, *wanted: Account) -> dict[Account, list[int]]:
    async with database.connection() as connection:
        found = await accounts.tokens_of(connection, APP, wanted)
    return {account: [int(token) for token in tokens] for account, tokens in found.items()}


async def test_one_account_a_type(database: Database, devices: list[int]) -> None:
    one, two, *_ = devices
    await bind(database, one, Account("ann"), Account("ann", 1))
    await bind(database, two, Account("first", 2), Account("last", 2))
    await bind(database, one, Account("bob"))
    assert await bound(database) == {(one, 0, "bob"), (one, 1, "ann"), (two, 2, "last")}


async def test_binding_again_makes_most_recent(database: Database, devices: list[int]) -> None:
    ann = Account("ann")
    for device_id in devices[:3]:
        await bind(database, device_id, ann)
    assert await holders(database, ann) == {ann: [2, 1, 0]}
    await bind(database, devices[1], ann)
    assert await holders(database, ann) == {ann: [1, 2, 0]}


async def test_of_devices_bound_together_the_last_is_the_most_recent(database: Database, devices: list[int]) -> None:
    ann = Account("ann")
    async with database.transaction() as connection:
        await accounts.bind_all(connection, APP, {(devices[index], 0): "ann" for index in (4, 0, 2)})
    assert await holders(database, ann) == {ann: [2, 0, 4]}


async def test_the_same_text_under_two_types_is_two_accounts(database: Database, devices: list[int]) -> None:
    await bind(database, devices[0], Account("ann", 1))
    assert await holders(database, Account("ann"), Account("ann", 1), Account("Ann", 1)) == {Account("ann", 1): [0]}


async def test_unbinding(database: Database, devices: list[int]) -> None:
    one, two, three, *_ = devices
    for device_id in (one, two, three):
        await bind(database, device_id, Account("ann"), Account("bob", 1), Account("eve", 2))
    async with database.transaction() as connection:
        await accounts.unbind(connection, APP, one, [Account("ann"), Account("other", 1), Account("none", 9)])
        await accounts.clear(connection, APP, [two], [1, 2, 77])
        await accounts.clear(connection, APP, [three])
    assert await bound(database) == {(one, 1, "bob"), (one, 2, "eve"), (two, 0, "ann")}
    async with database.transaction() as connection:
        await accounts.remove(connection, APP, [Account("bob", 1), Account("ann"), Account("nobody")])
    assert await bound(database) == {(one, 2, "eve")}


async def test_an_unbound_row_is_its_own_tombstone(database: Database, devices: list[int]) -> None:
    await bind(database, devices[0], Account("ann"))
    async with database.connection() as connection:
        before: Any = await (await connection.execute("SELECT changed_xid FROM account_bindings")).fetchone()
    async with database.transaction() as connection:
        await accounts.clear(connection, APP, devices)
    async with database.connection() as connection:
        after: Any = await (await connection.execute("SELECT account, changed_xid FROM account_bindings")).fetchone()
    assert after.account is None
    assert after.changed_xid != before.changed_xid


async def test_other_applications_are_not_touched(database: Database, devices: list[int]) -> None:
    async with database.transaction() as connection:
        await an_app(connection, 1500000002)
        foreign = await a_device(connection, 1500000002)
        await accounts.bind(connection, 1500000002, foreign, [Account("ann")])
        await accounts.bind(connection, APP, devices[0], [Account("ann")])
        await accounts.remove(connection, APP, [Account("ann")])
        assert await accounts.tokens_of(connection, APP, [Account("ann")]) == {}
        assert len(await accounts.tokens_of(connection, 1500000002, [Account("ann")])) == 1


async def test_the_hundred_and_first_device_drops_the_oldest(database: Database, devices: list[int]) -> None:
    async with database.transaction() as connection:
        more = [await a_device(connection, APP) for _ in range(93)]
        everyone = devices + more
        for device_id in everyone[:100]:
            await accounts.bind(connection, APP, device_id, [Account("ann"), Account("bob", 1)])
        await accounts.bind(connection, APP, everyone[0], [Account("ann")])  # the oldest becomes the newest
    async with database.transaction() as connection:
        await accounts.bind_all(connection, APP, {(device_id, 0): "ann" for device_id in everyone[100:]})
    holding = {device_id for device_id, _, account in await bound(database) if account == "ann"}
    assert holding == set(everyone) - set(everyone[1:4])
    assert sum(account == "bob" for *_, account in await bound(database)) == 100


async def test_crowds_keep_the_limit_and_never_deadlock(
    database: Database, devices: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few accounts, few devices, a limit of three, and every verb at once: PostgreSQL would report a deadlock."""
    monkeypatch.setattr(accounts, "MAX_DEVICES_PER_ACCOUNT", 3)
    names = [Account(name, account_type) for name in ("ann", "bob", "eve") for account_type in (0, 1)]

    async def worker(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(25):
            some, chosen = chance.sample(devices, 4), chance.sample(names, 3)
            async with database.transaction() as connection:
                match chance.randrange(6):
                    case 0:
                        await accounts.remove(connection, APP, chosen)
                    case 1:
                        await accounts.clear(connection, APP, some, [chance.randrange(2)])
                    case 2:
                        await accounts.unbind_all(connection, APP, list(zip(some, chosen, strict=False)))
                    case _:
                        wanted = {(one, account.account_type): account.text for one in some for account in chosen}
                        await accounts.bind_all(connection, APP, wanted)

    await asyncio.gather(*(worker(seed) for seed in range(6)))
    counts: dict[tuple[int, str], int] = {}
    for _, account_type, account in await bound(database):
        counts[account_type, account] = counts.get((account_type, account), 0) + 1
    assert counts
    assert max(counts.values()) <= 3


async def test_accounts_of_tokens(database: Database, devices: list[int]) -> None:
    await bind(database, devices[0], Account("bob", 5), Account("ann"))
    async with database.connection() as connection:
        found = await accounts.accounts_of(connection, APP, [f"{0:036}", f"{1:036}", "f" * 36])
    assert found == {f"{0:036}": [Account("ann"), Account("bob", 5)], f"{1:036}": []}


async def test_registered_tokens(database: Database, devices: list[int]) -> None:
    async with database.transaction() as connection:
        gone = await a_device(connection, APP, token="g" * 36)
        lost = await a_device(connection, APP, token="u" * 36)
        await connection.execute("UPDATE devices SET unregistered_at = now() WHERE device_id = %s", (gone,))
        await connection.execute("UPDATE devices SET uninstalled_at = now() WHERE device_id = %s", (lost,))
        tokens = [f"{3:036}", "g" * 36, "u" * 36, "n" * 36]
        assert await accounts.registered(connection, APP, tokens) == {f"{3:036}": devices[3]}
