"""`POST /v3/push/app`: what is taken, what is refused, with which code, and what is left in the table."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from rockdove.api.context import ApiContext
from rockdove.domain.token import new_token
from tests.api.tpns.rest import Client, serve
from tests.rows import a_binding, a_device, an_app

PUSH = "/v3/push/app"
ZONE = ZoneInfo("Asia/Shanghai")
MESSAGE = {"title": "Hello", "content": "World"}
ALL = {"audience_type": "all", "message_type": "notify", "message": MESSAGE}
IOS = 1600000001


async def rows(context: ApiContext) -> list[Any]:
    """The pushes there are, in order; '-infinity' has no Python value, so next_send_at stays out."""
    columns = (
        "push_id, state, audience_type, audience, package_id, account_type, every_device, message_type, message, "
        "environment, expire_seconds, push_speed, multi_package, disabled_channels, collapse_id, plan_id, group_id, "
        "trace_id, source, options, due, created_at"
    )
    async with context.database.connection() as connection:
        return await (await connection.execute(f"SELECT {columns} FROM pushes ORDER BY push_id".encode())).fetchall()


async def a_package(context: ApiContext, access_id: int = 1500000001, state: str = "ready", days: int = 90) -> int:
    async with context.database.connection() as connection:
        cursor = await connection.execute(
            "INSERT INTO packages"
            " (access_id, state, file_name, file_bytes, file_sha256, verdict, object_prefix, expires_at) VALUES"
            " (%s, %s, 'a.txt', 1, '', '{}', '', now() + make_interval(days => %s)) RETURNING package_id",
            (access_id, state, days),
        )
        row: Any = await cursor.fetchone()
        return int(row.package_id)


async def devices(context: ApiContext, *accounts: str, access_id: int = 1500000001, **columns: Any) -> list[str]:
    """One device for each account (an empty one: unbound); gives the tokens."""
    tokens = []
    async with context.database.connection() as connection:
        for account in accounts:
            token = new_token()
            device_id = await a_device(connection, access_id, token=token, **columns)
            if account:
                await a_binding(connection, access_id, device_id, account)
            tokens.append(token)
    return tokens


# ── what is taken ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_sample_as_users_have_it(client: Client, context: ApiContext) -> None:
    """Pasted from the guide: TABs between the members, one inside a string, and a trailing newline."""
    upload_id = await a_package(context)
    body = (
        '{\n\t"audience_type":\t"package_account_push",\n\t"upload_id":\tUPLOAD_ID,\n\t"account_push_type":\t0,\n'
        '\t"message_type":\t"notify",\n\t"message":\t{\n\t\t"title":\t"Congrats on winning in the campaign",\n'
        '\t\t"content":\t"Get online to\tclaim your prize!"\n\t},\n\t"platform":\t"android"\n}\n'
    ).replace("UPLOAD_ID", str(upload_id))
    reply = await client.post(PUSH, body.encode())
    assert reply.code == 0
    [row] = await rows(context)
    assert reply.json == {
        "seq": 0, "push_id": str(row.push_id), "environment": "product", "result": "{}", "ret_code": 0,
        "err_msg": "NO_ERROR", "err_msg_zh": "", "retCode": 0, "errMsg": "NO_ERROR",
    }  # fmt: skip
    assert (row.state, row.audience_type, row.package_id) == ("PUSH_INIT", "package_account_push", upload_id)
    assert row.message == {
        "title": "Congrats on winning in the campaign",
        "content": "Get online to\tclaim your prize!",
    }
    assert (row.every_device, row.account_type, row.expire_seconds) == (False, 0, 86_400)
    assert row.collapse_id == row.push_id
    assert row.group_id == f"tpns_{datetime.now(ZONE):%Y%m%d}"


async def test_all_options(client: Client, context: ApiContext) -> None:
    upload_id = await a_package(context)
    body = {
        "audience_type": "package_account_push", "upload_id": str(upload_id), "account_push_type": "1",
        "account_type": "991", "message_type": "message", "message": MESSAGE, "expire_time": 500, "push_speed": 1000,
        "multi_pkg": True, "channel_rules": [{"channel": "mz", "disable": True}, {"channel": "xm", "disable": False}],
        "group_id": "g", "trace_id": "t", "environment": "dev", "force_collapse": True, "supply_inapp_msg": False,
        "sms_info": {"sms_app_id": 1}, "something_new": [1], "seq": 9,
    }  # fmt: skip
    assert await client.code(PUSH, body) == 0
    [row] = await rows(context)
    assert (row.package_id, row.every_device, row.account_type, row.message_type) == (upload_id, True, 991, "message")
    assert (row.expire_seconds, row.push_speed, row.multi_package) == (800, 1000, True)
    assert (row.disabled_channels, row.environment, row.source) == (["mz"], "dev", "api")
    assert (row.group_id, row.trace_id) == ("g", "t")
    assert row.options == {"force_collapse": True, "sms_info": {"sms_app_id": 1}, "something_new": [1]}


async def test_members_as_the_php_go_and_java_clients_send_them(client: Client, context: ApiContext) -> None:
    upload_id = await a_package(context)
    body = {
        "audience_type": "package_account_push", "upload_id": upload_id, "platform": "", "accept_time": None,
        "tag_rules": None, "token_list": None, "account_list": None, "channel_rules": None, "send_time": "",
        "plan_id": "", "collapse_id": 0, "push_speed": 0, "account_type": 0, "expire_time": 259200,
        "environment": "", "trace_id": "", "ignore_invalid_token": 0, "loop_times": 0,
        "loop_param": {"loopType": 0, "startDate": "", "DayTimes": None},
        "message": {"Title": "t", "content": "c", "accept_time": None, "xg_media_resources": "",
                    "android": {"n_id": 0, "ring": 0, "icon_color": 0, "show_type": 0, "custom_content": {"k": 1}}},
    }  # fmt: skip
    assert await client.code(PUSH, body) == 0
    [row] = await rows(context)
    assert (row.message_type, row.push_speed, row.expire_seconds) == ("notify", 0, 259_200)
    assert row.message == {
        "title": "t",
        "content": "c",
        "android": {"n_id": 0, "ring": 0, "icon_color": 0, "custom_content": '{"k":1}'},
    }


async def test_expire_time(client: Client, context: ApiContext) -> None:
    wanted = {None: 86_400, 0: 0, 1: 800, 799: 800, 800: 800, "900": 900, 259_200: 259_200}
    for number, given in enumerate(wanted):
        message = {**MESSAGE, "content": f"{number}"}
        assert await client.code(PUSH, {**ALL, "expire_time": given, "message": message}) == 0
    assert [row.expire_seconds for row in await rows(context)] == list(wanted.values())


async def test_tag_rules_and_the_older_tag_list(client: Client, context: ApiContext) -> None:
    items = [{"Tags": ["a", 7], "tags_operator": "and", "tag_type": "xg_user_define", "is_not": 0}]
    rules = [{"tag_items": items, "operator": "", "is_not": "false"}]
    assert (
        await client.code(PUSH, {**ALL, "audience_type": "tag", "tag_rules": rules, "tag_list": {"tags": ["z"]}}) == 0
    )
    assert await client.code(PUSH, {**ALL, "audience_type": "tag", "tag_list": {"tags": ["b", "c"], "op": "AND"}}) == 0
    first, second = [row.audience["tag_rules"] for row in await rows(context)]
    assert first[0]["tag_items"][0]["tags"] == ["a", "7"]
    assert first[0]["tag_items"][0]["tags_operator"] == "AND"
    assert second == [{"tag_items": [{"tags": ["b", "c"], "tags_operator": "AND", "tag_type": "xg_user_define"}]}]


async def test_tokens(client: Client, context: ApiContext) -> None:
    good, other = await devices(context, "", "")
    unknown, malformed = new_token(), "x" * 35
    single = {**ALL, "audience_type": "token", "token_list": [good, unknown]}
    reply = await client.post(PUSH, single)
    assert (reply.code, reply.json["result"]) == (0, "[0]")
    assert "invalid_targe_list" not in reply.json
    several = {**ALL, "audience_type": "token_list", "token_list": [good, unknown, other, malformed, good]}
    assert await client.code(PUSH, several) == 1008029
    reply = await client.post(PUSH, {**several, "ignore_invalid_token": 1})
    assert reply.code == 0
    assert reply.json["result"] == "[0,1008029,0,1008029,0]"
    assert reply.json["invalid_targe_list"] == [unknown, malformed]
    nobody = {**several, "token_list": [unknown], "ignore_invalid_token": 1}
    assert await client.code(PUSH, nobody) == 10010005
    assert [row.audience["tokens"] for row in await rows(context)] == [[good], [good, other]]


async def test_unregistered_tokens_are_not_valid(client: Client, context: ApiContext) -> None:
    [gone] = await devices(context, "", unregistered_at=datetime.now(UTC))
    assert await client.code(PUSH, {**ALL, "audience_type": "token", "token_list": [gone]}) == 1008029


async def test_accounts(client: Client, context: ApiContext) -> None:
    await devices(context, "user-1", "12345")
    await devices(context, "left", unregistered_at=datetime.now(UTC))
    await devices(context, "long-ago", last_seen_day=datetime.now(UTC).date() - timedelta(days=91))
    body = {**ALL, "audience_type": "account_list", "account_list": ["user-1", "stranger", 12345, "left", "long-ago"]}
    reply = await client.post(PUSH, body)
    assert (reply.code, reply.json["result"]) == (0, "[0,10010005,0,10010005,10010005]")
    assert await client.code(PUSH, {**body, "account_list": ["stranger", "left"]}) == 10010005
    assert await client.code(PUSH, {**body, "account_type": 1}) == 10010005
    assert (
        await client.code(PUSH, {**body, "audience_type": "account", "account_list": ["stranger", "user-1"]})
        == 10010005
    )
    reply = await client.post(PUSH, {**body, "audience_type": "account"})
    assert (reply.code, reply.json["result"]) == (0, "[0]")


async def test_accounts_of_another_package_name_count_only_with_multi_pkg(client: Client, context: ApiContext) -> None:
    async with context.database.connection() as connection:
        await connection.execute("UPDATE apps SET main_package = 'com.main'")
    await devices(context, "user-1", package_name="com.other")
    body = {**ALL, "audience_type": "account", "account_list": ["user-1"]}
    assert await client.code(PUSH, body) == 10010005
    assert await client.code(PUSH, {**body, "multi_pkg": 1}) == 0


# ── what is refused ────────────────────────────────────────────────────────────────────────────────────────────────

LONG = {"title": "t", "content": "x" * 4096}
FITS = {"title": "t", "content": "x" * (4096 - len('{"title":"t","content":""}'))}


def loop(**members: object) -> dict[str, object]:
    today = datetime.now(ZONE).date()
    daily = {"startDate": f"{today}", "endDate": f"{today + timedelta(days=2)}", "loopType": 1, "loopDayIndexs": [0]}
    return {**ALL, "loop_param": {**daily, "dayTimes": ["23:59:59"], **members}}


def at(offset: timedelta) -> dict[str, object]:
    return {**ALL, "send_time": (datetime.now(ZONE) + offset).strftime("%Y-%m-%d %H:%M:%S")}


def tagged(*items: object) -> dict[str, object]:
    return {**ALL, "audience_type": "tag", "tag_rules": [{"tag_items": list(items)}]}


def window(*moments: object) -> dict[str, object]:
    """A push to be delivered from hour, minute to hour, minute."""
    start, end = ({"hour": hour, "min": minute} for hour, minute in (moments[:2], moments[2:]))
    return {**ALL, "message": {**MESSAGE, "accept_time": [{"start": start, "end": end}]}}


def android(**members: object) -> dict[str, object]:
    return {**ALL, "message": {**MESSAGE, "android": members}}


ACCOUNT = {**ALL, "audience_type": "account", "account_list": ["ab"]}
REFUSED: list[tuple[str, object, int]] = [
    ("no object", [], 1008001),
    ("nothing", {}, 1008002),
    ("no audience", {"message": MESSAGE}, 1008002),
    ("no message", {"audience_type": "all"}, 1008002),
    ("empty message", {"audience_type": "all", "message": {}}, 1008002),
    ("no title", {**ALL, "message": {"content": "c"}}, 1008002),
    ("empty content", {**ALL, "message": {"title": "t", "content": ""}}, 1008002),
    ("unknown before missing", {"audience_type": "everyone"}, 1008007),
    ("unknown audience", {**ALL, "audience_type": "None"}, 1008007),
    ("audience of wrong type", {**ALL, "audience_type": 5}, 1008007),
    ("audience in other case", {**ALL, "audience_type": "ALL"}, 1008007),
    ("unknown message type", {**ALL, "message_type": "alert"}, 1008007),
    ("message no object", {**ALL, "message": "hello"}, 1008007),
    ("title no string", {**ALL, "message": {"title": ["t"], "content": "c"}}, 1008007),
    ("message too large", {**ALL, "message": LONG}, 1008007),
    ("no tokens", {**ALL, "audience_type": "token"}, 1008002),
    ("empty tokens", {**ALL, "audience_type": "token_list", "token_list": []}, 1008002),
    ("tokens no array", {**ALL, "audience_type": "token", "token_list": "x"}, 1008007),
    ("1001 tokens", {**ALL, "audience_type": "token_list", "token_list": ["x"] * 1001}, 1008007),
    ("malformed token", {**ALL, "audience_type": "token", "token_list": ["x"]}, 1008029),
    ("no accounts", {**ALL, "audience_type": "account"}, 1008002),
    ("1001 accounts", {**ALL, "audience_type": "account_list", "account_list": ["ab"] * 1001}, 1008007),
    ("account of one character", {**ALL, "audience_type": "account", "account_list": ["a"]}, 1008007),
    ("account with space", {**ALL, "audience_type": "account", "account_list": ["ab "]}, 1008007),
    ("unknown account", {**ALL, "audience_type": "account", "account_list": ["ab"]}, 10010005),
    ("no upload id", {**ALL, "audience_type": "package_account_push"}, 1008002),
    ("upload id zero", {**ALL, "audience_type": "package_token_push", "upload_id": 0}, 1008002),
    ("upload id no number", {**ALL, "audience_type": "package_account_push", "upload_id": "x"}, 1008007),
    ("unknown upload id", {**ALL, "audience_type": "package_account_push", "upload_id": 4711}, 10010005),
    ("huge upload id", {**ALL, "audience_type": "package_account_push", "upload_id": 2**70}, 10010005),
    ("negative upload id", {**ALL, "audience_type": "package_token_push", "upload_id": -1}, 10010005),
    ("account_push_type 2", {**ACCOUNT, "account_push_type": 2}, 1008007),
    ("account_type -1", {**ACCOUNT, "account_type": -1}, 1008007),
    ("account_type 2^31", {**ACCOUNT, "account_type": 2**31}, 1008007),
    ("no tag rules", {**ALL, "audience_type": "tag"}, 1008002),
    ("unknown tag type", tagged({"tags": ["a"], "tag_type": "xg_nothing"}), 1008007),
    ("unknown operator", tagged({"tags": ["a"], "tag_type": "xg_user_define", "tags_operator": "XOR"}), 1008007),
    ("no tags", tagged({"tags": [], "tag_type": "xg_user_define"}), 1008007),
    ("501 tags", tagged({"tags": ["a"] * 501, "tag_type": "xg_user_define"}), 1008007),
    ("expire_time 259201", {**ALL, "expire_time": 259_201}, 1008007),
    ("expire_time -1", {**ALL, "expire_time": -1}, 1008007),
    ("expire_time no number", {**ALL, "expire_time": "soon"}, 1008007),
    ("push_speed 999", {**ALL, "push_speed": 999}, 1008007),
    ("push_speed 50001", {**ALL, "push_speed": 50_001}, 1008007),
    ("unknown plan", {**ALL, "plan_id": "48"}, 1008007),
    ("unknown collapse id", {**ALL, "collapse_id": 70_001}, 1008007),
    ("negative collapse id", {**ALL, "collapse_id": -5}, 1008007),
    ("huge collapse id", {**ALL, "collapse_id": 2**64}, 1008007),
    ("unknown channel", {**ALL, "channel_rules": [{"channel": "pigeon", "disable": True}]}, 1008007),
    ("rules no array", {**ALL, "channel_rules": {"channel": "xm"}}, 1008007),
    ("multi_pkg no boolean", {**ALL, "multi_pkg": "perhaps"}, 1008007),
    ("unknown environment", {**ALL, "environment": "test"}, 1008007),
    ("group_id too long", {**ALL, "group_id": "g" * 257}, 1008007),
    ("android no object", {**ALL, "message": {**MESSAGE, "android": "x"}}, 1008007),
    ("ring 2", android(ring=2), 1008007),
    ("badge 100", android(badge_type=100), 1008007),
    ("action_type 4", android(action={"action_type": 4}), 1008007),
    ("browser missing", android(action={"action_type": 2}), 1008002),
    ("url no URL", android(action={"action_type": 2, "browser": {"url": "javascript:1"}}), 1008007),
    ("intent missing", android(action={"action_type": 3}), 1008002),
    ("window of no length", window("1", 0, 1, "0"), 1008007),
    ("hour 24", window("24", 0, 1, 0), 1008007),
    ("personalised without default", {**ALL, "ntf_wt_attrs": True}, 1008002),
    ("send_time no time", {**ALL, "send_time": "tomorrow"}, 1008007),
    ("send_time too late", at(timedelta(days=90, hours=1)), 10010012),
    ("send_time too early", at(-timedelta(minutes=11)), 10010012),
    ("loop without days", loop(loopType=2, loopDayIndexs=[]), 1008007),
    ("loop on day 7 of the week", loop(loopType=2, loopDayIndexs=[7]), 1008007),
    ("loop on day 0 of the month", loop(loopType=3, loopDayIndexs=[0]), 1008007),
    ("loop of unknown type", loop(loopType=4), 1008007),
    ("loop without times", loop(dayTimes=[]), 1008007),
    ("loop at 25 o'clock", loop(dayTimes=["25:00:00"]), 1008007),
    ("loop without start", loop(startDate=""), 1008007),
    ("loop that ends before it starts", loop(endDate="2020-01-01"), 1008007),
    ("loop beyond 90 days", loop(endDate=f"{datetime.now(ZONE).date() + timedelta(days=92)}"), 1008007),
    ("loop wholly in the past", loop(startDate="2020-01-01", endDate="2020-01-02"), 1008007),
    ("loop with too many occurrences", loop(
        dayTimes=[f"{hour:02}:{minute:02}:00" for hour in range(24) for minute in (0, 10, 20, 30, 40, 50)],
        endDate=f"{datetime.now(ZONE).date() + timedelta(days=4)}"), 1008007),
    ("NUL", {**ALL, "message": {"title": "t\0", "content": "c"}}, 1008007),
]  # fmt: skip


async def test_everything_that_is_refused(client: Client, context: ApiContext) -> None:
    """One server for the whole table: each body gets its code and its reason, and none leaves a row."""
    wrong = {}
    for name, body, code in REFUSED:
        reply = await client.post(PUSH, msgspec.json.encode(body))
        if (reply.status, reply.code) != (200, code) or not reply.json["err_msg_zh"]:
            wrong[name] = reply.json
    assert wrong == {}
    assert await rows(context) == []


async def test_text_official_tests_compare(client: Client) -> None:
    reply = await client.post(PUSH, {**ALL, "audience_type": "None"})
    assert (reply.code, reply.json["err_msg"]) == (1008007, "audience_type is not correct")


async def test_a_message_of_exactly_4096_bytes(client: Client) -> None:
    assert await client.code(PUSH, {**ALL, "message": FITS}) == 0
    chinese = {"title": "t", "content": "推" * ((4096 - len('{"title":"t","content":""}')) // 3 + 1)}
    assert await client.code(PUSH, {**ALL, "message": chinese}) == 1008007


async def test_fields_of_other_audiences_are_ignored(client: Client, context: ApiContext) -> None:
    [token] = await devices(context, "")
    body = {
        **ALL, "audience_type": "token", "token_list": [token], "push_speed": 5, "collapse_id": 99, "account_type": -3,
        "account_list": ["x"] * 2000, "upload_id": "no", "account_push_type": 9, "tag_rules": "x",
    }  # fmt: skip
    assert await client.code(PUSH, body) == 0
    [row] = await rows(context)
    assert (row.push_speed, row.collapse_id, row.account_type, row.package_id) == (0, 0, 0, None)


async def test_packages_that_are_gone(client: Client, context: ApiContext) -> None:
    for state, days in (("rejected", 90), ("deleted", 90), ("ready", -1)):
        upload_id = await a_package(context, state=state, days=days)
        body = {**ALL, "audience_type": "package_account_push", "upload_id": upload_id}
        assert await client.code(PUSH, body) == 10010005, state


async def test_a_package_of_another_application(client: Client, context: ApiContext) -> None:
    async with context.database.connection() as connection:
        await an_app(connection, 1500000002)
    upload_id = await a_package(context, 1500000002)
    assert await client.code(PUSH, {**ALL, "audience_type": "package_account_push", "upload_id": upload_id}) == 10010005


async def test_use_prolongs_the_life_of_a_package(client: Client, context: ApiContext) -> None:
    upload_id = await a_package(context, days=1)
    body = {**at(timedelta(days=80)), "audience_type": "package_account_push", "upload_id": upload_id}
    assert await client.code(PUSH, body) == 0
    async with context.database.connection() as connection:
        row: Any = await (await connection.execute("SELECT expires_at FROM packages")).fetchone()
    assert timedelta(days=169) < row.expires_at - datetime.now(UTC) < timedelta(days=171)


# ── iOS ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def ios(client: Client, context: ApiContext) -> Client:
    async with context.database.connection() as connection:
        await an_app(connection, IOS, "ios")
    return Client(client.port, IOS)


def aps(message_type: str = "notify", **members: Any) -> dict[str, Any]:
    texts = MESSAGE if message_type == "notify" else {}
    message = {**texts, "ios": {"aps": {"mutable-content": 1, **members}}}
    return {"audience_type": "all", "message_type": message_type, "environment": "dev", "message": message}


SILENT = aps("message", **{"content-available": 1})


async def test_ios_pushes(ios: Client, context: ApiContext) -> None:
    custom = {**aps(), "message": {**MESSAGE, "ios": {"aps": {"badge_type": -2}, "custom": {"k": [1]}}}}
    for body in (aps(alert={"subtitle": "s"}, sound=""), SILENT, custom):
        reply = await ios.post(PUSH, body)
        assert (reply.code, reply.json["environment"]) == (0, "dev")
    first, second, third = await rows(context)
    assert first.message["ios"] == {"aps": {"mutable-content": 1, "alert": {"subtitle": "s"}, "sound": ""}}
    assert second.message_type == "message"
    assert third.message["ios"] == {"aps": {"badge_type": -2}, "custom_content": '{"k":[1]}'}


async def test_ios_refusals(ios: Client) -> None:
    go_client = aps("message", **{"content-available": 1, "badge_type": 0, "alert": None})
    assert await ios.code(PUSH, go_client) == 0
    refused = {
        "environment missing": ({**aps(), "environment": ""}, 1008002),
        "environment wrong": ({**aps(), "environment": "prod"}, 1008007),
        "environment after what is wrong": ({**aps(), "environment": "", "push_speed": 1}, 1008007),
        "no ios": ({**ALL, "environment": "dev"}, 1008002),
        "no aps": ({**aps(), "message": {**MESSAGE, "ios": {"custom_content": "{}"}}}, 1008002),
        "no title": ({**aps(), "message": {"content": "c", "ios": {"aps": {"sound": "default"}}}}, 1008002),
        "silent with sound": (aps("message", **{"content-available": 1, "sound": "default"}), 1008007),
        "silent with alert": (aps("message", **{"content-available": 1, "alert": "hi"}), 1008007),
        "silent without content-available": (aps("message"), 1008007),
        "notification with content-available": (aps("notify", **{"content-available": 1}), 1008007),
    }
    assert {name: (await ios.post(PUSH, body)).code for name, (body, _) in refused.items()} == {
        name: code for name, (_, code) in refused.items()
    }


# ── time ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_send_time_is_in_the_zone_of_the_application(client: Client, context: ApiContext) -> None:
    moment = (datetime.now(ZONE) + timedelta(hours=3)).replace(microsecond=0)
    assert await client.code(PUSH, at(timedelta(hours=3)) | {"send_time": f"{moment:%Y-%m-%d %H:%M:%S}"}) == 0
    assert await client.code(PUSH, at(-timedelta(minutes=9)) | {"message_type": "message"}) == 0
    [row, late] = await rows(context)
    assert (row.state, row.due) == ("PUSH_WAIT", moment)
    assert late.state == "PUSH_INIT"
    assert abs(late.due - datetime.now(UTC)) < timedelta(minutes=1)


async def test_a_loop_is_a_push_for_each_occurrence(client: Client, context: ApiContext) -> None:
    today = datetime.now(ZONE).date()
    body = loop(startDate=f"{today + timedelta(days=1)}", endDate=f"{today + timedelta(days=3)}") | {
        "send_time": "junk"
    }
    body["loop_param"]["DayTimes"] = body["loop_param"].pop("dayTimes")  # type: ignore[index,attr-defined]
    reply = await client.post(PUSH, body)
    assert reply.code == 0
    found = await rows(context)
    assert reply.json["push_id"] == [str(row.push_id) for row in found]
    assert [row.state for row in found] == ["PUSH_WAIT"] * 3
    assert [row.due for row in found] == [
        datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=ZONE)
        for day in (today + timedelta(days=offset) for offset in (1, 2, 3))
    ]
    assert len({row.collapse_id for row in found}) == 3


# ── repetition, rate, collapse ─────────────────────────────────────────────────────────────────────────────────────


async def test_all_with_the_same_content(client: Client, context: ApiContext) -> None:
    assert await client.code(PUSH, ALL) == 0
    spelled = {**ALL, "message": {"Content": "World", "title": "Hello"}, "expire_time": 1000}
    assert await client.code(PUSH, spelled) == 10010018
    assert await client.code(PUSH, {**ALL, "message": {**MESSAGE, "content": "else"}}) == 0
    assert await client.code(PUSH, {**ALL, "message_type": "message"}) == 0
    assert await client.code(PUSH, {**ALL, "environment": "dev"}) == 0
    assert await client.code(PUSH, {**ALL, "audience_type": "tag", "tag_list": {"tags": ["a"]}}) == 0
    async with context.database.connection() as connection:
        await connection.execute("UPDATE pushes SET created_at = now() - interval '3601 seconds'")
    assert await client.code(PUSH, ALL) == 0


async def test_of_equal_pushes_to_all_at_once_one_is_taken(client: Client, context: ApiContext) -> None:
    codes = await asyncio.gather(*(client.code(PUSH, ALL) for _ in range(8)))
    assert sorted(codes) == [0] + [10010018] * 7
    assert len(await rows(context)) == 1


async def test_rate_of_each_bulk_audience(context: ApiContext, client: Client) -> None:
    upload_id = await a_package(context)
    limits = msgspec.structs.replace(context.settings.limits, bulk_pushes_per_second=1)
    settings = msgspec.structs.replace(context.settings, limits=limits)
    [token] = await devices(context, "")
    bodies: dict[str, list[dict[str, Any]]] = {
        "all": [{**ALL, "message": {"title": "t", "content": str(number)}} for number in range(6)],
        "tag": [{**ALL, "audience_type": "tag", "tag_list": {"tags": ["a"]}}] * 6,
        "account": [{**ALL, "audience_type": "package_account_push", "upload_id": upload_id}] * 6,
        "token": [{**ALL, "audience_type": "package_token_push", "upload_id": upload_id}] * 6,
    }
    async with serve(ApiContext(settings, context.database, context.applications, context.packages)) as port:
        limited = Client(port)
        for kind, calls in bodies.items():
            began = asyncio.get_running_loop().time()
            codes = await asyncio.gather(*(limited.code(PUSH, body) for body in calls))
            seconds = asyncio.get_running_loop().time() - began
            assert set(codes) <= {0, 1008028}, kind
            assert 1 <= codes.count(0) <= 1 + int(seconds), kind
        single = {**ALL, "audience_type": "token", "token_list": [token]}
        assert await asyncio.gather(*(limited.code(PUSH, single) for _ in range(4))) == [0, 0, 0, 0]


async def test_a_refused_push_has_not_used_its_turn(context: ApiContext, client: Client) -> None:
    limits = msgspec.structs.replace(context.settings.limits, bulk_pushes_per_second=1)
    settings = msgspec.structs.replace(context.settings, limits=limits)
    async with serve(ApiContext(settings, context.database, context.applications, context.packages)) as port:
        body = {**ALL, "audience_type": "package_account_push", "upload_id": 1}
        assert await Client(port).code(PUSH, body) == 10010005
        assert await Client(port).code(PUSH, {**body, "upload_id": await a_package(context)}) == 0


async def test_collapse_ids_are_given_out_not_invented(client: Client, context: ApiContext) -> None:
    assert await client.code(PUSH, ALL) == 0
    [first] = await rows(context)
    second = {**ALL, "message": {**MESSAGE, "title": "Newer"}, "collapse_id": str(first.collapse_id)}
    assert await client.code(PUSH, second) == 0
    third = {**second, "audience_type": "tag", "tag_list": {"tags": ["a"]}}
    assert await client.code(PUSH, third) == 0
    assert {row.collapse_id for row in await rows(context)} == {first.collapse_id}
    async with context.database.connection() as connection:
        await an_app(connection, 1500000002)
    assert await Client(client.port, 1500000002).code(PUSH, second) == 1008007


async def test_whom_to_leave_out(client: Client, context: ApiContext) -> None:
    """Our own members: accounts of another package, and whom an earlier push has reached."""
    upload_id, other = await a_package(context), await a_package(context)
    body = {**ALL, "audience_type": "package_account_push", "upload_id": upload_id}
    assert await client.code(PUSH, {**body, "exclude_upload_id": 0, "exclude_push_id": ""}) == 0
    [first] = await rows(context)
    assert await client.code(PUSH, {**body, "exclude_upload_id": str(other), "exclude_push_id": first.push_id}) == 0
    assert [row.audience for row in await rows(context)] == [
        {},
        {"exclude_package_id": other, "exclude_push_id": first.push_id},
    ]
    wrong_ids = (("exclude_upload_id", 4711), ("exclude_upload_id", 2**31), ("exclude_push_id", 1))
    for member, value in (*wrong_ids, ("exclude_push_id", -1), ("exclude_push_id", 2**63), ("exclude_push_id", "x")):
        assert await client.code(PUSH, {**body, member: value}) == 1008007, (member, value)
    async with context.database.connection() as connection:
        await an_app(connection, 1500000002)
    stranger = {**ALL, "exclude_push_id": first.push_id}
    assert await Client(client.port, 1500000002).code(PUSH, stranger) == 1008007


async def test_nesting_is_no_fault(client: Client) -> None:
    deep: Any = []
    for _ in range(60):
        deep = [deep]
    assert await client.code(PUSH, {**ALL, "unknown": deep, "sms_info": {"a": deep}}) == 0
