"""What a push will meet, before it is sent."""

from __future__ import annotations

from typing import Any

from pyroaring import BitMap

from rockdove.channels.channel import Quota
from rockdove.dispatch.channel_pace import ChannelPace
from rockdove.dispatch.forecast import Forecast, forecast
from rockdove.storage.database import Database
from rockdove.testing.fake_channel import FakeChannel
from tests.rows import a_push, a_slice, an_app


async def forecast_of(database: Database, app: int, devices: dict[str, int], **named: Any) -> dict[str, Forecast]:
    channels = {
        "hw": FakeChannel(devices_per_second=1000, quota=500),
        "xm": FakeChannel(longest_title=3),
        "fcm": FakeChannel(),
    }
    async with database.connection() as connection:
        found = await forecast(connection, app, {"title": "Hello"}, devices, channels, **named)
    return {each.channel: each for each in found}


async def an_application(database: Database) -> int:
    async with database.transaction() as connection:
        return await an_app(connection)


async def test_rate_quota_and_refusal_are_foreseen(database: Database) -> None:
    app = await an_application(database)
    await ChannelPace(database).draw(app, "hw", Quota("marketing", 500), 100)
    found = await forecast_of(database, app, {"hw": 1000, "xm": 70, "fcm": 5, "xg": 30})
    assert (found["hw"].taken, found["hw"].over_quota, found["hw"].quota_left, found["hw"].seconds) == (
        400,
        600,
        400,
        0.4,
    )
    assert (found["xm"].taken, found["xm"].refusal) == (0, "title too long")
    assert (found["fcm"].taken, found["fcm"].seconds) == (5, None)
    assert (found["xg"].devices, found["xg"].taken) == (30, 30 + 600 + 70)


async def test_a_stopped_channel_takes_nothing(database: Database) -> None:
    app = await an_application(database)
    await ChannelPace(database).stop(app, "fcm", 600, "wrong key")
    found = await forecast_of(database, app, {"fcm": 5})
    assert (found["fcm"].taken, found["fcm"].stop_reason, found["xg"].taken) == (0, "wrong key", 5)
    assert 590 < found["fcm"].stopped_seconds <= 600


async def test_others_go_first_and_the_push_has_a_speed_of_its_own(database: Database) -> None:
    app = await an_application(database)
    async with database.transaction() as connection:
        push_id = await a_push(connection, app)
        await a_slice(connection, push_id, app, 0, BitMap(range(2000)), channel="hw")
    found = await forecast_of(database, app, {"hw": 100, "xg": 50}, push_speed=50)
    assert (found["hw"].ahead, found["hw"].seconds) == (2000, 2100 / 50)
    assert found["xg"].seconds == 1.0
