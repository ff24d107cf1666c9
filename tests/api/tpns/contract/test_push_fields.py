"""Every member of push/app but `message` (spec/push.md 1.2 to 1.4): its default, how far it goes, what is refused.

A row of TAKEN says what is kept of the push, one of REFUSED the code. Values that differ by application are functions
of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.tpns.contract.world import (
    ABSENT,
    ACCOUNT,
    INVALID,
    MISSING,
    NO_TARGET,
    NOT_VALID,
    PUSH,
    STRANGER,
    TAG,
    ZONE,
    App,
    day,
    loop,
    moment,
    table,
    values,
)

BULK = ("all", "tag", "package_account_push", "package_token_push")
SMALL = ("token", "token_list", "account", "account_list")
AUDIENCES = (*BULK, *SMALL)
CUSTOM = "xg_user_define"
ZEROS: tuple[tuple[str, Any], ...] = (("null", None), ("empty", ""), ("0", 0), ("no elements", []), ("no members", {}))
ZEROS_BUT_0 = tuple(zero for zero in ZEROS if zero[0] != "0")


def rules(*items: dict[str, Any], **members: Any) -> list[dict[str, Any]]:
    return [{"tag_items": [{"tag_type": CUSTOM, "tags": [TAG], **item} for item in items], **members}]


def one_item(tags: list[str], operator: str) -> dict[str, Any]:
    """What is kept of a `tag_list`."""
    item = {"tags": tags, "tags_operator": operator, "tag_type": CUSTOM}
    return {"audience": {"tag_rules": [{"tag_items": [item]}]}}


ITS_TOKEN: dict[str, Any] = {"audience": lambda app: {"tokens": [app.token]}}
ITS_COLLAPSE_ID: dict[str, Any] = {"collapse_id": lambda app: app.collapse_id}


def of(app: App, value: Any) -> Any:
    return value(app) if callable(value) else value


def filled(app: App, members: dict[str, Any]) -> dict[str, Any]:
    return {key: of(app, value) for key, value in members.items()}


def whole_number(name: str, column: str, default: Any, *, audience: str, **rows: tuple[Any, Any]) -> list[Any]:
    """Absent and each zero value give the default; each of `rows` is what is sent and what is kept."""
    absent = [(f"{name} {zero}", audience, {name: value}, {column: default}) for zero, value in ZEROS_BUT_0]
    given = [(f"{name} {row}", audience, {name: value}, {column: kept}) for row, (value, kept) in rows.items()]
    return [(f"{name} absent", audience, {}, {column: default}), *absent, *given]


TAKEN: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    *((f"audience_type {audience}", audience, {}, {"audience_type": audience}) for audience in AUDIENCES),
    *((f"message_type {name}", "token", {"message_type": value}, {"message_type": "notify"}) for name, value in ZEROS),
    ("message_type absent", "token", {"message_type": ABSENT}, {"message_type": "notify"}),
    ("message_type message", "token", {"message_type": "message"}, {"message_type": "message"}),
    *((f"environment {name}", "token", {"environment": value}, {"environment": "product"}) for name, value in ZEROS),
    ("environment absent", "token", {}, {"environment": "product"}),
    ("environment dev", "tag", {"environment": "dev"}, {"environment": "dev"}),
    ("platform ignored", "token", {"platform": "ios", "op_type": 1, "op_id": 2, "push_id": "3"}, {}),
    ("upload_id in a string", "package_account_push", {"upload_id": lambda app: str(app.upload_id)},
     {"package_id": lambda app: app.upload_id}),
    ("upload_id in other case", "package_token_push",
     {"upload_id": ABSENT, "Upload_ID": lambda app: app.upload_id},
     {"package_id": lambda app: app.upload_id}),

    *whole_number("account_push_type", "every_device", False, audience="account",
                  zero=(0, False), one=(1, True), text=("1", True)),
    *whole_number("account_push_type", "every_device", False, audience="package_account_push", one=(1, True)),
    *whole_number("account_type", "account_type", 0, audience="account", zero=(0, 0), some=(991, 991),
                  text=("991", 991)),
    *whole_number("account_type", "account_type", 0, audience="package_account_push", most=(2**31 - 1, 2**31 - 1)),
    ("account_list of numbers", "account_list", {"account_list": [ACCOUNT, 123456]},
     {"audience": {"accounts": [ACCOUNT, "123456"]}}),
    ("account_list of 1000", "account_list", {"account_list": [ACCOUNT, *(f"user{n}" for n in range(999))]}, {}),
    ("account: only element 0", "account", {"account_list": [ACCOUNT, "another"]},
     {"audience": {"accounts": [ACCOUNT]}}),
    ("account of 100 characters beside one", "account_list", {"account_list": [ACCOUNT, "字" * 100, "字字"]}, {}),
    ("token_list of 1000", "token_list",
     {"token_list": lambda app: [app.token] + [f"{n:036}" for n in range(999)], "ignore_invalid_token": 1}, ITS_TOKEN),
    ("token: only element 0", "token", {"token_list": lambda app: [app.token, "junk"]}, ITS_TOKEN),
    *((f"ignore_invalid_token {name}", "token_list", {"ignore_invalid_token": value}, {}) for name, value in ZEROS),
    ("ignore_invalid_token 1", "token_list",
     {"token_list": lambda app: [app.token, STRANGER, "junk"], "ignore_invalid_token": 1}, ITS_TOKEN),
    ("ignore_invalid_token in a string", "token_list",
     {"token_list": lambda app: [STRANGER, app.token], "ignore_invalid_token": "1"}, ITS_TOKEN),

    ("tag_list OR", "tag", {"tag_list": {"tags": ["a", "b"], "op": "OR"}}, one_item(["a", "b"], "OR")),
    ("tag_list AND", "tag", {"tag_list": {"tags": ["a", "b"], "op": "AND"}}, one_item(["a", "b"], "AND")),
    ("tag_list without op", "tag", {"tag_list": {"tags": ["a"]}}, one_item(["a"], "OR")),
    ("tag_rules win over tag_list", "tag", {"tag_rules": rules({}), "tag_list": {"tags": "no list"}}, {}),
    ("tag_rules nothing, tag_list given", "tag", {"tag_rules": [], "tag_list": {"tags": ["a"]}}, one_item(["a"], "OR")),
    *((f"tag_type {kind}", "tag", {"tag_rules": rules({"tag_type": kind, "tags": ["x"]}), "tag_list": ABSENT}, {})
      for kind in (CUSTOM, "xg_auto_version", "xg_auto_verison", "xg_auto_province", "xg_auto_city", "xg_auto_country",
                   "xg_auto_active", "xg_auto_sdkversion", "xg_auto_systemversion", "xg_auto_systemlanguage",
                   "xg_auto_devicebrand", "xg_auto_deviceversion")),
    *((f"tags_operator {value!r}", "tag", {"tag_rules": rules({"tags_operator": value}), "tag_list": ABSENT}, {})
      for value in ("AND", "OR", "", None)),
    *((f"items_operator {value!r}", "tag", {"tag_rules": rules({}, {"items_operator": value}), "tag_list": ABSENT}, {})
      for value in ("AND", "OR", "", None)),
    *((f"operator {value!r}", "tag", {"tag_rules": rules({}, operator=value) * 2, "tag_list": ABSENT}, {})
      for value in ("AND", "OR", "", None)),
    *((f"is_not {value!r}", "tag", {"tag_rules": rules({"is_not": value}, is_not=value), "tag_list": ABSENT}, {})
      for value in (True, False, 0, 1, "true", "false", "", None)),

    *whole_number("expire_time", "expire_seconds", 86_400, audience="token",
                  zero=(0, 0), zero_text=("0", 0), one=(1, 800), below=(799, 800), least=(800, 800), above=(801, 801),
                  text=("900", 900), most=(259_200, 259_200)),
    *whole_number("push_speed", "push_speed", 0, audience="tag",
                  zero=(0, 0), least=(1000, 1000), text=("1001", 1001), most=(50_000, 50_000)),
    *((f"push_speed ignored for {audience}", audience, {"push_speed": 1}, {"push_speed": 0}) for audience in SMALL),
    *((f"collapse_id {name}", "tag", {"collapse_id": value}, {}) for name, value in ZEROS),
    ("collapse_id given out", "tag", {"collapse_id": lambda app: app.collapse_id}, ITS_COLLAPSE_ID),
    ("collapse_id in a string", "tag", {"collapse_id": lambda app: str(app.collapse_id)}, ITS_COLLAPSE_ID),
    *((f"collapse_id ignored for {audience}", audience, {"collapse_id": 1}, {"collapse_id": 0}) for audience in SMALL),
    *((f"force_collapse {value!r}", "tag", {"force_collapse": value}, {"options": {"force_collapse": True}})
      for value in (True, 1, "1", "true")),
    *((f"force_collapse {value!r}", "tag", {"force_collapse": value}, {"options": {}})
      for value in (False, 0, "0", "false", "", None)),
    ("force_collapse ignored for token", "token", {"force_collapse": "perhaps"}, {"options": {}}),
    *((f"multi_pkg {value!r}", "token", {"multi_pkg": value}, {"multi_package": True})
      for value in (True, 1, "1", "true")),
    *((f"multi_pkg {value!r}", "token", {"multi_pkg": value}, {"multi_package": False})
      for value in (False, 0, "0", "false", "", None)),
    ("channel_rules absent", "token", {}, {"disabled_channels": []}),
    *((f"channel_rules {name}", "token", {"channel_rules": value}, {"disabled_channels": []}) for name, value in ZEROS),
    *((f"channel_rules {channel}", "token", {"channel_rules": [{"channel": channel, "disable": True}]},
       {"disabled_channels": [channel]})
      for channel in ("xg", "hw", "xm", "mz", "vivo", "oppo", "apns", "honor", "fcm", "harmony")),
    ("channel_rules of the sample", "token",
     {"channel_rules": [{"channel": "mz", "disable": True}, {"channel": "xm", "disable": False}]},
     {"disabled_channels": ["mz"]}),
    *whole_number("tpns_online_push_type", "online_first", True, audience="token", zero=(0, True), one=(1, False),
                  text=("1", False)),
    *((f"plan_id {name}", "token", {"plan_id": value}, {"plan_id": ""}) for name, value in ZEROS),
    ("plan_id 0 is the default plan", "token", {"plan_id": "0"}, {"plan_id": ""}),
    *((f"group_id {name}", "token", {"group_id": value}, {"group_id": lambda _: f"tpns_{day(form='%Y%m%d')}"})
      for name, value in ZEROS),
    ("group_id", "token", {"group_id": "spring"}, {"group_id": "spring"}),
    ("group_id number", "token", {"group_id": 12}, {"group_id": "12"}),
    ("group_id of 256", "token", {"group_id": "g" * 256}, {"group_id": "g" * 256}),
    *((f"trace_id {name}", "token", {"trace_id": value}, {"trace_id": ""}) for name, value in ZEROS),
    ("trace_id", "token", {"Trace_ID": "t-1"}, {"trace_id": "t-1"}),
    ("supply_inapp_msg true", "token", {"supply_inapp_msg": "true"}, {"options": {"supply_inapp_msg": True}}),
    ("supply_inapp_msg false", "token", {"supply_inapp_msg": "false"}, {"options": {}}),
    *((f"ntf_wt_attrs {value!r}", "token", {"ntf_wt_attrs": value}, {})
      for value in (False, 0, "0", "false", "", None)),
    ("sms is accepted", "token", {"resend_by_sms": True, "sms_info": {"delay_trigger_time": 300}}, {}),
    *((f"unknown member {value!r}", "token", {"loop_times": value}, {}) for value in (0, 1, "x", [1], {"a": 1})),

    *((f"send_time {name}", "tag", {"send_time": value}, {"state": "PUSH_INIT"}) for name, value in ZEROS),
    ("send_time in ten minutes", "tag", {"send_time": lambda _: moment(minutes=10)}, {"state": "PUSH_WAIT"}),
    ("send_time in almost 90 days", "tag", {"send_time": lambda _: moment(days=90, seconds=-30)},
     {"state": "PUSH_WAIT"}),
    ("send_time almost ten minutes ago", "tag", {"send_time": lambda _: moment(seconds=-570)}, {"state": "PUSH_INIT"}),
    *((f"send_time for {audience}", audience, {"send_time": lambda _: moment(hours=1)}, {"state": "PUSH_WAIT"})
      for audience in SMALL),
    *((f"loop_param {name}", "tag", {"loop_param": value}, {"state": "PUSH_INIT"}) for name, value in ZEROS),
    ("loop_param '0'", "tag", {"loop_param": "0"}, {"state": "PUSH_INIT"}),
    ("loop_param of the Go client", "tag",
     {"loop_param": {"startDate": "", "endDate": "", "loopType": 0, "loopDayIndexs": None, "DayTimes": None}},
     {"state": "PUSH_INIT"}),
]  # fmt: skip


@table("audience, members, kept", *TAKEN)
async def test_taken(android: App, audience: str, members: dict[str, Any], kept: dict[str, Any]) -> None:
    row = await android.taken(android.push(audience, **filled(android, members)))
    assert {column: getattr(row, column) for column in kept} == filled(android, kept)


NO_NUMBERS: tuple[Any, ...] = ("x", "1.5", 1.5, [1], {"a": 1}, True)


def no_number(name: str, audience: str) -> list[Any]:
    return [(f"{name} {value!r}", audience, {name: value}, INVALID) for value in NO_NUMBERS]


REFUSED: list[tuple[str, Any, dict[str, Any], int]] = [
    ("audience_type absent", "all", {"audience_type": ABSENT}, MISSING),
    *((f"audience_type {name}", "all", {"audience_type": value}, MISSING) for name, value in ZEROS),
    *((f"audience_type {value!r}", "all", {"audience_type": value}, INVALID)
      for value in ("ALL", "everybody", "single", 1, ["all"], {"all": 1}, True)),
    *((f"message_type {value!r}", "token", {"message_type": value}, INVALID)
      for value in ("Notify", "silent", 1, ["notify"], {"a": 1}, True)),
    ("message absent", "token", {"message": ABSENT}, MISSING),
    *((f"message {name}", "token", {"message": value}, MISSING) for name, value in ZEROS),
    *((f"message {value!r}", "token", {"message": value}, INVALID) for value in ("hello", 7, [1], True)),
    *((f"environment {value!r}", "token", {"environment": value}, INVALID)
      for value in ("Product", "prod", 1, ["dev"], {"a": 1})),
    *((f"{audience} without upload_id", audience, {"upload_id": ABSENT}, MISSING)
      for audience in ("package_account_push", "package_token_push")),
    *((f"upload_id {name}", "package_account_push", {"upload_id": value}, MISSING) for name, value in ZEROS),
    *no_number("upload_id", "package_account_push"),
    *((f"upload_id {value}", "package_account_push", {"upload_id": value}, NO_TARGET)
      for value in (-1, 2**31 - 1, 2**31, 2**70)),

    *no_number("account_push_type", "account"),
    *((f"account_push_type {value}", "package_account_push", {"account_push_type": value}, INVALID)
      for value in (-1, 2)),
    *no_number("account_type", "account_list"),
    *((f"account_type {value}", "package_account_push", {"account_type": value}, INVALID) for value in (-1, 2**31)),
    ("account_type not bound", "account", {"account_type": 1}, NO_TARGET),
    *((f"{audience} without account_list", audience, {"account_list": ABSENT}, MISSING)
      for audience in ("account", "account_list")),
    *((f"account_list {name}", "account_list", {"account_list": value}, MISSING) for name, value in ZEROS),
    *((f"account_list {value!r}", "account_list", {"account_list": value}, INVALID)
      for value in values("user-1", 7, {"account": "user-1"}, [{}], [None], [1.5], [True], [["user-1"]], ["a"], [7],
                          [""],
                    [" ab"], ["ab\t"], ["a\nb"], ["字" * 101])),
    *((f"account_list of 1001 for {audience}", audience, {"account_list": [ACCOUNT] * 1001}, INVALID)
      for audience in ("account", "account_list")),
    ("nobody of account_list", "account_list", {"account_list": ["nobody", "no one"]}, NO_TARGET),
    ("account: nobody as element 0", "account", {"account_list": ["nobody", ACCOUNT]}, NO_TARGET),
    *((f"{audience} without token_list", audience, {"token_list": ABSENT}, MISSING)
      for audience in ("token", "token_list")),
    *((f"token_list {name}", "token_list", {"token_list": value}, MISSING) for name, value in ZEROS),
    *((f"token_list {value!r}", "token_list", {"token_list": value}, INVALID)
      for value in values(STRANGER, 7, {"token": STRANGER}, [{}], [None], [1.5], [True])),
    *((f"token_list of 1001 for {audience}", audience, {"token_list": [STRANGER] * 1001}, INVALID)
      for audience in ("token", "token_list")),
    ("token of 35", "token", {"token_list": ["a" * 35]}, NOT_VALID),
    ("token of 37", "token", {"token_list": ["a" * 37]}, NOT_VALID),
    ("token with other characters", "token", {"token_list": ["-" * 36]}, NOT_VALID),
    ("token unregistered", "token", {"token_list": [STRANGER]}, NOT_VALID),
    ("one of several unregistered", "token_list", {"token_list": lambda app: [app.token, STRANGER]}, NOT_VALID),
    ("ignore_invalid_token, none left", "token_list",
     {"token_list": [STRANGER, "junk"], "ignore_invalid_token": 1}, NO_TARGET),
    *((f"ignore_invalid_token {value!r}", "token", {"ignore_invalid_token": value}, INVALID)
      for value in (*NO_NUMBERS, -1, 2)),

    ("tag without rules", "tag", {"tag_list": ABSENT}, MISSING),
    *((f"tag_list {name}", "tag", {"tag_list": value}, MISSING) for name, value in ZEROS),
    *((f"tag_list {value!r}", "tag", {"tag_list": value}, INVALID)
      for value in values("vip", 7, {"op": "OR"}, {"tags": []}, {"tags": "vip"}, {"tags": [{}]},
                    {"tags": ["a"], "op": "XOR"})),
    *((f"tag_rules {value!r}", "tag", {"tag_rules": value}, INVALID)
      for value in values("vip", 7, {"tag_items": []}, [7], [{}], [{"tag_items": []}], [{"tag_items": [7]}],
                    rules({"tags": []}), rules({"tags": ABSENT}), rules({"tags": "vip"}),
                        rules({"tag_type": "xg_nothing"}),
                    rules({"tag_type": ""}), rules({"tags_operator": "NOT"}), rules({}, {"items_operator": "XOR"}),
                    rules({}, operator="XOR"), rules({"is_not": "perhaps"}), rules({}, is_not=2))),
    ("tag_rules with 501 tags", "tag", {"tag_rules": rules({"tags": ["a"] * 250}, {"tags": ["b"] * 251})}, INVALID),
    ("tag_list with 501 tags", "tag", {"tag_list": {"tags": ["a"] * 501}}, INVALID),

    *no_number("expire_time", "token"),
    *((f"expire_time {value}", "token", {"expire_time": value}, INVALID) for value in (-1, 259_201, 2**31 - 1)),
    *no_number("push_speed", "tag"),
    *((f"push_speed {value}", "tag", {"push_speed": value}, INVALID) for value in (-1, 1, 999, 50_001)),
    *no_number("collapse_id", "tag"),
    *((f"collapse_id {value}", "tag", {"collapse_id": value}, INVALID) for value in values(-1, 2**40, 2**64)),
    *((f"{name} {value!r}", "tag", {name: value}, INVALID)
      for name in ("force_collapse", "multi_pkg", "supply_inapp_msg", "ntf_wt_attrs")
      for value in values("perhaps", 2, 1.5, [True], {"a": 1})),
    *((f"channel_rules {value!r}", "token", {"channel_rules": value}, INVALID)
      for value in values("xm", 7, {"channel": "xm"}, ["xm"], [{}], [{"disable": True}], [{"channel": "pigeon"}],
                    [{"channel": "XM"}], [{"channel": "xm", "disable": "perhaps"}])),
    *no_number("tpns_online_push_type", "token"),
    *((f"tpns_online_push_type {value}", "token", {"tpns_online_push_type": value}, INVALID) for value in (-1, 2)),
    *((f"plan_id {value!r}", "token", {"plan_id": value}, INVALID)
      for value in ("48x", "-1", -1, 2**40, ["1"], {"a": 1}, 1.5, True)),
    *((f"{name} {value!r:.30}", "token", {name: value}, INVALID)
      for name in ("group_id", "trace_id") for value in ("g" * 257, ["g"], {"a": 1}, 1.5, True)),
    *((f"ntf_wt_attrs {value!r} without default_content", "token", {"ntf_wt_attrs": value}, MISSING)
      for value in (True, 1, "1", "true")),
]  # fmt: skip


@table("audience, members, code", *REFUSED)
async def test_refused(android: App, audience: Any, members: dict[str, Any], code: int) -> None:
    assert await android.refused(android.push(audience, **filled(android, members))) == code


# ── environment, which only iOS needs ──────────────────────────────────────────────────────────────────────────────


@table("value, outcome", ("product", "product", "product"), ("dev", "dev", "dev"), ("absent", ABSENT, MISSING),
       *((name, value, MISSING) for name, value in ZEROS), ("other", "prod", INVALID), ("case", "DEV", INVALID),
       ("number", 1, INVALID), ("list", ["dev"], INVALID))  # fmt: skip
async def test_environment_of_ios(ios: App, value: Any, outcome: Any) -> None:
    body = ios.push("tag", environment=value)
    if isinstance(outcome, str):
        assert (await ios.taken(body)).environment == outcome
    else:
        assert await ios.refused(body) == outcome


# ── what the tables above can't say ────────────────────────────────────────────────────────────────────────────────


async def test_collapse_id_is_the_earlier_one_or_a_new_one(android: App) -> None:
    again = await android.taken(android.push("tag", collapse_id=android.collapse_id))
    assert again.collapse_id == android.collapse_id
    for audience in BULK:
        row = await android.taken(android.push(audience))
        assert row.collapse_id == row.push_id, audience


async def test_keys_in_any_letter_case(android: App) -> None:
    """Every member there is, as documented and shouted: the same push, but for its number and the moment."""
    body = android.push(
        "package_account_push", account_push_type=1, account_type=991, expire_time=900, push_speed=2000, multi_pkg=True,
        collapse_id=android.collapse_id, force_collapse=True, tpns_online_push_type=1, group_id="g", trace_id="t",
        supply_inapp_msg=True, environment="dev", send_time=moment(days=1),
        channel_rules=[{"channel": "xm", "disable": True}],
    )  # fmt: skip
    shouted = {key.upper(): value for key, value in body.items()}
    shouted["CHANNEL_RULES"] = [{"CHANNEL": "xm", "DISABLE": True}]
    first, second = [await android.taken(each) for each in (body, shouted)]
    own = {"push_id": 0, "created_at": 0}
    assert first._asdict() | own == second._asdict() | own
    schedule = first.options.pop("schedule")
    assert (first.options, list(schedule)) == ({"force_collapse": True, "supply_inapp_msg": True}, ["send_at"])
    reply = await android.post(PUSH, {**android.push(), "SEQ": 77})
    assert reply.json["seq"] == 77


async def test_send_time_is_kept_to_the_second(android: App) -> None:
    wanted = (datetime.now(ZONE) + timedelta(days=3)).replace(microsecond=0)
    row = await android.taken(android.push("tag", send_time=f"{wanted:%Y-%m-%d %H:%M:%S}"))
    assert row.due == wanted
    soon = await android.taken(android.push("tag", send_time=moment(minutes=-5)))
    assert abs(soon.due - datetime.now(UTC)) < timedelta(minutes=1)


async def test_tag_rules_are_kept_in_one_spelling(android: App) -> None:
    given = [{"TAG_ITEMS": [{"Tags": [TAG, 7], "Tag_Type": CUSTOM, "is_not": "1"}], "Operator": "and"}]
    item = {"tags": [TAG, "7"], "tag_type": CUSTOM, "tags_operator": "OR", "items_operator": "OR", "is_not": True}
    row = await android.taken(android.push("tag", tag_rules=given))
    assert row.audience == {"tag_rules": [{"tag_items": [item], "operator": "AND", "is_not": False}]}


# ── loop_param (spec/lifecycle.md 2) ───────────────────────────────────────────────────────────────────────────────

# Rows are made when they run: the day may change after they were collected.
EVERY_WEEKDAY = list(range(7))
SIX_TIMES = [f"{hour:02}:00:00" for hour in range(6)]
LOOPS: list[tuple[str, Callable[[], dict[str, Any]], int]] = [
    ("daily", loop, 2),
    ("daily without indexes", lambda: loop(loopDayIndexs=ABSENT), 2),
    ("one day", lambda: loop(endDate=day(1)), 1),
    ("two times a day", lambda: loop(dayTimes=["09:00:00", "21:30:15"]), 4),
    ("the same time twice", lambda: loop(dayTimes=["09:00:00", "09:00:00"]), 2),
    ("DayTimes", lambda: loop(dayTimes=ABSENT, DayTimes=["09:00:00"]), 2),
    ("weekly, all days", lambda: loop(loopType=2, loopDayIndexs=EVERY_WEEKDAY, endDate=day(7)), 7),
    ("weekly, numbers in strings", lambda: loop(loopType="2", loopDayIndexs=["0"], endDate=day(7)), 1),
    ("monthly, all days", lambda: loop(loopType=3, loopDayIndexs=list(range(1, 32)), endDate=day(10)), 10),
    ("from the past on", lambda: loop(startDate=day(-30), endDate=day(1), dayTimes=["23:59:59"]), 2),
    ("the 90th day", lambda: loop(startDate=day(90), endDate=day(90)), 1),
    ("366 occurrences", lambda: loop(endDate=day(61), dayTimes=SIX_TIMES), 366),
]
BAD_LOOPS: list[tuple[str, Any]] = [
    ("text", "daily"), ("number", 1), ("array", [1]),
    *((f"{key} absent", {key: ABSENT}) for key in ("startDate", "endDate", "loopType", "dayTimes")),
    *((f"startDate {value!r}", {"startDate": value})
      for value in values("", "2026/01/01", "20260101", "2026-02-30", 5, [1])),
    ("endDate before startDate", lambda: loop(startDate=day(2), endDate=day(1))),
    ("endDate on the 91st day", lambda: loop(endDate=day(91))),
    ("all in the past", lambda: loop(startDate=day(-3), endDate=day(-1))),
    *((f"loopType {value!r}", {"loopType": value}) for value in values(0, 4, -1, "daily", 1.5, [1])),
    *((f"weekly index {value!r}", {"loopType": 2, "loopDayIndexs": value})
      for value in values([], [7], [-1], ["Sunday"], "0", 3, [1.5])),
    *((f"monthly index {value!r}", {"loopType": 3, "loopDayIndexs": value})
      for value in values([], [0], [32], [-1], "1", 3)),
    ("a weekday that does not come", lambda: loop(
        loopType=2, loopDayIndexs=[(int(day(8, "%w")) + 1) % 7], startDate=day(8), endDate=day(8))),
    *((f"dayTimes {value!r}", {"dayTimes": value})
      for value in values([], "09:00:00", ["24:00:00"], ["9am"], ["09:60:00"], [9], [{}])),
    ("372 occurrences", lambda: loop(endDate=day(62), dayTimes=SIX_TIMES)),
]  # fmt: skip


@table("made, occurrences", *LOOPS)
async def test_loop(android: App, made: Callable[[], dict[str, Any]], occurrences: int) -> None:
    reply = await android.post(PUSH, android.push("tag", loop_param=made(), send_time="ignored"))
    assert reply.code == 0, reply.json
    push_ids = reply.json["push_id"]
    assert len(push_ids) == len(set(push_ids)) == occurrences
    assert all(isinstance(push_id, str) and push_id.isdecimal() for push_id in push_ids)


@table("made", *BAD_LOOPS)
async def test_bad_loop(android: App, made: Any) -> None:
    param = loop(**made) if isinstance(made, dict) else made() if callable(made) else made
    assert await android.refused(android.push("tag", loop_param=param)) == INVALID


# ── strict_schedule_audience ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("audience", AUDIENCES)
async def test_strict_schedule_audience(android: App, ports: dict[str, int], audience: str) -> None:
    """On: TPNS's own rule, a schedule for the audiences of many only. Nothing given is still nothing."""
    strict = android.at(ports["strict"])
    for nothing in values({"send_time": "", "loop_param": 0}, {"loop_param": {"loopType": 0, "DayTimes": None}}):
        assert await strict.code(PUSH, strict.push(audience, **nothing)) == 0
    for schedule in values({"send_time": moment(hours=1)}, {"loop_param": loop()}):
        assert await strict.code(PUSH, strict.push(audience, **schedule)) == (0 if audience in BULK else INVALID)
