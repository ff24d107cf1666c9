"""Huawei for Android against its fake: what is particular to it. What all vendors share: test_conformance.py."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from rockdove.channels import huawei
from rockdove.channels.batch_vendor import notify_id
from rockdove.channels.channel import (
    UNANSWERED,
    Accepted,
    ChannelAwayError,
    ChannelStoppedError,
    Quota,
    Rejected,
    Retry,
    TokenGone,
)
from rockdove.channels.http import NoAnswerError
from rockdove.channels.provider import Connections
from rockdove.testing.vendors.huawei import CLIENT_ID, CLIENT_SECRET, PROJECT_ID, TOKEN, V1, V2, FakeHuawei
from rockdove.testing.vendors.server import Fault, Reply, Request
from tests.channels.batches import MESSAGE, PUSH_ID, MemoryTokens, batch, connected, message
from tests.channels.test_fake_server import client

WEB, PAGE, SALE, START = "https://e.example", "shop://sale", "com.example.Sale", "com.example.Main"


@pytest.fixture
async def vendor() -> AsyncIterator[FakeHuawei]:
    async with FakeHuawei() as vendor:
        yield vendor


@pytest.fixture
async def connections(vendor: FakeHuawei) -> AsyncIterator[Connections]:
    async with connected(vendor) as connections:
        yield connections


def settings(vendor: FakeHuawei, **changed: Any) -> huawei.HuaweiSettings:
    return msgspec.convert(vendor.settings() | changed, huawei.HuaweiSettings)


async def test_a_foreign_client_is_served() -> None:
    """The fake takes what Huawei's own examples send, not only what we do."""
    async with FakeHuawei() as vendor, client(vendor) as http:
        form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        granted = (await http.post(TOKEN, data=form)).json()
        assert granted["expires_in"] == 3600
        signed = {"Authorization": f"Bearer {granted['access_token']}"}
        shown = {"title": "Big News", "body": "This is a Big News!"}
        android = {
            "collapse_key": -1,
            "urgency": "NORMAL",
            "ttl": "1448s",
            "notification": {"click_action": {"type": 3}},
        }
        sent = {"message": {"notification": shown, "android": android, "token": ["one", "gone-2"]}}
        answer = (await http.post(V1, json=sent, headers=signed)).json()
        assert answer["code"] == "80100000"
        assert msgspec.json.decode(answer["msg"]) == {"success": 1, "failure": 1, "illegal_tokens": ["gone-2"]}
        assert (await http.post(V1, json=sent)).json()["code"] == "80200001"
        assert (await http.post(V1, json={"message": {"token": ["one"]}}, headers=signed)).json()["code"] == "80100003"


async def test_outcomes_in_order(vendor: FakeHuawei, connections: Connections) -> None:
    channel = huawei.Huawei(settings(vendor), connections)
    assert await channel.send(batch("ok-1", "gone-2", "ok-3")) == [Accepted(), TokenGone(), Accepted()]
    assert await channel.send(batch("gone-5")) == [TokenGone()]
    assert vendor.accepted == {"ok-1": 1, "ok-3": 1}


async def test_what_is_sent(vendor: FakeHuawei, connections: Connections) -> None:
    await huawei.Huawei(settings(vendor), connections).send(batch("ok-1", "ok-2"))
    sent = vendor.requests[-1].json()
    ttl = sent["message"]["android"].pop("ttl")
    assert 3590 < int(ttl.removesuffix("s")) <= 3600
    assert vendor.requests[-1].path == V1
    assert sent == {
        "validate_only": False,
        "message": {
            "android": {
                "bi_tag": str(PUSH_ID),
                "data": '{"order":"7"}',
                "notification": {
                    "title": "Sale",
                    "body": "Half price today",
                    "click_action": {"type": 3},
                    "notify_id": notify_id(batch()),
                },
            },
            "token": ["ok-1", "ok-2"],
        },
    }


