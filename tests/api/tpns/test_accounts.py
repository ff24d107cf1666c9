"""`account/batchoperate` and `account/query`."""

from __future__ import annotations

from typing import Any

import pytest

from rockdove.api.context import ApiContext
from tests.api.tpns.rest import Client
from tests.rows import a_device

OPERATE, QUERY = "/v3/device/account/batchoperate", "/v3/device/account/query"
APP = 1500000001
TOKENS = [f"{number:036}" for number in range(4)]
UNKNOWN = "f" * 36


@pytest.fixture
async def devices(client: Client, context: ApiContext) -> None:
    async with context.database.connection() as connection:
        for token in TOKENS:
            await a_device(connection, APP, token=token)


def of(token: str, *accounts: Any) -> dict[str, Any]:
    return {
        "token": token,
        "account_list": [account if isinstance(account, dict) else {"account": account} for account in accounts],
    }


async def bound(context: ApiContext) -> set[tuple[str, int, str]]:
    """(token, type, account) of every binding."""
    async with context.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT token, account_type, account FROM account_bindings JOIN devices USING (access_id, device_id)"
            " WHERE account IS NOT NULL"
        )
        return {tuple(row) async for row in cursor}


@pytest.mark.usefixtures("devices")
async def test_the_sample(client: Client, context: ApiContext) -> None:
    body = {"operator_type": 2, "token_accounts": [of(TOKENS[0], {"account": "user-1", "account_type": 1})]}
    reply = await client.post(OPERATE, body)
    assert (reply.code, reply.json["result"], reply.json["err_msg"]) == (0, ["0"], "NO_ERROR")
    assert await bound(context) == {(TOKENS[0], 1, "user-1")}


@pytest.mark.usefixtures("devices")
async def test_every_operator(client: Client, context: ApiContext) -> None:
    one, two, three, _ = TOKENS
    both = [{"account": "ann"}, {"account": 12345, "account_type": "991"}]
    setting = {
        "operator_type": "1",
        "platform": "android",
        "token_accounts": [of(one, *both), of(two, *both), of(three, *both)],
    }
    assert await client.code(OPERATE, setting) == 0
    assert await bound(context) == {
        (token, *pair) for token in (one, two, three) for pair in ((0, "ann"), (991, "12345"))
    }
    override = {"operator_type": 2, "account_type": 991, "token_accounts": [of(one, "first", "last")]}
    assert await client.code(OPERATE, override) == 0
    assert (await bound(context)) >= {(one, 0, "ann"), (one, 991, "last")}
    assert await client.code(OPERATE, {"operator_type": 3, "token_accounts": [of(one, "ann", "never-bound")]}) == 0
    assert await client.code(OPERATE, {"operator_type": 4, "token_list": [two]}) == 0
    assert (
        await client.code(OPERATE, {"operator_type": 5, "account_list": [{"account": "ann", "account_type": 0}]}) == 0
    )
    assert (
        await client.code(OPERATE, {"operator_type": 5, "account_list": [{"account": "ann"}, {"account": "nobody"}]})
        == 0
    )
    assert await bound(context) == {(one, 991, "last"), (three, 991, "12345")}


@pytest.mark.usefixtures("devices")
async def test_each_element_has_its_own_end(client: Client, context: ApiContext) -> None:
    elements = [
        of(TOKENS[0], "good"),
        of(UNKNOWN, "good"),
        of("short", "good"),
        of(TOKENS[1], "good", "x"),
        of(TOKENS[2], " padded"),
        {"token": TOKENS[3]},
        of(TOKENS[3], *[{"account": "many", "account_type": number} for number in range(33)]),
        of(TOKENS[3], {"account": "ok", "account_type": -1}),
        of(TOKENS[3], "fine"),
    ]
    reply = await client.post(OPERATE, {"operator_type": 2, "token_accounts": elements})
    assert (reply.status, reply.code) == (200, 1008026)
    bad = "1008007"
    assert reply.json["result"] == ["0", "1008006", "1008006", bad, bad, bad, bad, bad, "0"]
    assert await bound(context) == {(TOKENS[0], 0, "good"), (TOKENS[3], 0, "fine")}
    reply = await client.post(OPERATE, {"operator_type": 4, "token_list": [UNKNOWN, "x"]})
    assert (reply.code, reply.json["result"]) == (1008027, ["1008006", "1008006"])


