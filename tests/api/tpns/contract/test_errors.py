"""Every code we return, with the text and the HTTP status it has, for every fault that errors.md names for it.

Codes of the upload of certificates (1008013, 1008020 to 1008022) belong to a function of TPNS's console; 1008019 comes
with a filter of contents; 1008025 belongs to the making of applications, which is no endpoint here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from rockdove.api.tpns import errors
from rockdove.channels import configured
from rockdove.channels.registry import PROVIDERS
from rockdove.testing.vendors.apns import CERTIFICATE_PASSWORD, p12
from tests.api.tpns.contract.conftest import NewApp
from tests.api.tpns.contract.test_answers import (
    ATTRIBUTES,
    BIND,
    DISTRIBUTION,
    LIST,
    OVERVIEW,
    PLAN,
    QUERY,
    RECORD,
    STOP,
    TAGS,
    TASK,
    a_task,
)
from tests.api.tpns.contract.world import ACCOUNT, FORM, PUSH, STRANGER, UPLOAD, VAULT, App, day, form, moment, table
from tests.api.tpns.rest import Reply

TEXTS = {
    0: "NO_ERROR",
    1008001: "parameter parse error",
    1008002: "missing parameter",
    1008003: "auth failure",
    1008004: "invoke service error",
    1008006: "invalid token",
    1008007: "invalid parameter",
    1008011: "upload file error",
    1008012: "upload empty file",
    1008015: "push id not exist",
    1008016: "date param format error",
    1008023: "ios push cert was expired for the environment",
    1008026: "batch op, partly error",
    1008027: "batch op, total error",
    1008028: "request too fast",
    1008029: "token is not valid",
    1008031: "app was expired",
    1008035: "accessId is not correct or domain not correct",
    10010005: "internal error",
    10010012: "illegal push time",
    10010018: "Push repeat",
    10110008: "no token, no account",
}
NEVER = {1008030, 1010001, 10100, 10101}
"""Unpaid, no resource bought, and the two that the Java client makes up."""
REFUSED_WITH_403 = {1008003, 1008031, 1008035}


@dataclass(frozen=True)
class Given:
    """What a fault is made with. `changed` makes another application with these columns."""

    app: App
    new_app: NewApp
    ports: dict[str, int]

    async def changed(self, **columns: Any) -> App:
        return await self.new_app(**columns)

    async def used_up(self, name: str, window: str = "now() + interval '1 hour'") -> App:
        """An application at the server with rates that has had all the calls of this name."""
        app = (await self.new_app()).at(self.ports["rated"])
        async with app.database.connection() as connection:
            await connection.execute(
                f"INSERT INTO rate_limits (access_id, name, window_at, used) VALUES (%s, %s, {window}, 200)".encode(),
                (app.access_id, name),
            )
        return app


Fault = Callable[[Given], Awaitable[Reply]]


def push(audience: str = "token", /, **members: Any) -> Fault:
    return lambda given: given.app.post(PUSH, given.app.push(audience, **members))


def call(path: str, **members: Any) -> Fault:
    """A member may be a function of the application."""
    return lambda given: given.app.call(
        path, **{key: value(given.app) if callable(value) else value for key, value in members.items()}
    )


def raw(path: str, body: bytes, **headers: str) -> Fault:
    return lambda given: given.app.post(path, body, given.app.basic | headers)


def upload(content: bytes, file_name: str = "a.txt", name: str = "file") -> Fault:
    return lambda given: given.app.post(UPLOAD, form(content, file_name, name), given.app.basic | FORM)


def as_other(**changes: Any) -> Fault:
    """Called with another id or key."""
    return lambda given: replace(given.app, **changes).post(PUSH, b"{}")


def with_headers(**headers: str) -> Fault:
    return lambda given: given.app.post(PUSH, b"{}", headers)


def signed(late: int = 0, body: bytes = b"{}") -> Fault:
    def fault(given: Given) -> Awaitable[Reply]:
        at = int(datetime.now(UTC).timestamp()) + late
        return given.app.post(PUSH, b"{}", given.app.signed(body, at))

    return fault


async def from_elsewhere(given: Given) -> Reply:
    return await (await given.changed(allowed_networks=["192.0.2.0/24"])).post(PUSH, b"{}")


async def of_a_disabled_app(given: Given) -> Reply:
    return await (await given.changed(disabled_at=datetime.now(UTC))).post(PUSH, b"{}")


async def of_a_broken_app(given: Given) -> Reply:
    """A fault of ours: an application in a time zone that does not exist."""
    app = await given.changed(timezone="Nowhere/Land")
    return await app.post(PUSH, app.push())


async def twice(given: Given) -> Reply:
    app = await given.changed()
    body = app.push("all")
    assert await app.code(PUSH, body) == 0
    return await app.post(PUSH, body)


def too_fast(audience: str) -> Fault:
    async def fault(given: Given) -> Reply:
        app = await given.used_up(f"push {audience}")
        return await app.post(PUSH, app.push(audience))

    return fault


def too_often(path: str, unit: str, name: str, **members: Any) -> Fault:
    """In this hour or day of the application."""

    async def fault(given: Given) -> Reply:
        while True:
            hour = datetime.now(UTC).hour
            app = await given.used_up(name, f"date_trunc('{unit}', now(), 'Asia/Shanghai')")
            reply = await app.call(path, **members)
            if hour == datetime.now(UTC).hour:  # else the hour it was used up in may be over
                return reply

    return fault


async def of_a_foreign_push(given: Given) -> Reply:
    return await given.app.call(STOP, pushId=(await given.changed()).collapse_id)


async def stopping_what_waits(given: Given) -> Reply:
    return await given.app.call(STOP, pushId=await a_task(given.app, "PUSH_WAIT"))


async def with_a_certificate_that_ended(given: Given) -> Reply:
    app = await given.new_app("ios")
    await have_certificate(app, p12("com.example.shop", expired=True))
    return await app.post(PUSH, app.push())


async def have_certificate(app: App, file: str) -> None:
    settings = {"bundle_id": "com.example.shop", "certificate": file, "certificate_password": CERTIFICATE_PASSWORD}
    async with app.database.transaction() as connection:
        await configured.save(connection, VAULT, app.access_id, PROVIDERS["apns"], settings, enabled=True)


PAIR = {"account": ACCOUNT}
COMPACT = "%Y%m%d"
FAULTS: list[tuple[str, int, Fault]] = [
    ("no error", 0, push()),
    ("bad JSON", 1008001, raw(PUSH, b"{")),
    ("no object", 1008001, raw(BIND, b"[1]")),
    ("a comment in JSON", 1008001, raw(PUSH, b'{"audience_type": "all" /* everybody */}')),
    ("leading zeros", 1008001, raw(PUSH, b'{"collapse_id": 0001}')),
    ("a trailing comma", 1008001, raw(TAGS, b'{"operator_type": 1,}')),
    ("not UTF-8", 1008001, raw(PUSH, b'{"audience_type": "\xff"}')),
    ("bad multipart", 1008001, raw(UPLOAD, b"junk", **FORM)),
    ("no multipart", 1008001, raw(UPLOAD, b"user-1\n")),
    ("missing member", 1008002, call(BIND)),
    ("missing file", 1008002, upload(b"ab\n", name="document")),
    ("no credentials", 1008003, with_headers()),
    ("wrong secret", 1008003, as_other(secret_key="0" * 32)),
    ("wrong signature", 1008003, signed(body=b"{} ")),
    ("old time stamp", 1008003, signed(late=-700)),
    ("another address", 1008003, from_elsewhere),
    ("our own fault", 1008004, of_a_broken_app),
    ("unregistered token of attributes", 1008006, call(ATTRIBUTES, cmd=5, token=STRANGER)),
    ("unregistered token of a tag", 1008006, call(TAGS, operator_type=5, token_list=[STRANGER])),
    ("certificate that ended", 1008023, with_a_certificate_that_ended),
    ("out of range", 1008007, push(expire_time=259_201)),
    ("not in the list", 1008007, push(message_type="alert")),
    ("wrong type", 1008007, call(QUERY, operator_type=1, account_list="x")),
    ("1001 targets", 1008007, push("token_list", token_list=[STRANGER] * 1001)),
    ("state of the push", 1008007, stopping_what_waits),
    ("kind of file", 1008011, upload(b"ab\n", "a.xlsx")),
    ("no kind of file", 1008011, upload(b"ab\n", "accounts")),
    ("no file name", 1008011, upload(b"ab\n", "")),
    ("no good line", 1008011, upload(b"a\nb\n")),
    ("file not in UTF-8", 1008011, upload(b"ab\n\xff\n")),
    ("broken zip", 1008011, upload(b"PK\x03\x04junk", "a.zip")),
    ("empty file", 1008012, upload(b"")),
    ("file of empty lines", 1008012, upload(b"\n \n\n")),
    ("unknown push of a statistic", 1008015, call(TASK, pushId="1")),
    ("unknown push of a record", 1008015, call(RECORD, pushId="1")),
    ("unknown push to stop", 1008015, call(STOP, pushId="1")),
    ("push of another application", 1008015, of_a_foreign_push),
    ("no date", 1008016, call(RECORD, startDate="yesterday", endDate=lambda _: day())),
    ("date of another form", 1008016, call(OVERVIEW, startDate=lambda _: day(), endDate=lambda _: day())),
    ("date out of the window", 1008016, call(DISTRIBUTION, date=lambda _: day(-40, COMPACT), type="city")),
    ("some bindings failed", 1008026, call(BIND, operator_type=5, account_list=["somebody", "x"])),
    ("some were not found", 1008026, call(QUERY, operator_type=1, account_list=[PAIR, {"account": "nobody"}])),
    ("all bindings failed", 1008027, call(BIND, operator_type=4, token_list=[STRANGER])),
    ("none was found", 1008027, call(QUERY, operator_type=2, token_list=[STRANGER])),
    *((f"{audience} too fast", 1008028, too_fast(audience))
      for audience in ("all", "tag", "package_account_push", "package_token_push")),
    ("statistics too often", 1008028, too_often(TASK, "hour", "statistics get_push_task_stat_channel", pushId="1")),
    ("plans too often", 1008028, too_often(PLAN, "day", "plan", planName="n", planDescribe="d")),
    ("malformed token of a push", 1008029, push(token_list=["x"])),
    ("unregistered token of a push", 1008029, push(token_list=[STRANGER])),
    ("malformed token of a tag", 1008029, call(TAGS, operator_type=1, token_list=["x"], tag_list=["a"])),
    ("malformed token of attributes", 1008029, call(ATTRIBUTES, cmd=5, token="x")),
    ("disabled application", 1008031, of_a_disabled_app),
    ("unknown AccessID", 1008035, as_other(access_id=42)),
    ("no account has a device", 10010005, push("account", account_list=["nobody"])),
    ("no token is left", 10010005, push(token_list=[STRANGER], ignore_invalid_token=1)),
    ("unknown package", 10010005, push("package_account_push", upload_id=4711)),
    ("too far in the future", 10010012, push("tag", send_time=moment(days=91))),
    ("too far in the past", 10010012, push("tag", send_time=moment(minutes=-11))),
    ("the same push again", 10010018, twice),
    ("token without pushes", 10110008, call(LIST, token=STRANGER)),
]  # fmt: skip


@table("code, fault", *FAULTS)
async def test_fault(android: App, new_app: NewApp, ports: dict[str, int], code: int, fault: Fault) -> None:
    reply = await fault(Given(android, new_app, ports))
    assert reply.code == code, reply.json
    assert reply.status == (500 if code == 1008004 else 403 if code in REFUSED_WITH_403 else 200)
    text, _, detail = reply.json["err_msg"].partition(": ")
    assert text == TEXTS[code]
    assert detail or code in {0, 1008026, 1008027, 1008031, 1008035}, "what is wrong, and where"
    if "err_msg_zh" in reply.json:
        assert bool(reply.json["err_msg_zh"]) == bool(code)
        assert reply.json["err_msg_zh"].isascii() is not bool(code)


async def test_one_text_is_compared_as_a_whole(android: App) -> None:
    """By TPNS's own tests of its Python client."""
    reply = await android.post(PUSH, android.push(audience_type="None"))
    assert (reply.code, reply.json["err_msg"]) == (1008007, "audience_type is not correct")


