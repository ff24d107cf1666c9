"""Honor against its fake: what is particular to it. What all vendors have in common: test_conformance.py."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from rockdove.channels import honor
from rockdove.channels.batch_vendor import notify_id
from rockdove.channels.channel import (
    UNANSWERED,
    Accepted,
    ChannelStoppedError,
    Outcome,
    Quota,
    Rejected,
    Retry,
    TokenGone,
)
from rockdove.channels.http import NoAnswerError
from rockdove.channels.provider import Connections, ForgedReceiptError, Receipt, ReceiptRequest
from rockdove.testing.vendors.honor import CLIENT_ID, CLIENT_SECRET, SEND, TOKEN, FakeHonor
from rockdove.testing.vendors.server import Fault, Reply, Request, json_reply
from tests.channels.batches import MESSAGE, PUSH_ID, MemoryTokens, batch, connected, message
from tests.channels.test_fake_server import client

WEB, PAGE, START = "https://e.example", "shop://sale", "com.example.Main"


NONE = Rejected("Honor: x (80300007)")


@pytest.fixture
async def vendor() -> AsyncIterator[FakeHonor]:
    async with FakeHonor() as vendor:
        yield vendor


@pytest.fixture
async def connections(vendor: FakeHonor) -> AsyncIterator[Connections]:
    async with connected(vendor) as connections:
        yield connections


def settings(vendor: FakeHonor, **changed: Any) -> honor.HonorSettings:
    return msgspec.convert(vendor.settings() | changed, honor.HonorSettings)


async def test_a_foreign_client_is_served() -> None:
    """The fake takes what Honor's own examples send, not only what we do."""
    async with FakeHonor() as vendor, client(vendor) as http:
        form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        token = (await http.post(TOKEN, data=form)).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}", "timestamp": str(int(time.time() * 1000))}
        shown = {"title": "test title", "body": "test body", "clickAction": {"type": 3}}
        sent = {"android": {"notification": shown}, "token": ["one", "gone-2", "bad-3"]}
        data = (await http.post(SEND, json=sent, headers=headers)).json()["data"]
        assert (data["sendResult"], data["expireTokens"], data["failTokens"]) == (True, ["gone-2"], ["bad-3"])
        assert (await http.post(SEND, json=sent)).status_code == 403
        assert (await http.post(SEND, json=sent, headers=headers | {"timestamp": "1"})).json()["code"] != 200


async def test_outcomes_in_order(vendor: FakeHonor, connections: Connections) -> None:
    channel = honor.Honor(settings(vendor), connections)
    outcomes = await channel.send(batch("ok-1", "gone-2", "bad-3", "ok-4"))
    assert outcomes == [Accepted(), TokenGone(), Rejected("Honor refuses the device"), Accepted()]
    assert await channel.send(batch("gone-5", "gone-6")) == [TokenGone()] * 2
    assert vendor.accepted == {"ok-1": 1, "ok-4": 1}


async def test_what_is_sent(vendor: FakeHonor, connections: Connections) -> None:
    await honor.Honor(settings(vendor), connections).send(batch("ok-1", "ok-2"))
    request = vendor.requests[-1]
    sent = request.json()
    assert 3590 < int(sent["android"].pop("ttl").removesuffix("s")) <= 3600
    assert request.path == SEND
    assert request.headers["timestamp"].isdigit()
    assert sent == {
        "android": {
            "biTag": str(PUSH_ID),
            "data": '{"order":"7"}',
            "notification": {
                "title": "Sale",
                "body": "Half price today",
                "clickAction": {"type": 3},
                "notifyId": notify_id(batch()),
            },
        },
        "token": ["ok-1", "ok-2"],
    }


