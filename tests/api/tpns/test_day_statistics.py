"""Statistics by the day: distinct devices over the day's pushes, the devices there are, and what they are."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pyroaring import BitMap

from rockdove.api.context import ApiContext
from rockdove.domain.day import begin_of
from rockdove.stats import days, device_days
from rockdove.stats.active_days import ActiveDays
from rockdove.storage.database import fetch_one
from tests.api.tpns.rest import Client
from tests.rows import a_device, a_push, a_receipt, a_slice

CHANNELS, DEVICES = "/v3/statistics/get_push_channel_stat_overview", "/v3/statistics/get_device_stat_overview"
PROPERTIES = "/v3/statistics/get_device_distribute_info"
APP = 1500000001


def day(ago: int = 0) -> str:
    """A day in the application's time zone, as TPNS writes it."""
    return f"{datetime.now(ZoneInfo('Asia/Shanghai')) - timedelta(days=ago):%Y%m%d}"


async def long_ago(context: ApiContext) -> None:
    """The application is not as new as the test."""
    async with context.database.connection() as connection:
        await connection.execute("UPDATE apps SET created_at = now() - interval '200 days'")


async def states(client: Client, ago: int = 0) -> dict[str, dict[str, int]]:
    reply = await client.post(CHANNELS, {"startDate": day(ago), "endDate": day(ago)})
    [one] = reply.json["pushDateChannelStat"]
    assert one["date"] == day(ago)
    return {row["channel"]: row["pushState"] for row in one["channelDatas"]}


async def test_a_device_counts_once_a_day_whatever_it_gets(client: Client, context: ApiContext) -> None:
    await long_ago(context)
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    async with context.database.connection() as connection:
        first = await a_push(connection, APP, started_at=now)
        await a_slice(connection, first, APP, 0, BitMap([1, 2, 3]), sent_upto=3, offline=BitMap([3]).serialize())
        second = await a_push(connection, APP, started_at=now)
        await a_slice(connection, second, APP, 0, BitMap([2, 3, 4]), sent_upto=2)
        await a_slice(connection, second, APP, 1, BitMap([9]), channel="hw", sent_upto=9)
        older = await a_push(connection, APP, started_at=now - timedelta(days=2))
        await a_slice(connection, older, APP, 0, BitMap([1, 7]), sent_upto=7, offline=BitMap([7]).serialize())
        await a_receipt(connection, first, "arrived", BitMap([1]))
        await a_receipt(connection, second, "clicked", BitMap([2]))
        await a_receipt(connection, older, "arrived", BitMap([7]))
        await a_receipt(connection, second, "arrived", BitMap([9]), slice_no=1)
    for _ in range(2):  # making it anew changes nothing
        await days.roll(context.database)
        today = await states(client)
        own = today["xg"]
        # 1 2 3 4 of today's pushes, and 7, which got an older one today
        assert (own["pushActiveUv"], own["pushOnlineUv"], own["arrivalUv"], own["clickUv"]) == (5, 3, 3, 1)
        assert (today["hw"]["pushActiveUv"], today["hw"]["arrivalUv"]) == (1, 1)
        assert (today["all"]["pushActiveUv"], today["all"]["arrivalUv"]) == (6, 4)
        before = await states(client, 2)
        assert (before["xg"]["pushActiveUv"], before["xg"]["pushOnlineUv"], before["xg"]["arrivalUv"]) == (2, 1, 0)
        assert (await states(client, 1))["all"]["pushActiveUv"] == 0


async def test_a_device_that_moved_counts_where_it_went(client: Client, context: ApiContext) -> None:
    async with context.database.connection() as connection:
        push_id = await a_push(connection, APP, started_at=datetime.now(ZoneInfo("Asia/Shanghai")))
        await a_slice(connection, push_id, APP, 0, BitMap([1, 2, 3]), channel="hw", sent_upto=3)
        await a_slice(connection, push_id, APP, 1, BitMap([3]), cause="refused", sent_upto=3)
        for kind, devices in (("moved", [3]), ("failed", [2])):
            await connection.execute(
                "INSERT INTO slice_exceptions VALUES (%s, 0, %s, 'x', %s)", (push_id, kind, BitMap(devices).serialize())
            )
    await days.roll(context.database)
    found = await states(client)
    assert (found["hw"]["pushActiveUv"], found["hw"]["pushOnlineUv"]) == (2, 1)
    assert (found["xg"]["pushActiveUv"], found["xg"]["pushRetryUv"]) == (1, 1)


