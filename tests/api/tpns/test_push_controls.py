"""What an application's controls refuse: the same to the same recipients within an hour, pushes outside its hours."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from psycopg.types.json import Jsonb

from rockdove.api.context import ApiContext
from rockdove.devices.applications import Applications
from rockdove.domain.token import new_token
from tests.api.tpns.rest import Client, serve
from tests.rows import a_binding, a_device, an_app

PUSH = "/v3/push/app"
APP = 1500000001
ZONE = ZoneInfo("Asia/Shanghai")
MESSAGE = {"title": "Hello", "content": "World"}
REPEATED, OUTSIDE = 10010018, 10010012


async def allow(context: ApiContext, **controls: Any) -> None:
    async with context.database.connection() as connection:
        await connection.execute("UPDATE apps SET controls = %s", (Jsonb(controls),))


async def a_package(context: ApiContext, content: str) -> int:
    async with context.database.connection() as connection:
        cursor = await connection.execute(
            "INSERT INTO packages (access_id, state, file_name, file_bytes, file_sha256, verdict, object_prefix)"
            " VALUES (%s, 'ready', 'a.txt', 1, %s, '{}', '') RETURNING package_id",
            (APP, hashlib.sha256(content.encode()).digest()),
        )
        row: Any = await cursor.fetchone()
        return int(row.package_id)


@pytest.fixture
async def token(context: ApiContext, client: Client) -> str:
    """Of the one device: of anna and, under another account type, of ben."""
    token = new_token()
    async with context.database.connection() as connection:
        device_id = await a_device(connection, APP, token=token)
        await a_binding(connection, APP, device_id, "anna")
        await a_binding(connection, APP, device_id, "ben", 1)
    return token


def tags(*names: str) -> dict[str, Any]:
    return {"audience_type": "tag", "tag_list": {"tags": list(names), "op": "OR"}, "message": MESSAGE}


def accounts(*names: str, **members: Any) -> dict[str, Any]:
    return {"audience_type": "account_list", "account_list": list(names), "message": MESSAGE, **members}


def package(upload_id: int, audience_type: str = "package_account_push", **members: Any) -> dict[str, Any]:
    return {"audience_type": audience_type, "upload_id": upload_id, "message": MESSAGE, **members}


# ── the same to the same recipients ────────────────────────────────────────────────────────────────────────────────


async def test_it_is_off_by_default_but_for_all(client: Client, context: ApiContext, token: str) -> None:
    bodies = [tags("a"), accounts("anna", "x1"), package(await a_package(context, "a"))]
    for body in (*bodies, *bodies):
        assert await client.code(PUSH, body) == 0
    everybody = {"audience_type": "all", "message": MESSAGE}
    assert [await client.code(PUSH, everybody) for _ in range(2)] == [0, REPEATED]


async def test_what_is_the_same(client: Client, context: ApiContext, token: str) -> None:
    await allow(context, deduplicate=True)
    one, same, other = [await a_package(context, content) for content in ("a", "a", "b")]
    calls: list[tuple[dict[str, Any], int]] = [
        (tags("a", "b"), 0),
        (tags("a", "b") | {"expire_time": 900, "push_speed": 2000, "group_id": "g"}, REPEATED),
        (tags("a"), 0),
        (tags("a") | {"message": {"content": "World", "title": "Hello"}}, REPEATED),
        (tags("a") | {"message": {**MESSAGE, "title": "Bye"}}, 0),
        (tags("a") | {"message_type": "message"}, 0),
        (accounts("anna", "x1"), 0),
        (accounts("x1", "anna", "x1"), REPEATED),
        (accounts("anna", "x1", account_push_type=1), 0),
        (accounts("ben", account_type=1), 0),
        (accounts("anna"), 0),
        (package(one), 0),
        (package(same), REPEATED),
        (package(same, account_push_type=1), 0),
        (package(same, account_type=1), 0),
        (package(other), 0),
        (package(one, "package_token_push"), 0),
        (package(same, "package_token_push"), REPEATED),
        (package(one, exclude_upload_id=other), 0),
        (package(one, exclude_upload_id=other, multi_pkg=True), REPEATED),
    ]
    assert [(body, await client.code(PUSH, body)) for body, _ in calls] == calls


async def test_a_push_to_one_may_say_the_same_again(client: Client, context: ApiContext, token: str) -> None:
    await allow(context, deduplicate=True)
    for body in (
        {"audience_type": "token", "token_list": [token], "message": MESSAGE},
        {"audience_type": "token_list", "token_list": [token], "message": MESSAGE},
        {"audience_type": "account", "account_list": ["anna"], "message": MESSAGE},
    ):
        assert [await client.code(PUSH, body) for _ in range(2)] == [0, 0], body


async def test_after_an_hour_or_when_it_never_went_out_it_is_taken_again(
    client: Client, context: ApiContext, token: str
) -> None:
    await allow(context, deduplicate=True)
    for change in (
        "created_at = now() - interval '3601 seconds'",
        "state = 'PUSH_CANCELED'",
        "state = 'PUSH_FAILED'",
    ):
        assert [await client.code(PUSH, accounts("anna")) for _ in range(2)] == [0, REPEATED]
        async with context.database.connection() as connection:
            await connection.execute(f"UPDATE pushes SET {change}".encode())


async def test_of_twins_at_two_servers_one_is_taken(client: Client, context: ApiContext, token: str) -> None:
    await allow(context, deduplicate=True)
    second = ApiContext(context.settings, context.database, Applications(context.database), context.packages)
    async with serve(second) as port:
        doors = [client, Client(port)]
        codes = await asyncio.gather(*(doors[number % 2].code(PUSH, accounts("anna")) for number in range(8)))
    assert sorted(codes) == [0] + [REPEATED] * 7


async def test_a_refused_call_blocks_nothing(client: Client, context: ApiContext) -> None:
    """Refused by the rate, after the rule has let it pass."""
    await allow(context, deduplicate=True)
    limits = msgspec.structs.replace(context.settings.limits, bulk_pushes_per_second=1)
    settings = msgspec.structs.replace(context.settings, limits=limits)
    limited = ApiContext(settings, context.database, Applications(context.database), context.packages)
    async with context.database.connection() as connection:
        await connection.execute(
            "INSERT INTO rate_limits (access_id, name, window_at, used)"
            " VALUES (%s, 'push tag', now() + interval '1 hour', 1)", (APP,),
        )  # fmt: skip
    async with serve(limited) as port:
        assert await Client(port).code(PUSH, tags("b")) == 1008028
    assert await client.code(PUSH, tags("b")) == 0


async def test_other_applications_are_others(client: Client, context: ApiContext) -> None:
    async with context.database.connection() as connection:
        await an_app(connection, 1500000002)
    await allow(context, deduplicate=True)
    assert await client.code(PUSH, tags("a")) == 0
    assert await Client(client.port, 1500000002).code(PUSH, tags("a")) == 0


# ── hours ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def hours(first: int, last: int) -> dict[str, str]:
    """From so many hours from now, to so many, as the application's clocks show them."""
    now = datetime.now(ZONE)
    start, end = (now + timedelta(hours=offset) for offset in (first, last))
    return {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}


