"""`device/tag` and `delete_all_device`, operator by operator (spec/tags.md §2 and §3)."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from rockdove.api.context import ApiContext
from rockdove.config import Limits
from rockdove.devices.applications import Applications
from rockdove.domain.token import new_token
from tests.api.tpns.rest import Client, Reply, serve
from tests.rows import a_device

TAG, DELETE_ALL = "/v3/device/tag", "/v3/device/tag/delete_all_device"
UNREGISTERED, MALFORMED, BAD = 1008006, 1008029, 1008007
PARTLY, TOTALLY, MISSING = 1008026, 1008027, 1008002
STRANGER = "f" * 36


@pytest.fixture
async def tokens(context: ApiContext, client: Client) -> list[str]:
    found = [new_token() for _ in range(3)]
    async with context.database.connection() as connection:
        for token in found:
            await a_device(connection, client.access_id, token=token)
    return found


async def carried(context: ApiContext, token: str) -> set[str]:
    async with context.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT tag FROM devices JOIN device_tags USING (access_id, device_id) JOIN tags USING (access_id)"
            " WHERE token = %s AND tag_id = ANY (tag_ids)",
            (token,),
        )
        return {row.tag for row in await cursor.fetchall()}


async def tag(client: Client, operator: int, **members: Any) -> Reply:
    return await client.post(TAG, {"operator_type": operator, **members})


def per_item(reply: Reply) -> list[str]:
    return msgspec.json.decode(reply.json["result"], type=list[str])


@pytest.mark.parametrize(
    ("operator", "tags", "before", "after"),
    [
        (1, ["a", "b"], {"x"}, {"x", "a"}),
        (2, ["x", "y"], {"x", "y"}, {"y"}),
        (3, ["a", "b", "x"], {"x"}, {"x", "a", "b"}),
        (4, ["x", "no", "y"], {"x", "y", "z"}, {"z"}),
        (5, [], {"x", "y"}, set()),
        (5, ["x"], {"x", "y"}, set()),
        (6, ["level:3"], {"level:1", "level:2", "vip", "levels:1"}, {"level:3", "vip", "levels:1"}),
        (6, ["level:3", "city:bj", "city:sh"], {"level:1", "city:gz", "a:b"}, {"level:3", "city:bj", "city:sh", "a:b"}),
        (6, ["level:3", "plain"], {"level:1", "vip", "a:b"}, {"level:3", "plain"}),
        (6, ["a:b:c"], {"a:x", "a:b:d", "a"}, {"a:b:c", "a"}),
    ],
)
async def test_one_token(
    client: Client,
    context: ApiContext,
    tokens: list[str],
    operator: int,
    tags: list[str],
    before: set[str],
    after: set[str],
) -> None:
    """Only the first token is used."""
    for token in tokens[:2]:
        assert (await tag(client, 3, token_list=[token], tag_list=list(before))).code == 0
    reply = await tag(client, operator, token_list=tokens[:2], tag_list=tags)
    assert (reply.code, reply.json["result"]) == (0, "{}")
    assert await carried(context, tokens[0]) == after
    assert await carried(context, tokens[1]) == before


async def test_one_tag_on_several_tokens(client: Client, context: ApiContext, tokens: list[str]) -> None:
    reply = await tag(client, 7, token_list=tokens, tag_list=["a", "b"])
    assert (reply.code, per_item(reply)) == (0, ["0", "0", "0"])
    assert [await carried(context, token) for token in tokens] == [{"a"}] * 3
    reply = await tag(client, 8, token_list=[tokens[0], STRANGER, "short", tokens[2]], tag_list=["a"])
    assert (reply.code, per_item(reply)) == (PARTLY, ["0", str(UNREGISTERED), str(MALFORMED), "0"])
    assert [await carried(context, token) for token in tokens] == [set(), {"a"}, set()]
    assert (await tag(client, 7, token_list=[STRANGER], tag_list=["a"])).code == TOTALLY


async def test_pairs(client: Client, context: ApiContext, tokens: list[str]) -> None:
    pairs = [
        {"tag": "a", "token": tokens[0]},
        ["b", tokens[0]],
        {"Tag": "c", "Token": tokens[1]},
        {"tag": "d d", "token": tokens[1]},
        "x",
    ]
    reply = await tag(client, 9, tag_token_list=pairs)
    assert (reply.code, per_item(reply)) == (PARTLY, ["0", "0", "0", str(BAD), str(MALFORMED)])
    assert [await carried(context, token) for token in tokens] == [{"a", "b"}, {"c"}, set()]
    assert (await tag(client, 10, tag_token_list=pairs[:1])).code == 0
    assert await carried(context, tokens[0]) == {"b"}


async def test_the_whole_call_is_refused(client: Client, context: ApiContext, tokens: list[str]) -> None:
    one = tokens[:1]
    cases: list[tuple[dict[str, Any], int]] = [
        ({"operator_type": 0}, MISSING),
        ({"operator_type": 11, "token_list": one, "tag_list": ["a"]}, BAD),
        ({"operator_type": 1, "tag_list": ["a"]}, MISSING),
        ({"operator_type": 1, "token_list": one}, MISSING),
        ({"operator_type": 9}, MISSING),
        ({"operator_type": 1, "token_list": [STRANGER], "tag_list": ["a"]}, UNREGISTERED),
        ({"operator_type": 1, "token_list": ["short"], "tag_list": ["a"]}, MALFORMED),
        ({"operator_type": 3, "token_list": one, "tag_list": ["a", "用" * 17]}, BAD),
        ({"operator_type": 3, "token_list": one, "tag_list": ["a", "b c"]}, BAD),
        ({"operator_type": 3, "token_list": one, "tag_list": ["a", ""]}, BAD),
        ({"operator_type": 3, "token_list": one, "tag_list": ["a"] * 501}, BAD),
        ({"operator_type": 7, "token_list": one * 501, "tag_list": ["a"]}, BAD),
        ({"operator_type": 9, "tag_token_list": [["a", one[0]]] * 501}, BAD),
        ({"operator_type": 3, "token_list": one, "tag_list": [f"t{n}" for n in range(101)]}, BAD),
    ]
    for members, code in cases:
        reply = await client.post(TAG, {**members, "seq": 5})
        assert (reply.code, reply.json["seq"]) == (code, 5), members
    assert await carried(context, one[0]) == set()
    assert (await tag(client, 3, token_list=one, tag_list=["用" * 16, *(f"t{n}" for n in range(99))])).code == 0


async def test_a_device_that_is_full_is_left_as_it_is(client: Client, context: ApiContext, tokens: list[str]) -> None:
    full = {f"t{n}" for n in range(100)}
    assert (await tag(client, 3, token_list=tokens[:1], tag_list=list(full))).code == 0
    reply = await tag(client, 7, token_list=tokens, tag_list=["more"])
    assert (reply.code, per_item(reply)) == (PARTLY, [str(BAD), "0", "0"])
    assert await carried(context, tokens[0]) == full
    assert (await tag(client, 1, token_list=tokens, tag_list=["t5"])).code == 0, "it has that one already"


async def test_an_application_has_so_many_tags(client: Client, context: ApiContext, tokens: list[str]) -> None:
    """Also when callers come together, to several processes."""
    few = msgspec.structs.replace(context.settings, limits=Limits(tags_per_app=5))
    contexts = [ApiContext(few, context.database, Applications(context.database), context.packages) for _ in range(2)]
    async with serve(contexts[0]) as one, serve(contexts[1]) as two:
        replies = await asyncio.gather(
            *(
                Client(port).post(TAG, {"operator_type": 1, "token_list": tokens[n % 3 :], "tag_list": [f"tag{n}"]})
                for n in range(8)
                for port in [one if n % 2 else two]
            )
        )
        assert sorted(reply.code for reply in replies) == [0] * 5 + [BAD] * 3
        assert (await Client(one).post(DELETE_ALL, {"tag_list": [f"tag{n}" for n in range(8)]})).code == 0
        assert (
            await Client(one).post(TAG, {"operator_type": 3, "token_list": tokens, "tag_list": list("abcde")})
        ).code == 0
    assert await carried(context, tokens[0]) == set("abcde")


async def test_deleting_from_every_device(client: Client, context: ApiContext, tokens: list[str]) -> None:
    for token in tokens:
        assert (await tag(client, 3, token_list=[token], tag_list=["a", "b", token[:5]])).code == 0
    reply = await client.post(DELETE_ALL, {"tag_list": ["a", "unknown", tokens[0][:5]], "seq": 3})
    assert (reply.code, reply.json["result"], reply.json["seq"]) == (0, "{}", 3)
    assert [await carried(context, token) for token in tokens] == [{"b"}, {"b", tokens[1][:5]}, {"b", tokens[2][:5]}]
    assert (await tag(client, 1, token_list=tokens, tag_list=["a"])).code == 0
    assert [await carried(context, token) for token in tokens][1] == {"b", tokens[1][:5]}, "the new one is another tag"
    assert await carried(context, tokens[0]) == {"a", "b"}
    assert (await client.post(DELETE_ALL, {})).code == MISSING
    assert (await client.post(DELETE_ALL, {"tag_list": ["a"] * 101})).code == BAD


async def test_what_was_deleted_does_not_count(client: Client, context: ApiContext, tokens: list[str]) -> None:
    names = [f"t{n}" for n in range(100)]
    assert (await tag(client, 3, token_list=tokens, tag_list=names)).code == 0
    assert (await client.post(DELETE_ALL, {"tag_list": names})).code == 0
    assert (await tag(client, 3, token_list=tokens, tag_list=[f"new{n}" for n in range(100)])).code == 0
    assert len(await carried(context, tokens[0])) == 100


async def test_many_callers_tag_the_same_devices(client: Client, context: ApiContext, tokens: list[str]) -> None:
    """In whatever order they name them: nobody waits in a circle, and no tag is lost."""
    orders = [tokens, tokens[::-1]]
    replies = await asyncio.gather(*(tag(client, 7, token_list=orders[n % 2], tag_list=[f"t{n}"]) for n in range(16)))
    assert {reply.code for reply in replies} == {0}
    assert await carried(context, tokens[1]) == {f"t{n}" for n in range(16)}
