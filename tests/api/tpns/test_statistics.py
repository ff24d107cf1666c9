"""Records and the funnel, and the endpoints that end a push."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from psycopg.types.json import Jsonb
from pyroaring import BitMap

from rockdove.api.context import ApiContext
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from tests.api.tpns.rest import Client, serve
from tests.rows import a_push, a_slice, an_app

RECORD, FUNNEL = "/v3/statistics/get_push_record", "/v3/statistics/get_push_task_stat_channel"
APP, IOS = 1500000001, 1600000001
ZONE = ZoneInfo("Asia/Shanghai")


async def push(context: ApiContext, access_id: int = APP, **columns: Any) -> int:
    async with context.database.connection() as connection:
        return await a_push(connection, access_id, **columns)


async def test_a_record_by_id(client: Client, context: ApiContext) -> None:
    due = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
    message = {"title": "t", "content": "c", "xg_media_resources": "https://x/y.png", "android": {"ring": 1}}
    rules = [{"tag_items": [{"tags": ["a", "b"], "tags_operator": "AND", "tag_type": "xg_user_define"}]}]
    push_id = await push(
        context,
        due=datetime.now(UTC),
        message=Jsonb(message),
        audience_type="tag",
        audience=Jsonb({"tag_rules": rules}),
        collapse_id=4,
        group_id="g",
        multi_package=True,
    )
    for body in ({"pushId": push_id}, {"pushid": str(push_id)}, {"pushId": push_id, "startDate": "junk"}):
        reply = await client.post(RECORD, body)
        assert reply.code == 0
        [record] = reply.json["pushRecordData"]
    assert record.pop("createTime") > due.timestamp()
    assert abs(
        datetime.strptime(record.pop("date"), "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE) - datetime.now(UTC)
    ) < timedelta(minutes=5)
    assert record == {
        "pushId": str(push_id),
        "title": "t",
        "content": "c",
        "status": "PUSH_INIT",
        "pushType": "tag",
        "messageType": "notify",
        "environment": "product",
        "expireTime": 86400,
        "xgMediaResources": "https://x/y.png",
        "xgMediaAudioResources": "",
        "multiPkg": True,
        "targetList": None,
        "collapseID": 4,
        "tagSet": {"op": "AND", "tagWithType": [{"tagTypeName": "xg_user_define", "tagValue": tag} for tag in "ab"]},
        "uploadId": 0,
        "groupId": "g",
        "source": "api",
        "pushConfig": {"android": {"ring": 1}, "ios": None, "iot": None},
    }


async def test_records_nobody_may_see(client: Client, context: ApiContext) -> None:
    async with context.database.connection() as connection:
        await an_app(connection, 1500000002)
    foreign = await push(context, 1500000002)
    ancient = datetime.now(UTC) - timedelta(days=40)
    old = await push(context, created_at=ancient, due=ancient)
    for path in (RECORD, FUNNEL):
        for push_id in (foreign, old, 1, "70001x", -5, 2**64, "１"):
            assert await client.code(path, {"pushId": push_id}) == 1008015, push_id
        assert await client.code(path, {}) == 1008002


async def test_records_between_two_days(client: Client, context: ApiContext) -> None:
    today = datetime.now(ZONE).date()
    noon = datetime(today.year, today.month, today.day, 12, tzinfo=ZONE)
    made = [
        await push(context, due=noon - timedelta(days=days), audience_type=kind, message_type=message)
        for days, kind, message in (
            (0, "all", "notify"), (1, "token", "notify"), (2, "token_list", "message"), (3, "account", "notify"),
            (40, "all", "notify"),
        )
    ]  # fmt: skip
    span = {"startDate": f"{today - timedelta(days=20)}", "endDate": f"{today}"}

    async def found(**selection: Any) -> tuple[int, list[int]]:
        reply = await client.post(RECORD, {**span, **selection})
        assert reply.code == 0
        return reply.json["count"], [made.index(int(record["pushId"])) for record in reply.json["pushRecordData"]]

    assert await found() == (4, [0, 1, 2, 3])
    assert await found(limit=2, offset=1) == (4, [1, 2])
    assert await found(pushType="token") == (2, [1, 2])
    assert await found(pushType="account", msgType="notify") == (1, [3])
    assert await found(msgType="message") == (1, [2])
    yesterday = f"{today - timedelta(days=1)}"
    assert await found(startDate=yesterday, endDate=yesterday) == (1, [1])
    for wrong, code in (
        ({"startDate": "20261101"}, 1008016),
        ({"endDate": "2026-13-01"}, 1008016),
        ({"endDate": ""}, 1008002),
        ({"startDate": f"{today - timedelta(days=40)}"}, 1008016),
        ({"startDate": f"{today}", "endDate": yesterday}, 1008016),
        ({"limit": 201}, 1008007),
        ({"offset": -1}, 1008007),
        ({"msgType": "mail"}, 1008007),
        ({"pushType": "everyone"}, 1008007),
    ):
        assert await client.code(RECORD, {**span, **wrong}) == code, wrong


async def progress(context: ApiContext, push_id: int, access_id: int) -> None:
    """Ten targets on the own channel and ten on hw: eight sent, five arrived on the one; ten sent, four on the
    other."""
    async with context.database.connection() as connection:
        for slice_no, channel, arrived in ((0, "xg", range(5)), (1, "hw", range(20, 24))):
            first = 20 * slice_no
            await a_slice(connection, push_id, access_id, slice_no, BitMap(range(first, first + 10)))
            offline = BitMap([8, 9] if channel == "xg" else [])
            await connection.execute(
                "UPDATE push_slices SET channel = %s, sent_upto = last_device, offline = %s"
                " WHERE push_id = %s AND slice_no = %s",
                (channel, offline.serialize(), push_id, slice_no),
            )
            for event, devices in (("arrived", arrived), ("clicked", arrived[:2]), ("cleared", arrived[2:3])):
                await connection.execute(
                    "INSERT INTO receipt_deltas (push_id, slice_no, event, minute, devices)"
                    " VALUES (%s, %s, %s, now(), %s)",
                    (push_id, slice_no, event, BitMap(devices).serialize()),
                )


async def test_funnel_by_channel(client: Client, context: ApiContext) -> None:
    push_id = await push(context)
    zero = (await client.post(FUNNEL, {"pushId": push_id})).json["pushStatDataAll"]
    assert [row["channel"] for row in zero] == ["xg", "all"]
    assert not any(value for row in zero for value in row["pushState"].values())
    await progress(context, push_id, APP)
    rows = {
        row["channel"]: row["pushState"]
        for row in (await client.post(FUNNEL, {"pushId": push_id})).json["pushStatDataAll"]
    }
    assert list(rows) == ["hw", "xg", "all"]
    names = ("pushActiveUv", "pushOnlineUv", "arrivalUv", "verifySvcUv", "callbackVerifySvcUv", "clickUv", "cleanupUv",
             "verifyUv", "pushRetryUv")  # fmt: skip
    assert all(list(row) != [] and set(row) == set(names) for row in rows.values())
    assert [rows["xg"][name] for name in names] == [10, 8, 5, 5, 0, 2, 1, 0, 0]
    assert [rows["hw"][name] for name in names] == [10, 10, 4, 10, 4, 2, 1, 0, 0]
    assert [rows["all"][name] for name in names] == [20, 18, 9, 5, 9, 2, 1, 0, 0]


async def test_funnel_of_ios(client: Client, context: ApiContext) -> None:
    async with context.database.connection() as connection:
        await an_app(connection, IOS, "ios")
    push_id = await push(context, IOS)
    await progress(context, push_id, IOS)
    reply = await Client(client.port, IOS).post(FUNNEL, {"pushId": push_id})
    rows = {row["channel"]: row["pushState"] for row in reply.json["pushStatDataAll"]}
    assert rows["apns"] == {"pushActiveUv": 0, "pushOnlineUv": 0, "arrivalUv": 0, "verifySvcUv": 0, "clickUv": 0}
    assert rows["all"] == {"pushActiveUv": 20, "pushOnlineUv": 18, "arrivalUv": 9, "verifySvcUv": 9, "clickUv": 4}


async def test_calls_an_hour(client: Client, context: ApiContext) -> None:
    push_id = await push(context)
    limits = msgspec.structs.replace(context.settings.limits, statistics_per_hour=3)
    settings = msgspec.structs.replace(context.settings, limits=limits)
    async with context.database.connection() as connection:
        await connection.execute(
            "INSERT INTO rate_limits (access_id, name, window_at, used) VALUES (%s, %s, now() - interval '2 hours', 3)",
            (APP, "statistics get_push_record"),
        )
    async with serve(ApiContext(settings, context.database, context.applications, context.packages)) as port:
        limited = Client(port)
        for path in (RECORD, FUNNEL):
            codes, hour = [], -1
            while hour != (hour := datetime.now(UTC).hour):  # once more when the hour has ended meanwhile
                codes = [await limited.code(path, {"pushId": push_id}) for _ in range(5)]
            assert codes[-2:] == [1008028, 1008028]
            assert codes in ([0, 0, 0, 1008028, 1008028], [1008028] * 5)


async def test_ending_pushes(client: Client, context: ApiContext) -> None:
    stop, revoke, cancel = (f"/v3/push/{name}" for name in ("stop_push_msg", "revoke_push_msg", "cancel_timing_task"))
    pushes = [await push(context) for _ in range(3)]
    async with context.database.connection() as connection:
        await an_app(connection, 1500000002)
        for push_id in pushes[:2]:
            await move(connection, push_id, State.STARTED)
    reply = await client.post(stop, {"pushid": str(pushes[0])})
    no_error = {"retCode": 0, "errMsg": "NO_ERROR", "ret_code": 0, "err_msg": "NO_ERROR"}
    assert reply.json == no_error | {"sent": 0, "notSent": 0}
    assert await client.code(revoke, {"pushId": pushes[1]}) == 0
    assert await client.code(cancel, {"pushId": pushes[2]}) == 0
    reply = await client.post(stop, {"pushId": pushes[0]})
    assert (reply.code, reply.json["errMsg"]) == (
        1008007,
        f"invalid parameter: push {pushes[0]} is PUSH_DELETED_PUSH_MSG",
    )
    assert await client.code(cancel, {"pushId": pushes[1]}) == 1008007
    assert await client.code(revoke, {"pushId": pushes[2]}) == 1008007
    for path in (stop, revoke, cancel):
        assert await client.code(path, {}) == 1008002
        assert await client.code(path, {"pushId": 1}) == 1008015
        assert await client.code(path, {"pushId": "x"}) == 1008015
        assert await Client(client.port, 1500000002).code(path, {"pushId": pushes[0]}) == 1008015
