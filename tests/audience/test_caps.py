"""The daily cap: no device gets more than its share of a day, none is denied it, however many pushes start at once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

import pytest
from psycopg.types.json import Jsonb
from pyroaring import BitMap

from rockdove.audience.audience import Audience, Counts, without
from rockdove.audience.caps import Tally
from rockdove.audience.request import AudienceRequest
from rockdove.audience.resolver import Resolver
from rockdove.audience.start import OnStart, resolve_and_start
from rockdove.domain.push import SMALL_PUSH_TARGETS, AudienceType
from rockdove.lifecycle.states import State
from rockdove.storage.database import Connection, Database, fetch_all, fetch_one
from tests.audience.conftest import ResolverFor
from tests.rows import a_push, a_slice

DEVICES = SMALL_PUSH_TARGETS + 100
"""A push to all is a bulk one."""
SLICE_DEVICES = 300
WAIT_SECONDS = 30
ALL: dict[str, Any] = {"audience_type": "all"}

_DEVICES = b"""
INSERT INTO devices (access_id, device_id, token, platform)
SELECT %(app)s, n, lpad(n::text, 36, '0'), 'android' FROM generate_series(1, %(last)s) AS n
"""
_BINDINGS = b"""
INSERT INTO account_bindings (access_id, device_id, account_type, account)
SELECT %(app)s, n, 0, 'user-' || n FROM generate_series(1, %(last)s) AS n
"""
_WAITS = b"""
SELECT count(*) AS waiting FROM pg_locks
JOIN pg_database ON pg_database.oid = pg_locks.database
WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()
"""


@pytest.fixture
async def resolver(database: Database, app: int, resolver_for: ResolverFor) -> Resolver:
    """An application of DEVICES devices; device n belongs to user-n. The devices' ids are those of their numbers."""
    async with database.connection() as connection:
        for statement in (_DEVICES, _BINDINGS):
            await connection.execute(statement, {"app": app, "last": DEVICES})
    return resolver_for([])


@pytest.fixture
def world(database: Database, app: int, resolver: Resolver) -> World:
    return World(database, app, resolver)


class World:
    def __init__(self, database: Database, app: int, resolver: Resolver) -> None:
        self.database, self.app, self.resolver = database, app, resolver

    async def cap(self, notifications: int, **columns: Any) -> None:
        await self.run(b"UPDATE apps SET controls = %(controls)s", controls=Jsonb(
            {"daily_cap": {"notifications": notifications, **columns}}
        ))  # fmt: skip

    async def push(self, **columns: Any) -> int:
        async with self.database.connection() as connection:
            return await a_push(connection, self.app, **columns)

    async def start(self, push_id: int, on_start: OnStart | None = None) -> State:
        async with self.database.connection() as connection:
            push = await fetch_one(connection, _PUSH, push_id=push_id)
        return await resolve_and_start(self.database, self.resolver, push, SLICE_DEVICES, on_start)

    async def pushed(self, **columns: Any) -> int:
        """A push that has started."""
        push_id = await self.push(**columns)
        await self.start(push_id)
        return push_id

    async def targets(self, push_id: int) -> BitMap:
        rows = await self.rows(b"SELECT targets FROM push_slices WHERE push_id = %(push_id)s", push_id=push_id)
        targets = BitMap.union(BitMap(), *(BitMap.deserialize(row.targets) for row in rows))
        small = await self.rows(
            b"SELECT device_id FROM small_push_targets WHERE push_id = %(push_id)s", push_id=push_id
        )
        assert len(targets) > SMALL_PUSH_TARGETS or targets == BitMap(row.device_id for row in small)
        return targets

    async def counts(self, push_id: int) -> dict[str, Any]:
        [row] = await self.rows(b"SELECT counts FROM pushes WHERE push_id = %(push_id)s", push_id=push_id)
        return dict(row.counts)

    async def rows(self, statement: bytes, **parameters: Any) -> list[Any]:
        async with self.database.connection() as connection:
            return await fetch_all(connection, statement, **parameters)

    async def run(self, statement: bytes, **parameters: Any) -> None:
        async with self.database.connection() as connection:
            await connection.execute(statement, parameters)


_PUSH = b"""
SELECT push_id, access_id, audience_type, audience, package_id, account_type, every_device, message_type, environment,
       multi_package, disabled_channels, push_speed FROM pushes WHERE push_id = %(push_id)s
"""


