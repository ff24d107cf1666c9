"""Push plans: made by `add_plan_push`, named by pushes, added up by `get_push_group_stat_channel`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from pyroaring import BitMap

from rockdove.api.context import ApiContext
from rockdove.config import Limits
from rockdove.devices.applications import Applications
from rockdove.pushes import plans
from rockdove.stats.totals import Totals
from tests.api.tpns.rest import Client, serve
from tests.rows import a_push, a_receipt, a_slice, an_app

ADD, PUSH, GROUP = "/v3/push/plan/add_plan_push", "/v3/push/app", "/v3/statistics/get_push_group_stat_channel"
APP = 1500000001
ZONE = ZoneInfo("Asia/Shanghai")
PLAN = {"planName": "Spring", "planDescribe": "All of spring"}
MESSAGE = {"title": "Hello", "content": "World"}


async def test_the_answer(client: Client) -> None:
    reply = await client.post(ADD, PLAN)
    assert reply.code == 0
    answer = reply.json
    assert (answer["errMsg"], answer["ErrMsg"], answer["err_msg"]) == ("save success",) * 3
    made = answer["result"]
    assert set(made) == {"planId", "planName", "planDescribe", "planPushSource", "createdAt", "updateAt"}
    assert (made["planName"], made["planDescribe"], made["planPushSource"]) == ("Spring", "All of spring", "api")
    assert int(made["planId"]) > 0
    assert made["createdAt"] == made["updateAt"] > 1_700_000_000
    again = (await client.post(ADD, PLAN)).json["result"]
    assert again["planId"] != made["planId"], "the same name is allowed"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"planName": "x"}, 1008002),
        ({"planDescribe": "x"}, 1008002),
        ({"planName": "字" * 60, "planDescribe": "字" * 300}, 0),
        ({"planName": "字" * 61, "planDescribe": "x"}, 1008007),
        ({"planName": "x", "planDescribe": "字" * 301}, 1008007),
        ({"planName": "  ", "planDescribe": "x"}, 1008007),
        ({"planName": ["x"], "planDescribe": "x"}, 1008007),
    ],
)
async def test_what_a_plan_can_be_called(client: Client, body: dict[str, Any], code: int) -> None:
    assert await client.code(ADD, body) == code


async def test_so_many_a_day(client: Client, context: ApiContext) -> None:
    few = msgspec.structs.replace(context.settings, limits=Limits(plans_per_day=2))
    async with serve(ApiContext(few, context.database, Applications(context.database), context.packages)) as port:
        limited = Client(port)
        codes = [await limited.code(ADD, body) for body in (PLAN, PLAN | {"planName": "x" * 61}, PLAN, PLAN)]
    assert codes == [0, 1008007, 0, 1008028], "a refused plan is not counted"


async def test_a_push_names_its_plan(client: Client, context: ApiContext) -> None:
    plan_id = (await client.post(ADD, PLAN)).json["result"]["planId"]
    async with context.database.connection() as connection:
        await an_app(connection, 1500000002)
        foreign = await plans.add(connection, 1500000002, "theirs", "x")
        gone = await plans.add(connection, APP, "gone", "x")
        await plans.delete(connection, APP, gone.plan_id)
    for number, (given, code) in enumerate([
        (plan_id, 0), (int(plan_id), 0), ("", 0), ("0", 0), (0, 0), (None, 0), (str(foreign.plan_id), 1008007),
        (str(gone.plan_id), 1008007), ("48x", 1008007), ("-1", 1008007), ("9" * 30, 1008007), ("x" * 300, 1008007),
    ]):  # fmt: skip
        body = {"audience_type": "all", "message": {**MESSAGE, "title": f"push {number}"}, "plan_id": given}
        assert await client.code(PUSH, body) == code, given
    async with context.database.connection() as connection:
        rows = await (await connection.execute("SELECT plan_id FROM pushes ORDER BY push_id")).fetchall()
    assert [row.plan_id for row in rows] == [plan_id, plan_id, "", "", "", ""]


async def a_sent_push(context: ApiContext, targets: range, arrived: range, **columns: Any) -> int:
    columns = {"state": "PUSH_FINISHED", "started_at": datetime.now(UTC), "send_seq": 1} | columns
    async with context.database.connection() as connection:
        push_id = await a_push(connection, APP, **columns)
        await a_slice(connection, push_id, APP, 0, BitMap(targets), state="done", sent_upto=targets[-1])
        if arrived:
            await a_receipt(connection, push_id, "arrived", BitMap(arrived))
            await connection.execute("UPDATE receipt_deltas SET minute = minute - interval '5 minutes'")
    return push_id


def day(back: int = 0) -> str:
    return f"{datetime.now(ZONE) - timedelta(days=back):%Y%m%d}"


async def all_of(client: Client, path: str = GROUP, **members: Any) -> list[int]:
    """Planned, sent, arrived over all channels."""
    reply = await client.post(path, {"startDate": day(6), "endDate": day(), **members})
    assert reply.code == 0, reply.json
    row = reply.json["pushStatDataAll"][-1]
    assert row["channel"] == "all"
    return [row["pushState"][key] for key in ("pushActiveUv", "pushOnlineUv", "arrivalUv")]


async def test_a_plan_and_a_group_are_added_up(client: Client, context: ApiContext) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    await a_sent_push(context, range(100), range(40), plan_id="7", group_id="spring")
    await a_sent_push(context, range(50), range(10), plan_id="7", started_at=yesterday, due=yesterday)
    await a_sent_push(context, range(7), range(7), plan_id="", group_id="spring")
    long_ago = datetime.now(UTC) - timedelta(days=9)
    await a_sent_push(context, range(30), range(30), plan_id="7", group_id="spring", started_at=long_ago, due=long_ago)
    assert await all_of(client, planId="7") == [0, 0, 0], "not rolled up yet"
    await Totals(context.database).roll()
    assert await all_of(client, planId="7") == [150, 150, 50]
    assert await all_of(client, planId=7, groupId="spring") == [150, 150, 50], "the plan wins"
    assert await all_of(client, groupId="spring") == await all_of(client, groupid="spring") == [107, 107, 47]
    assert await all_of(client, planId="7", startDate=day()) == [100, 100, 40]
    assert await all_of(client, planId="7", startDate=day(1), endDate=day(1)) == [50, 50, 10]
    assert await all_of(client, planId="0") == [7, 7, 7]
    assert await all_of(client, groupId="nothing") == [0, 0, 0]
    assert await all_of(client, "/v3/statistics/get_push_group_stat", groupId="spring") == [107, 107, 47]


async def test_totals_follow_their_pushes(client: Client, context: ApiContext) -> None:
    push_id = await a_sent_push(context, range(100), range(0), plan_id="7")
    async with context.database.connection() as connection:
        await connection.execute("UPDATE push_slices SET state = 'due', sent_upto = 9")
        totals = Totals(context.database)
        await totals.roll()
        assert await all_of(client, planId="7") == [100, 10, 0]
        await connection.execute("UPDATE push_slices SET state = 'done', sent_upto = 99")
        await totals.roll()
        assert await all_of(client, planId="7") == [100, 100, 0]
        await a_receipt(connection, push_id, "arrived", BitMap(range(30)))
        await totals.roll()
        assert await all_of(client, planId="7") == [100, 100, 0], "this minute is not over"
        await connection.execute("UPDATE receipt_deltas SET minute = minute - interval '5 minutes'")
        await totals.roll()
        assert await all_of(client, planId="7") == [100, 100, 30]
        await a_receipt(connection, push_id, "clicked", BitMap(range(20, 40)))
        await connection.execute("UPDATE receipt_deltas SET minute = minute - interval '5 minutes'")
        await totals.roll()
        assert await all_of(client, planId="7") == [100, 100, 40]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"startDate": "{today}", "endDate": "{today}"}, 1008002),
        ({"planId": "7", "endDate": "{today}"}, 1008002),
        ({"planId": "7", "startDate": "2026-01-01", "endDate": "{today}"}, 1008016),
        ({"planId": "7", "startDate": "{week}", "endDate": "{today}"}, 1008016),
        ({"planId": "7", "startDate": "{today}", "endDate": "{yesterday}"}, 1008016),
        ({"planId": "7", "startDate": "{today}", "endDate": "99991231"}, 0),
    ],
)
async def test_which_days_can_be_asked_for(client: Client, members: dict[str, str], code: int) -> None:
    dates = {"today": day(), "yesterday": day(1), "week": day(8)}
    assert await client.code(GROUP, {key: text.format_map(dates) for key, text in members.items()}) == code