@pytest.mark.parametrize(
    ("android", "members"),
    [
        ({"action": {"action_type": 2, "browser": {"url": WEB}}}, {"clickAction": {"type": 2, "url": WEB}}),
        ({"action": {"action_type": 3, "intent": PAGE}}, {"clickAction": {"type": 1, "intent": PAGE}}),
        (
            {"action": {"activity": "com.example.Sale"}},
            {"clickAction": {"type": 1, "intent": "intent:#Intent;component=com.example/com.example.Sale;end"}},
        ),
        ({"badge_type": -2}, {"badge": {"badgeClass": START, "addNum": 1}}),
        ({"badge_type": 0}, {"badge": {"badgeClass": START, "setNum": 0}}),
        ({"badge_type": -1}, {"badge": None}),
        ({"hw_importance": 1}, {"importance": "LOW"}),
        ({"hw_importance": 2}, {"importance": "NORMAL"}),
        ({"hw_category": "IM"}, {"importance": "NORMAL"}),
        ({"hw_category": "MARKETING"}, {"importance": "LOW"}),
        ({}, {"importance": None, "style": None}),
    ],
)  # fmt: skip
async def test_members(
    vendor: FakeHonor, connections: Connections, android: dict[str, Any], members: dict[str, Any]
) -> None:
    configured = settings(vendor, package_name="com.example", badge_class=START)
    outcomes = await honor.Honor(configured, connections).send(batch("ok-1", message=message(**android)))
    assert outcomes == [Accepted()]
    notification = vendor.requests[-1].json()["android"]["notification"]
    assert {name: notification.get(name) for name in members} == members


async def test_picture_group_long_text_and_test_messages(vendor: FakeHonor, connections: Connections) -> None:
    channel = honor.Honor(settings(vendor, big_text=True, test_messages=True), connections)
    grouped = {"thread_id": "orders", "xg_media_resources": f"{WEB}/a.png"}
    assert await channel.send(batch("ok-1", message=MESSAGE | grouped)) == [Accepted()]
    android = vendor.requests[-1].json()["android"]
    shown = android["notification"]
    assert (android["targetUserType"], shown["group"], shown["image"]) == (1, "orders", f"{WEB}/a.png")
    assert (shown["style"], shown["bigTitle"], shown["bigBody"]) == (1, "Sale", "Half price today")


@pytest.mark.parametrize(
    ("answer", "outcomes"),
    [
        ({"code": 200, "data": {"sendResult": True}}, [Accepted()] * 2),
        ({"code": 80000000}, [Accepted()] * 2),
        ({"code": 200, "data": {"expireTokens": ["a"], "failTokens": None}}, [TokenGone(), Accepted()]),
        ({"code": 200, "data": {"sendResult": False}, "message": "no"}, [Rejected("Honor: no (200)")] * 2),
        ({"code": 80300007, "data": {"expireTokens": ["a"]}, "msg": "x"}, [TokenGone(), NONE]),
        ({"code": 80100003, "message": "no"}, [Rejected("Honor: no (80100003)")] * 2),
        ({"code": "81000001"}, [Retry(1.0, everyone=True)] * 2),
        ({"code": 429}, [Retry(1.0, everyone=True)] * 2),
    ],
)  # fmt: skip
async def test_what_honor_may_answer(
    vendor: FakeHonor,
    connections: Connections,
    monkeypatch: pytest.MonkeyPatch,
    answer: dict[str, Any],
    outcomes: list[Outcome],
) -> None:
    def answered(_: Request) -> Reply:
        return json_reply(answer)

    monkeypatch.setattr(vendor, "_message", answered)
    assert await honor.Honor(settings(vendor), connections).send(batch("a", "b")) == outcomes


async def test_an_ended_access_token_is_fetched_anew(vendor: FakeHonor, connections: Connections) -> None:
    channel = honor.Honor(settings(vendor), connections)
    await channel.send(batch("ok-1"))
    vendor.expire_credentials()
    assert await channel.send(batch("ok-2")) == [Accepted()]
    assert isinstance(connections.tokens, MemoryTokens)
    assert connections.tokens.fetched == 2


