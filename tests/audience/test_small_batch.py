"""Small pushes that start together end as they would have one by one."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg.types.json import Jsonb
from pyroaring import BitMap

from rockdove.audience import small
from rockdove.audience.request import AudienceRequest, of_push
from rockdove.audience.small_batch import Lease, is_plain, resolve_all, start_all
from rockdove.domain.push import AudienceType
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.pushes import queue
from rockdove.storage.database import Database, fetch_all
from tests.audience.world import World
from tests.rows import a_binding, a_device, a_push, state_of

LEASE = Lease("w express", 60)
SLICE_DEVICES = 4
LISTED = (AudienceType.TOKEN, AudienceType.TOKEN_LIST, AudienceType.ACCOUNT, AudienceType.ACCOUNT_LIST)


@pytest.mark.parametrize("platform", ["android", "ios"])
async def test_random_histories(database: Database, database_url: str, platform: str) -> None:
    world = World(database_url, seed=11, platform=platform)
    for _ in range(10):
        for _ in range(world.random.randrange(25)):
            world.step()
        for writer in world.writers:
            world._end(writer, "COMMIT")
        async with database.transaction() as connection:
            for _ in range(8):
                await a_push(connection, **columns_of(world))
            pushes = await queue.lock_listed(connection, 100)
            vendor_channels = frozenset({"hw"})
            by_app = dict.fromkeys((push.access_id for push in pushes), vendor_channels)
            found = await resolve_all(connection, pushes, by_app)
            for push in pushes:
                request = of_push(push)
                if request.notification:
                    request = request_with(request, vendor_channels)
                alone = await small.resolve_in(connection, request, None)
                assert (found[push.push_id].channels, found[push.push_id].counts) == (alone.channels, alone.counts)
    world.close()


def columns_of(world: World) -> dict[str, Any]:
    kind = world.random.choice(LISTED)
    request = world.request(AudienceType.TOKEN_LIST if kind.is_by_token else AudienceType.ACCOUNT_LIST)
    return {
        "access_id": request.access_id,
        "audience_type": kind,
        "audience": Jsonb({"tokens": request.tokens} if kind.is_by_token else {"accounts": request.accounts}),
        "account_type": request.account_type,
        "every_device": request.every_device,
        "message_type": "notify" if request.notification else "message",
        "environment": request.environment,
        "multi_package": request.multi_package,
        "disabled_channels": list(request.disabled_channels),
    }


def request_with(request: AudienceRequest, vendor_channels: frozenset[str]) -> AudienceRequest:
    from msgspec import structs

    return structs.replace(request, vendor_channels=vendor_channels)


async def test_they_start_in_order_with_slices_that_are_leased(database: Database, app: int) -> None:
    async with database.transaction() as connection:
        devices = [await a_device(connection, app) for _ in range(3)]
        await a_binding(connection, app, devices[0], "anna")
        await a_binding(connection, app, devices[1], "ben")
        await connection.execute("UPDATE devices SET channel = 'hw' WHERE device_id = %s", (devices[1],))
        both = await a_listed_push(connection, app, "anna", "ben")
        nobody = await a_listed_push(connection, app, "carl")
        one = await a_listed_push(connection, app, "anna")
        pushes = await queue.lock_listed(connection, 100)
        started = await start_all(connection, pushes, {app: frozenset({"hw"})}, LEASE, SLICE_DEVICES)
    assert [(slice_.push.push_id, slice_.targets) for slice_ in started] == [
        (both, BitMap(devices[:1])),
        (one, BitMap(devices[:1])),
    ]
    assert started[0].send_seq < started[1].send_seq
    async with database.connection() as connection:
        slices = await fetch_all(connection, b"SELECT push_id, channel, lease_owner FROM push_slices ORDER BY 1, 2")
        owed = await fetch_all(connection, b"SELECT push_id, device_id FROM small_push_targets ORDER BY 1, 2")
        counts = await fetch_all(connection, b"SELECT counts->'planned' AS planned FROM pushes ORDER BY push_id")
    assert [tuple(row) for row in slices] == [(both, "hw", None), (both, "xg", LEASE.owner), (one, "xg", LEASE.owner)]
    assert [tuple(row) for row in owed] == [(both, devices[0]), (both, devices[1]), (one, devices[0])]
    assert [row.planned for row in counts] == [2, 0, 1]
    assert [await state_of(database, push_id) for push_id in (both, nobody, one)] == [
        State.STARTED, State.FINISHED, State.STARTED,
    ]  # fmt: skip


async def test_slices_of_very_many_targets_are_for_every_worker(
    database: Database, app: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rockdove.audience.small_batch.SMALL_PUSH_TARGETS", 1)
    async with database.transaction() as connection:
        for account in ("anna", "ben"):
            await a_binding(connection, app, await a_device(connection, app), account)
        await a_listed_push(connection, app, "anna", "ben")
        pushes = await queue.lock_listed(connection, 100)
        assert await start_all(connection, pushes, {app: frozenset()}, LEASE, SLICE_DEVICES) == []
        rows = await fetch_all(connection, b"SELECT lease_owner FROM push_slices")
        assert await fetch_all(connection, b"SELECT FROM small_push_targets") == []
    assert [row.lease_owner for row in rows] == [None]


async def test_a_cancelled_one_is_not_among_them(database: Database, app: int) -> None:
    async with database.transaction() as connection:
        await move(connection, await a_listed_push(connection, app, "anna"), State.CANCELED)
        assert await queue.lock_listed(connection, 100) == []


@pytest.mark.parametrize(
    "columns",
    [
        {"audience": Jsonb({"accounts": ["anna"], "exclude_push_id": 1})},
        {"audience": Jsonb({"accounts": ["anna"], "exclude_package_id": 1})},
        {"message": Jsonb({"title": "t", "accept_time": [{"start": {"hour": "0"}, "end": {"hour": "1"}}]})},
        {"collapse_id": 7},
        {"push_speed": 1000},
    ],
)
async def test_what_is_not_plain(database: Database, app: int, columns: dict[str, Any]) -> None:
    async with database.transaction() as connection:
        await a_push(
            connection, app, **{"audience_type": "account", "audience": Jsonb({"accounts": ["anna"]})} | columns
        )
        [push] = await queue.lock_listed(connection, 100)
    assert not is_plain(push)


async def test_what_counts_against_a_daily_cap_is_not_plain(database: Database, app: int) -> None:
    async with database.transaction() as connection:
        await a_listed_push(connection, app, "anna")
        await connection.execute(b"""UPDATE apps SET controls = '{"daily_cap": {"notifications": 1}}'""")
        [push] = await queue.lock_listed(connection, 100)
    assert not is_plain(push)


async def a_listed_push(connection: Any, app: int, *accounts: str) -> int:
    return await a_push(connection, app, audience_type="account_list", audience=Jsonb({"accounts": accounts}))
