"""What is pushed is what devices get: every member of push.md 2, in the payload that docs/device-protocol.md describes.

The way of the product: the REST call,
    the worker's start of the push, then both makers of payloads, the dispatcher's (to
who is connected) and the gateway's (to who asks), which must agree.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from rockdove.audience.audience import AudienceError
from rockdove.audience.hashed_texts import HashedTexts
from rockdove.audience.resolver import Resolver
from rockdove.audience.start import resolve_and_start
from rockdove.devices.applications import set_controls
from rockdove.dispatch.messages import Messages
from rockdove.dispatch.slices import SliceQueue
from rockdove.domain.controls import Controls, DailyCap
from rockdove.engines import Engines
from rockdove.lifecycle.states import State
from rockdove.storage.database import Database, fetch_one
from rockdove.testing.device_api import DeviceApi
from tests.api.tpns.contract.conftest import NewApp
from tests.api.tpns.contract.test_message_fields import ANDROID_TEXTS, MESSAGE_TEXTS
from tests.api.tpns.contract.test_message_fields import SWITCHES as ANDROID_SWITCHES
from tests.api.tpns.contract.world import TAG, App, table
from tests.gateway.world import World, own_channel
from tests.rows import ACCESS_KEY


class Phone(NamedTuple):
    """A device that registered as devices do, and asks for its messages."""

    app: App
    token: str
    jwt: str
    api: DeviceApi

    async def messages(self) -> dict[int, dict[str, Any]]:
        """By push id."""
        answer = await self.api.post("/device/v1/messages", {}, self.jwt)
        return {int(message["push_id"]): message for message in answer["messages"]}

    async def register(self, **profile: Any) -> Phone:
        """A new device of the application, or, with `token` and `device_secret`, this one again."""
        body = {"access_id": self.app.access_id, "access_key": ACCESS_KEY, "platform": self.app.platform, **profile}
        answer = await self.api.post("/device/v1/register", body)
        return self._replace(token=answer["token"], jwt=answer["jwt"])


Phones = Callable[..., Awaitable[Phone]]


@pytest.fixture(scope="module")
async def world(engines: Engines, database: Database) -> AsyncIterator[World]:
    async with own_channel(engines, database) as world:
        yield world


@pytest.fixture(scope="module")
async def phones(world: World, new_app: NewApp) -> AsyncIterator[Phones]:
    """Makes one, of an application of its own on a platform."""
    api = DeviceApi(world.url)

    async def a_phone(platform: str = "android", **profile: Any) -> Phone:
        app = await new_app(platform, timezone="UTC")
        return await Phone(app, "", "", api).register(**profile)

    yield a_phone
    api.close()


@pytest.fixture(scope="module")
def resolver(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Resolver:
    return Resolver(database, Path(tmp_path_factory.mktemp("index")), no_package)


async def no_package(access_id: int, package_id: int) -> HashedTexts:
    raise AudienceError(f"package {package_id} is not in the store")


async def sent(app: App, resolver: Resolver, body: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The row of the push, started, and what the dispatcher publishes."""
    push_id = (await app.taken(body)).push_id
    async with app.database.connection() as connection:
        row = await fetch_one(connection, _WHOLE, push_id=push_id)
    assert await resolve_and_start(app.database, resolver, row, 1000) == State.STARTED
    async with app.database.connection() as connection:
        row = await fetch_one(connection, _WHOLE, push_id=push_id)
    payload = (await Messages(SliceQueue(app.database, "test", 60, 1)).of(push_id)).payload
    return row, msgspec.json.decode(payload, type=dict[str, Any])


_WHOLE = b"""
SELECT push_id, access_id, audience_type, audience, package_id, account_type, every_device, message_type, message,
       environment, multi_package, disabled_channels, push_speed, collapse_id, send_seq, expires_at
FROM pushes WHERE push_id = %(push_id)s
"""

