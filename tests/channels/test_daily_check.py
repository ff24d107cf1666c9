"""Credentials that stop working are noticed without a push: each channel is tested anew once a day."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from rockdove.channels import configured
from rockdove.channels.check import LastCheck
from rockdove.channels.configured import ConfiguredChannels
from rockdove.channels.daily_check import check_due
from rockdove.channels.http import Sender
from rockdove.channels.registry import PROVIDERS
from rockdove.storage.database import Database
from rockdove.storage.vault import Vault
from rockdove.testing.vendors.server import Fault
from rockdove.testing.vendors.xiaomi import FakeXiaomi
from tests.rows import an_app

VAULT = Vault("1f" * 32)
XIAOMI = PROVIDERS["xm"]


class World:
    """One application's channel at Xiaomi, set up two days ago."""

    def __init__(self, database: Database, vendor: FakeXiaomi, sender: Sender, app: int) -> None:
        self.database, self.vendor, self.app = database, vendor, app
        self.channels = ConfiguredChannels(database, VAULT, sender)

    async def set_up(self, *, enabled: bool = True, ago: str = "2 days", **changed: Any) -> None:
        async with self.database.transaction() as connection:
            given = self.vendor.settings() | changed
            await configured.save(connection, VAULT, self.app, XIAOMI, given, enabled=enabled)
        await self.age("changed_at = now() - %s::interval", ago)

    async def age(self, what: str, *values: str) -> None:
        async with self.database.connection() as connection:
            await connection.execute(f"UPDATE channel_settings SET {what}".encode(), values)

    async def check(self) -> LastCheck | None:
        await check_due(self.database, self.channels)
        async with self.database.connection() as connection:
            found = await configured.read(connection, VAULT, self.app, XIAOMI)
        assert found
        return found.checked


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    async with database.transaction() as connection:
        app = await an_app(connection)
    async with FakeXiaomi() as vendor, Sender(ca_file=str(vendor.ca_file)) as sender:
        yield World(database, vendor, sender, app)


async def test_once_a_day(world: World) -> None:
    await world.set_up()
    first = await world.check()
    assert first
    assert first.outcome == "accepted"
    assert await world.check() == first, "not again before tomorrow"
    assert len(world.vendor.requests) == 1
    await world.age("last_check = jsonb_set(last_check, '{at}', to_jsonb(now() - interval '25 hours'))")
    second = await world.check()
    assert second
    assert second.at >= first.at
    assert len(world.vendor.requests) == 2


async def test_what_was_revoked_is_told(world: World) -> None:
    await world.set_up(app_secret="of another app")
    with capture_logs() as logs:
        found = await world.check()
    assert found
    assert (found.outcome, "21301" in found.says) == ("refused", True)
    assert [entry["event"] for entry in logs if entry["log_level"] == "warning"] == [
        "the vendor refuses a channel's credentials"
    ]
    assert "of another app" not in str(logs)


async def test_a_vendor_that_is_away_has_said_nothing(world: World) -> None:
    await world.set_up()
    await world.check()
    await world.age("last_check = jsonb_set(last_check, '{at}', to_jsonb(now() - interval '25 hours'))")
    world.vendor.fault = Fault.BUSY
    found = await world.check()
    assert found
    assert found.outcome == "accepted"
    asked = len(world.vendor.requests)
    await world.check()
    assert len(world.vendor.requests) == asked + 1, "and is asked the next time"


@pytest.mark.parametrize(("enabled", "ago"), [(False, "2 days"), (True, "10 minutes")])
async def test_who_is_off_or_just_being_set_up_is_left_alone(world: World, enabled: bool, ago: str) -> None:
    await world.set_up(enabled=enabled, ago=ago)
    assert await world.check() is None
    assert not world.vendor.requests


async def test_workers_share_the_work(world: World) -> None:
    await world.set_up()
    world.vendor.delay = 0.3
    await asyncio.gather(*(check_due(world.database, world.channels) for _ in range(4)))
    assert len(world.vendor.requests) == 1
