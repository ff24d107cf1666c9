"""Of two faults in one push, the code of the earlier step is answered (spec/push.md 1.6).

    1 no JSON       2 missing   3 wrong      4 environment   5 send_time
    6 tokens        7 accounts  8 package    9 repeated      10 rate

An audience_type nobody knows stands before what is missing (1.5): TPNS's own tests of its Python client send "None"
with an empty message, and expect its code.

Each row of FAULTS is a fault of one step. It is put together with every fault of a later step that a push can have
beside it, if their codes differ: else nobody could tell which of them was answered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from tests.api.tpns.contract.conftest import NewApp
from tests.api.tpns.contract.world import (
    ABSENT,
    ACCOUNT,
    ILLEGAL_TIME,
    INVALID,
    MISSING,
    NO_TARGET,
    NOT_VALID,
    PARSE,
    PUSH,
    REPEATED,
    STRANGER,
    TOO_FAST,
    App,
    loop,
    moment,
    table,
    values,
)


@dataclass(frozen=True)
class Fault:
    """`members` make it, in a push to `audience` (any, if empty); `message` goes into its message."""

    step: float
    name: str
    code: int
    members: dict[str, Any] = field(default_factory=dict)
    message: dict[str, Any] = field(default_factory=dict)
    audience: str = ""


FAULTS = [
    Fault(2, "no audience_type", MISSING, {"audience_type": ABSENT}),
    Fault(2, "no message", MISSING, {"message": ABSENT}),
    Fault(2, "no title", MISSING, message={"title": ""}),
    Fault(2, "no aps", MISSING, message={"ios": {"custom": {"a": 1}}}),
    Fault(2, "no token_list", MISSING, {"token_list": []}, audience="token_list"),
    Fault(2, "no account_list", MISSING, {"account_list": ABSENT}, audience="account_list"),
    Fault(2, "no tag_rules", MISSING, {"tag_list": None}, audience="tag"),
    Fault(2, "no upload_id", MISSING, {"upload_id": 0}, audience="package_account_push"),
    Fault(1.5, "audience_type unknown", INVALID, {"audience_type": "everybody"}),
    Fault(3, "message_type unknown", INVALID, {"message_type": "alert"}),
    Fault(3, "wrong type", INVALID, {"multi_pkg": "perhaps"}),
    Fault(3, "1001 tokens", INVALID, {"token_list": [STRANGER] * 1001}, audience="token_list"),
    Fault(3, "1001 accounts", INVALID, {"account_list": [ACCOUNT] * 1001}, audience="account_list"),
    Fault(3, "expire_time 259201", INVALID, {"expire_time": 259_201}),
    Fault(3, "push_speed 999", INVALID, {"push_speed": 999}, audience="tag"),
    Fault(3, "message too large", INVALID, message={"content": "x" * 4096}),
    Fault(3, "bad loop", INVALID, {"loop_param": loop(loopType=4)}),
    Fault(3, "loop in the past", INVALID, {"loop_param": loop(startDate="2020-01-01", endDate="2020-01-02")}),
    Fault(3, "plan unknown", INVALID, {"plan_id": "4711"}),
    Fault(3, "collapse_id unknown", INVALID, {"collapse_id": 1}, audience="tag"),
    Fault(4, "no environment", MISSING, {"environment": ""}),
    Fault(4, "environment unknown", INVALID, {"environment": "prod"}),
    Fault(5, "send_time too late", ILLEGAL_TIME, {"send_time": moment(days=91)}),
    Fault(5, "send_time too early", ILLEGAL_TIME, {"send_time": moment(minutes=-11)}),
    Fault(5, "send_time no time", INVALID, {"send_time": "tomorrow"}),
    Fault(6, "token malformed", NOT_VALID, {"token_list": ["junk"]}, audience="token_list"),
    Fault(6, "token unknown", NOT_VALID, {"token_list": [STRANGER]}, audience="token"),
    Fault(6, "no token left", NO_TARGET, {"token_list": [STRANGER], "ignore_invalid_token": 1}, audience="token_list"),
    Fault(7, "no account", NO_TARGET, {"account_list": ["nobody"]}, audience="account_list"),
    Fault(8, "package unknown", NO_TARGET, {"upload_id": 4711}, audience="package_account_push"),
]  # fmt: skip


def go_together(first: Fault, second: Fault) -> bool:
    """Their codes differ, neither takes the other's place, and one audience has both."""
    audiences = {fault.audience for fault in (first, second)} - {""}
    if "audience_type" in first.members or "audience_type" in second.members:
        audiences.add("none")
    members = [{*fault.members, *(["message"] if fault.message else [])} for fault in (first, second)]
    return first.code != second.code and len(audiences) < 2 and not members[0] & members[1]