@pytest.mark.parametrize(
    ("android", "members"),
    [
        ({"action": {"action_type": 2, "browser": {"url": WEB}}}, {"click_action": {"type": 2, "url": WEB}}),
        ({"action": {"action_type": 3, "intent": PAGE}}, {"click_action": {"type": 1, "intent": PAGE}}),
        (
            {"action": {"activity": SALE}},
            {"click_action": {"type": 1, "intent": "intent:#Intent;component=com.example/com.example.Sale;end"}},
        ),
        ({"action": {"action_type": 2}}, {"click_action": {"type": 3}}),
        ({"badge_type": -2}, {"badge": {"class": START, "add_num": 1}}),
        ({"badge_type": 0}, {"badge": {"class": START, "set_num": 0}}),
        ({"badge_type": 120}, {"badge": {"class": START, "set_num": 99}}),
        ({"badge_type": -1}, {"badge": None}),
        ({"hw_ch_id": "sales"}, {"channel_id": "sales"}),
        ({"hw_importance": 1}, {"importance": "LOW"}),
        ({"hw_importance": 2}, {"importance": "NORMAL"}),
        ({"ring_raw": "bell", "vibrate": 0, "lights": 0}, {"sound": "/raw/bell", "default_sound": False,
                                                            "use_default_vibrate": False, "use_default_light": False}),
        ({"show_type": 1}, {"foreground_show": False}),
        ({"icon_color": 123456}, {"color": "#01E240"}),
        ({}, {"importance": None, "channel_id": None, "foreground_show": None, "sound": None, "style": None}),
    ],
)  # fmt: skip
async def test_members_of_the_notification(
    vendor: FakeHuawei, connections: Connections, android: dict[str, Any], members: dict[str, Any]
) -> None:
    configured = settings(vendor, package_name="com.example", badge_class=START)
    outcomes = await huawei.Huawei(configured, connections).send(batch("ok-1", message=message(**android)))
    assert outcomes == [Accepted()]
    notification = vendor.requests[-1].json()["message"]["android"]["notification"]
    assert {name: notification.get(name) for name in members} == members


@pytest.mark.parametrize(
    ("configured", "android", "members"),
    [
        ({}, {"hw_category": "IM"}, {"category": "IM"}),
        ({"category": "EXPRESS"}, {}, {"category": "EXPRESS"}),
        ({"category": "EXPRESS"}, {"hw_category": "IM"}, {"category": "IM"}),
        ({}, {"hw_biz_type": 1}, {"urgency": "HIGH"}),
        ({"test_messages": True, "receipt_id": "RCP1"}, {}, {"target_user_type": 1, "receipt_id": "RCP1"}),
        ({}, {}, {"category": None, "urgency": None, "target_user_type": None, "receipt_id": None, "data": None}),
        ({}, {"custom_content": '{"a":{"b":1}}'}, {"data": '{"a":"{\\"b\\":1}"}'}),
    ],
)  # fmt: skip
async def test_members_of_the_message(
    vendor: FakeHuawei,
    connections: Connections,
    configured: dict[str, Any],
    android: dict[str, Any],
    members: dict[str, Any],
) -> None:
    channel = huawei.Huawei(settings(vendor, **configured), connections)
    assert await channel.send(batch("ok-1", message=message(**android))) == [Accepted()]
    sent = vendor.requests[-1].json()["message"]["android"]
    assert {name: sent.get(name) for name in members} == members


async def test_picture_group_and_long_text(vendor: FakeHuawei, connections: Connections) -> None:
    channel = huawei.Huawei(settings(vendor, big_text=True), connections)
    grouped = {"thread_id": "orders", "thread_sumtext": "3 orders", "xg_media_resources": f"{WEB}/a.png"}
    assert await channel.send(batch("ok-1", message=MESSAGE | grouped)) == [Accepted()]
    shown = vendor.requests[-1].json()["message"]["android"]["notification"]
    assert (shown["group"], shown["notify_summary"], shown["image"]) == ("orders", "3 orders", f"{WEB}/a.png")
    assert (shown["style"], shown["big_title"], shown["big_body"]) == (1, "Sale", "Half price today")
    plain = MESSAGE | {"xg_media_resources": "http://e.example/a.png"}  # Huawei refuses such
    assert await channel.send(batch("ok-2", message=plain)) == [Accepted()]


async def test_by_the_project(vendor: FakeHuawei, connections: Connections) -> None:
    configured = settings(vendor, client_id=PROJECT_ID, project_id=PROJECT_ID)
    assert await huawei.Huawei(configured, connections).send(batch("ok-1")) == [Accepted()]
    assert vendor.requests[-1].path == V2
    assert (await huawei.check(configured, connections)).accepted


