"""`Idempotency-Key`: a repeated upload or push happens once, and a refused one has used no key up."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from rockdove.api.context import ApiContext
from rockdove.api.tpns import idempotency
from rockdove.domain.token import new_token
from tests.api.tpns.rest import Client, Reply
from tests.api.tpns.test_upload import FORM, form
from tests.rows import a_device

PUSH, UPLOAD = "/v3/push/app", "/v3/push/package/upload"
MESSAGE = {"title": "Hello", "content": "World"}
ALL = {"audience_type": "all", "message": MESSAGE}


async def send(client: Client, path: str, body: Any, key: str, **headers: str) -> Reply:
    return await client.post(path, body, {**client.basic, idempotency.HEADER: key, **headers})


async def upload(client: Client, body: bytes, key: str) -> Reply:
    return await send(client, UPLOAD, body, key, **FORM)


async def count(context: ApiContext, table: str) -> int:
    async with context.database.connection() as connection:
        row: Any = await (await connection.execute(f"SELECT count(*) AS n FROM {table}".encode())).fetchone()
        return int(row.n)


@pytest.fixture
async def to_one(context: ApiContext, client: Client) -> dict[str, Any]:
    token = new_token()
    async with context.database.connection() as connection:
        await a_device(connection, client.access_id, token=token)
    return {"audience_type": "token", "token_list": [token], "message": MESSAGE}


async def test_a_repeated_push_is_one_push(client: Client, context: ApiContext, to_one: dict[str, Any]) -> None:
    for body in (ALL, to_one, to_one | {"seq": 7}):
        first = await send(client, PUSH, body, "once")
        again = await send(client, PUSH, body, "once")
        assert first.code == again.code == (1008007 if body is not ALL else 0)
        assert first.body == again.body
    assert await count(context, "pushes") == 1


async def test_a_small_push_is_kept_too(client: Client, context: ApiContext, to_one: dict[str, Any]) -> None:
    first = await send(client, PUSH, to_one | {"seq": 1}, "a")
    again = await send(client, PUSH, to_one | {"seq": 2}, "a")
    assert (first.json["push_id"], first.code) == (again.json["push_id"], 0)
    assert (first.json["seq"], again.json["seq"]) == (1, 2)
    assert list(first.json) == list(again.json)
    assert (await send(client, PUSH, to_one, "b")).json["push_id"] != first.json["push_id"]
    assert await count(context, "pushes") == 2


async def test_a_refused_push_has_used_no_key(client: Client, context: ApiContext) -> None:
    for _ in range(2):
        assert (
            await send(client, PUSH, {"audience_type": "account", "account_list": ["nobody"], "message": MESSAGE}, "k")
        ).code == 10010005
    assert await count(context, "idempotency_keys") == 0
    assert (await send(client, PUSH, ALL, "k")).code == 0
    assert (await send(client, PUSH, ALL, "other")).code == 10010018, "without its key it is a repetition"
    assert await count(context, "idempotency_keys") == 1


async def test_twins_at_once_are_one_push(client: Client, context: ApiContext, to_one: dict[str, Any]) -> None:
    replies = await asyncio.gather(*(send(client, PUSH, to_one, "twins") for _ in range(8)))
    assert {reply.code for reply in replies} == {0}
    assert len({reply.json["push_id"] for reply in replies}) == 1
    assert await count(context, "pushes") == 1


async def test_a_repeated_upload_is_one_package(client: Client, context: ApiContext) -> None:
    first = await upload(client, form(b"anna\nben\nx\n"), "file")
    again = await upload(client, form(b"anna\nben\nx\n"), "file")
    assert (first.code, first.body) == (0, again.body)
    assert (await upload(client, form(b"anna\nben\n"), "file")).code == 1008007, "another file"
    assert (await upload(client, form(b"anna\nben\nx\n", "b.txt"), "file")).code == 1008007, "another name"
    assert (await upload(client, form(b"anna\nben\nx\n"), "file2")).json["uploadId"] != first.json["uploadId"]
    assert await count(context, "packages") == 2


async def test_twin_uploads_are_one_package(client: Client, context: ApiContext) -> None:
    replies = await asyncio.gather(*(upload(client, form(b"anna\nben\n"), "twins") for _ in range(4)))
    assert {reply.code for reply in replies} == {0}
    assert len({reply.body for reply in replies}) == 1
    assert await count(context, "packages") == 1
    stored = list((context.packages._depot.store.incoming).iterdir())
    assert stored == [], "the late twins leave nothing behind"


async def test_a_refused_file_has_used_no_key(client: Client, context: ApiContext) -> None:
    assert (await upload(client, form(b"x\n"), "file")).code == 1008011
    assert (await upload(client, form(b"anna\n"), "file")).code == 0


async def test_keys_are_of_an_endpoint_and_answer_for_a_day(client: Client, context: ApiContext) -> None:
    assert (await upload(client, form(b"anna\n"), "campaign-1")).code == 0
    push = await send(client, PUSH, ALL, "campaign-1")
    assert push.code == 0
    await age(context, 23)
    assert (await send(client, PUSH, ALL, "campaign-1")).body == push.body
    await age(context, 2)
    assert (await send(client, PUSH, ALL, "campaign-1")).code == 10010018, "a new call, and a repetition"
    later = await send(client, PUSH, {"audience_type": "all", "message": {"title": "a", "content": "b"}}, "campaign-1")
    assert later.code == 0
    await idempotency.expire(context.database, 24)
    assert await count(context, "idempotency_keys") == 1


async def age(context: ApiContext, hours: int) -> None:
    async with context.database.connection() as connection:
        await connection.execute(
            "UPDATE idempotency_keys SET created_at = created_at - make_interval(hours => %s)", (hours,)
        )


@pytest.mark.parametrize("key", ["", "two words", "k" * 256, "\u00e9"])
async def test_what_can_t_be_a_key(client: Client, key: str) -> None:
    assert (await send(client, PUSH, ALL, key)).code == 1008007


async def test_only_calls_that_take_a_key_look_at_it(client: Client) -> None:
    body = {"operator_type": 1, "account_list": [{"account": "nobody"}]}
    assert (await send(client, "/v3/device/account/query", body, "two words")).code == 1008027
