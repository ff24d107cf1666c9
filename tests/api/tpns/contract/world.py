"""Applications with all that a request may name, and requests that are right until a table puts one thing wrong in."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rockdove.devices import attributes
from rockdove.domain.token import new_token
from rockdove.lifecycle.states import State
from rockdove.storage.database import Connection, Database, fetch_one
from rockdove.storage.vault import Vault
from tests.api.tpns.rest import Client, Reply
from tests.rows import a_binding, a_device, a_push, an_app

PUSH, UPLOAD = "/v3/push/app", "/v3/push/package/upload"
ZONE = ZoneInfo("Asia/Shanghai")
VAULT = Vault("1f" * 32)
ACCOUNT = "user-1"
"""Bound to the device of every application, under types 0 and 991."""
TAG = "vip"
ATTRIBUTES = ["name", "city", "a1", "a2", "a3", "a4", "a5", "a6"]
STRANGER = "f" * 36
"""A well-formed token that nobody has."""

PARSE, MISSING, AUTH, SERVICE, BAD_TOKEN, INVALID = 1008001, 1008002, 1008003, 1008004, 1008006, 1008007
FILE, EMPTY, NO_PUSH, DATE, PARTLY, TOTALLY = 1008011, 1008012, 1008015, 1008016, 1008026, 1008027
TOO_FAST, NOT_VALID, DISABLED, NO_APP = 1008028, 1008029, 1008031, 1008035
NO_TARGET, ILLEGAL_TIME, REPEATED, NOT_FOUND = 10010005, 10010012, 10010018, 10110008


class _Absent:
    def __repr__(self) -> str:
        return "absent"  # names of tests are made of it


ABSENT = _Absent()
"""As a member's value: the member is not sent."""

_ids = itertools.count(1)
_contents = itertools.count(1)

_STORED = b"""
SELECT push_id, state, audience_type, audience, package_id, account_type, every_device, message_type, message,
       environment, expire_seconds, push_speed, multi_package, disabled_channels, online_first, collapse_id, plan_id,
       group_id, trace_id, source, options, due, created_at
FROM pushes WHERE push_id = %(push_id)s
"""


@dataclass(frozen=True, kw_only=True)
class App(Client):
    """An application with one device, an account and a tag on it, a package and an earlier push, and its caller."""

    database: Database
    platform: str
    token: str
    device_id: int
    upload_id: int
    collapse_id: int

    @property
    def is_ios(self) -> bool:
        return self.platform == "ios"

    def at(self, port: int) -> App:
        """The same, at another server."""
        return replace(self, port=port)

    def message(self, **members: Any) -> dict[str, Any]:
        """A notification; texts that nobody has pushed before."""
        number = next(_contents)
        ios = {"ios": {"aps": {"sound": "default"}}} if self.is_ios else {}
        message: dict[str, Any] = without_absent(
            {"title": f"Title {number}", "content": f"Content {number}", **ios, **members}
        )
        return message

    def push(self, audience_type: str = "token", /, **members: Any) -> dict[str, Any]:
        """A body for push/app that is right, with these members over it; a `message` given is taken as it is."""
        needs: dict[str, dict[str, Any]] = {
            "token": {"token_list": [self.token]},
            "token_list": {"token_list": [self.token]},
            "account": {"account_list": [ACCOUNT]},
            "account_list": {"account_list": [ACCOUNT]},
            "tag": {"tag_list": {"tags": [TAG], "op": "OR"}},
            "package_account_push": {"upload_id": self.upload_id},
            "package_token_push": {"upload_id": self.upload_id},
        }
        environment = {"environment": "product"} if self.is_ios else {}
        body = {"audience_type": audience_type, "message_type": "notify", "message": self.message(), **environment}
        whole: dict[str, Any] = without_absent({**body, **needs.get(audience_type, {}), **members})
        return whole

    def message_push(self, audience_type: str = "token", /, **members: Any) -> dict[str, Any]:
        """The same with these members in `message`."""
        return self.push(audience_type, message=self.message(**members))

    def android_push(self, **members: Any) -> dict[str, Any]:
        """… in `message.android`."""
        return self.message_push(android=members)

    def ios_push(self, **members: Any) -> dict[str, Any]:
        """… in `message.ios.aps`, which holds nothing else."""
        return self.message_push(ios={"aps": members})

    async def taken(self, body: Mapping[str, Any] | bytes) -> Any:
        """Push; gives the row it became."""
        reply = await self.post(PUSH, body)
        assert reply.code == 0, reply.json
        async with self.database.connection() as connection:
            return await fetch_one(connection, _STORED, push_id=int(reply.json["push_id"]))

    async def refused(self, body: Mapping[str, Any] | bytes, path: str = PUSH) -> int:
        """The code; a refused push must say why in both languages and leave no row."""
        before = await self._pushes()
        reply = await self.post(path, body)
        assert reply.status == 200
        assert reply.code != 0, reply.json
        assert path != PUSH or reply.json["err_msg_zh"]
        assert await self._pushes() == before
        return reply.code

    async def call(self, path: str, **members: Any) -> Reply:
        return await self.post(path, without_absent(members))

    async def _pushes(self) -> int:
        async with self.database.connection() as connection:
            row = await fetch_one(
                connection, b"SELECT count(*) AS n FROM pushes WHERE access_id = %(app)s", app=self.access_id
            )
            return int(row.n)