async def test_a_day_that_is_long_over_is_not_counted_again(client: Client, context: ApiContext) -> None:
    await long_ago(context)
    await days.roll(context.database)
    async with context.database.connection() as connection:
        for ago in (5, 0):
            now = datetime.now(ZoneInfo("Asia/Shanghai"))
            push_id = await a_push(connection, APP, started_at=now - timedelta(days=ago))
            await a_slice(connection, push_id, APP, 0, BitMap([1]), sent_upto=1)
    await days.roll(context.database)
    assert (await states(client, 5))["all"]["pushActiveUv"] == 0
    assert (await states(client))["all"]["pushActiveUv"] == 1


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "UTC"])
async def test_a_day_is_over_by_the_clock_of_the_application(client: Client, context: ApiContext, zone: str) -> None:
    await long_ago(context)
    async with context.database.connection() as connection:
        await connection.execute("UPDATE apps SET timezone = %s", (zone,))
    await days.roll(context.database)
    today = datetime.now(ZoneInfo(zone)).date()
    over = {today - timedelta(days=ago): begin_of(today - timedelta(days=ago - 2), ZoneInfo(zone)) for ago in (4, 5)}
    early, late = over
    async with context.database.connection() as connection:
        for counted, moment in ((early, over[early] - timedelta(minutes=1)), (late, over[late] + timedelta(minutes=1))):
            await connection.execute("UPDATE channel_days SET computed_at = %s WHERE day = %s", (moment, counted))
    await days.roll(context.database)
    async with context.database.connection() as connection:
        rows = await (await connection.execute("SELECT day, computed_at FROM channel_days")).fetchall()
    computed = {row.day: row.computed_at for row in rows}
    assert computed[early] > over[early]
    assert computed[late] == over[late] + timedelta(minutes=1)


async def test_devices_of_three_months(client: Client, context: ApiContext) -> None:
    await long_ago(context)
    zone = ZoneInfo("Asia/Shanghai")
    async with context.database.connection() as connection:
        for ago in (150, 2, 2, 0):
            await a_device(connection, APP, registered_at=datetime.now(zone) - timedelta(days=ago))
    active = ActiveDays(context.database, lambda: {APP: BitMap([1])})
    active.see(APP, 4)
    active.see(404, 1)  # no such application
    for _ in range(2):
        await device_days.count_registered(context.database)
        await active.record()
        reply = await client.post(DEVICES, {"startDate": day(92), "endDate": day()})
        found = reply.json["getDeviceStatOverviewData"]
        assert len(found) == 93
        assert found[0] == {"date": int(day(92)), "accuUv": 1, "newUv": 0, "activeUv": 0}
        assert found[-3:] == [
            {"date": int(day(2)), "accuUv": 3, "newUv": 2, "activeUv": 0},
            {"date": int(day(1)), "accuUv": 3, "newUv": 0, "activeUv": 0},
            {"date": int(day(0)), "accuUv": 4, "newUv": 1, "activeUv": 2},
        ]


async def test_processes_add_to_the_same_day(context: ApiContext, client: Client) -> None:
    one, other = ActiveDays(context.database), ActiveDays(context.database)
    one.see(APP, 1)
    other.see(APP, 1)
    other.see(APP, 2)
    await one.record()
    await other.record()
    async with context.database.connection() as connection:
        row = await fetch_one(connection, b"SELECT device_count, devices FROM active_days")
    assert (row.device_count, BitMap.deserialize(row.devices)) == (2, BitMap([1, 2]))


async def test_what_the_devices_are(client: Client, context: ApiContext) -> None:
    gone = datetime.now(ZoneInfo("Asia/Shanghai"))
    async with context.database.connection() as connection:
        for version, brand in (("1.3", "HUAWEI"), ("1.3", "Xiaomi"), ("1.4", "HUAWEI")):
            await a_device(connection, APP, sdk_version=version, brand=brand, city="深圳")
        await a_device(connection, APP, sdk_version="1.4", unregistered_at=gone)
    for _ in range(2):
        await device_days.count_properties(context.database)
        reply = await client.post(PROPERTIES, {"date": day(), "type": "sdk_version"})
        assert reply.json["data"] == [{"sdk_version": "1.3", "count": 2}, {"sdk_version": "1.4", "count": 1}]
    reply = await client.post(PROPERTIES, {"date": day(), "type": "city"})
    assert reply.json["data"] == [{"city": "深圳", "count": 3}]
    assert (await client.post(PROPERTIES, {"date": day(1), "type": "city"})).json["data"] == []


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (CHANNELS, {}, 1008002),
        (CHANNELS, {"startDate": 31, "endDate": 0}, 1008016),
        (CHANNELS, {"startDate": 0, "endDate": "2026-01-01"}, 1008016),
        ("/v3/statistics/get_push_stat_overview", {"startDate": 30, "endDate": 0}, 0),
        (DEVICES, {"startDate": 93, "endDate": 0}, 1008016),
        (DEVICES, {"startDate": 0, "endDate": 1}, 1008016),
        (PROPERTIES, {"date": 0}, 1008002),
        (PROPERTIES, {"type": "city"}, 1008002),
        (PROPERTIES, {"date": 0, "type": "colour"}, 1008007),
        (PROPERTIES, {"date": -1, "type": "city"}, 1008016),
        (PROPERTIES, {"date": 32, "type": "city"}, 1008016),
    ],
)
async def test_what_may_be_asked(client: Client, path: str, body: dict[str, str | int], code: int) -> None:
    """Numbers are days ago: the day may change after the tests were collected."""
    asked = {key: day(value) if isinstance(value, int) else value for key, value in body.items()}
    assert await client.code(path, asked) == code