async def test_an_ended_access_token_is_fetched_anew(vendor: FakeHuawei, connections: Connections) -> None:
    channel = huawei.Huawei(settings(vendor), connections)
    await channel.send(batch("ok-1"))
    vendor.expire_credentials()
    assert await channel.send(batch("ok-2")) == [Accepted()]
    assert isinstance(connections.tokens, MemoryTokens)
    assert connections.tokens.fetched == 2


async def test_wrong_credentials(vendor: FakeHuawei, connections: Connections) -> None:
    wrong = settings(vendor, client_secret="of somebody else")
    with pytest.raises(ChannelStoppedError, match="invalid client"):
        await huawei.Huawei(wrong, connections).send(batch("ok-1"))
    checked = await huawei.check(wrong, connections)
    assert not checked.accepted
    assert "Client secret" in checked.says
    another_project = settings(vendor, project_id="1")
    with pytest.raises(ChannelStoppedError, match="404"):
        await huawei.Huawei(another_project, connections).send(batch("ok-1"))
    assert not (await huawei.check(another_project, connections)).accepted
    assert (await huawei.check(settings(vendor), connections)).accepted
    assert not vendor.accepted


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.BROKEN, Fault.GARBAGE])
async def test_a_check_takes_nobody_else_s_answer_for_huawei_s(
    vendor: FakeHuawei, connections: Connections, fault: Fault
) -> None:
    vendor.fault = fault
    with pytest.raises(NoAnswerError, match="HTTP"):
        await huawei.check(settings(vendor), connections)


@pytest.mark.parametrize("answer", [Reply(503), Reply(429, b'{"error":1}'), Reply(200, b"<html>")])
async def test_no_access_token_now(
    vendor: FakeHuawei, connections: Connections, monkeypatch: pytest.MonkeyPatch, answer: Reply
) -> None:
    """The server of access tokens is another one, and may be away on its own."""

    def token(_: Request) -> Reply:
        return answer

    monkeypatch.setattr(vendor, "_token", token)
    with pytest.raises(ChannelAwayError, match="no access token"):
        await huawei.Huawei(settings(vendor), connections).send(batch("ok-1"))
    nowhere = settings(vendor, token_server="https://localhost:9")
    with pytest.raises(ChannelAwayError):
        await huawei.Huawei(nowhere, connections).send(batch("ok-1"))


async def test_faults(vendor: FakeHuawei, connections: Connections) -> None:
    channel = huawei.Huawei(settings(vendor), connections)
    for fault in (Fault.THROTTLE, Fault.QUOTA, Fault.BUSY, Fault.BROKEN, Fault.GARBAGE):
        vendor.fault, vendor.fault_times = fault, 1
        assert await channel.send(batch("ok-1", "ok-2")) == [Retry(1.0, everyone=True)] * 2
    vendor.fault = Fault.CUT
    assert await channel.send(batch("ok-1", "ok-2")) == [UNANSWERED] * 2
    assert not vendor.accepted


async def test_text_too_long_for_huawei(vendor: FakeHuawei, connections: Connections) -> None:
    channel = huawei.Huawei(settings(vendor), connections)
    assert not channel.refusal(MESSAGE | {"title": "x" * 40, "content": "x" * 1024})
    assert channel.refusal(MESSAGE | {"title": "x" * 41})
    assert channel.refusal(MESSAGE | {"content": "x" * 1025})
    refused = Rejected("Huawei: Push message size is too long. (80300008)")
    assert await channel.send(batch("ok-1", "ok-2", message=MESSAGE | {"content": "x" * 5000})) == [refused] * 2


@pytest.mark.parametrize(
    ("category", "android", "limited"),
    [
        ("", {}, True),
        ("", {"hw_importance": 1}, True),
        ("", {"hw_importance": 2}, False),
        ("", {"hw_category": "IM"}, False),
        ("", {"hw_category": "MARKETING", "hw_importance": 2}, True),
        ("EXPRESS", {}, False),
        ("EXPRESS", {"hw_category": "MARKETING"}, True),
    ],
)
async def test_the_quota_is_of_marketing(
    vendor: FakeHuawei, connections: Connections, category: str, android: dict[str, Any], limited: bool
) -> None:
    channel = huawei.Huawei(settings(vendor, daily_quota=5000, category=category), connections)
    assert channel.quota(message(**android)) == (Quota("marketing", 5000) if limited else None)
    assert huawei.Huawei(settings(vendor, category=category), connections).quota(message(**android)) is None
