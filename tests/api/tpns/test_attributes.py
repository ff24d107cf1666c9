"""`set_custom_attribute` (spec/devices.md §4), and pushes whose texts name attributes (spec/push.md §1.4)."""

from __future__ import annotations

from typing import Any

import pytest

from rockdove.api.context import ApiContext
from rockdove.devices import attributes
from rockdove.domain.token import new_token
from tests.api.tpns.rest import Client, Reply
from tests.rows import a_device, an_app

PATH, PUSH = "/v3/device/set_custom_attribute", "/v3/push/app"
APP = 1500000001


@pytest.fixture
async def token(context: ApiContext, client: Client) -> str:
    token = new_token()
    async with context.database.connection() as connection:
        await a_device(connection, APP, token=token)
        await attributes.add_names(connection, APP, ["name", "Level", "city", *(f"a{n}" for n in range(50))], 50)
    return token


async def custom(client: Client, token: str, cmd: int, **given: Any) -> Reply:
    info = {"attributeInfo": {"attributeMap": given}} if given else {}
    return await client.post(PATH, {"cmd": cmd, "token": token, **info})


async def found(client: Client, token: str) -> dict[str, str]:
    reply = await custom(client, token, 5)
    assert reply.code == 0
    return dict(reply.json["attributeInfo"]["attributeMap"])


async def test_every_command(client: Client, token: str) -> None:
    reply = await custom(client, token, 1, name="Ada", Level=7)
    assert (reply.code, reply.json["errMsg"]) == (0, "success")
    assert "invalidAttribute" not in reply.json
    assert (await custom(client, token, 2, name="Eve", city="北京")).code == 0
    assert await found(client, token) == {"name": "Eve", "Level": "7", "city": "北京"}
    assert (await custom(client, token, 3, name="whatever it is", a1="")).code == 0
    assert await found(client, token) == {"Level": "7", "city": "北京"}
    assert (await custom(client, token, 4)).code == 0
    assert await found(client, token) == {}


async def test_names_that_were_not_made_are_skipped(client: Client, token: str) -> None:
    for command in (1, 2, 3):
        reply = await custom(client, token, command, name="Ada", level="1", other="x")
        assert (reply.code, reply.json["invalidAttribute"]) == (0, ["level", "other"])
    assert (await custom(client, token, 1, name="Ada")).code == 0
    assert await found(client, token) == {"name": "Ada"}


async def test_a_name_that_is_taken_away_hides_its_values(client: Client, context: ApiContext, token: str) -> None:
    await custom(client, token, 1, name="Ada", city="x")
    async with context.database.connection() as connection:
        await attributes.remove_names(connection, APP, ["name"])
    assert await found(client, token) == {"city": "x"}


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"cmd": 0}, 1008002),
        ({"cmd": 6}, 1008007),
        ({"token": ""}, 1008002),
        ({"token": "f" * 36}, 1008006),
        ({"token": "short"}, 1008029),
        ({"attributeInfo": None}, 1008002),
        ({"attributeInfo": {"attributeMap": {}}}, 1008002),
        ({"attributeInfo": {"attributeMap": {"name": "字" * 17}}}, 1008007),
        ({"attributeInfo": {"attributeMap": {"name": "字" * 16}}}, 0),
        ({"attributeInfo": {"attributeMap": {"name": {"x": 1}}}}, 1008007),
        ({"attributeInfo": {"attributeMap": {f"a{n}": "x" for n in range(50)}}}, 0),
        ({"attributeInfo": {"attributeMap": {"name": "x", **{f"a{n}": "x" for n in range(50)}}}}, 1008007),
        ({"AttributeInfo": {"ATTRIBUTEMAP": {"name": "x"}}, "attributeInfo": None}, 1008002),
    ],
)
async def test_what_is_refused(client: Client, token: str, members: dict[str, Any], code: int) -> None:
    body = {"cmd": 1, "token": token, "attributeInfo": {"attributeMap": {"name": "x"}}, **members}
    assert await client.code(PATH, body) == code
    if code:
        assert await found(client, token) == {}


# ── pushes that name attributes ────────────────────────────────────────────────────────────────────────────────────

TEXTS = {"title": "Dear {{name}}", "content": "{{city}}", "default_title": "Hello", "default_content": "World"}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({}, 0),
        ({"default_content": ""}, 1008002),
        ({"default_title": ""}, 1008002),
        ({"content": "{{nobody}}"}, 1008007),
        ({"content": "{{level}}"}, 1008007),
        ({"content": "{{a1}}{{a2}}{{a3}}{{a4}}"}, 0),
        ({"content": "{{a1}}{{a2}}{{a3}}{{a4}}{{a5}}"}, 1008007),
    ],
)
async def test_what_a_text_may_name(client: Client, token: str, message: dict[str, str], code: int) -> None:
    body = {"audience_type": "token", "token_list": [token], "ntf_wt_attrs": True, "message": TEXTS | message}
    assert await client.code(PUSH, body) == code


async def test_ios_needs_no_default_title(client: Client, context: ApiContext) -> None:
    token = new_token()
    async with context.database.connection() as connection:
        await an_app(connection, 1600000001, "ios")
        await a_device(connection, 1600000001, token=token, platform="ios")
        await attributes.add_names(connection, 1600000001, ["name", "city"], 50)
    message = {"title": "{{name}}", "content": "{{city}}", "default_content": "x", "ios": {"aps": {"sound": "a"}}}
    body = {"audience_type": "token", "token_list": [token], "ntf_wt_attrs": 1, "environment": "product"}
    assert await Client(client.port, 1600000001).code(PUSH, body | {"message": message}) == 0


async def test_defaults_are_kept_only_for_who_needs_them(client: Client, context: ApiContext, token: str) -> None:
    body = {"audience_type": "token", "token_list": [token], "message": TEXTS}
    for wanted in (True, False):
        assert await client.code(PUSH, body | {"ntf_wt_attrs": wanted}) == 0
    async with context.database.connection() as connection:
        rows = await (await connection.execute("SELECT message FROM pushes ORDER BY push_id")).fetchall()
    assert [row.message for row in rows] == [TEXTS, {"title": "Dear {{name}}", "content": "{{city}}"}]