WINDOW = {"start": {"hour": "00", "min": "00"}, "end": {"hour": "23", "min": "59"}}
ANDROID = {
    **{name: f"the {name}" for name in ANDROID_TEXTS},
    **dict.fromkeys(ANDROID_SWITCHES, 0),
    "vivo_ch_id": "1", "hw_importance": 2, "n_id": -1, "builder_id": 3, "badge_type": -2, "icon_color": 123456,
        "show_type": 1,
    "action": {"action_type": 2, "browser": {"url": "https://example.com/", "confirm": 1}},
    "custom_content": {"order": {"id": 5}},
}  # fmt: skip
APS = {
    "alert": {"title": "Alert", "subtitle": "Sub", "body": "Body"}, "badge_type": -2, "category": "c",
        "mutable-content": 1,
    "sound": "default", "interruption-level": "time-sensitive",
}  # fmt: skip
COMMON = {**{name: f"the {name}" for name in MESSAGE_TEXTS}, "show_type": 2, "accept_time": [WINDOW]}


@table("platform, message_type, members, arrives",
       ("Android notification", "android", "notify", {**COMMON, "android": ANDROID},
        {**COMMON, "android": {**ANDROID, "custom_content": '{"order":{"id":5}}'}}),
       ("Android in-app message", "android", "message",
        {"accept_time": [WINDOW], "android": {"custom_content": {"a": 1}}},
        {"accept_time": [WINDOW], "android": {"custom_content": '{"a":1}'}}),
       ("open an activity", "android", "notify",
        {"android": {"action": {"activity": "a.B", "aty_attr": {"if": 1, "pf": 2}}}},
        {"android": {"action": {"action_type": 1, "activity": "a.B", "aty_attr": {"if": 1, "pf": 2}}}}),
       ("open by intent", "android", "notify", {"android": {"action": {"action_type": 3, "intent": "x://y"}}},
        {"android": {"action": {"action_type": 3, "intent": "x://y"}}}),
       ("iOS notification", "ios", "notify", {**COMMON, "ios": {"aps": APS, "custom": {"order": 5}}},
        {**COMMON, "ios": {"aps": APS, "custom_content": '{"order":5}'}}),
       ("iOS silent message", "ios", "message", {"ios": {"aps": {"content-available": 1}, "custom_content": "x"}},
        {"ios": {"aps": {"content-available": 1}, "custom_content": "x"}}),
       ("both platforms in one message", "android", "notify", {"android": {"ring": 1}, "ios": {"aps": {"sound": "s"}}},
        {"android": {"ring": 1}, "ios": {"aps": {"sound": "s"}}}),
       ("written in other case", "android", "notify", {"Thread_ID": "t", "Android": {"N_Ch_Id": "c", "RING": "1"}},
        {"thread_id": "t", "android": {"n_ch_id": "c", "ring": 1}}))  # fmt: skip
async def test_everything_arrives(
    phones: Phones,
    resolver: Resolver,
    platform: str,
    message_type: str,
    members: dict[str, Any],
    arrives: dict[str, Any],
) -> None:
    phone = await phones(platform)
    message = phone.app.message(**members)
    row, live = await sent(
        phone.app, resolver, phone.app.push(token_list=[phone.token], message_type=message_type, message=message)
    )
    texts = {key: message[key] for key in ("title", "content")}
    own = {
        "type": message_type,
        "push_id": str(row.push_id),
        "seq": row.send_seq,
        "expire_at": int(row.expires_at.timestamp()),
    }
    assert live == {**own, **texts, **arrives}
    assert await phone.messages() == {row.push_id: live}


async def test_collapse_id_arrives(phones: Phones, resolver: Resolver) -> None:
    phone = await phones()
    await phone.app.call("/v3/device/tag", operator_type=1, token_list=[phone.token], tag_list=[TAG])
    first, live = await sent(phone.app, resolver, phone.app.push("tag"))
    assert live["collapse_id"] == str(first.push_id)
    second, live = await sent(phone.app, resolver, phone.app.push("tag", collapse_id=first.collapse_id))
    assert live["collapse_id"] == str(first.push_id)
    assert (await phone.messages())[second.push_id] == live


async def test_a_message_can_t_speak_for_us(phones: Phones, resolver: Resolver) -> None:
    """Members of a message that are called like ours give way."""
    phone = await phones()
    message = phone.app.message(push_id="1", seq=0, type="recall", expire_at=1, collapse_id="9", future=[1])
    row, live = await sent(phone.app, resolver, phone.app.push(token_list=[phone.token], message=message))
    assert (live["push_id"], live["seq"], live["type"]) == (str(row.push_id), row.send_seq, "notify")
    assert live["expire_at"] == int(row.expires_at.timestamp())
    assert live["future"] == [1]
    assert "collapse_id" not in live


