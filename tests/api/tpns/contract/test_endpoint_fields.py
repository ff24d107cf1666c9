"""The members of every other endpoint (spec: accounts.md, tags.md, devices.md, statistics.md, lifecycle.md, push.md 5).

A row is a call that is right but for the members it names,
    and the code. What several elements of one call come to is in
test_accounts and test_tags.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rockdove.lifecycle.states import State
from tests.api.tpns.contract.conftest import NewApp
from tests.api.tpns.contract.test_answers import (
    ATTRIBUTES,
    BIND,
    CANCEL,
    DELETE_TAGS,
    DEVICES,
    DISTRIBUTION,
    GROUP,
    LIST,
    OVERVIEW,
    PLAN,
    PROPERTIES,
    QUERY,
    RECORD,
    REVOKE,
    STOP,
    TAGS,
    TASK,
    a_task,
)
from tests.api.tpns.contract.test_push_fields import NO_NUMBERS, ZEROS
from tests.api.tpns.contract.world import (
    ABSENT,
    ACCOUNT,
    BAD_TOKEN,
    DATE,
    INVALID,
    MISSING,
    NO_PUSH,
    NO_TARGET,
    NOT_FOUND,
    NOT_VALID,
    PARTLY,
    STRANGER,
    TAG,
    TOTALLY,
    App,
    day,
    table,
    values,
    without_absent,
)

COMPACT = "%Y%m%d"


@pytest.fixture(scope="module")
async def app(new_app: NewApp) -> App:
    """For calls about members."""
    return await new_app()


@pytest.fixture(scope="module")
async def bound(new_app: NewApp) -> App:
    """For calls that bind, unbind and end."""
    return await new_app()


def right(app: App, call: str) -> tuple[str, dict[str, Any]]:
    """Path and body of a call that succeeds."""
    pair = {"account": ACCOUNT, "account_type": 0}
    compact = {"startDate": day(-1, COMPACT), "endDate": day(0, COMPACT)}
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        "bind": (BIND, {"operator_type": 2, "token_accounts": [{"token": app.token, "account_list": [pair]}]}),
        "clear": (BIND, {"operator_type": 4, "token_list": [app.token]}),
        "unbind": (BIND, {"operator_type": 5, "account_list": [{"account": "somebody"}]}),
        "query accounts": (QUERY, {"operator_type": 1, "account_list": [pair]}),
        "query tokens": (QUERY, {"operator_type": 2, "token_list": [app.token]}),
        "tag": (TAGS, {"operator_type": 1, "token_list": [app.token], "tag_list": [TAG]}),
        "untag all": (TAGS, {"operator_type": 5, "token_list": [app.token]}),
        "tag several": (TAGS, {"operator_type": 7, "token_list": [app.token], "tag_list": [TAG]}),
        "tag pairs": (TAGS, {"operator_type": 9, "tag_token_list": [{"tag": TAG, "token": app.token}]}),
        "delete tags": (DELETE_TAGS, {"tag_list": ["nobody-has-it"]}),
        "attributes": (ATTRIBUTES, {
            "cmd": 1, "token": app.token, "attributeInfo": {"attributeMap": {"name": "x"}}}),
        "query attributes": (ATTRIBUTES, {"cmd": 5, "token": app.token}),
        "plan": (PLAN, {"planName": "n", "planDescribe": "d"}),
        "stop": (STOP, {"pushId": str(app.collapse_id)}),
        "revoke": (REVOKE, {"pushId": str(app.collapse_id)}),
        "cancel": (CANCEL, {"pushId": str(app.collapse_id)}),
        "record": (RECORD, {"pushId": str(app.collapse_id)}),
        "records": (RECORD, {"startDate": day(-1), "endDate": day()}),
        "task": (TASK, {"pushId": str(app.collapse_id)}),
        "group": (GROUP, {"groupId": "g", **compact}),
        "overview": (OVERVIEW, compact),
        "devices": (DEVICES, compact),
        "distribution": (DISTRIBUTION, {"date": day(0, COMPACT), "type": "city"}),
        "list": (LIST, {"token": app.token}),
    }  # fmt: skip
    return calls[call]


def zeros(call: str, member: str, code: int = MISSING) -> list[Any]:
    """Not given, in every way there is."""
    return [(f"{call}: {member} {name}", call, {member: value}, code) for name, value in (("absent", ABSENT), *ZEROS)]


def wrong(call: str, member: str, *given: Any, code: int = INVALID) -> list[Any]:
    return [(f"{call}: {member} {value!r:.40}", call, {member: value}, code) for value in given]


NO_LISTS: tuple[Any, ...] = ("x", 7, {"a": 1}, True)
NO_ARRAYS_OF_TEXT: tuple[Any, ...] = (*NO_LISTS, [{}], [None], [1.5], [True], [["x"]])
READS_A_PUSH = ("stop", "revoke", "cancel", "record", "task")
NO_DATES = ("2026-02-30", "26-01-01", "2026/01/01", "yesterday", "20260132", "2026011", "202601011", "1.1.2026")

ROWS: list[tuple[str, str, Any, int]] = [
    # accounts.md 3
    *zeros("bind", "operator_type"), *wrong("bind", "operator_type", *NO_NUMBERS, -1, 6),
    *((f"bind: operator_type {value!r}", "bind", {"operator_type": value}, 0) for value in values(1, "1", 2, "2")),
    *zeros("bind", "token_accounts"), *wrong("bind", "token_accounts", *NO_LISTS, ["x"], [7]),
    *zeros("bind", "account_type", 0), *wrong("bind", "account_type", *NO_NUMBERS, -1, 2**31),
    *((f"bind: account_type {value!r}", "bind", {"account_type": value}, 0) for value in values(1, "991", 2**31 - 1)),
    ("bind: Operator_Type", "bind", {"operator_type": ABSENT, "Operator_Type": 2}, 0),
    *zeros("clear", "token_list"), *wrong("clear", "token_list", *NO_ARRAYS_OF_TEXT),
    ("clear: unregistered", "clear", {"token_list": [STRANGER]}, TOTALLY),
    *zeros("unbind", "account_list"), *wrong("unbind", "account_list", *NO_LISTS),
    ("unbind: partly", "unbind", {"account_list": [{"account": "x"}, {"account": "somebody"}]}, PARTLY),
    # accounts.md 4
    *zeros("query accounts", "operator_type"), *wrong("query accounts", "operator_type", *NO_NUMBERS, -1, 3),
    *zeros("query accounts", "account_list"), *wrong("query accounts", "account_list", *NO_LISTS),
    *zeros("query accounts", "account_type", 0), *wrong("query accounts", "account_type", *NO_NUMBERS, -1, 2**31),
    ("query accounts: operator_type '1'", "query accounts", {"operator_type": "1"}, 0),
    ("query accounts: account_type is the default of elements", "query accounts",
     {"account_type": "991", "account_list": [{"account": ACCOUNT}]}, 0),
    ("query accounts: another type", "query accounts", {"account_list": [{"account": ACCOUNT, "account_type": 1}]},
     TOTALLY),
    *zeros("query tokens", "token_list"), *wrong("query tokens", "token_list", *NO_ARRAYS_OF_TEXT),
    ("query tokens: partly", "query tokens", {"token_list": [STRANGER, STRANGER[1:]]}, TOTALLY),
    # tags.md 2 and 3
    *zeros("tag", "operator_type"), *wrong("tag", "operator_type", *NO_NUMBERS, -1, 11),
    ("tag: operator_type '1'", "tag", {"operator_type": "1"}, 0),
    *(row for call in ("tag", "untag all", "tag several")
      for row in (*zeros(call, "token_list"), *wrong(call, "token_list", *NO_ARRAYS_OF_TEXT))),
    *(row for call in ("tag", "tag several") for row in (
        *zeros(call, "tag_list"), *wrong(call, "tag_list", *NO_ARRAYS_OF_TEXT, [""], ["a b"], ["a\tb"], ["x" * 51]))),
    ("tag: number", "tag", {"tag_list": [7]}, 0), ("tag: ':' in it", "tag", {"tag_list": ["level:3"]}, 0),
    ("tag: unregistered", "tag", {"token_list": [STRANGER]}, BAD_TOKEN),
    ("tag: malformed", "tag", {"token_list": ["x" * 37]}, NOT_VALID),
    ("tag: only the first of each", "tag", lambda app: {"token_list": [app.token, "x"], "tag_list": [TAG, "a b"]}, 0),
    ("tag several: partly", "tag several", lambda app: {"token_list": [app.token, STRANGER]}, PARTLY),
    ("tag several: unregistered", "tag several", {"token_list": [STRANGER]}, TOTALLY),
    ("untag all: tag_list ignored", "untag all", {"tag_list": "junk"}, 0),
    *zeros("tag pairs", "tag_token_list"), *wrong("tag pairs", "tag_token_list", *NO_LISTS),
    *wrong("tag pairs", "tag_token_list", ["x"], [7], [{}], [{"tag": TAG}], [[TAG]], [[TAG, STRANGER]], code=TOTALLY),
    ("tag pairs: of the predecessor", "tag pairs", lambda app: {"tag_token_list": [[TAG, app.token]]}, 0),
    ("tag pairs: keys in other case", "tag pairs", lambda app: {"tag_token_list": [{"Tag": TAG, "TOKEN": app.token}]},
     0),
    *zeros("delete tags", "tag_list"), *wrong("delete tags", "tag_list", *NO_ARRAYS_OF_TEXT, [""], ["a b"], ["x" * 51]),
    # devices.md 4
    *zeros("attributes", "cmd"), *wrong("attributes", "cmd", *NO_NUMBERS, -1, 6),
    ("attributes: cmd '1'", "attributes", {"cmd": "1"}, 0),
        ("attributes: CMD", "attributes", {"cmd": ABSENT, "CMD": 2}, 0),
    *zeros("attributes", "token"), *wrong("attributes", "token", ["x"], {"a": 1}, 1.5, True),
    ("attributes: unregistered", "attributes", {"token": STRANGER}, BAD_TOKEN),
    ("attributes: malformed", "attributes", {"token": "x"}, NOT_VALID),
    *zeros("attributes", "attributeInfo"), *wrong("attributes", "attributeInfo", "x", 7, [1], True),
    *((f"attributes: attributeMap {name}", "attributes", {"attributeInfo": {"attributeMap": value}}, MISSING) for name,
      value in ZEROS),
    *((f"attributes: attributeMap {value!r}", "attributes", {"attributeInfo": {"attributeMap": value}}, INVALID)
      for value in values("x", 7, [1], True, {"name": ["x"]}, {"name": {}}, {"name": None}, {"name": 1.5},
                          {"name": "x" * 51})),
    ("attributes: number", "attributes", {"attributeInfo": {"attributeMap": {"name": 7}}}, 0),
    ("attributes: names keep their case", "attributes", {"attributeInfo": {"attributeMap": {"NAME": "x"}}}, 0),
    ("query attributes: attributeInfo ignored", "query attributes", {"attributeInfo": "junk"}, 0),
    # push.md 5
    *(row for key in ("planName", "planDescribe")
      for row in (*zeros("plan", key), *wrong("plan", key, ["x"], {"a": 1}, 1.5, True))),
    ("plan: numbers", "plan", {"planName": 7, "planDescribe": 8}, 0),
        ("plan: planname", "plan", {"planName": ABSENT, "planname": "n"}, 0),
    # lifecycle.md 5, statistics.md 2 and 3
    *(row for call in ("stop", "revoke", "cancel", "task") for row in zeros(call, "pushId")),
    *(row for call in READS_A_PUSH
      for row in wrong(call, "pushId", "x", "70001x", 1, "1", -1, 2**63, 2**70, 1.5, [1], {"a": 1}, True, "１",
                       code=NO_PUSH)),
    *((f"{call}: {name}", call, lambda app, name=name: {"pushId": ABSENT, name: app.collapse_id}, code)
      for call, code in (("record", 0), ("task", 0), ("cancel", INVALID)) for name in ("pushid", "PushId", "pushId")),
    ("record: also dates", "record", {"startDate": "junk", "limit": 9999}, 0),
    *zeros("record", "pushId"),
    *zeros("records", "startDate"), *zeros("records", "endDate"),
    *(row for key in ("startDate", "endDate")
      for row in wrong("records", key, *NO_DATES, "20260101", 20260101, code=DATE)),
    *wrong("records", "startDate", ["2026-01-01"], {"a": 1}, True),
    *zeros("records", "msgType", 0), *wrong("records", "msgType", "Notify", "mail", ["notify"], 1),
    *((f"records: msgType {value}", "records", {"msgType": value}, 0) for value in ("notify", "message")),
    *zeros("records", "pushType", 0), *wrong("records", "pushType", "ALL", "single", ["all"], 1),
    *((f"records: pushType {value}", "records", {"pushType": value}, 0)
      for value in ("all", "tag", "token", "account", "token_list", "account_list", "package_account_push",
                    "package_token_push")),
    *zeros("records", "offset", 0), *wrong("records", "offset", *NO_NUMBERS, -1),
        ("records: offset '5'", "records", {"offset": "5"}, 0),
    *zeros("records", "limit", 0), *wrong("records", "limit", *NO_NUMBERS, -1, 201),
    *((f"records: limit {value!r}", "records", {"limit": value}, 0) for value in values(1, "1", 200, "200")),
    # statistics.md 4 to 8
    *zeros("group", "groupId"), *wrong("group", "groupId", ["x"], {"a": 1}, 1.5, True),
        ("group: number", "group", {"groupId": 7}, 0),
    ("group: plan instead", "group", {"groupId": ABSENT, "planId": 7}, 0),
        ("group: planid", "group", {"groupId": ABSENT, "planid": "7"}, 0),
    *(row for call in ("group", "overview", "devices") for key in ("startDate", "endDate")
      for row in (*zeros(call, key), *wrong(call, key, *NO_DATES, "2026-01-01", code=DATE))),
    *((f"{call}: a number", call, lambda _: {"startDate": int(day(-1, COMPACT))}, 0)
      for call in ("group", "overview", "devices")),
    *zeros("distribution", "date"), *wrong("distribution", "date", *NO_DATES, "2026-01-01", code=DATE),
    *zeros("distribution", "type"), *wrong("distribution", "type", "colour", "City", ["city"], 1),
    *((f"distribution: type {kind}", "distribution", {"type": kind}, 0) for kind in PROPERTIES),
    *zeros("list", "token"), *wrong("list", "token", ["x"], {"a": 1}, 1.5, True),
    *wrong("list", "token", STRANGER, "x", 7, code=NOT_FOUND),
]  # fmt: skip


@table("call, members, code", *ROWS)
async def test_members(app: App, call: str, members: Any, code: int) -> None:
    path, body = right(app, call)
    changed = without_absent(body | (members(app) if callable(members) else members))
    reply = await app.post(path, changed)
    assert (reply.status, reply.code) == (200, code), reply.json


@pytest.mark.parametrize("call",
                         ["bind", "query accounts", "query tokens", "tag", "tag several", "tag pairs", "delete tags",
                          "attributes",
                                  "query attributes", "plan", "record", "records", "task", "group", "overview",
                                      "devices",
                                  "distribution", "list"])  # fmt: skip
async def test_right_as_it_is(new_app: NewApp, call: str) -> None:
    """What the rows above change: alone, and with members of other days and other endpoints."""
    app = await new_app()
    path, body = right(app, call)
    for more in ({}, {"platform": "android", "op_type": "x", "seq": 0, "unknown": {"a": [1]}}):
        reply = await app.post(path, body | more)
        assert (reply.status, reply.code) == (200, 0), reply.json


# ── elements of a binding (accounts.md 1 and 3) ────────────────────────────────────────────────────────────────────


@table("element, code",
       ("object", {"account": "ab"}, 0), ("with a type", {"account": "ab", "account_type": 7}, 0),
           ("type '7'", {"account": "ab", "account_type": "7"}, 0),
       ("type null", {"account": "ab", "account_type": None}, 0),
           ("type 2^31-1", {"account": "ab", "account_type": 2**31 - 1}, 0),
       ("number", {"account": 12345}, 0), ("keys in other case", {"Account": "ab", "ACCOUNT_TYPE": 1}, 0),
           ("text alone", "ab", 0),
       ("two characters", {"account": "字字"}, 0), ("100 characters", {"account": "字" * 100}, 0),
           ("white space inside", {"account": "a b"}, 0),
       ("one character", {"account": "a"}, INVALID), ("101 characters", {"account": "a" * 101}, INVALID),
           ("empty", {"account": ""}, INVALID),
       ("nothing", {}, INVALID), ("white space before", {"account": " ab"}, INVALID),
           ("white space after", {"account": "ab\u3000"}, INVALID),
       ("a control character", {"account": "a\nb"}, INVALID), ("a digit", {"account": 5}, INVALID),
           ("array", {"account": ["ab"]}, INVALID),
       ("true", {"account": True}, INVALID), ("type -1", {"account": "ab", "account_type": -1}, INVALID),
       ("type 2^31", {"account": "ab", "account_type": 2**31}, INVALID),
           ("type no number", {"account": "ab", "account_type": "x"}, INVALID))  # fmt: skip
async def test_account_elements(bound: App, element: Any, code: int) -> None:
    """One element that is wrong fails its token, and only that."""
    member = {"token": bound.token, "account_list": [element]}
    for operator in (1, 2, 3):
        reply = await bound.call(BIND, operator_type=operator, token_accounts=[member])
        assert (reply.code, reply.json["result"]) == (TOTALLY if code else 0, [str(code)])
    reply = await bound.call(BIND, operator_type=5, account_list=[element])
    assert reply.json["result"] == [str(code)]


@table("member, code",
       ("token of 35", {"token": "a" * 35}, BAD_TOKEN), ("token of 37", {"token": "a" * 37}, BAD_TOKEN),
           ("unregistered", {"token": STRANGER}, BAD_TOKEN),
       ("no token", {"token": ABSENT}, BAD_TOKEN), ("token null", {"token": None}, BAD_TOKEN),
           ("no list", {"account_list": ABSENT}, INVALID),
       ("empty list", {"account_list": []}, INVALID), ("list text", {"account_list": "ab"}, INVALID),
           ("Token", {"token": ABSENT, "Token": True}, 0))  # fmt: skip
async def test_token_elements(bound: App, member: dict[str, Any], code: int) -> None:
    given = {"token": bound.token, "account_list": [{"account": "ab"}], **member}
    given = {key: bound.token if value is True else value for key, value in given.items()}
    reply = await bound.call(BIND, operator_type=2, token_accounts=[without_absent(given)])
    assert reply.json["result"] == [str(code)]


@table("pair, code",
       ("right", {}, "0"), ("unregistered", {"token": STRANGER}, "1008006"), ("malformed", {"token": "x"}, "1008029"),
           ("no token", {"token": ABSENT}, "1008029"),
       ("white space", {"tag": "a b"}, "1008007"), ("50 bytes", {"tag": "字" * 16 + "ab"}, "0"),
           ("51 bytes", {"tag": "字" * 17}, "1008007"),
       ("empty tag", {"tag": ""}, "1008007"), ("no tag", {"tag": ABSENT}, "1008007"), ("number", {"tag": 7}, "0"),
           ("list", {"tag": ["x"]}, "1008007"))  # fmt: skip
async def test_tag_pairs(bound: App, pair: dict[str, Any], code: str) -> None:
    given = without_absent({"tag": TAG, "token": bound.token, **pair})
    for operator in (9, 10):
        reply = await bound.call(TAGS, operator_type=operator, tag_token_list=[given])
        assert (reply.code, msgspec.json.decode(reply.json["result"])) == (0 if code == "0" else TOTALLY, [code])


# ── which push can be ended (lifecycle.md 1 and 5) ─────────────────────────────────────────────────────────────────

STARTED = {State.STARTED, State.PAUSED, State.FINISHED}
ENDS = {STOP: STARTED, REVOKE: STARTED, CANCEL: {State.INIT, State.WAIT}}
BECOMES = {STOP: State.STOPPED, REVOKE: State.REVOKED, CANCEL: State.CANCELED}


@pytest.mark.parametrize("path", list(ENDS))
@pytest.mark.parametrize("state", list(State))
async def test_ending(bound: App, path: str, state: State) -> None:
    push_id = await a_task(bound, state)
    reply = await bound.call(path, pushId=str(push_id))
    if state in ENDS[path]:
        assert reply.code == 0
        record = await bound.call(RECORD, pushId=str(push_id))
        assert record.json["pushRecordData"][0]["status"] == BECOMES[path]
        state = BECOMES[path]
        reply = await bound.call(path, pushId=str(push_id))
    assert reply.code == INVALID
    assert state.value in reply.json["errMsg"], "the text says in which state it is"


# ── what is bound stays listed (accounts.md 4) ─────────────────────────────────────────────────────────────────────


@table("column", ("unregistered", "unregistered_at = now()"), ("uninstalled", "uninstalled_at = now()"),
       ("not seen for 91 days", "last_seen_day = last_seen_day - 91"))  # fmt: skip
async def test_unavailable_devices_are_listed(new_app: NewApp, column: str) -> None:
    app = await new_app()
    async with app.database.connection() as connection:
        statement = f"UPDATE devices SET {column} WHERE access_id = %s"
        await connection.execute(statement.encode(), (app.access_id,))
    reply = await app.call(QUERY, operator_type=1, account_list=[{"account": ACCOUNT}])
    assert (reply.code, reply.json["account_tokens"][0]["token_list"]) == (0, [app.token])
    reply = await app.call(QUERY, operator_type=2, token_list=[app.token])
    assert (reply.code, len(reply.json["token_accounts"][0]["account_list"])) == (0, 2)
    assert await app.refused(app.push("account")) == NO_TARGET
