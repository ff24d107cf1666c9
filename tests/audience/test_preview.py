"""What an operator sees before sending is what is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from rockdove.audience import previews
from rockdove.audience.preview import Preview, Reach
from rockdove.audience.request import AudienceRequest
from rockdove.audience.resolver import Resolver
from rockdove.domain.push import AudienceType
from rockdove.storage.database import Database
from rockdove.storage.package_store import PackageStore
from tests.audience.conftest import PACKAGE_ID, ResolverFor
from tests.rows import a_binding, a_device

DEVICES: list[tuple[str, dict[str, Any]]] = [
    ("anna", {}),
    ("anna", {}),
    ("anna", {"notifications": False}),
    ("ben", {"uninstalled_at": "2026-01-01"}),
    ("carl", {}),
]


@pytest.fixture
async def resolver(database: Database, app: int, resolver_for: ResolverFor) -> Resolver:
    """anna: three devices, the newest opted out. ben: one, gone. carl: one. dora: none."""
    async with database.connection() as connection:
        for account, columns in DEVICES:
            await a_binding(connection, app, await a_device(connection, app, **columns), account)
    return resolver_for(["anna", "ben", "carl", "dora", '"quoted", eve'])


@pytest.fixture
def store(tmp_path: Path) -> PackageStore:
    return PackageStore.open("", tmp_path)


def of_package(app: int, **members: object) -> AudienceRequest:
    values = {"access_id": app, "audience_type": AudienceType.PACKAGE_ACCOUNT, "package_id": PACKAGE_ID} | members
    return msgspec.convert(values, AudienceRequest)


EXPECTED = Preview(
    platform="android",
    accounts=5,
    matched=3,
    unmatched=2,
    unavailable=1,
    recent=Reach(devices=2, filtered={"opted_out": 1}, planned=1, channels={"xg": 1}),
    every=Reach(devices=4, filtered={"opted_out": 1}, planned=3, channels={"xg": 3}),
)


async def test_both_ways_of_choosing_at_once(resolver: Resolver, app: int) -> None:
    assert await resolver.preview(of_package(app)) == EXPECTED


@pytest.mark.parametrize("every_device", [False, True])
async def test_it_is_what_a_push_would_reach(resolver: Resolver, app: int, every_device: bool) -> None:
    preview = await resolver.preview(of_package(app))
    audience = await resolver.resolve(of_package(app, every_device=every_device))
    reach = preview.every if every_device else preview.recent
    assert reach
    assert (reach.planned, reach.devices) == (audience.counts.planned, audience.counts.devices)


async def test_of_a_list(resolver: Resolver, app: int) -> None:
    accounts = ("anna", "ben", "carl", "dora", "eve")
    request = AudienceRequest(access_id=app, audience_type=AudienceType.ACCOUNT_LIST, accounts=accounts)
    assert await resolver.preview(request) == EXPECTED


async def test_of_everybody(resolver: Resolver, app: int) -> None:
    preview = await resolver.preview(AudienceRequest(access_id=app, audience_type=AudienceType.ALL))
    assert preview.recent is None
    assert preview.every.channels == {"xg": 3}


async def test_the_unmatched_accounts_as_csv(resolver: Resolver, app: int) -> None:
    text = b"".join([piece async for piece in resolver.unmatched(of_package(app))]).decode()
    header, *lines = text.splitlines()
    assert header == "account"
    assert sorted(lines) == ['"""quoted"", eve"', "dora"]


async def test_asked_through_the_table(database: Database, resolver: Resolver, app: int, store: PackageStore) -> None:
    request = of_package(app, disabled_channels=["hw"])
    async with database.transaction() as connection:
        preview_id = await previews.ask(connection, request)
        waiting = await previews.get(connection, app, preview_id)
    assert waiting == previews.PreviewAnswer(request=request, state="waiting", result=None, failure="")
    assert await previews.answer_one(database, resolver, store, "worker")
    assert not await previews.answer_one(database, resolver, store, "worker")
    async with database.connection() as connection:
        answer = await previews.get(connection, app, preview_id)
        assert answer
        assert (answer.state, answer.result) == ("done", EXPECTED)
        assert await previews.get(connection, app + 1, preview_id) is None, "of another application"


async def test_what_is_wrong_with_it_is_the_answer(
    database: Database, resolver: Resolver, app: int, store: PackageStore
) -> None:
    async with database.transaction() as connection:
        preview_id = await previews.ask(connection, of_package(app, package_id=99))
    await previews.answer_one(database, resolver, store, "worker")
    async with database.connection() as connection:
        answer = await previews.get(connection, app, preview_id)
    assert answer
    assert (answer.state, answer.failure) == ("failed", "package 99 was deleted")


async def test_a_dead_workers_preview_is_taken_over_until_it_killed_too_many(
    database: Database, resolver: Resolver, app: int, store: PackageStore
) -> None:
    async with database.transaction() as connection:
        preview_id = await previews.ask(connection, of_package(app))
        await connection.execute("UPDATE previews SET attempts = 3, lease_until = now() - interval '1 second'")
    assert await previews.answer_one(database, resolver, store, "worker")
    async with database.connection() as connection:
        answer = await previews.get(connection, app, preview_id)
    assert answer
    assert answer.state == "failed"


async def test_old_ones_are_forgotten(database: Database, resolver: Resolver, app: int) -> None:
    async with database.transaction() as connection:
        old, new = [await previews.ask(connection, of_package(app)) for _ in range(2)]
        await connection.execute(
            "UPDATE previews SET created_at = now() - interval '25 hours' WHERE preview_id = %s", (old,)
        )
    await previews.forget_old(database)
    async with database.connection() as connection:
        assert await previews.get(connection, app, old) is None
        assert await previews.get(connection, app, new)


async def test_unmatched_accounts_are_listed_for_download(
    database: Database, resolver: Resolver, store: PackageStore, app: int
) -> None:
    async with database.transaction() as connection:
        listing = await previews.ask(connection, of_package(app), listing=True)
    assert await previews.answer_one(database, resolver, store, "worker")
    async with database.connection() as connection:
        answer = await previews.get(connection, app, listing)
    assert answer
    assert answer.state == "done"
    pieces = [piece async for piece in store.read(answer.object_prefix, previews.UNMATCHED)]
    assert sorted(b"".join(pieces).decode().splitlines()) == ['"""quoted"", eve"', "account", "dora"]
    assert not list(store.incoming.iterdir()), "nothing is left where it was put together"
