"""Applications: generated and kept ids, keys, the sequence of device ids, what a cache may remember."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

import pytest

from rockdove.devices import applications
from rockdove.devices.applications import Application, ApplicationError, Applications
from rockdove.domain.controls import AllowedHours, Controls, DailyCap
from rockdove.storage.database import Database


async def create(database: Database, name: str = "App", platform: str = "android", **options: Any) -> Application:
    async with database.transaction() as connection:
        return await applications.create(connection, name, platform, **options)


async def test_generated_ids_and_keys(database: Database) -> None:
    made = [await create(database, platform=platform) for platform in ("android", "android", "ios", "android")]
    assert [app.access_id for app in made] == [1_500_000_001, 1_500_000_002, 1_600_000_001, 1_500_000_003]
    assert all(re.fullmatch("A[0-9A-Z]{11}", app.access_key) for app in made)
    assert all(re.fullmatch("[0-9a-f]{32}", app.secret_key) for app in made)
    assert len({app.secret_key for app in made}) == 4


async def test_a_former_application_keeps_its_id_and_keys(database: Database) -> None:
    kept = await create(
        database, access_id=1_500_012_345, access_key="AOLD", secret_key="s3cret", allowed_networks=["10.0.0.0/8"]
    )
    async with database.connection() as connection:
        assert await applications.find(connection, 1_500_012_345) == kept
        assert await applications.list_all(connection) == [kept]
    assert (await create(database)).access_id == 1_500_012_346
    with pytest.raises(ApplicationError, match="already"):
        await create(database, access_id=1_500_012_345)


async def test_each_has_its_own_device_ids_from_one(database: Database) -> None:
    first, second = await create(database), await create(database)
    async with database.connection() as connection:
        for app, expected in ((first, 1), (first, 2), (second, 1)):
            row: Any = await (
                await connection.execute(f"SELECT nextval('device_ids_{app.access_id}') AS id".encode())
            ).fetchone()
            assert row.id == expected


async def test_created_at_once(database: Database) -> None:
    made = await asyncio.gather(*(create(database) for _ in range(5)))
    assert sorted(app.access_id for app in made) == list(range(1_500_000_001, 1_500_000_006))


@pytest.mark.parametrize(
    "options",
    [
        {"name": " "}, {"name": "x" * 101}, {"name": "a\nb"}, {"platform": "symbian"}, {"access_id": 0}, {"access_id":
        2**32}, {"access_key": ""}, {"secret_key": "with space"}, {"secret_key": "k" * 129}, {"timezone":
        "Mars/Olympus"}, {"timezone": "../etc/passwd"}, {"allowed_networks": ["10.0.0.1/8"]}, {"allowed_networks":
        ["everyone"]},
    ],
)  # fmt: skip
async def test_refused(options: dict[str, Any]) -> None:
    """Before the database is asked."""
    nowhere: Any = None
    with pytest.raises(ApplicationError, match=next(iter(options))):
        await applications.create(nowhere, **{"name": "App", "platform": "ios", **options})


async def test_a_refused_one_leaves_nothing(database: Database) -> None:
    async with database.connection() as connection, connection.transaction(force_rollback=True):
        await applications.create(connection, "App", "ios")
    assert (await create(database, platform="ios")).access_id == 1_600_000_001


async def test_the_cache(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """An application is remembered for a while, its absence never."""
    known = Applications(database)
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    assert await known.find(1_500_000_001) is None
    app = await create(database)
    assert await known.find(app.access_id) == app
    async with database.connection() as connection:
        await connection.execute("UPDATE apps SET disabled_at = now()")
    clock[0] += applications.CACHE_SECONDS / 2
    assert (await known.find(app.access_id)) is not None
    clock[0] += applications.CACHE_SECONDS
    found = await known.find(app.access_id)
    assert found
    assert found.disabled
    assert await known.find(2**40) is None
    assert await known.find(0) is None


async def test_controls_are_kept(database: Database) -> None:
    app = await create(database)
    assert app.controls == Controls()
    wanted = Controls(
        daily_cap=DailyCap(notifications=5, plans=("7",)),
        deduplicate=True,
        allowed_hours=AllowedHours(start="08:00", end="22:00"),
    )
    async with database.connection() as connection:
        for controls in (wanted, Controls(deduplicate=True), Controls()):
            assert await applications.set_controls(connection, app.access_id, controls)
            found = await applications.find(connection, app.access_id)
            assert found
            assert found.controls == controls
        [row] = await (await connection.execute("SELECT controls FROM apps")).fetchall()
        assert row.controls == {}, "what is off is left out: queries ask whether there is a daily_cap"
        assert not await applications.set_controls(connection, 4711, wanted)
