"""Who is let in, and which fault of a caller is told first (spec/auth.md 6). Over HTTP, to every kind of endpoint."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.api.tpns.contract.conftest import NewApp
from tests.api.tpns.contract.world import AUTH, DISABLED, INVALID, MISSING, NO_APP, PARSE, PUSH, UPLOAD, App, table

PATHS = (PUSH, UPLOAD, "/v3/device/account/batchoperate", "/v3/statistics/get_push_record")
NOWHERE = ["192.0.2.0/24"]
"""A network nobody calls from."""
WRONG = "0" * 32


@pytest.fixture(scope="module")
async def apps(new_app: NewApp) -> dict[str, App]:
    """`shut`: disabled, and open to other addresses only; what is asked first decides."""
    return {
        "open": await new_app(),
        "disabled": await new_app(disabled_at=datetime.now(UTC)),
        "elsewhere": await new_app(allowed_networks=NOWHERE),
        "shut": await new_app(allowed_networks=NOWHERE, disabled_at=datetime.now(UTC)),
        "here": await new_app(allowed_networks=["127.0.0.0/8", "::1/128"]),
    }


def stranger(app: App) -> App:
    return replace(app, access_id=42)


def forger(app: App) -> App:
    return replace(app, secret_key=WRONG)


def signed(app: App, body: bytes, late: int = 0, **changed: str | None) -> dict[str, str]:
    headers: dict[str, str | None] = {**app.signed(body, int(time.time()) + late), **changed}
    return {name: value for name, value in headers.items() if value is not None}


# Each row: the application, the headers made for it and a body, the code, and words of its text that tell the step.
BASIC: list[Any] = [
    ("nothing at all", "open", lambda app, body: {}, AUTH, "send Authorization"),
    ("Authorization of another kind", "open", lambda app, body: {"Authorization": "Bearer x"}, AUTH, "must be Basic"),
    ("no base64", "open", lambda app, body: {"Authorization": "Basic ?"}, AUTH, "not base64"),
    ("no colon", "open", lambda app, body: {"Authorization": "Basic MTUw"}, AUTH, "no colon"),
    ("no number", "open", lambda app, body: {"Authorization": "Basic YTpi"}, AUTH, "not a number"),
    ("unknown id before wrong secret", "open", lambda app, body: forger(stranger(app)).basic, NO_APP, ""),
    ("wrong secret before address", "shut", lambda app, body: forger(app).basic, AUTH, "SecretKey"),
    ("address before disabled", "shut", lambda app, body: app.basic, AUTH, "not allowed"),
    ("address", "elsewhere", lambda app, body: app.basic, AUTH, "not allowed"),
    ("disabled before parsing", "disabled", lambda app, body: app.basic, DISABLED, ""),
]  # fmt: skip
SIGNED: list[Any] = [
    ("Sign counts beside a good Authorization", "open", lambda app, body: app.basic | signed(forger(app), body), AUTH,
     "Sign"),
    ("no AccessId, before anything else", "open", lambda app, body: signed(app, body, 9999, AccessId=None), AUTH,
     "decimal"),
    ("no TimeStamp", "open", lambda app, body: signed(app, body, TimeStamp=None), AUTH, "decimal"),
    ("TimeStamp no decimal", "open", lambda app, body: signed(app, body, TimeStamp="1.7e9"), AUTH, "decimal"),
    ("AccessId no decimal", "open", lambda app, body: signed(app, body, AccessId="x"), AUTH, "decimal"),
    ("time before unknown id", "open", lambda app, body: signed(stranger(app), body, 660), AUTH, "seconds away"),
    ("time in the past", "open", lambda app, body: signed(app, body, -660), AUTH, "seconds away"),
    ("unknown id before wrong signature", "open", lambda app, body: signed(forger(stranger(app)), body), NO_APP, ""),
    ("wrong signature", "open", lambda app, body: signed(forger(app), body), AUTH, "Sign"),
    ("wrong signature before disabled", "disabled", lambda app, body: signed(forger(app), body), AUTH, "Sign"),
    ("address before disabled", "shut", signed, AUTH, "not allowed"),
    ("disabled before parsing", "disabled", signed, DISABLED, ""),
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@table(
    "which, headers, code, words",
    *((f"Basic: {row[0]}", *row[1:]) for row in BASIC),
    *((f"Sign: {row[0]}", *row[1:]) for row in SIGNED),
)
async def test_refused_with_403(
    apps: dict[str, App], path: str, which: str, headers: Any, code: int, words: str
) -> None:
    """The body can't be parsed: nobody who is refused may learn that."""
    body = b"{not json"
    reply = await apps[which].post(path, body, headers(apps[which], body))
    assert (reply.status, reply.code) == (403, code)
    assert reply.headers["content-type"] == "application/json"
    assert words in reply.json["err_msg"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("which", ["open", "here"])
async def test_only_then_the_body_is_parsed(apps: dict[str, App], path: str, which: str) -> None:
    app, body = apps[which], b"{not json"
    for headers in (app.basic, signed(app, body), app.basic | signed(app, body)):
        reply = await app.post(path, body, headers)
        assert (reply.status, reply.code) == (200, PARSE)


@pytest.mark.parametrize("path", [path for path in PATHS if path != UPLOAD])
async def test_size_before_everything(apps: dict[str, App], path: str) -> None:
    app = apps["disabled"]
    for headers in ({}, app.basic):
        reply = await app.post(path, b" " * (2 * 1024 * 1024 + 1), headers)
        assert (reply.status, reply.code) == (200, INVALID)


async def test_time_stamps_within_600_seconds(apps: dict[str, App], ports: dict[str, int]) -> None:
    app = apps["open"]
    for late in (-570, 0, 570):
        assert (await app.post(PUSH, b"{}", signed(app, b"{}", late))).code == MISSING
    for late in (-(10**9), 10**9):
        assert (await app.at(ports["unlimited"]).post(PUSH, b"{}", signed(app, b"{}", late))).code == MISSING
