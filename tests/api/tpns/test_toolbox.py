"""`getPushListByToken`: today's pushes that have a device among their targets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pyroaring import BitMap

from rockdove.api.context import ApiContext
from rockdove.domain.push import AudienceType
from rockdove.domain.token import new_token
from tests.api.tpns.rest import Client
from tests.rows import a_device, a_push, a_slice, an_app

PATH = "/v3/toolbox/getPushListByToken"
APP = 1500000001
ZONE = ZoneInfo("Asia/Shanghai")


def midnight() -> datetime:
    return datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


async def a_push_to(context: ApiContext, device_ids: list[int], started_at: datetime, **columns: Any) -> int:
    """Bulk, unless `counts` says how few it is for."""
    async with context.database.connection() as connection:
        columns = {"state": "PUSH_FINISHED", "started_at": started_at, "due": started_at} | columns
        push_id = await a_push(connection, APP, **columns)
        await a_slice(connection, push_id, APP, 0, BitMap(device_ids))
        if "counts" in columns:
            for device_id in device_ids:
                await connection.execute(
                    "INSERT INTO small_push_targets VALUES (%s, %s, %s)", (APP, device_id, push_id)
                )
        return push_id


async def test_todays_pushes_newest_first(client: Client, context: ApiContext) -> None:
    token = new_token()
    async with context.database.connection() as connection:
        others = [await a_device(connection, APP) for _ in range(3)]
        mine = await a_device(connection, APP, token=token)
        far = await a_device(connection, APP)
    start = midnight()
    few = {"counts": '{"planned": 2}', "audience_type": "account_list"}
    await a_push_to(context, [mine], start - timedelta(seconds=1))
    first = await a_push_to(context, [*others, mine], start, audience_type="tag")
    await a_push_to(context, [*others, far], start + timedelta(seconds=1))
    second = await a_push_to(context, [others[0], mine], start + timedelta(seconds=2), **few)
    await a_push_to(context, [others[0]], start + timedelta(seconds=3), **few)
    await a_push_to(context, [mine], start - timedelta(hours=1), **few)
    reply = await client.post(PATH, {"token": token})
    assert reply.code == 0
    at = int(start.timestamp())
    assert reply.json["pushTaskList"] == [
        {"pushId": second, "pushTime": at + 2, "pushTargetType": "ACCOUNT_LIST_PUSH"},
        {"pushId": first, "pushTime": at, "pushTargetType": "TAG_PUSH"},
    ]


async def test_every_audience_has_a_name(client: Client, context: ApiContext) -> None:
    token = new_token()
    async with context.database.connection() as connection:
        mine = await a_device(connection, APP, token=token)
    for audience_type in AudienceType:
        await a_push_to(context, [mine], datetime.now(UTC), audience_type=audience_type)
    listed = (await client.post(PATH, {"token": token})).json["pushTaskList"]
    names = {one["pushTargetType"] for one in listed}
    assert len(names) == len(AudienceType)
    assert all(name.endswith("_PUSH") for name in names)


async def test_tokens_it_does_not_know(client: Client, context: ApiContext) -> None:
    async with context.database.connection() as connection:
        await an_app(connection, 1500000002)
        foreign = new_token()
        await a_device(connection, 1500000002, token=foreign)
    for token in (foreign, new_token(), "short"):
        assert await client.code(PATH, {"token": token}) == 10110008
    assert await client.code(PATH, {}) == 1008002
