"""What every endpoint answers, member by member, with the JSON type of each (clients.md 2, and every file of the spec).

A shape is a dict of members (no other is allowed), a list of one shape, a check, or the very value. Both spellings of
the code and its text are in every answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb
from pyroaring import BitMap

from rockdove.stats import days, device_days
from tests.api.tpns.contract.conftest import NewApp
from tests.api.tpns.contract.test_push_fields import AUDIENCES, BULK
from tests.api.tpns.contract.world import (
    ACCOUNT,
    FORM,
    MISSING,
    NO_TARGET,
    NOT_VALID,
    PARTLY,
    PUSH,
    STRANGER,
    TAG,
    TOTALLY,
    UPLOAD,
    ZONE,
    App,
    day,
    form,
    loop,
    moment,
    table,
    values,
)
from tests.api.tpns.rest import Reply
from tests.rows import a_push, a_receipt, a_slice

BIND, QUERY, TAGS = "/v3/device/account/batchoperate", "/v3/device/account/query", "/v3/device/tag"
DELETE_TAGS, ATTRIBUTES = "/v3/device/tag/delete_all_device", "/v3/device/set_custom_attribute"
PLAN, RECORD = "/v3/push/plan/add_plan_push", "/v3/statistics/get_push_record"
TASK, GROUP = "/v3/statistics/get_push_task_stat_channel", "/v3/statistics/get_push_group_stat_channel"
OVERVIEW, DEVICES = "/v3/statistics/get_push_channel_stat_overview", "/v3/statistics/get_device_stat_overview"
DISTRIBUTION, LIST = "/v3/statistics/get_device_distribute_info", "/v3/toolbox/getPushListByToken"
STOP, REVOKE, CANCEL = (f"/v3/push/{name}" for name in ("stop_push_msg", "revoke_push_msg", "cancel_timing_task"))


# ── shapes ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def text(value: Any) -> bool:
    return isinstance(value, str)


def digits(value: Any) -> bool:
    """A decimal string: ids have more digits than a JSON number keeps."""
    return isinstance(value, str) and value.isdecimal() and int(value) > 0


def code_in_text(value: Any) -> bool:
    """A code as `result` holds it."""
    return isinstance(value, str) and value.isdecimal()


def seconds(value: Any) -> bool:
    """Unix time of about now."""
    return whole(value) and abs(value - datetime.now(ZONE).timestamp()) < 86_400


def wall_clock(value: Any) -> bool:
    return bool(datetime.strptime(value, "%Y-%m-%d %H:%M:%S"))  # noqa: DTZ007  of the application


def one_of(*allowed: Any) -> Callable[[Any], bool]:
    return lambda value: value in allowed


def fault(value: Any, shape: Any, path: str = "answer") -> str:
    """Where the value is not of the shape, empty where it is."""
    if callable(shape):
        return "" if shape(value) else f"{path} is {value!r}"
    if isinstance(shape, dict):
        if not isinstance(value, dict) or value.keys() != shape.keys():
            return f"{path} has {sorted(value) if isinstance(value, dict) else value!r}, not {sorted(shape)}"
        return next(filter(None, (fault(value[key], shape[key], f"{path}.{key}") for key in shape)), "")
    if isinstance(shape, list):
        if not isinstance(value, list) or not value:
            return f"{path} is {value!r}"
        return next(filter(None, (fault(one, shape[0], f"{path}[]") for one in value)), "")
    return "" if value == shape and type(value) is type(shape) else f"{path} is {value!r}, not {shape!r}"


def both(code: int = 0, said: Any = "NO_ERROR") -> dict[str, Any]:
    return {"retCode": code, "errMsg": said, "ret_code": code, "err_msg": said}


def snake(code: int = 0, said: Any = "NO_ERROR", **members: Any) -> dict[str, Any]:
    return {"seq": 0, **both(code, said), **members}


def check(reply: Reply, shape: Any) -> None:
    assert reply.status == 200
    assert fault(reply.json, shape) == ""


# ── push/app ───────────────────────────────────────────────────────────────────────────────────────────────────────


def pushed(**members: Any) -> dict[str, Any]:
    plain = {"push_id": digits, "environment": "product", "result": "{}", "err_msg_zh": ""}
    return snake(**{**plain, **members})


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("platform", ["android", "ios"])
async def test_push(android: App, ios: App, platform: str, audience: str) -> None:
    app = {"android": android, "ios": ios}[platform]
    check(await app.post(PUSH, app.push(audience)), pushed(result="{}" if audience in BULK else "[0]"))


@table("audience, members, shape",
       ("seq is echoed", "tag", {"seq": 12345678901}, {"seq": 12345678901}),
       ("environment is echoed", "tag", {"environment": "dev"}, {"environment": "dev"}),
       ("scheduled", "tag", {"send_time": moment(days=1)}, {}),
       ("loop", "tag", {"loop_param": loop}, {"push_id": [digits]}),
       ("loop of one", "tag", {"loop_param": lambda: loop(endDate=day(1))}, {"push_id": [digits]}),
       ("loop to one token", "token", {"loop_param": loop}, {"push_id": [digits], "result": "[0]"}),
       ("several accounts", "account_list", {"account_list": ["nobody", ACCOUNT]}, {"result": f"[{NO_TARGET},0]"}),
       ("ignoring nobody", "token", {"ignore_invalid_token": 1},
        {"result": "[0]", "invalid_targe_list": one_of([])}))  # fmt: skip
async def test_push_variants(android: App, audience: str, members: dict[str, Any], shape: dict[str, Any]) -> None:
    made = {key: value() if callable(value) else value for key, value in members.items()}
    check(await android.post(PUSH, android.push(audience, **made)), pushed(**shape))


async def test_push_with_dropped_tokens(android: App) -> None:
    body = android.push("token_list", token_list=[STRANGER, android.token, "junk"], ignore_invalid_token=1)
    dropped = one_of([STRANGER, "junk"])
    check(await android.post(PUSH, body), pushed(result=f"[{NOT_VALID},0,{NOT_VALID}]", invalid_targe_list=dropped))


async def test_push_refused(android: App) -> None:
    """Without the members of a push; `seq` all the same."""
    shape = snake(MISSING, "missing parameter: message", err_msg_zh="缺少参数：message", seq=7)
    check(await android.post(PUSH, {"audience_type": "all", "seq": 7}), shape)


# ── upload, plans, ending ──────────────────────────────────────────────────────────────────────────────────────────


def upload_id(value: Any) -> bool:
    """The Go and Java clients read 31 bits."""
    return whole(value) and 0 < value < 2**31


async def test_upload(android: App) -> None:
    counts = dict.fromkeys(("lineCount", "accountCount", "duplicateCount", "invalidCount"), whole)
    reply = await android.post(UPLOAD, form(b"user-1\nuser-2\n"), android.basic | FORM)
    check(reply, {**both(), "uploadId": upload_id, **counts})
    reply = await android.post(UPLOAD, form(b""), android.basic | FORM)
    check(reply, {**both(1008012, "upload empty file: the file holds no line"), "uploadId": 0})


async def test_plan(android: App) -> None:
    made = {
        "planId": digits, "planName": "Spring", "planDescribe": "All of it", "planPushSource": "api",
        "createdAt": seconds, "updateAt": seconds,
    }  # fmt: skip
    reply = await android.call(PLAN, planName="Spring", planDescribe="All of it")
    check(reply, {**both(said="save success"), "ErrMsg": "save success", "result": made})


async def a_task(app: App, state: str = "PUSH_INIT", **columns: Any) -> int:
    async with app.database.transaction() as connection:
        return await a_push(connection, app.access_id, state=state, **columns)


@table("path, state, more",
       ("stop while sending", STOP, "PUSH_STARTED", {"sent": whole, "notSent": whole}),
       ("stop when sent", STOP, "PUSH_FINISHED", {"sent": whole, "notSent": whole}),
       ("revoke while sending", REVOKE, "PUSH_STARTED", {"sent": whole, "notSent": whole}),
       ("revoke when sent", REVOKE, "PUSH_FINISHED", {"sent": whole, "notSent": whole}),
       ("cancel what waits", CANCEL, "PUSH_WAIT", {}),
       ("cancel what has not begun", CANCEL, "PUSH_INIT", {}))  # fmt: skip
async def test_ending(android: App, path: str, state: str, more: dict[str, Any]) -> None:
    """TPNS documents no answer; `sent` and `notSent` are ours."""
    check(await android.call(path, pushId=str(await a_task(android, state))), {**both(), **more})


# ── accounts, tags, attributes ─────────────────────────────────────────────────────────────────────────────────────


def pair(account: str = ACCOUNT, **members: Any) -> dict[str, Any]:
    return {"account": account, **members}


@table("operator, members",
       ("append", 1, {"token_accounts": True}), ("set", 2, {"token_accounts": True}),
           ("remove", 3, {"token_accounts": True}),
       ("clear", 4, {"token_list": True}), ("remove everywhere", 5, {"account_list": [pair("somebody")]}))  # fmt: skip
async def test_bind(new_app: NewApp, operator: int, members: dict[str, Any]) -> None:
    app = await new_app()
    given = {
        "token_accounts": [{"token": app.token, "account_list": [pair()]}],
        "token_list": [app.token],
        **{key: value for key, value in members.items() if value is not True},
    }
    reply = await app.call(BIND, operator_type=operator, **{key: given[key] for key in members})
    check(reply, snake(result=["0"]))


async def test_bind_partly_and_totally(android: App) -> None:
    good, bad = ({"token": token, "account_list": [pair()]} for token in (android.token, STRANGER))
    reply = await android.call(BIND, operator_type=2, token_accounts=[good, bad])
    check(reply, snake(PARTLY, "batch op, partly error", result=one_of(["0", "1008006"])))
    reply = await android.call(BIND, operator_type=2, token_accounts=[bad])
    check(reply, snake(TOTALLY, "batch op, total error", result=one_of(["1008006"])))


async def test_query(android: App) -> None:
    found = [{"account": ACCOUNT, "account_type": 0, "token_list": [android.token]}]
    reply = await android.call(QUERY, operator_type=1, account_list=[pair()])
    check(reply, {**both(), "result": ["0"], "account_tokens": found})
    reply = await android.call(QUERY, operator_type=2, token_list=[android.token])
    bound = [{"account": ACCOUNT, "account_type": one_of(0, 991)}]
    check(reply, {**both(), "result": ["0"], "token_accounts": [{"token": android.token, "account_list": bound}]})


async def test_query_of_what_is_not_there(android: App) -> None:
    entry = {"account": "nobody", "account_type": 7, "token_list": one_of([])}
    reply = await android.call(QUERY, operator_type=1, account_list=[pair("nobody", account_type="7")])
    check(reply, {**both(TOTALLY, text), "result": ["10110008"], "account_tokens": [entry]})
    reply = await android.call(QUERY, operator_type=2, token_list=[STRANGER, "junk", android.token])
    entries = [{"token": text, "account_list": lambda value: isinstance(value, list)}]
    shape = {**both(PARTLY, text), "result": one_of(["10110008", "1008006", "0"]), "token_accounts": entries}
    check(reply, shape)


@pytest.mark.parametrize("operator", range(1, 11))
async def test_tag(new_app: NewApp, operator: int) -> None:
    """`result` is a string for every operator, JSON text of codes where there are several items."""
    app = await new_app()
    lists = {"token_list": [app.token], "tag_list": [TAG]}
    pairs = {"tag_token_list": [{"tag": TAG, "token": app.token}]}
    reply = await app.call(TAGS, operator_type=operator, **(lists if operator < 9 else pairs))
    check(reply, snake(result='["0"]' if operator > 6 else "{}"))


async def test_tag_partly(android: App) -> None:
    reply = await android.call(TAGS, operator_type=7, token_list=[android.token, STRANGER], tag_list=[TAG])
    check(reply, snake(PARTLY, text, result='["0","1008006"]'))


async def test_delete_tags(android: App) -> None:
    check(await android.call(DELETE_TAGS, tag_list=["nothing"]), snake(result="{}"))


@table("cmd, names, more",
       ("add", 1, ["name"], {}), ("update", 2, ["city"], {}), ("delete", 3, ["city"], {}), ("delete all", 4, [], {}),
       ("query", 5, [], {"attributeInfo": {"attributeMap": one_of({}, {"name": "x"}, {"city": "x"},
                                                                  {"name": "x", "city": "x"})}}),
       ("add unknown ones", 1, ["name", "nobody"], {"invalidAttribute": ["nobody"]}))  # fmt: skip
async def test_attributes(android: App, cmd: int, names: list[str], more: dict[str, Any]) -> None:
    info = {"attributeInfo": {"attributeMap": dict.fromkeys(names, "x")}} if names else {}
    check(await android.call(ATTRIBUTES, cmd=cmd, token=android.token, **info), {**both(said="success"), **more})


# ── statistics and records ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
async def busy(new_app: NewApp) -> App:
    """An application with a push of every audience, one of them sent and partly confirmed, all counted."""
    return await a_busy_app(await new_app())


@pytest.fixture(scope="module")
async def busy_ios(new_app: NewApp) -> App:
    return await a_busy_app(await new_app("ios"))


async def a_busy_app(app: App) -> App:
    for audience in AUDIENCES:
        rich = app.message(xg_media_resources="https://x/y.png", android={"ring": 1})
        await app.taken(app.push(audience, message=rich, plan_id="0", group_id="g"))
    started = datetime.now(ZONE) - timedelta(seconds=1)
    async with app.database.transaction() as connection:
        await connection.execute("UPDATE apps SET created_at = now() - interval '9 days'")
        push_id = await a_push(
            connection, app.access_id, state="PUSH_FINISHED", started_at=started, counts=Jsonb({"planned": 1})
        )
        channel = "apns" if app.is_ios else "xg"
        await a_slice(
            connection, push_id, app.access_id, 0, BitMap([app.device_id]), channel=channel, sent_upto=app.device_id
        )
        await a_receipt(connection, push_id, "arrived", BitMap([app.device_id]))
        await connection.execute(
            "INSERT INTO small_push_targets VALUES (%s, %s, %s)", (app.access_id, app.device_id, push_id)
        )
        await connection.execute(
            "UPDATE devices SET sdk_version = '1.3', brand = 'HUAWEI' WHERE access_id = %s", (app.access_id,)
        )
    await days.roll(app.database)
    await device_days.count_registered(app.database)
    await device_days.count_properties(app.database)
    return app


def is_tag_set(value: Any) -> bool:
    tags = [{"tagTypeName": "xg_user_define", "tagValue": TAG}]
    return value is None or fault(value, {"op": "OR", "tagWithType": tags}) == ""


def is_target_list(value: Any) -> bool:
    return value is None or fault(value, [text]) == ""


RECORDED = {
    "date": wall_clock, "pushId": digits, "createTime": seconds, "title": text, "content": text,
    "status": one_of("PUSH_INIT", "PUSH_FINISHED"),
    "pushType": one_of("all", "tag", "token_list", "account_list", "package_account_push", "package_token_push"),
    "messageType": "notify", "environment": "product", "expireTime": 86_400, "xgMediaResources": text,
    "xgMediaAudioResources": "", "multiPkg": False, "targetList": is_target_list, "collapseID": whole,
    "tagSet": is_tag_set, "uploadId": whole, "groupId": text, "source": "api",
    "pushConfig": {"android": one_of(None, {"ring": 1}), "ios": one_of(None, {"aps": {"sound": "default"}}),
                   "iot": None},
}  # fmt: skip


async def test_records(busy: App) -> None:
    reply = await busy.call(RECORD, startDate=day(-1), endDate=day(1), limit=200)
    check(reply, {**both(), "count": len(AUDIENCES) + 2, "pushRecordData": [RECORDED]})
    records = {record["pushType"]: record for record in reply.json["pushRecordData"] if record["groupId"] == "g"}
    assert records["tag"]["tagSet"] is not None
    assert records["token_list"]["targetList"] == [busy.token]
    assert records["account_list"]["targetList"] == [ACCOUNT]
    for kind, record in records.items():
        assert bool(record["collapseID"]) == (kind in BULK), "all, tag and packages only"
        assert record["uploadId"] == (busy.upload_id if kind.startswith("package") else 0)
    dates = [record["date"] for record in reply.json["pushRecordData"]]
    assert dates == sorted(dates, reverse=True), "newest first"


async def test_one_record(busy: App) -> None:
    row = await busy.taken(busy.push("tag"))
    reply = await busy.call(RECORD, pushId=str(row.push_id))
    check(reply, {**both(), "count": 1, "pushRecordData": [{**RECORDED, "pushId": str(row.push_id)}]})


ANDROID_STATE = dict.fromkeys(
    ("pushActiveUv", "pushOnlineUv", "arrivalUv", "verifySvcUv", "callbackVerifySvcUv", "pushRetryUv", "verifyUv",
     "clickUv",
     "cleanupUv"), whole)  # fmt: skip
IOS_STATE = dict.fromkeys(("pushActiveUv", "pushOnlineUv", "arrivalUv", "verifySvcUv", "clickUv"), whole)
ROWS = [{"channel": one_of("xg", "all"), "pushState": ANDROID_STATE}]
IOS_ROWS = [{"channel": one_of("apns", "all"), "pushState": IOS_STATE}]


@pytest.mark.parametrize("platform", ["android", "ios"])
async def test_funnels(busy: App, busy_ios: App, platform: str) -> None:
    app, rows = {"android": (busy, ROWS), "ios": (busy_ios, IOS_ROWS)}[platform]
    row = await app.taken(app.push("tag"))
    span = {"startDate": day(-1, "%Y%m%d"), "endDate": day(0, "%Y%m%d")}
    check(await app.call(TASK, pushId=str(row.push_id)), {**both(), "pushStatDataAll": rows})
    for members in ({"planId": "0"}, {"groupId": "g"}, {"groupid": "g"}, {"planId": "0", "groupId": "g"}):
        for path in (GROUP, "/v3/statistics/get_push_group_stat"):
            check(await app.call(path, **members, **span), {**both(), "pushStatDataAll": rows})
    for path in (OVERVIEW, "/v3/statistics/get_push_stat_overview"):
        reply = await app.call(path, **span)
        check(reply, {**both(), "pushDateChannelStat": [{"date": text, "channelDatas": rows}]})
        assert [one["date"] for one in reply.json["pushDateChannelStat"]] == list(span.values())
        assert reply.json["pushDateChannelStat"][-1]["channelDatas"][-1]["pushState"]["arrivalUv"] == 1


async def test_devices_by_the_day(busy: App) -> None:
    reply = await busy.call(DEVICES, startDate=day(-1, "%Y%m%d"), endDate=day(0, "%Y%m%d"))
    listed = [{"date": whole, "accuUv": whole, "newUv": whole, "activeUv": whole}]
    check(reply, {**both(), "getDeviceStatOverviewData": listed})
    assert reply.json["getDeviceStatOverviewData"][-1] == {
        "date": int(day(0, "%Y%m%d")),
        "accuUv": 1,
        "newUv": 1,
        "activeUv": 0,
    }


PROPERTIES = ("city", "province", "app_version", "sdk_version", "system_version", "device_brand", "device_version")


@pytest.mark.parametrize("kind", PROPERTIES)
async def test_what_the_devices_are(busy: App, kind: str) -> None:
    """The key is the type asked for; a device that has not said it counts under the empty text."""
    said = {"sdk_version": "1.3", "device_brand": "HUAWEI"}.get(kind, "")
    check(
        await busy.call(DISTRIBUTION, date=day(0, "%Y%m%d"), type=kind), {**both(), "data": [{kind: said, "count": 1}]}
    )


async def test_pushes_of_a_token(busy: App) -> None:
    """The one place where a push id is a number."""
    listed = [{"pushId": whole, "pushTime": seconds, "pushTargetType": "ALL_PUSH"}]
    check(await busy.call(LIST, token=busy.token), {**both(), "pushTaskList": listed})
    assert (await busy.call(LIST, token=busy.token)).json["pushTaskList"][0]["pushId"] < 2**53


# ── every endpoint says no in both spellings ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "path", [PUSH, BIND, QUERY, TAGS, DELETE_TAGS, ATTRIBUTES, PLAN, STOP, REVOKE, CANCEL, RECORD, TASK, GROUP,
             OVERVIEW, DEVICES,
             DISTRIBUTION, LIST]
)  # fmt: skip
async def test_nothing_given(android: App, path: str) -> None:
    shape = both(MISSING, lambda value: value.startswith("missing parameter: "))
    if path in (PUSH, BIND, TAGS, DELETE_TAGS):
        shape |= {"seq": 3}
    if path == PUSH:
        shape |= {"err_msg_zh": text}
    check(await android.call(path, seq=3), shape)


def test_shapes_find_faults() -> None:
    """What all of the above depends on."""
    shape = {"a": whole, "b": [digits], "c": 0}
    assert fault({"a": 1, "b": ["1"], "c": 0}, shape) == ""
    for wrong in values({"a": True, "b": ["1"], "c": 0}, {"a": 1, "b": [], "c": 0}, {"a": 1, "b": [1], "c": 0},
                  {"a": 1, "b": ["1"], "c": False},
                  {"a": 1, "b": ["1"]}, {"a": 1, "b": ["1"], "c": 0, "d": 0}, []):  # fmt: skip
        assert fault(wrong, shape), wrong