async def test_wrong_credentials(vendor: FakeHonor, connections: Connections) -> None:
    wrong = settings(vendor, client_secret="of somebody else")
    with pytest.raises(ChannelStoppedError, match="Invalid client"):
        await honor.Honor(wrong, connections).send(batch("ok-1"))
    assert "APP SECRET" in (await honor.check(wrong, connections)).says
    another_app = settings(vendor, app_id="7")
    with pytest.raises(ChannelStoppedError, match="80300002"):
        await honor.Honor(another_app, connections).send(batch("ok-1"))
    checked = await honor.check(another_app, connections)
    assert (checked.accepted, "App ID" in checked.says) == (False, True)
    assert (await honor.check(settings(vendor), connections)).accepted
    assert not vendor.accepted


async def test_faults(vendor: FakeHonor, connections: Connections) -> None:
    channel = honor.Honor(settings(vendor), connections)
    for fault in (Fault.THROTTLE, Fault.QUOTA, Fault.BUSY, Fault.BROKEN, Fault.GARBAGE):
        vendor.fault, vendor.fault_times = fault, 1
        assert await channel.send(batch("ok-1", "ok-2")) == [Retry(1.0, everyone=True)] * 2
    for fault in (Fault.BUSY, Fault.GARBAGE):
        vendor.fault = fault
        with pytest.raises(NoAnswerError):
            await honor.check(settings(vendor), connections)
    vendor.fault = Fault.CUT
    assert await channel.send(batch("ok-1", "ok-2")) == [UNANSWERED] * 2
    assert not vendor.accepted


@pytest.mark.parametrize(
    ("importance", "android", "limited"),
    [
        ("none", {}, True),
        ("LOW", {}, True),
        ("NORMAL", {}, False),
        ("NORMAL", {"hw_importance": 1}, True),
        ("none", {"hw_category": "IM"}, False),
    ],
)
async def test_the_quota_is_of_marketing(
    vendor: FakeHonor, connections: Connections, importance: str, android: dict[str, Any], limited: bool
) -> None:
    channel = honor.Honor(settings(vendor, daily_quota=5000, importance=importance), connections)
    assert channel.quota(message(**android)) == (Quota("marketing", 5000) if limited else None)


def status(token: str, result: int, **changed: Any) -> dict[str, Any]:
    return {"token": token, "biTag": "70001", "status": result, "timestamp": 1700000000000, "requestId": "1"} | changed


def test_receipts() -> None:
    configured = honor.HonorSettings(app_id="1", client_id="c", client_secret="s")
    told = [status("a", 0), status("b", 40000002), status("c", 2), status("d", 9), status("e", 0, biTag="example")]
    at = datetime.fromtimestamp(1700000000, UTC)
    found = honor.receipts(configured, ReceiptRequest({}, {}, msgspec.json.encode({"statuses": told})))
    assert found == [
        Receipt(70001, "a", "arrived", at),
        Receipt(70001, "b", "arrived", at),
        Receipt(70001, "c", "gone", at),
        Receipt(70001, "d", "failed", at, "Honor: not shown (9)"),
    ]
    other = msgspec.structs.replace(configured, arrived_statuses="9, 10", gone_statuses="")
    found = honor.receipts(other, ReceiptRequest({}, {}, msgspec.json.encode({"statuses": told})))
    assert [receipt.event for receipt in found] == ["failed", "failed", "failed", "arrived"]
    for forged in (b"", b"{}", b"[7]", b'{"statuses":[7]}', b'{"statuses":[{"biTag":"1"}]}', b"\xff"):
        with pytest.raises(ForgedReceiptError):
            honor.receipts(configured, ReceiptRequest({}, {}, forged))


@pytest.mark.parametrize("statuses", ["0", "0, 40000002", ""])
def test_lists_of_statuses(statuses: str) -> None:
    given = {"app_id": "1", "client_id": "c", "client_secret": "s", "arrived_statuses": statuses}
    assert msgspec.convert(given, honor.HonorSettings).arrived_statuses == statuses
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(given | {"arrived_statuses": f"{statuses},x"}, honor.HonorSettings)