@table("call_, result",
       ("unregistered", call(BIND, operator_type=4, token_list=[STRANGER]), "1008006"),
       ("malformed, bound", call(BIND, operator_type=4, token_list=["x"]), "1008006"),
       ("bad account", call(BIND, operator_type=5, account_list=[{"account": "x"}]), "1008007"),
       ("account not found", call(QUERY, operator_type=1, account_list=[{"account": "nobody"}]), "10110008"),
       ("token not found", call(QUERY, operator_type=2, token_list=[STRANGER]), "10110008"),
       ("malformed, asked for", call(QUERY, operator_type=2, token_list=["x"]), "1008006"),
       ("tag of an unregistered", call(TAGS, operator_type=7, token_list=[STRANGER], tag_list=["a"]), '["1008006"]'),
       ("tag of a malformed", call(TAGS, operator_type=8, token_list=["x"], tag_list=["a"]),
        '["1008029"]'))  # fmt: skip
async def test_codes_of_elements(
    android: App, new_app: NewApp, ports: dict[str, int], call_: Fault, result: str
) -> None:
    """The same numbers, as strings."""
    reply = await call_(Given(android, new_app, ports))
    assert reply.json["result"] in (result, [result])
    assert reply.code == 1008027


async def test_codes_of_targets(android: App) -> None:
    """Integers, in the JSON text of a push's `result`."""
    body = android.push("token_list", token_list=[android.token, STRANGER], ignore_invalid_token=1)
    reply = await android.post(PUSH, body)
    assert msgspec.json.decode(reply.json["result"]) == [0, 1008029]


def test_every_code_has_its_fault() -> None:
    """No error class without a row above, and none for the codes that never come."""
    pending, codes = [errors.TpnsError], set()
    while pending:
        one = pending.pop()
        pending += one.__subclasses__()
        codes |= {one.code} if hasattr(one, "code") else set()
    assert codes == {code for _, code, _ in FAULTS} - {0}
    assert codes | {0} == set(TEXTS)
    assert not codes & NEVER


async def test_a_good_certificate_and_none_at_all_are_taken(new_app: NewApp) -> None:
    without, good, unwanted = [await new_app("ios") for _ in range(3)]
    await have_certificate(good, p12("com.example.shop"))
    await have_certificate(unwanted, p12("com.example.shop", expired=True))
    assert [await app.code(PUSH, app.push()) for app in (without, good)] == [0, 0]
    rules = [{"channel": "apns", "disable": True}]
    assert await unwanted.code(PUSH, unwanted.push(channel_rules=rules)) == 0, "it is not to go over APNs anyway"