@pytest.mark.usefixtures("devices")
async def test_whole_calls_at_fault(client: Client, context: ApiContext) -> None:
    one = of(TOKENS[0], "good")
    calls: list[tuple[dict[str, Any], int]] = [
        ({}, 1008002),
        ({"token_accounts": [one]}, 1008002),
        ({"operator_type": 6, "token_accounts": [one]}, 1008007),
        ({"operator_type": "set", "token_accounts": [one]}, 1008007),
        ({"operator_type": 2}, 1008002),
        ({"operator_type": 2, "token_list": TOKENS}, 1008002),
        ({"operator_type": 4, "token_accounts": [one]}, 1008002),
        ({"operator_type": 5}, 1008002),
        ({"operator_type": 2, "token_accounts": [one] * 21}, 1008007),
        ({"operator_type": 2, "token_accounts": [one, "x"]}, 1008007),
        ({"operator_type": 2, "token_accounts": one}, 1008007),
        ({"operator_type": 4, "token_list": TOKENS * 251}, 1008007),
        ({"operator_type": 5, "account_list": [{"account": "aa"}] * 1001}, 1008007),
        ({"operator_type": 2, "account_type": -1, "token_accounts": [one]}, 1008007),
    ]
    for body, code in calls:
        reply = await client.post(OPERATE, body)
        assert (reply.code, "result" in reply.json) == (code, False), body
    assert await bound(context) == set()


@pytest.mark.usefixtures("devices")
async def test_query_both_ways(client: Client) -> None:
    for token in TOKENS[:3]:
        await client.post(
            OPERATE,
            {"operator_type": 2, "token_accounts": [of(token, "ann", {"account": "a@b", "account_type": 1005})]},
        )
    reply = await client.post(QUERY, {"operator_type": 1, "account_list": [{"account": "ann"}]})
    assert reply.code == 0
    assert reply.json["account_tokens"] == [{"account": "ann", "account_type": 0, "token_list": TOKENS[2::-1]}]
    assert "token_accounts" not in reply.json
    body = {
        "operator_type": 1,
        "account_type": "1005",
        "account_list": [{"account": "a@b"}, {"account": "ann"}, {"account": "x"}],
    }
    reply = await client.post(QUERY, body)
    assert (reply.code, reply.json["result"]) == (1008026, ["0", "10110008", "10110008"])
    assert [len(entry["token_list"]) for entry in reply.json["account_tokens"]] == [3, 0, 0]

    reply = await client.post(QUERY, {"operator_type": 2, "token_list": [TOKENS[0], TOKENS[3], UNKNOWN, "short"]})
    assert (reply.code, reply.json["result"]) == (1008026, ["0", "0", "10110008", "1008006"])
    first, second, *others = reply.json["token_accounts"]
    assert first == {
        "token": TOKENS[0],
        "account_list": [{"account": "ann", "account_type": 0}, {"account": "a@b", "account_type": 1005}],
    }
    assert second == {"token": TOKENS[3], "account_list": []}
    assert [entry["account_list"] for entry in others] == [[], []]
    assert "account_tokens" not in reply.json
    assert await client.code(QUERY, {"operator_type": 2, "token_list": [UNKNOWN]}) == 1008027


@pytest.mark.usefixtures("devices")
async def test_query_at_fault(client: Client) -> None:
    for body, code in (
        ({}, 1008002),
        ({"operator_type": 3, "token_list": TOKENS}, 1008007),
        ({"operator_type": 1, "token_list": TOKENS}, 1008002),
        ({"operator_type": 2, "account_list": ["x"]}, 1008002),
        ({"operator_type": 2, "token_list": ["x"] * 1001}, 1008007),
    ):
        assert await client.code(QUERY, body) == code, body


@pytest.mark.parametrize("huge", [2**31, 10**30, "9" * 30, 1e300])
async def test_a_type_no_client_can_hold_is_not_echoed(client: Client, huge: Any) -> None:
    """One such number, and Go's and Java's clients read nothing of the whole answer."""
    accounts = [{"account": "ann", "account_type": huge}, {"account": "ann", "account_type": 1}]
    reply = await client.post(QUERY, {"operator_type": 1, "account_list": accounts})
    assert [one["account_type"] for one in reply.json["account_tokens"]] == [0, 1]