async def an_application(database: Database, port: int, platform: str = "android", **columns: Any) -> App:
    number = next(_ids)
    access_id = (1_610_000_000 if platform == "ios" else 1_510_000_000) + number
    token = new_token()
    async with database.transaction() as connection:
        await an_app(connection, access_id, platform, **columns)
        device_id = await a_device(connection, access_id, token=token, platform=platform)
        for account_type in (0, 991):
            await a_binding(connection, access_id, device_id, ACCOUNT, account_type)
        await attributes.add_names(connection, access_id, ATTRIBUTES, 50)
        upload_id = await a_package(connection, access_id)
        push_id = await a_push(connection, access_id, state=State.FINISHED)
        await connection.execute("UPDATE pushes SET collapse_id = push_id WHERE push_id = %s", (push_id,))
    return App(
        port=port, access_id=access_id, database=database, platform=platform, token=token, device_id=device_id,
        upload_id=upload_id, collapse_id=push_id,
    )  # fmt: skip


async def a_package(connection: Connection, access_id: int, **columns: Any) -> int:
    """A row as an upload leaves it; nothing of it is in the store."""
    values = {"state": "ready", "days": 90, "sha256": str(next(_contents)).encode()} | columns
    row = await fetch_one(
        connection,
        b"INSERT INTO packages"
        b" (access_id, state, file_name, file_bytes, file_sha256, verdict, object_prefix, expires_at) VALUES"
        b" (%(app)s, %(state)s, 'a.txt', 1, %(sha256)s, '{}', '', now() + make_interval(days => %(days)s))"
        b" RETURNING package_id",
        app=access_id,
        **values,
    )
    return int(row.package_id)


def table(columns: str, *rows: tuple[Any, ...]) -> pytest.MarkDecorator:
    """Parameters whose first column names the row."""
    assert all(len(row) == 2 + columns.count(",") for row in rows)
    cells = [row[1:] if "," in columns else row[1] for row in rows]
    return pytest.mark.parametrize(columns, cells, ids=[row[0] for row in rows])


def values(*given: Any) -> tuple[Any, ...]:
    """Of any types."""
    return given


def moment(**offset: float) -> str:
    """`send_time`, so far from now on the clocks of the application."""
    return f"{datetime.now(ZONE) + timedelta(**offset):%Y-%m-%d %H:%M:%S}"


def day(offset: int = 0, form: str = "%Y-%m-%d") -> str:
    return f"{datetime.now(ZONE) + timedelta(days=offset):{form}}"


def loop(**members: Any) -> dict[str, Any]:
    """A `loop_param` of two daily occurrences, tomorrow and the day after."""
    daily = {"startDate": day(1), "endDate": day(2), "loopType": 1, "loopDayIndexs": [0], "dayTimes": ["09:00:00"]}
    param: dict[str, Any] = without_absent({**daily, **members})
    return param


def form(content: bytes, file_name: str = "accounts.txt", name: str = "file") -> bytes:
    head = f'--XX\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n\r\n'
    return head.encode() + content + b"\r\n--XX--\r\n"


FORM = {"Content-Type": "multipart/form-data; boundary=XX"}


def without_absent(value: Any) -> Any:
    """At any depth."""
    if isinstance(value, dict):
        return {key: without_absent(member) for key, member in value.items() if member is not ABSENT}
    return [without_absent(element) for element in value] if isinstance(value, list) else value