def users(*numbers: int) -> dict[str, Any]:
    """A push to these devices."""
    return {"audience_type": "account_list", "audience": Jsonb({"accounts": [f"user-{n}" for n in numbers]})}


EVERYBODY = BitMap(range(1, DEVICES + 1))


async def test_capped_devices_are_filtered(world: World) -> None:
    await world.cap(2)
    for _ in range(2):
        assert await world.targets(await world.pushed(**users(1, 2))) == BitMap([1, 2])
    third = await world.pushed(**ALL)
    assert await world.targets(third) == EVERYBODY - BitMap([1, 2])
    counts = await world.counts(third)
    assert (counts["devices"], counts["filtered"], counts["planned"]) == (DEVICES, {"capped": 2}, DEVICES - 2)


async def test_bulk_pushes_count_for_small_ones(world: World) -> None:
    await world.cap(1)
    assert await world.targets(await world.pushed(**ALL)) == EVERYBODY
    second = await world.push(**users(5))
    assert await world.start(second) == State.FINISHED, "nobody is left"
    assert (await world.counts(second))["filtered"] == {"capped": 1}
    assert await world.targets(await world.pushed(**ALL)) == BitMap()


@pytest.mark.parametrize("second", [ALL, users(1, 2, 3)], ids=["bulk", "small"])
@pytest.mark.parametrize("first", [ALL, users(1, 2)], ids=["bulk", "small"])
async def test_two_that_start_at_the_same_moment(world: World, first: dict[str, Any], second: dict[str, Any]) -> None:
    """The first has written its targets and has not committed: the second waits for it, and then sees them."""
    await world.cap(1)
    ids = [await world.push(**columns) for columns in (first, second)]
    others: list[asyncio.Task[State]] = []

    async def start_the_other(connection: Connection, push_id: int) -> None:
        others.append(asyncio.create_task(world.start(ids[1])))
        async with asyncio.timeout(WAIT_SECONDS):
            while not others[0].done() and not (await world.rows(_WAITS))[0].waiting:
                await asyncio.wait(others, timeout=0.01)

    await world.start(ids[0], start_the_other)
    await others[0]
    one, other = [await world.targets(push_id) for push_id in ids]
    meant = [EVERYBODY if columns is ALL else BitMap(_numbers(columns)) for columns in (first, second)]
    assert one == meant[0]
    assert other == meant[1] - meant[0]


async def test_many_at_once_give_everybody_exactly_the_share(world: World) -> None:
    cap, generator = 3, random.Random(4)
    await world.cap(cap)
    lists = [sorted(generator.sample(range(1, 30), 12)) for _ in range(10)]
    kinds = [*(users(*numbers) for numbers in lists), ALL, ALL]
    ids = [await world.push(**columns) for columns in kinds]
    await asyncio.gather(*map(world.start, ids))
    got = Counter[int]()
    for push_id in ids:
        got.update(await world.targets(push_id))
    wanted = Counter(number for numbers in lists for number in numbers) + Counter(dict.fromkeys(EVERYBODY, 2))
    assert got == {device: min(times, cap) for device, times in wanted.items()}


async def test_in_app_messages_are_neither_counted_nor_capped(world: World) -> None:
    await world.cap(1)
    message = {**users(1), "message_type": "message"}
    for columns, targets in ((message, [1]), (users(1), [1]), (users(1), []), (message, [1])):
        assert await world.targets(await world.pushed(**columns)) == BitMap(targets)


async def test_only_certain_plans(world: World) -> None:
    await world.cap(1, plans=["7", "0"])
    for plan, targets in (("8", [1]), ("8", [1]), ("7", [1]), ("", []), ("8", [1]), ("7", [])):
        assert await world.targets(await world.pushed(**users(1), plan_id=plan)) == BitMap(targets), plan


@pytest.mark.parametrize("columns", [ALL, users(1)], ids=["bulk", "small"])
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "UTC"])
async def test_a_day_is_one_of_the_application(world: World, zone: str, columns: dict[str, Any]) -> None:
    await world.cap(1)
    await world.run(b"UPDATE apps SET timezone = %(zone)s", zone=zone)
    earlier = await world.pushed(**columns)
    second = await world.push(**users(1))

    async def sent(moment: str) -> BitMap:
        """To whom a push goes, where the other one was sent at that moment."""
        await world.run(f"UPDATE pushes SET started_at = {moment} FROM apps AS app WHERE push_id = {earlier}".encode())
        async with world.database.transaction() as connection:
            await connection.execute("DELETE FROM push_slices WHERE push_id = %s", (second,))
            await connection.execute("DELETE FROM small_push_targets WHERE push_id = %s", (second,))
            await connection.execute("UPDATE pushes SET state = 'PUSH_INIT' WHERE push_id = %s", (second,))
        await world.start(second)
        return await world.targets(second)

    today = "date_trunc('day', clock_timestamp(), app.timezone)"
    assert await sent(today) == BitMap()
    assert await sent(f"{today} - interval '1 microsecond'") == BitMap([1])
    assert await sent("clock_timestamp()") == BitMap()


