"""Rates hold over all API processes: two servers with nothing in common but the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from rockdove.api.context import ApiContext
from rockdove.config import Limits, Settings
from rockdove.devices.applications import Applications
from rockdove.ingest.packages import Packages
from rockdove.storage.database import Database
from tests.api.tpns.contract.conftest import NewApp
from tests.api.tpns.contract.test_answers import PLAN, TASK
from tests.api.tpns.contract.world import PUSH, REPEATED, TOO_FAST, App, table
from tests.api.tpns.rest import serve

CALLS = 12


@pytest.fixture(scope="module")
async def doors(database: Database, packages: Packages) -> AsyncIterator[list[int]]:
    """The ports of two processes, as far as a process is its pool, its caches and its settings."""
    settings = Settings(limits=Limits(statistics_per_hour=5, plans_per_day=5))
    async with Database(database.url, 4) as one, Database(database.url, 4) as other:
        contexts = [ApiContext(settings, each, Applications(each), packages) for each in (one, other)]
        async with serve(contexts[0]) as first, serve(contexts[1]) as second:
            yield [first, second]


async def at_once(app: App, doors: list[int], path: str, *bodies: Any) -> list[int]:
    """The codes of these calls, made together, every other one to the other process."""
    calls = [app.at(doors[number % 2]).code(path, body) for number, body in enumerate(bodies)]
    return sorted(await asyncio.gather(*calls))


@pytest.mark.parametrize("audience", ["all", "tag", "package_account_push", "package_token_push"])
async def test_one_push_a_second(new_app: NewApp, doors: list[int], audience: str) -> None:
    """However slow this machine is: in so many seconds there are no more turns than one each, and the first."""
    app = await new_app()
    bodies = [app.push(audience) for _ in range(CALLS)]
    began = asyncio.get_running_loop().time()
    codes = await at_once(app, doors, PUSH, *bodies)
    seconds = asyncio.get_running_loop().time() - began
    assert set(codes) <= {0, TOO_FAST}
    assert 1 <= codes.count(0) <= 1 + int(seconds)


async def test_the_turn_of_one_process_is_the_others(new_app: NewApp, doors: list[int]) -> None:
    """Without a clock: the turn that the first took is made to last an hour."""
    app = await new_app()
    assert await app.at(doors[0]).code(PUSH, app.push("tag")) == 0
    async with app.database.connection() as connection:
        cursor = await connection.execute(
            "UPDATE rate_limits SET window_at = now() + interval '1 hour' WHERE access_id = %s AND name = 'push tag'",
            (app.access_id,),
        )
        assert cursor.rowcount == 1
    for port in doors:
        assert await app.at(port).code(PUSH, app.push("tag")) == TOO_FAST


async def test_the_same_to_all_is_taken_once(new_app: NewApp, doors: list[int], ports: dict[str, int]) -> None:
    app = await new_app()
    codes = await at_once(app, [doors[0], ports["plain"]], PUSH, *[app.push("all", message=app.message())] * CALLS)
    assert codes == [0] + [REPEATED] * (CALLS - 1)


@table("path, unit",
       ("statistics", TASK, "hour"), ("plans", PLAN, "day"))  # fmt: skip
async def test_five_calls_are_five_calls(new_app: NewApp, doors: list[int], path: str, unit: str) -> None:
    """Exactly, and once more if the hour has ended meanwhile."""
    while True:
        app = await new_app()
        body = {"pushId": str(app.collapse_id), "planName": "n", "planDescribe": "d"}
        hour = datetime.now(UTC).hour
        codes = await at_once(app, doors, path, *[body] * CALLS)
        if hour == datetime.now(UTC).hour:
            break
    assert codes == [0] * 5 + [TOO_FAST] * (CALLS - 5)
