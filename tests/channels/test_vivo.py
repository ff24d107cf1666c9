"""vivo against its fake: what is particular to it. What all vendors have in common: test_conformance.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import msgspec
import pytest

from rockdove.channels import vivo
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
from rockdove.channels.http import Sender
from rockdove.channels.provider import Connections, CredentialFaultError, ForgedReceiptError, ReceiptRequest
from rockdove.domain.china_day import CHINA
from rockdove.testing.vendors.server import Fault, Reply, json_reply
from rockdove.testing.vendors.vivo import FakeVivo
from tests.channels.batches import MESSAGE, PUSH_ID, RECEIPT_URL, MemoryTokens, batch, connected, message
from tests.channels.test_fake_server import client

WEB = "https://e.example"
ACTIVITY = "intent:#Intent;component=com.example/.Sale;end"
TOO_LONG = msgspec.json.encode({"a": 1, "long": "x" * 1024, "b": [2]}).decode()
TOO_MANY = msgspec.json.encode({str(number): "x" for number in range(12)}).decode()


@pytest.fixture
async def vendor() -> AsyncIterator[FakeVivo]:
    async with FakeVivo() as vendor:
        yield vendor


@pytest.fixture
async def connections(vendor: FakeVivo) -> AsyncIterator[Connections]:
    async with connected(vendor) as connections:
        yield connections


def settings(vendor: FakeVivo, **changed: Any) -> vivo.VivoSettings:
    return msgspec.convert(vendor.settings() | changed, vivo.VivoSettings)


def asked(vendor: FakeVivo) -> list[str]:
    return [request.path for request in vendor.requests if request.path != "/message/auth"]


async def test_a_foreign_client_is_served() -> None:
    """The fake takes what public clients send, not only what we do."""
    async with FakeVivo() as vendor, client(vendor) as http:
        text = {"title": "t", "content": "c", "notifyType": 1, "skipType": 1, "appId": "10004"}
        assert (await http.post("/message/send", json=text)).json()["result"] == 10000
        good = {"authToken": vendor.grant()}
        sent = await http.post("/message/send", json=text | {"regId": "gone-1", "requestId": "1"}, headers=good)
        assert sent.json()["invalidUser"] == {"status": 2, "userid": "gone-1"}
        saved = await http.post("/message/saveListPayload", json=text | {"requestId": "2"}, headers=good)
        to = {"appId": 10004, "taskId": saved.json()["taskId"], "regIds": ["a", "bad-2"], "requestId": "3"}
        listed = await http.post("/message/pushToList", json=to, headers=good)
        assert listed.json()["invalidUsers"] == [{"status": 4, "userid": "bad-2"}]
        one = await http.post("/message/pushToList", json=to | {"regIds": ["a"], "requestId": "4"}, headers=good)
        assert one.json()["result"] != 0


@pytest.mark.parametrize(
    ("token", "outcome"),
    [
        ("ok-1", Accepted()),
        ("gone-1", TokenGone()),
        ("bad-1", Rejected("vivo: no test device of this app (4)")),
        ("retry-1", Rejected("vivo: vivo has not seen the device for long (3)")),
    ],
)
async def test_one_device_and_many_end_alike(
    vendor: FakeVivo, connections: Connections, token: str, outcome: Outcome
) -> None:
    channel = vivo.Vivo(settings(vendor), connections)
    assert await channel.send(batch(token)) == [outcome]
    assert await channel.send(batch(token.replace("-1", "-2"), "ok-7")) == [outcome, Accepted()]
    assert asked(vendor) == ["/message/send", "/message/saveListPayload", "/message/pushToList"]


async def test_what_is_sent(vendor: FakeVivo, connections: Connections) -> None:
    channel = vivo.Vivo(settings(vendor), connections)
    await channel.send(batch("ok-1"))
    await channel.send(batch("ok-1", "ok-2"))
    single, saved, listed = (request.json() for request in vendor.requests if request.path != "/message/auth")
    assert len({each.pop("requestId") for each in (single, saved, listed)}) == 3
    assert 3590 < single.pop("timeToLive") <= 3600
    assert 3590 < saved.pop("timeToLive") <= 3600
    content = {
        "appId": 10004,
        "title": "Sale",
        "content": "Half price today",
        "notifyType": 4,
        "classification": 0,
        "notifyId": notify_id(batch()),
        "networkType": -1,
        "pushMode": 0,
        "skipType": 1,
        "clientCustomMap": {"order": "7"},
    }
    callback = {"callback": RECEIPT_URL, "callback.param": str(PUSH_ID)}
    assert single == content | {"regId": "ok-1", "extra": callback}
    assert saved == content
    assert listed == {"appId": 10004, "taskId": next(iter(vendor.saved)), "regIds": ["ok-1", "ok-2"], "pushMode": 0}


@pytest.mark.parametrize(
    ("android", "members"),
    [
        ({"action": {"action_type": 2, "browser": {"url": WEB}}}, {"skipType": 2, "skipContent": WEB}),
        ({"action": {"action_type": 3, "intent": "shop://sale"}}, {"skipType": 4, "skipContent": "shop://sale"}),
        ({"action": {"activity": ".Sale"}}, {"skipType": 4, "skipContent": ACTIVITY}),
        ({"vivo_ch_id": "1"}, {"classification": 1, "category": "ORDER"}),
        ({"vivo_ch_id": "0"}, {"classification": 0, "category": "MARKETING"}),
        ({"ring": 0, "vibrate": 0}, {"notifyType": 1}),
        ({"ring": 1, "vibrate": 0}, {"notifyType": 2}),
        ({"ring": 0, "vibrate": 1}, {"notifyType": 3}),
        ({"show_type": 1, "badge_type": -2}, {"foregroundShow": False, "addBadge": True}),
        ({"show_type": 2, "badge_type": 5}, {"foregroundShow": None, "addBadge": None}),
        ({"custom_content": TOO_LONG}, {"clientCustomMap": {"a": "1", "b": "[2]"}}),
        ({"custom_content": TOO_MANY}, {"clientCustomMap": {str(number): "x" for number in range(10)}}),
    ],
)  # fmt: skip
async def test_members(
    vendor: FakeVivo, connections: Connections, android: dict[str, Any], members: dict[str, Any]
) -> None:
    classes = {"operation_category": "MARKETING", "system_category": "ORDER", "package_name": "com.example"}
    await vivo.Vivo(settings(vendor, **classes), connections).send(batch("ok-1", message=message(**android)))
    body = vendor.requests[-1].json()
    assert {name: body.get(name) for name in members} == members


async def test_time_to_live_is_what_vivo_takes(vendor: FakeVivo, connections: Connections) -> None:
    channel = vivo.Vivo(settings(vendor), connections)
    for hours, seconds in ((0.001, 60), (10_000, 604_800)):
        await channel.send(batch("ok-1", hours=hours))
        assert vendor.requests[-1].json()["timeToLive"] == seconds


async def test_saved_once_for_all_batches(vendor: FakeVivo, connections: Connections) -> None:
    channel = vivo.Vivo(settings(vendor), connections)
    vendor.delay = 0.05
    await asyncio.gather(*(channel.send(batch(f"ok-{number}", f"ok-x{number}")) for number in range(8)))
    assert len(vendor.saved) == 1
    assert sum(vendor.accepted.values()) == 16


async def test_a_task_vivo_has_forgotten_is_saved_again(vendor: FakeVivo, connections: Connections) -> None:
    channel = vivo.Vivo(settings(vendor), connections)
    await channel.send(batch("ok-1", "ok-2"))
    vendor.saved.clear()
    assert await channel.send(batch("ok-3", "ok-4")) == [Accepted()] * 2


async def test_an_ended_access_token_is_fetched_anew(vendor: FakeVivo, connections: Connections) -> None:
    channel = vivo.Vivo(settings(vendor), connections)
    for tokens in (("ok-1",), ("ok-2", "ok-3")):
        await channel.send(batch("ok-0", "ok-00"))
        vendor.expire_credentials()
        assert await channel.send(batch(*tokens)) == [Accepted()] * len(tokens)
    assert isinstance(connections.tokens, MemoryTokens)
    assert connections.tokens.fetched == 3


@pytest.mark.parametrize("tokens", [("ok-1",), ("ok-1", "ok-2")])
async def test_faults(vendor: FakeVivo, connections: Connections, tokens: tuple[str, ...]) -> None:
    channel = vivo.Vivo(settings(vendor), connections)
    for fault in (Fault.THROTTLE, Fault.BUSY, Fault.BROKEN, Fault.GARBAGE):
        vendor.fault, vendor.fault_times = fault, 1
        assert await channel.send(batch(*tokens)) == [Retry(1.0, everyone=True)] * len(tokens)
    vendor.fault = Fault.CUT
    assert await channel.send(batch(*tokens)) == [UNANSWERED] * len(tokens)
    vendor.fault, vendor.fault_times = Fault.QUOTA, 1
    with pytest.raises(ChannelStoppedError, match="10070") as stopped:
        await channel.send(batch(*tokens))
    assert 0 < stopped.value.seconds <= 86400
    assert not vendor.accepted


@pytest.mark.parametrize("code", [10070, 10252, 10254])
async def test_stop_for_today(
    vendor: FakeVivo, connections: Connections, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    _answer(vendor, monkeypatch, {"result": code, "desc": "over the limit"})
    with pytest.raises(ChannelStoppedError, match=str(code)):
        await vivo.Vivo(settings(vendor), connections).send(batch("ok-1", "ok-2"))


@pytest.mark.parametrize(
    ("answer", "outcomes"),
    [
        ({"result": 10302, "desc": "bad"}, [Rejected("vivo: bad (10302)")] * 2),
        ({"result": 10302, "invalidUsers": [{"status": 1, "userid": "a"}]}, [TokenGone(), Retry(1.0)]),
        ({"result": 0, "invalidUsers": None}, [Accepted()] * 2),
        ({"result": 10103, "desc": "sensitive"}, [Rejected("vivo: sensitive (10103)")] * 2),
        ({"result": 10071, "desc": "night"}, [Retry(300.0)] * 2),
    ],
)
async def test_what_vivo_may_answer(
    vendor: FakeVivo,
    connections: Connections,
    monkeypatch: pytest.MonkeyPatch,
    answer: dict[str, Any],
    outcomes: list[Outcome],
) -> None:
    _answer(vendor, monkeypatch, answer)
    assert await vivo.Vivo(settings(vendor), connections).send(batch("a", "b")) == outcomes


def _answer(vendor: FakeVivo, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]) -> None:
    def push_to_list(_: dict[str, Any]) -> Reply:
        return json_reply(answer)

    monkeypatch.setattr(vendor, "_push_to_list", push_to_list)


@pytest.mark.parametrize(
    ("now", "waits"),
    [("06:59", 60), ("07:00", 0), ("22:59", 0), ("23:00", 8 * 3600), ("00:00", 7 * 3600)],
)
def test_night(now: str, waits: float) -> None:
    at = datetime.strptime(f"2026-11-25 {now}", "%Y-%m-%d %H:%M").replace(tzinfo=CHINA)
    assert vivo.seconds_of_night(at, 7, 23) == waits


async def test_operation_messages_wait_for_the_morning(
    vendor: FakeVivo, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vivo, "seconds_of_night", lambda *_: 3600.0)
    channel = vivo.Vivo(settings(vendor), connections)
    assert await channel.send(batch("ok-1", "ok-2")) == [Retry(3600.0)] * 2
    assert await channel.send(batch("ok-1")) == [Retry(3600.0)]
    assert not asked(vendor)
    assert await channel.send(batch("ok-1", "ok-2", message=message(vivo_ch_id="1"))) == [Accepted()] * 2


def test_a_day_that_ends_before_it_begins() -> None:
    connections = Connections(sender=Sender(), tokens=MemoryTokens(), receipt_url="")
    upside_down = vivo.VivoSettings(app_id="1", app_key="k", app_secret="s", operation_from=23, operation_until=7)
    with pytest.raises(CredentialFaultError, match="Operation messages until"):
        vivo.Vivo(upside_down, connections)


async def test_wrong_credentials(vendor: FakeVivo, connections: Connections) -> None:
    wrong = settings(vendor, app_secret="of somebody else")
    with pytest.raises(ChannelStoppedError, match="10206"):
        await vivo.Vivo(wrong, connections).send(batch("ok-1"))
    assert not (await vivo.check(wrong, connections)).accepted
    assert (await vivo.check(settings(vendor), connections)).accepted
    assert not asked(vendor)


async def test_quotas_by_class(vendor: FakeVivo, connections: Connections) -> None:
    channel = vivo.Vivo(settings(vendor, daily_quota=10_000), connections)
    assert channel.quota(MESSAGE) == Quota("operation", 10_000)
    assert channel.quota(message(vivo_ch_id="1")) is None
    channel = vivo.Vivo(settings(vendor, system_quota=30_000), connections)
    assert channel.quota(MESSAGE) is None
    assert channel.quota(message(vivo_ch_id="1")) == Quota("system", 30_000)


async def test_an_address_that_is_too_long_is_left_out(vendor: FakeVivo) -> None:
    async with connected(vendor, "https://push.example/" + "x" * 128) as connections:
        assert await vivo.Vivo(settings(vendor), connections).send(batch("ok-1")) == [Accepted()]
    assert "extra" not in vendor.requests[-1].json()


def test_receipts() -> None:
    configured = vivo.VivoSettings(app_id="1", app_key="k", app_secret="s")
    reports = {
        "555758542050050048": {"param": "70001", "targets": "15513410784181118114099,2"},
        "555758542050050049": {"param": "70002", "targets": "3", "ackType": "1"},
        "555758542050050050": {"param": "70003", "targets": "4", "ackType": "9"},
    }
    found = vivo.receipts(configured, ReceiptRequest({}, {}, msgspec.json.encode(reports)))
    assert [(each.push_id, each.token, each.event) for each in found] == [
        (70001, "15513410784181118114099", "arrived"),
        (70001, "2", "arrived"),
        (70002, "3", "clicked"),
    ]
    for forged in (b"", b"[]", b'{"1":7}', b'{"1":{"param":null,"targets":"2"}}', b"\xff"):
        with pytest.raises(ForgedReceiptError):
            vivo.receipts(configured, ReceiptRequest({}, {}, forged))
