"""Which device of an account: newest binding among the available ones, ties, limits, what is taken away afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from rockdove.audience import account_table, hashed_texts
from rockdove.audience.request import AudienceRequest
from rockdove.domain.push import AudienceType
from rockdove.storage.database import Database
from tests.audience.conftest import PACKAGE_ID, ResolverFor
from tests.rows import a_binding, a_device

START = datetime(2026, 1, 1, tzinfo=UTC)


class Bound:
    """Binds devices to accounts, each a second later than the one before, and resolves."""

    def __init__(self, database: Database, app: int, resolver_for: ResolverFor) -> None:
        self.database, self.app, self.resolver_for, self.clock = database, app, resolver_for, START

    async def device(self, *accounts: str, at: datetime | None = None, **columns: Any) -> int:
        self.clock += timedelta(seconds=1)
        async with self.database.connection() as connection:
            device_id = await a_device(connection, self.app, **columns)
            for account in accounts:
                await a_binding(connection, self.app, device_id, account, bound_at=at or self.clock)
        return device_id

    async def targets(self, *accounts: str, package: bool = True, **members: Any) -> list[int]:
        """By package (through the index) and by list (through SQL): both must say the same."""
        resolver = self.resolver_for(list(accounts))
        common = {"access_id": self.app, **members}
        by_package = AudienceRequest(audience_type=AudienceType.PACKAGE_ACCOUNT, package_id=PACKAGE_ID, **common)
        by_list = AudienceRequest(audience_type=AudienceType.ACCOUNT_LIST, accounts=accounts, **common)
        first, second = await resolver.resolve(by_package), await resolver.resolve(by_list)
        assert first.counts == second.counts
        assert first.channels == second.channels
        return list(first.targets)


@pytest.fixture
def bound(database: Database, app: int, resolver_for: ResolverFor) -> Bound:
    return Bound(database, app, resolver_for)


async def test_recent_is_the_device_bound_last(bound: Bound) -> None:
    first, last = await bound.device("anna"), await bound.device("anna")
    assert await bound.targets("anna") == [last]
    assert await bound.targets("anna", every_device=True) == [first, last]


async def test_bound_in_the_same_microsecond_the_larger_id_is_the_recent_one(bound: Bound) -> None:
    devices = [await bound.device("anna", at=START) for _ in range(3)]
    assert await bound.targets("anna") == devices[-1:]


async def test_an_unavailable_newest_device_gives_way_to_the_next(bound: Bound) -> None:
    older = await bound.device("anna")
    await bound.device("anna", unregistered_at=START)
    await bound.device("anna", uninstalled_at=START)
    await bound.device("anna", last_seen_day=datetime(2020, 1, 1, tzinfo=UTC))
    assert await bound.targets("anna") == [older]


async def test_a_newest_device_that_opted_out_does_not(bound: Bound) -> None:
    await bound.device("anna")
    newest = await bound.device("anna", notifications=False)
    assert await bound.targets("anna") == []
    assert await bound.targets("anna", notification=False) == [newest]


@pytest.mark.parametrize(("days", "available"), [(89, True), (90, True), (91, False)])
async def test_ninety_days(bound: Bound, days: int, available: bool) -> None:
    today = datetime.now(UTC)
    device = await bound.device("anna", last_seen_day=today - timedelta(days=days))
    resolver = bound.resolver_for([])
    everybody = AudienceRequest(access_id=bound.app, audience_type=AudienceType.ALL)
    assert list((await resolver.resolve(everybody)).targets) == [device] * available
    assert await bound.targets("anna") == [device] * available


async def test_one_device_of_two_accounts_is_one_target(bound: Bound) -> None:
    device = await bound.device("anna")
    async with bound.database.connection() as connection:
        await a_binding(connection, bound.app, device, "work", account_type=1)
    assert await bound.targets("anna", "ben") == [device]


async def test_of_more_than_a_hundred_devices_the_hundred_bound_last(bound: Bound) -> None:
    devices = [await bound.device("anna") for _ in range(60)]
    assert len(await bound.targets("anna", every_device=True)) == 60  # and the snapshot is made now
    devices += [await bound.device("anna") for _ in range(45)]
    assert await bound.targets("anna", every_device=True) == devices[-100:]
    await bound.device("anna", unregistered_at=START)
    assert await bound.targets("anna", every_device=True) == devices[-100:]


async def test_only_the_main_package_name_unless_asked_for_all(bound: Bound) -> None:
    lite = await bound.device("anna", package_name="com.example.lite")
    main = await bound.device("anna", package_name="com.example.main")
    newest = await bound.device("anna", package_name="com.example.lite")
    assert await bound.targets("anna") == [newest]  # no main package is set
    async with bound.database.connection() as connection:
        await connection.execute("UPDATE apps SET main_package = 'com.example.main'")
    assert await bound.targets("anna") == [main]
    assert await bound.targets("anna", multi_package=True, every_device=True) == [lite, main, newest]


async def test_the_environment_counts_for_ios_only(bound: Bound) -> None:
    device = await bound.device("anna", environment="dev")
    assert await bound.targets("anna", environment="product") == [device]
    async with bound.database.connection() as connection:
        await connection.execute("UPDATE apps SET platform = 'ios'")
    assert await bound.targets("anna", environment="product") == []
    assert await bound.targets("anna", environment="dev") == [device]


async def test_another_account_type_is_another_account(bound: Bound) -> None:
    await bound.device("anna")
    assert await bound.targets("anna", account_type=1) == []


async def test_accounts_of_another_package_and_whom_an_earlier_push_reached_are_left_out(
    bound: Bound, database: Database
) -> None:
    from pyroaring import BitMap

    from tests.rows import a_push, a_receipt, a_slice

    anna, ben, carl = [await bound.device(name) for name in ("anna", "ben", "carl")]
    async with database.connection() as connection:
        push_id = await a_push(connection, bound.app)
        await a_slice(connection, push_id, bound.app, 0, BitMap([ben, carl]))
        await a_receipt(connection, push_id, "arrived", BitMap([carl]))
    assert await bound.targets("anna", "ben", "carl", exclude_push_id=push_id) == [anna, ben]
    everybody = AudienceRequest(access_id=bound.app, audience_type=AudienceType.ALL, exclude_package_id=PACKAGE_ID)
    audience = await bound.resolver_for(["anna", "ben"]).resolve(everybody)
    assert list(audience.targets) == [carl]
    assert audience.counts.filtered == {"excluded": 2}
    listed = AudienceRequest(
        access_id=bound.app,
        audience_type=AudienceType.ACCOUNT_LIST,
        accounts=("anna", "ben", "carl"),
        exclude_package_id=PACKAGE_ID,
    )
    assert list((await bound.resolver_for(["ben"]).resolve(listed)).targets) == [anna, carl]


async def test_with_every_channel_disabled_nobody_is_left(bound: Bound) -> None:
    await bound.device("anna")
    assert await bound.targets("anna", disabled_channels=frozenset({"xg"})) == []


@pytest.mark.parametrize("hashes", [1, 2, 3])
async def test_colliding_hashes_change_nothing(bound: Bound, monkeypatch: pytest.MonkeyPatch, hashes: int) -> None:
    """Accounts are compared, hashes only find them: with almost no hashes at all the result is the same."""

    def colliding(texts: pl.Series) -> np.ndarray:
        return texts.str.len_bytes().to_numpy().astype(np.uint64) % hashes

    for module in (account_table, hashed_texts):
        monkeypatch.setattr(module, "hash_strings", colliding)
    names = ["anna", "ben", "carl", "dora", "emil", "f", "gu", "hans", "ida"]
    devices = {name: [await bound.device(name) for _ in range(2)] for name in names}
    assert await bound.targets("anna", "carl", "hans", "stranger") == [devices[n][1] for n in ("anna", "carl", "hans")]
    moved = await bound.device("anna")
    everyone = sorted([*devices["anna"], moved, *devices["ida"]])
    assert await bound.targets("anna", "ida", "idb", every_device=True) == everyone