async def test_for_who_is_connected_only(phones: Phones, resolver: Resolver) -> None:
    phone = await phones()
    _, live = await sent(phone.app, resolver, phone.app.push(token_list=[phone.token], expire_time=0))
    assert live["expire_at"] == 0
    assert await phone.messages() == {}, "nothing is kept for others"


@table("attributes, arrives",
       ("all there", {"name": "Ada", "city": "Köln"}, {"title": "Dear Ada", "content": "Rain in Köln"}),
       ("braces in a value", {"name": "{{city}}", "city": "x"}, {"title": "Dear {{city}}", "content": "Rain in x"}),
       ("one is lacking", {"name": "Ada"}, {"title": "Hello", "content": "Rain everywhere"}),
       ("none", {}, {"title": "Hello", "content": "Rain everywhere"}))  # fmt: skip
async def test_texts_that_name_attributes(
    phones: Phones, resolver: Resolver, attributes: dict[str, str], arrives: dict[str, str]
) -> None:
    phone = await phones()
    if attributes:
        info = {"attributeMap": attributes}
        assert (
            await phone.app.call("/v3/device/set_custom_attribute", cmd=1, token=phone.token, attributeInfo=info)
        ).code == 0
    texts = {
        "title": "Dear {{name}}",
        "content": "Rain in {{city}}",
        "default_title": "Hello",
        "default_content": "Rain everywhere",
    }
    row, _ = await sent(phone.app, resolver, phone.app.push(token_list=[phone.token], ntf_wt_attrs=True, message=texts))
    message = (await phone.messages())[row.push_id]
    assert {key: value for key, value in message.items() if key in texts} == arrives


# ── tags are targets at once ───────────────────────────────────────────────────────────────────────────────────────


async def reached(phone: Phone, resolver: Resolver, tag: str, tag_type: str = "xg_user_define") -> bool:
    """Is the device a target of a push to this tag that starts now?"""
    rules = [{"tag_items": [{"tags": [tag], "tag_type": tag_type}]}]
    push_id = (await phone.app.taken(phone.app.push("tag", tag_rules=rules))).push_id
    async with phone.app.database.connection() as connection:
        row = await fetch_one(connection, _WHOLE, push_id=push_id)
    await resolve_and_start(phone.app.database, resolver, row, 1000)
    return push_id in await phone.messages()


async def test_tags_set_over_rest(phones: Phones, resolver: Resolver) -> None:
    """Each operator, with one index that has seen the device before."""
    phone = await phones()
    one, several = ({"token_list": [phone.token], "tag_list": tags} for tags in (["a"], ["a", "b"]))
    pair = {"tag_token_list": [{"tag": "a", "token": phone.token}]}
    assert not await reached(phone, resolver, "a")
    steps: list[tuple[int, dict[str, Any], dict[str, bool]]] = [
        (1, one, {"a": True, "b": False}), (2, one, {"a": False}), (3, several, {"a": True, "b": True}),
            (4, several, {"a": False, "b": False}),
        (7, one, {"a": True}), (8, one, {"a": False}), (9, pair, {"a": True}), (10, pair, {"a": False}),
        (6, several, {"a": True, "b": True}), (5, one, {"a": False, "b": False}), (3, several, {"a": True, "b": True}),
    ]  # fmt: skip
    for operator, members, wanted in steps:
        assert (await phone.app.call("/v3/device/tag", operator_type=operator, **members)).code == 0
        assert {tag: await reached(phone, resolver, tag) for tag in wanted} == wanted, operator
    assert (await phone.app.call("/v3/device/tag/delete_all_device", tag_list=["a"])).code == 0
    assert not await reached(phone, resolver, "a")
    assert await reached(phone, resolver, "b")