async def test_outside_the_hours_no_push_is_created(client: Client, context: ApiContext) -> None:
    await allow(context, allowed_hours=hours(2, 4))
    later = f"{datetime.now(ZONE) + timedelta(hours=3):%Y-%m-%d %H:%M:%S}"
    for body in (tags("a"), tags("a") | {"send_time": later}):
        reply = await client.post(PUSH, body)
        assert reply.code == OUTSIDE
        assert f"from {hours(2, 4)['start']} to" in reply.json["err_msg"]
        assert "Asia/Shanghai" in reply.json["err_msg"]


async def test_within_the_hours_it_is_also_for_later(client: Client, context: ApiContext) -> None:
    """Creation counts, not arrival."""
    await allow(context, allowed_hours=hours(-2, 2))
    later = f"{datetime.now(ZONE) + timedelta(hours=5):%Y-%m-%d %H:%M:%S}"
    assert await client.code(PUSH, tags("a")) == 0
    assert await client.code(PUSH, tags("a") | {"send_time": later}) == 0


async def test_what_is_wrong_anyway_is_said_first(client: Client, context: ApiContext) -> None:
    await allow(context, allowed_hours=hours(2, 4))
    assert await client.code(PUSH, {"audience_type": "tag", "message": MESSAGE}) == 1008002
    assert await client.code(PUSH, package(4711)) == OUTSIDE