async def test_a_moved_device_is_counted_once_and_a_failed_push_not_at_all(world: World) -> None:
    await world.cap(2)
    first = await world.pushed(**ALL)
    async with world.database.connection() as connection:
        await a_slice(connection, first, world.app, 99, BitMap([1]))
        await connection.execute("UPDATE push_slices SET cause = 'refused' WHERE slice_no = 99")
    failed = await world.pushed(**users(1))
    await world.run(b"UPDATE pushes SET state = 'PUSH_FAILED' WHERE push_id = %(push_id)s", push_id=failed)
    assert await world.targets(await world.pushed(**users(1))) == BitMap([1])
    assert await world.targets(await world.pushed(**users(1))) == BitMap()


async def test_a_preview_shows_it_and_waits_for_nobody(world: World) -> None:
    await world.cap(1)
    await world.pushed(**users(1, 2))
    everybody = AudienceRequest(access_id=world.app, audience_type=AudienceType.ALL)
    async with world.database.transaction() as connection:
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('rockdove daily cap', %s))", (world.app,)
        )
        preview = await world.resolver.preview(everybody)
    assert (preview.every.filtered, preview.every.planned) == ({"capped": 2}, DEVICES - 2)
    some = AudienceRequest(
        access_id=world.app, audience_type=AudienceType.ACCOUNT_LIST, accounts=("user-1", "user-9", "user-10")
    )
    preview = await world.resolver.preview(some)
    assert preview.recent
    assert (preview.recent.filtered, preview.recent.planned) == ({"capped": 1}, 2)


async def test_a_preview_is_of_a_plan(world: World) -> None:
    """What it says of each plan is what a push of that plan then gets."""
    await world.cap(1, plans=["7", "0"])
    await world.pushed(**users(1), plan_id="7")
    await world.pushed(**users(2), plan_id="8")
    for plan, capped in (("7", 1), ("", 1), ("0", 1), ("8", 0)):
        for audience in (
            AudienceRequest(access_id=world.app, audience_type=AudienceType.ALL, plan_id=plan),
            AudienceRequest(
                access_id=world.app,
                audience_type=AudienceType.ACCOUNT_LIST,
                accounts=("user-1", "user-2"),
                plan_id=plan,
            ),
        ):
            preview = await world.resolver.preview(audience)
            assert preview.every.filtered == ({"capped": capped} if capped else {}), (plan, audience)
    for plan, targets in (("8", [1, 2]), ("7", [2])):
        assert await world.targets(await world.pushed(**users(1, 2), plan_id=plan)) == BitMap(targets)


async def test_without_a_cap_nobody_waits(world: World) -> None:
    async with world.database.transaction() as connection:
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('rockdove daily cap', %s))", (world.app,)
        )
        async with asyncio.timeout(WAIT_SECONDS):
            assert await world.targets(await world.pushed(**ALL)) == EVERYBODY


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_a_tally_counts(limit: int) -> None:
    generator, tally, counter = random.Random(limit), Tally(limit), Counter[int]()
    for _ in range(120):
        devices = BitMap(generator.sample(range(50), 25))
        tally.add(devices)
        counter.update(devices)
    assert tally.full == BitMap(device for device, times in counter.items() if times >= limit)


def test_what_is_taken_away_is_counted() -> None:
    counts = Counts(devices=5, planned=4, filtered={"opted_out": 1})
    audience = Audience(channels={"hw": BitMap([1, 2]), "xg": BitMap([3, 4])}, counts=counts)
    left = without(audience, BitMap([1, 2, 3, 77]), "capped")
    assert left.channels == {"xg": BitMap([4])}
    assert (left.counts.planned, left.counts.filtered) == (1, {"opted_out": 1, "capped": 3})
    assert counts.filtered == {"opted_out": 1}, "the other is as it was"


def _numbers(columns: dict[str, Any]) -> list[int]:
    return [int(account.removeprefix("user-")) for account in columns["audience"].obj["accounts"]]