PAIRS = [
    (first, second) for first in FAULTS for second in FAULTS if first.step < second.step and go_together(first, second)
]


def body_of(app: App, *faults: Fault) -> dict[str, Any]:
    audience = next((fault.audience for fault in faults if fault.audience), "all")
    members: dict[str, Any] = {}
    message: dict[str, Any] = {}
    for fault in faults:
        members |= fault.members
        message |= fault.message
    return app.push(audience, **{"message": app.message(**message), **members})


@table("fault", *((fault.name, fault) for fault in FAULTS))
async def test_alone(ios: App, fault: Fault) -> None:
    """What the pairs are made of: each has its code, and nothing else is wrong with the push."""
    assert await ios.refused(body_of(ios, fault)) == fault.code


@table("first, second", *((f"{first.name} before {second.name}", first, second) for first, second in PAIRS))
async def test_the_earlier_step_wins(ios: App, first: Fault, second: Fault) -> None:
    assert await ios.refused(body_of(ios, second, first)) == first.code


def test_every_step_is_followed_by_the_next() -> None:
    """The table above is not empty where it matters. (Nothing can be wrong with both tokens and accounts.)"""
    steps = {(first.step, second.step) for first, second in PAIRS}
    assert steps >= {(2, 3), (3, 4), (4, 5), (5, 6), (5, 7), (5, 8)}
    assert {first.name for first, _ in PAIRS} >= {fault.name for fault in FAULTS if fault.step < 6}


async def test_no_json_before_anything_missing(ios: App) -> None:
    assert await ios.refused(b'{"message_type": "alert"') == PARSE
    assert await ios.refused(b"[]") == PARSE


# ── the steps that need a history ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def strict_about_repeats(new_app: NewApp) -> App:
    """An application that refuses repetitions for every audience of many."""
    return await new_app(controls=Jsonb({"deduplicate": True}))


async def run(app: App, statement: str) -> None:
    async with app.database.connection() as connection:
        await connection.execute(statement.encode(), {"app": app.access_id})


async def used_up(app: App, audience: str) -> None:
    """The turn of this second, for an hour: no clock decides here."""
    async with app.database.connection() as connection:
        await connection.execute(
            "INSERT INTO rate_limits (access_id, name, window_at, used) VALUES (%s, %s, now() + interval '1 hour', 1)",
            (app.access_id, f"push {audience}"),
        )


async def test_accounts_before_repetition(strict_about_repeats: App) -> None:
    app = strict_about_repeats
    body = app.push("account_list")
    assert await app.code(PUSH, body) == 0
    assert await app.refused(body) == REPEATED
    await run(app, "UPDATE devices SET unregistered_at = now() WHERE access_id = %(app)s")
    assert await app.refused(body) == NO_TARGET


async def test_package_before_repetition(strict_about_repeats: App) -> None:
    app = strict_about_repeats
    body = app.push("package_account_push")
    assert await app.code(PUSH, body) == 0
    assert await app.refused(body) == REPEATED
    await run(app, "UPDATE packages SET expires_at = now() WHERE access_id = %(app)s")
    assert await app.refused(body) == NO_TARGET


@pytest.mark.parametrize("audience", ["package_account_push", "package_token_push"])
async def test_package_before_rate(new_app: NewApp, ports: dict[str, int], audience: str) -> None:
    app = (await new_app()).at(ports["rated"])
    await used_up(app, audience)
    assert await app.refused(app.push(audience)) == TOO_FAST
    assert await app.refused(app.push(audience, upload_id=4711)) == NO_TARGET


async def test_repetition_before_rate(new_app: NewApp, ports: dict[str, int]) -> None:
    app = await new_app()
    body = app.push("all")
    assert await app.code(PUSH, body) == 0
    await used_up(app, "all")
    assert await app.at(ports["rated"]).refused(body) == REPEATED
    assert await app.at(ports["rated"]).refused(app.push("all")) == TOO_FAST


async def test_every_fault_before_rate(new_app: NewApp, ports: dict[str, int]) -> None:
    """A call that is refused anyway is never said to be too fast."""
    app = (await new_app("ios")).at(ports["rated"])
    for audience in values("all", "tag", "package_account_push"):
        await used_up(app, audience)
    bulk = [fault for fault in FAULTS if fault.audience in ("", "tag", "package_account_push")]
    assert {fault.name: await app.refused(body_of(app, fault)) for fault in bulk} == {
        fault.name: fault.code for fault in bulk
    }