@table("tag_type, member, before, after",
       ("version", "xg_auto_version", "app_version", "1.0.2", "1.0.3"),
       ("version as misspelt", "xg_auto_verison", "app_version", "1.0.2", "1.0.3"),
       ("province", "xg_auto_province", "province", "guangdong", "hunan"),
           ("city", "xg_auto_city", "city", "shenzhen", "changsha"),
       ("country", "xg_auto_country", "country", "CN", "SG"),
           ("SDK", "xg_auto_sdkversion", "sdk_version", "1.1.5.4", "1.3.0.0"),
       ("system", "xg_auto_systemversion", "os_version", "13", "14"),
           ("language", "xg_auto_systemlanguage", "language", "zh", "en"),
       ("model", "xg_auto_deviceversion", "model", "vivo X9Plus", "vivo X10"),
           ("brand", "xg_auto_devicebrand", "brand", "HUAWEI", "Xiaomi"))  # fmt: skip
async def test_preset_tags_follow_the_registration(
    phones: Phones, world: World, resolver: Resolver, tag_type: str, member: str, before: str, after: str
) -> None:
    """A device that registers again with something new is found under the new value, and no longer under the old."""
    phone = await phones(**{member: before})
    assert [await reached(phone, resolver, value, tag_type) for value in (before, after)] == [True, False]
    body = {"access_id": phone.app.access_id, "access_key": ACCESS_KEY, "platform": "android", member: before}
    new = await phone.api.post("/device/v1/register", body)
    again = {**body, member: after, "token": new["token"], "device_secret": new["device_secret"]}
    assert (await phone.api.post("/device/v1/register", again))["token"] == new["token"]
    other = phone._replace(token=new["token"], jwt=new["jwt"])
    assert [await reached(other, resolver, value, tag_type) for value in (before, after)] == [False, True]
    if tag_type == "xg_auto_devicebrand":
        assert await reached(other, resolver, after.lower(), tag_type)


async def test_active_today(phones: Phones, resolver: Resolver) -> None:
    phone = await phones()
    async with phone.app.database.connection() as connection:
        row = await fetch_one(connection, b"SELECT (now() AT TIME ZONE 'UTC')::date AS today")
    assert await reached(phone, resolver, f"{row.today:%Y%m%d}", "xg_auto_active")
    assert not await reached(phone, resolver, f"{datetime(2020, 4, 8, tzinfo=UTC):%Y%m%d}", "xg_auto_active")


# ── daily caps of chosen plans ─────────────────────────────────────────────────────────────────────────────────────


async def a_plan(app: App, name: str) -> str:
    reply = await app.call("/v3/push/plan/add_plan_push", planName=name, planDescribe="x")
    return str(reply.json["result"]["planId"])


@pytest.mark.parametrize("audience", ["tag", "token"])
async def test_caps_of_plans_made_over_rest(phones: Phones, resolver: Resolver, audience: str) -> None:
    phone = await phones()
    app = phone.app
    await app.call("/v3/device/tag", operator_type=1, token_list=[phone.token], tag_list=[TAG])
    spring, autumn = await a_plan(app, "Spring"), await a_plan(app, "Autumn")
    async with app.database.connection() as connection:
        await set_controls(connection, app.access_id, Controls(daily_cap=DailyCap(notifications=2, plans=(spring,))))

    async def arrives(plan_id: str, message_type: str = "notify") -> bool:
        body = app.push(audience, token_list=[phone.token], plan_id=plan_id, message_type=message_type)
        push_id = (await app.taken(body)).push_id
        async with app.database.connection() as connection:
            row = await fetch_one(connection, _WHOLE, push_id=push_id)
        await resolve_and_start(app.database, resolver, row, 1000)
        async with app.database.connection() as connection:
            row = await fetch_one(connection, b"SELECT counts FROM pushes WHERE push_id = %(id)s", id=push_id)
        there = push_id in await phone.messages()
        assert row.counts["filtered"] == ({} if there else {"capped": 1})
        return there

    assert [await arrives(plan_id) for plan_id in (autumn, "", autumn, spring, spring)] == [True] * 5
    assert not await arrives(spring), "the third of its plan today"
    assert [await arrives(plan_id) for plan_id in (autumn, "", "0")] == [True] * 3
    assert await arrives(spring, "message"), "only notifications are capped"
    async with app.database.connection() as connection:
        await set_controls(connection, app.access_id, Controls(daily_cap=DailyCap(notifications=2, plans=("0",))))
    assert [await arrives(plan_id) for plan_id in ("", "0", spring)] == [False, False, True], "the default plan had two"
