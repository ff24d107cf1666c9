"""Every row of limits.md: the edge is accepted, one more is refused, and 0 in the configuration takes the limit away.

Not again here: bodies, files and uploads in flight (test_http, test_upload, tests/ingest), `expire_time`, `push_speed`
and the lengths of accounts and tokens (the tables of members), plans (test_plans), kept messages (tests/gateway),
available devices and caps (tests/audience), tokens of an account (tests/devices).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from rockdove.config import ConfigError, load
from rockdove.devices import attributes
from tests.api.tpns.contract.conftest import CAN_BE_OFF, NewApp
from tests.api.tpns.contract.test_answers import (
    ATTRIBUTES,
    BIND,
    DELETE_TAGS,
    DEVICES,
    DISTRIBUTION,
    GROUP,
    LIST,
    OVERVIEW,
    PLAN,
    QUERY,
    RECORD,
    TAGS,
    TASK,
    a_task,
)
from tests.api.tpns.contract.world import (
    ACCOUNT,
    DATE,
    FILE,
    FORM,
    ILLEGAL_TIME,
    INVALID,
    NO_PUSH,
    PUSH,
    REPEATED,
    TAG,
    TOO_FAST,
    UPLOAD,
    App,
    day,
    form,
    loop,
    moment,
    table,
)

Made = Callable[[App, int], tuple[str, dict[str, Any]]]
"""A call of such a size."""


def numbered(count: int, word: str = "user") -> list[str]:
    return [f"{word}{number}" for number in range(count)]


def message_of(app: App, size: int) -> dict[str, Any]:
    """So many bytes as compact JSON."""
    empty = app.message(content="")
    return {**empty, "content": "x" * (size - len(msgspec.json.encode(empty)))}


def pushed(app: App, audience: str = "token", **members: Any) -> tuple[str, dict[str, Any]]:
    return PUSH, app.push(audience, **members)


def tagged(app: App, operator: int, tokens: list[str], tags: list[str]) -> tuple[str, dict[str, Any]]:
    return TAGS, {"operator_type": operator, "token_list": tokens, "tag_list": tags}


def accounts(count: int) -> list[dict[str, str]]:
    return [{"account": ACCOUNT}, *({"account": name} for name in numbered(count - 1))]


def typed(count: int) -> list[dict[str, Any]]:
    """Accounts of one token: one of a type."""
    return [{"account": "ab", "account_type": number} for number in range(count)]


def naming(app: App, count: int) -> dict[str, Any]:
    """A message that names so many attributes."""
    names = "".join(f"{{{{a{number + 1}}}}}" for number in range(count))
    return app.message(content=names, default_title="t", default_content="c")


SIZES: list[tuple[str, str, int, Made]] = [
    ("message", "message_bytes", 4096, lambda app, n: pushed(app, message=message_of(app, n))),
    ("account_list of a push", "push_targets", 1000,
     lambda app, n: pushed(app, "account_list", account_list=[ACCOUNT, *numbered(n - 1)])),
    ("token_list of a push", "push_targets", 1000,
     lambda app, n: pushed(app, "token_list", token_list=[app.token, *numbered(n - 1)], ignore_invalid_token=1)),
    ("tags of a push", "push_tags", 500, lambda app, n: pushed(app, "tag", tag_list={"tags": numbered(n)})),
    ("tags of a push, over all rules", "push_tags", 500, lambda app, n: pushed(app, "tag", tag_rules=[
        {"tag_items": [{"tags": numbered(half), "tag_type": "xg_user_define"}]} for half in (n // 2, n - n // 2)])),
    ("attributes of a push", "push_attributes", 5,
     lambda app, n: pushed(app, ntf_wt_attrs=True, message=naming(app, n))),
    ("tokens of a binding", "binding_tokens", 20, lambda app, n: (BIND, {"operator_type": 2, "token_accounts": [
        {"token": app.token, "account_list": [{"account": "ab"}]}] * n})),
    ("tokens to clear", "listed_accounts", 1000,
     lambda app, n: (BIND, {"operator_type": 4, "token_list": [app.token] * n})),
    ("accounts to remove", "listed_accounts", 1000,
     lambda app, n: (BIND, {"operator_type": 5, "account_list": [{"account": "nobody"}] * n})),
    ("accounts to query", "listed_accounts", 1000,
     lambda app, n: (QUERY, {"operator_type": 1, "account_list": [{"account": ACCOUNT, "account_type": 991}] * n})),
    ("tokens to query", "listed_accounts", 1000,
     lambda app, n: (QUERY, {"operator_type": 2, "token_list": [app.token] * n})),
    ("bytes of a tag", "tag_bytes", 50, lambda app, n: tagged(app, 1, [app.token], ["字" * 16 + "x" * (n - 48)])),
    ("bytes of a tag to delete", "tag_bytes", 50, lambda app, n: (DELETE_TAGS, {"tag_list": ["x" * n]})),
    ("tokens of a tag call", "tag_call_items", 500, lambda app, n: tagged(app, 7, [app.token] * n, [TAG])),
    ("tags of a tag call", "tag_call_items", 500, lambda app, n: tagged(app, 4, [app.token], numbered(n, "tag"))),
    ("pairs of a tag call", "tag_call_items", 500, lambda app, n: (TAGS, {
        "operator_type": 9, "tag_token_list": [{"tag": TAG, "token": app.token}] * n})),
    ("tags to delete", "deleted_tags", 100, lambda app, n: (DELETE_TAGS, {"tag_list": numbered(n, "tag")})),
    ("bytes of an attribute", "attribute_bytes", 50, lambda app, n: (ATTRIBUTES, {
        "cmd": 1, "token": app.token, "attributeInfo": {"attributeMap": {"name": "字" * 16 + "x" * (n - 48)}}})),
]  # fmt: skip


@table("setting, most, made", *SIZES)
async def test_size(new_app: NewApp, ports: dict[str, int], setting: str, most: int, made: Made) -> None:
    app = await new_app()
    assert await app.code(*made(app, most)) == 0
    reply = await app.post(*made(app, most + 1))
    assert reply.code == INVALID
    assert str(most) in reply.json["err_msg"], "the text says how many"
    assert await app.at(ports["unlimited"]).code(*made(app, most + 1)) == 0


# ── what adds up over calls ────────────────────────────────────────────────────────────────────────────────────────


async def test_accounts_of_a_token_in_a_binding(new_app: NewApp, ports: dict[str, int]) -> None:
    """More fail the token, not the call."""
    app = await new_app()

    async def result(app: App, count: int) -> Any:
        member = {"token": app.token, "account_list": typed(count)}
        return (await app.call(BIND, operator_type=2, token_accounts=[member])).json["result"]

    assert await result(app, 32) == ["0"]
    assert await result(app, 33) == [str(INVALID)]
    assert await result(app.at(ports["unlimited"]), 33) == ["0"]


async def test_tags_of_a_device(new_app: NewApp, ports: dict[str, int]) -> None:
    app = await new_app()
    assert await app.code(*tagged(app, 3, [app.token], numbered(100, "tag"))) == 0
    assert await app.code(*tagged(app, 1, [app.token], ["more"])) == INVALID
    assert await app.code(*tagged(app, 1, [app.token], ["tag7"])) == 0, "it has that one"
    assert await app.at(ports["unlimited"]).code(*tagged(app, 1, [app.token], ["more"])) == 0


async def test_tags_of_an_application(new_app: NewApp, ports: dict[str, int]) -> None:
    app = await new_app()
    async with app.database.connection() as connection:
        await connection.execute(
            "INSERT INTO tags (access_id, tag) SELECT %s, 'tag' || n FROM generate_series(1, 9999) AS n",
            (app.access_id,),
        )
    assert await app.code(*tagged(app, 1, [app.token], ["the-ten-thousandth"])) == 0
    assert await app.code(*tagged(app, 1, [app.token], ["one-more"])) == INVALID
    assert await app.code(*tagged(app, 1, [app.token], ["tag5"])) == 0, "there is one of that name"
    assert await app.at(ports["unlimited"]).code(*tagged(app, 1, [app.token], ["one-more"])) == 0


async def test_attributes_of_a_device(new_app: NewApp, ports: dict[str, int]) -> None:
    app = await new_app()
    async with app.database.connection() as connection:
        await attributes.add_names(connection, app.access_id, numbered(52), 50)

    async def code(app: App, names: list[str]) -> int:
        info = {"attributeMap": dict.fromkeys(names, "x")}
        return (await app.call(ATTRIBUTES, cmd=1, token=app.token, attributeInfo=info)).code

    assert await code(app, numbered(50)) == 0
    assert await code(app, ["user50"]) == INVALID
    assert await code(app, ["user7"]) == 0, "it has that one"
    assert await code(app.at(ports["unlimited"]), ["user50"]) == 0


async def test_length_of_a_file_name(android: App) -> None:
    for length, code in ((5, 0), (100, 0), (101, FILE)):
        body = form(b"ab\n", "字" * (length - 4) + ".txt")
        assert (await android.post(UPLOAD, body, android.basic | FORM)).code == code


async def test_lengths_of_accounts_of_a_package(android: App) -> None:
    lines = ["a", "ab", "字" * 100, "字" * 101]
    reply = await android.post(UPLOAD, form("\n".join(lines).encode()), android.basic | FORM)
    assert (reply.json["accountCount"], reply.json["invalidCount"]) == (2, 2)


# ── times ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_90_days_ahead(android: App, ports: dict[str, int]) -> None:
    unlimited = android.at(ports["unlimited"])
    near, far = moment(days=90, seconds=-60), moment(days=90, seconds=60)
    assert await android.code(*pushed(android, "tag", send_time=near)) == 0
    assert await android.refused(android.push("tag", send_time=far)) == ILLEGAL_TIME
    assert await unlimited.code(*pushed(unlimited, "tag", send_time=far)) == 0
    assert await unlimited.code(*pushed(unlimited, "tag", send_time="9998-12-31 00:00:00")) == 0
    beyond = {"loop_param": loop(startDate=day(120), endDate=day(121))}
    assert await android.refused(android.push("tag", **beyond)) == INVALID
    assert await unlimited.code(*pushed(unlimited, "tag", **beyond)) == 0


async def test_ten_minutes_late(android: App, ports: dict[str, int]) -> None:
    unlimited = android.at(ports["unlimited"])
    assert await android.code(*pushed(android, "tag", send_time=moment(seconds=-540))) == 0
    assert await android.refused(android.push("tag", send_time=moment(seconds=-602))) == ILLEGAL_TIME
    assert await unlimited.code(*pushed(unlimited, "tag", send_time="1971-01-01 00:00:00")) == 0


async def test_occurrences_of_a_loop(android: App, ports: dict[str, int]) -> None:
    six_a_day = [f"{hour:02}:00:00" for hour in range(6)]
    for last, code in ((61, 0), (62, INVALID)):  # 366 and 372
        assert (
            await android.code(*pushed(android, "tag", loop_param=loop(endDate=day(last), dayTimes=six_a_day))) == code
        )
    app = android.at(ports["unlimited"])
    reply = await app.post(*pushed(app, "tag", loop_param=loop(endDate=day(62), dayTimes=six_a_day)))
    assert len(reply.json["push_id"]) == 372


WINDOWS: list[tuple[str, str, int, Callable[[int], dict[str, Any]]]] = [
    ("records", RECORD, 31, lambda back: {"startDate": day(-back), "endDate": day()}),
    ("group", GROUP, 7, lambda back: {"groupId": "g", "startDate": day(-back, "%Y%m%d"), "endDate": day(0, "%Y%m%d")}),
    ("overview", OVERVIEW, 30, lambda back: {"startDate": day(-back, "%Y%m%d"), "endDate": day(0, "%Y%m%d")}),
    ("devices", DEVICES, 92, lambda back: {"startDate": day(-back, "%Y%m%d"), "endDate": day(0, "%Y%m%d")}),
    ("distribution", DISTRIBUTION, 31, lambda back: {"date": day(-back, "%Y%m%d"), "type": "city"}),
]  # fmt: skip


@table("path, most, members", *WINDOWS)
async def test_days_back(android: App, path: str, most: int, members: Callable[[int], dict[str, Any]]) -> None:
    async def codes() -> list[int]:
        return [(await android.call(path, **members(back))).code for back in (0, most, most + 1)]

    assert await within_an_hour(codes) == [0, 0, DATE]


@table("path, most", ("record", RECORD, 31), ("task", TASK, 30))
async def test_pushes_back(android: App, path: str, most: int) -> None:
    for hours, code in ((-1, 0), (1, NO_PUSH)):
        at = datetime.now(UTC) - timedelta(days=most, hours=hours)
        push_id = await a_task(android, "PUSH_FINISHED", created_at=at, due=at)
        assert (await android.call(path, pushId=str(push_id))).code == code


# ── rates ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def used(app: App, name: str, unit: str, calls: int) -> None:
    """So many calls in this hour, day or second."""
    async with app.database.connection() as connection:
        await connection.execute(
            "INSERT INTO rate_limits (access_id, name, window_at, used)"
            " VALUES (%s, %s, date_trunc(%s, now(), 'Asia/Shanghai'), %s)"
            " ON CONFLICT (access_id, name) DO UPDATE SET window_at = excluded.window_at, used = excluded.used",
            (app.access_id, name, unit, calls),
        )


async def within_an_hour(codes: Callable[[], Awaitable[list[int]]]) -> list[int]:
    """What it gives when the hour has not ended meanwhile."""
    while True:
        hour = datetime.now(UTC).hour
        given = await codes()
        if hour == datetime.now(UTC).hour:
            return given


COUNTED: list[tuple[str, str, str, str, Callable[[], dict[str, Any]]]] = [
    ("records by id", RECORD, "statistics get_push_record", "hour", lambda: {"pushId": True}),
    ("records by day", RECORD, "statistics get_push_record", "hour", lambda: {"startDate": day(), "endDate": day()}),
    ("task", TASK, "statistics get_push_task_stat_channel", "hour", lambda: {"pushId": True}),
    ("group", GROUP, "statistics get_push_group_stat_channel", "hour",
     lambda: {"groupId": "g", "startDate": day(0, "%Y%m%d"), "endDate": day(0, "%Y%m%d")}),
    ("overview", OVERVIEW, "statistics get_push_channel_stat_overview", "hour",
     lambda: {"startDate": day(0, "%Y%m%d"), "endDate": day(0, "%Y%m%d")}),
    ("devices", DEVICES, "statistics get_device_stat_overview", "hour",
     lambda: {"startDate": day(0, "%Y%m%d"), "endDate": day(0, "%Y%m%d")}),
    ("distribution", DISTRIBUTION, "statistics get_device_distribute_info", "hour",
     lambda: {"date": day(0, "%Y%m%d"), "type": "city"}),
    ("list", LIST, "statistics getPushListByToken", "hour", lambda: {"token": True}),
    ("plan", PLAN, "plan", "day", lambda: {"planName": "n", "planDescribe": "d"}),
]  # fmt: skip


@table("path, name, unit, members", *COUNTED)
async def test_200_an_hour_or_a_day(
    new_app: NewApp, ports: dict[str, int], path: str, name: str, unit: str, members: Callable[[], dict[str, Any]]
) -> None:
    """The last of 200 is answered, the next is not; another application, and a server without the limit, go on."""
    app, other = [(await new_app()).at(ports["rated"]) for _ in range(2)]

    async def code(app: App) -> int:
        own = {"pushId": str(app.collapse_id), "token": app.token}
        given = {key: own[key] if value is True else value for key, value in members().items()}
        return (await app.call(path, **given)).code

    async def codes() -> list[int]:
        await used(app, name, unit, 199)
        return [await code(app), await code(app), await code(other), await code(app.at(ports["unlimited"]))]

    assert await within_an_hour(codes) == [0, TOO_FAST, 0, 0]


async def test_statistics_count_by_endpoint(new_app: NewApp, ports: dict[str, int]) -> None:
    app = (await new_app()).at(ports["rated"])

    async def codes() -> list[int]:
        await used(app, "statistics get_push_record", "hour", 200)
        return [(await app.call(path, pushId=str(app.collapse_id))).code for path in (RECORD, TASK)]

    assert await within_an_hour(codes) == [TOO_FAST, 0]


@pytest.mark.parametrize("audience", ["all", "tag", "package_account_push", "package_token_push"])
async def test_one_push_a_second(new_app: NewApp, ports: dict[str, int], audience: str) -> None:
    """A turn comes back when a second is over; the others have turns of their own, and lists of targets need none."""
    app = (await new_app()).at(ports["rated"])
    for age, code in (("-1 hour", TOO_FAST), ("2 seconds", 0)):
        async with app.database.connection() as connection:
            await connection.execute(
                "INSERT INTO rate_limits (access_id, name, window_at, used) VALUES (%s, %s, now() - %s::interval, 1)"
                " ON CONFLICT (access_id, name) DO UPDATE SET window_at = excluded.window_at",
                (app.access_id, f"push {audience}", age),
            )
        assert await app.code(*pushed(app, audience)) == code
    other = "all" if audience == "tag" else "tag"
    assert await app.code(*pushed(app, other)) == 0
    for small in ("token", "token_list", "account", "account_list"):
        assert [await app.code(*pushed(app, small)) for _ in range(3)] == [0, 0, 0]
    unlimited = app.at(ports["unlimited"])
    assert [await unlimited.code(*pushed(unlimited, audience)) for _ in range(3)] == [0, 0, 0]


async def test_the_same_to_all_once_an_hour(new_app: NewApp, ports: dict[str, int]) -> None:
    app = await new_app()
    body = app.push("all")
    assert [await app.code(PUSH, body) for _ in range(2)] == [0, REPEATED]
    async with app.database.connection() as connection:
        for age, code in (("3000 seconds", REPEATED), ("3601 seconds", 0)):
            await connection.execute(
                "UPDATE pushes SET created_at = now() - %s::interval WHERE access_id = %s", (age, app.access_id)
            )
            assert await app.code(PUSH, body) == code
    assert [await app.at(ports["unlimited"]).code(PUSH, body) for _ in range(2)] == [0, 0]


def test_settings_take_limits_away() -> None:
    """As an operator writes it, for each of them; there are no limits below nothing."""
    off = load(None, {f"ROCKDOVE_LIMITS__{name.upper()}": "0" for name in CAN_BE_OFF}).limits
    assert [getattr(off, name) for name in CAN_BE_OFF] == [0] * len(CAN_BE_OFF)
    for name in CAN_BE_OFF:
        with pytest.raises(ConfigError, match=name):
            load(None, {f"ROCKDOVE_LIMITS__{name.upper()}": "-1"})
    for text, strict in (("true", True), ("false", False)):
        setting = {"ROCKDOVE_LIMITS__STRICT_SCHEDULE_AUDIENCE": text}
        assert load(None, setting).limits.strict_schedule_audience is strict


def test_every_limit_is_here() -> None:
    """All that can be switched off was, somewhere above or, the time stamp, in test_auth_order."""
    others = {
        "signature_max_skew_seconds", "bulk_pushes_per_second", "repeat_window_seconds", "statistics_per_hour",
            "plans_per_day",
        "schedule_ahead_days", "schedule_late_seconds", "loop_occurrences", "binding_accounts", "tags_per_app",
            "tags_per_device",
        "attributes_per_device",
    }  # fmt: skip
    assert {setting for _, setting, _, _ in SIZES} | others == set(CAN_BE_OFF)
