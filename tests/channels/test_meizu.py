"""Meizu against its fake: what is particular to it. What all vendors have in common: test_conformance.py."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from rockdove.channels import meizu
from rockdove.channels.batch_vendor import short_id
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
from rockdove.channels.provider import Connections, ForgedReceiptError, ReceiptRequest
from rockdove.testing.vendors.meizu import APP_ID, APP_SECRET, PUSH, FakeMeizu
from rockdove.testing.vendors.server import Fault, Reply, Request, json_reply
from tests.channels.batches import MESSAGE, PUSH_ID, RECEIPT_URL, batch, connected, message
from tests.channels.test_fake_server import client


@pytest.fixture
async def vendor() -> AsyncIterator[FakeMeizu]:
    async with FakeMeizu() as vendor:
        yield vendor


@pytest.fixture
async def connections(vendor: FakeMeizu) -> AsyncIterator[Connections]:
    async with connected(vendor) as connections:
        yield connections


def settings(vendor: FakeMeizu, **changed: Any) -> meizu.MeizuSettings:
    return msgspec.convert(vendor.settings() | changed, meizu.MeizuSettings)


def content(vendor: FakeMeizu) -> dict[str, Any]:
    return msgspec.json.decode(vendor.requests[-1].form()["messageJson"])  # type: ignore[no-any-return]


async def test_a_foreign_client_is_served() -> None:
    """The fake takes what Meizu's own examples send, not only what we do."""
    text = (
        '{"noticeBarInfo": {"title": "t", "content": "c"}, "clickTypeInfo": {"clickType": 0},'
        ' "pushTimeInfo": {"offLine": 1, "validTime": 24}, "advanceInfo": {}}'
    )
    signed = f"appId={APP_ID}messageJson={text}pushIds=RA50,gone-2{APP_SECRET}"
    form = {"appId": APP_ID, "pushIds": "RA50,gone-2", "messageJson": text}
    sign = hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest()
    async with FakeMeizu() as vendor, client(vendor) as http:
        answer = (await http.post(PUSH, data=form | {"sign": sign})).json()
        assert (answer["code"], answer["value"]) == ("200", {"110002": ["gone-2"]})
        assert (await http.post(PUSH, data=form | {"sign": "0"})).json()["code"] == "1006"


async def test_outcomes_in_order(vendor: FakeMeizu, connections: Connections) -> None:
    channel = meizu.Meizu(settings(vendor), connections)
    outcomes = await channel.send(batch("ok-1", "gone-2", "bad-3", "retry-4", "ok-5"))
    assert outcomes == [Accepted(), TokenGone(), TokenGone(), Retry(1.0), Accepted()]
    assert await channel.send(batch("retry-4")) == [Accepted()]
    assert vendor.accepted == {"ok-1": 1, "retry-4": 1, "ok-5": 1}


async def test_what_is_sent(vendor: FakeMeizu, connections: Connections) -> None:
    await meizu.Meizu(settings(vendor), connections).send(batch("ok-1", "ok-2", hours=24))
    form = vendor.requests[-1].form()
    assert (form["appId"], form["pushIds"]) == ("100999", "ok-1,ok-2")
    assert content(vendor) == {
        "noticeBarInfo": {"noticeBarType": 0, "title": "Sale", "content": "Half price today"},
        "clickTypeInfo": {"clickType": 0, "parameters": {"order": "7"}},
        "pushTimeInfo": {"offLine": 1, "validTime": 23},
        "advanceInfo": {
            "clearNoticeBar": 1,
            "notificationType": {"vibrate": 1, "lights": 1, "sound": 1},
            "notifyKey": short_id(PUSH_ID, 8),
        },
    }


async def test_receipts_are_asked_for_once_the_address_is_registered(
    vendor: FakeMeizu, connections: Connections
) -> None:
    """Meizu sends no message that names another."""
    assert await meizu.Meizu(settings(vendor), connections).send(batch("ok-1")) == [Accepted()]
    channel = meizu.Meizu(settings(vendor, receipts=True), connections)
    assert await channel.send(batch("ok-2")) == [Rejected("Meizu: callback is not registered (1005)")]
    vendor.receipt_addresses.add(RECEIPT_URL)
    assert await channel.send(batch("ok-3")) == [Accepted()]
    assert content(vendor)["extra"] == {"callback": RECEIPT_URL, "callback.param": str(PUSH_ID), "callback.type": 3}


@pytest.mark.parametrize(
    ("android", "click"),
    [
        ({"action": {"action_type": 2, "browser": {"url": "https://e.example"}}}, {"clickType": 2, "url": "https://e.example"}),
        ({"action": {"action_type": 3, "intent": "shop://sale"}}, {"clickType": 2, "url": "shop://sale"}),
        ({"action": {"activity": "com.example.Sale"}}, {"clickType": 1, "activity": "com.example.Sale"}),
        ({"custom_content": "no JSON"}, {"clickType": 0, "parameters": {"custom_content": "no JSON"}}),
        ({}, {"clickType": 0}),
    ],
)  # fmt: skip
async def test_click(
    vendor: FakeMeizu, connections: Connections, android: dict[str, Any], click: dict[str, Any]
) -> None:
    await meizu.Meizu(settings(vendor), connections).send(batch("ok-1", message=message(**android)))
    assert content(vendor)["clickTypeInfo"] == click


async def test_switches_and_times(vendor: FakeMeizu, connections: Connections) -> None:
    channel = meizu.Meizu(settings(vendor), connections)
    silent = message(ring=0, vibrate=0, lights=0, clearable=0)
    for hours, valid in ((0.1, 1), (1000, 72)):
        assert await channel.send(batch("ok-1", message=silent, hours=hours)) == [Accepted()]
        assert content(vendor)["pushTimeInfo"]["validTime"] == valid
    advance = content(vendor)["advanceInfo"]
    assert advance["notificationType"] == {"vibrate": 0, "lights": 0, "sound": 0}
    assert advance["clearNoticeBar"] == 0


async def test_other_letters_are_signed_as_they_are(vendor: FakeMeizu, connections: Connections) -> None:
    chinese = {"title": "特价 & 更多", "content": "今天半价 +50%", "android": {}}
    assert await meizu.Meizu(settings(vendor), connections).send(batch("ok-1", message=chinese)) == [Accepted()]
    assert content(vendor)["noticeBarInfo"]["title"] == "特价 & 更多"


async def test_faults(vendor: FakeMeizu, connections: Connections) -> None:
    channel = meizu.Meizu(settings(vendor), connections)
    for fault in (Fault.THROTTLE, Fault.QUOTA, Fault.BUSY, Fault.BROKEN, Fault.GARBAGE):
        vendor.fault, vendor.fault_times = fault, 1
        assert await channel.send(batch("ok-1", "ok-2")) == [Retry(1.0, everyone=True)] * 2
    vendor.fault = Fault.CUT
    assert await channel.send(batch("ok-1")) == [UNANSWERED]
    assert not vendor.accepted


@pytest.mark.parametrize(
    ("answer", "outcomes"),
    [
        ({"code": "200", "value": {}}, [Accepted()] * 2),
        ({"code": "200", "value": {"520": ["b"], "201": ["a"]}},
         [Rejected("Meizu takes no messages of this application for the device (201)"), Retry(60.0)]),
        ({"code": "200", "value": {"999": ["b"]}}, [Accepted(), Rejected("Meizu refuses it (999)")]),
        ({"code": "1003", "message": "busy"}, [Retry(1.0, everyone=True)] * 2),
        ({"code": "500", "message": "?"}, [Retry()] * 2),
        ({"code": "1005", "message": "参数错误"}, [Rejected("Meizu: 参数错误 (1005)")] * 2),
    ],
)  # fmt: skip
async def test_what_meizu_may_answer(
    vendor: FakeMeizu,
    connections: Connections,
    monkeypatch: pytest.MonkeyPatch,
    answer: dict[str, Any],
    outcomes: list[Outcome],
) -> None:
    def handle(_: Request) -> Reply:
        return json_reply(answer)

    monkeypatch.setattr(vendor, "handle", handle)
    assert await meizu.Meizu(settings(vendor), connections).send(batch("a", "b")) == outcomes


async def test_wrong_credentials(vendor: FakeMeizu, connections: Connections) -> None:
    for wrong in (settings(vendor, app_secret="of somebody else"), settings(vendor, app_id="7")):
        with pytest.raises(ChannelStoppedError):
            await meizu.Meizu(wrong, connections).send(batch("ok-1"))
        assert not (await meizu.check(wrong, connections)).accepted
    assert (await meizu.check(settings(vendor), connections)).accepted
    assert not vendor.accepted
    vendor.fault = Fault.GARBAGE
    with pytest.raises(NoAnswerError):
        await meizu.check(settings(vendor), connections)


async def test_quota(vendor: FakeMeizu, connections: Connections) -> None:
    assert meizu.Meizu(settings(vendor), connections).quota(MESSAGE) is None
    assert meizu.Meizu(settings(vendor, daily_quota=9), connections).quota(MESSAGE) == Quota("notice", 9)


def _receipt(cb: object, token: str = "") -> ReceiptRequest:
    text = cb if isinstance(cb, str) else msgspec.json.encode(cb).decode()
    return ReceiptRequest({}, {}, urlencode({"cb": text, "access_token": token}).encode())


def test_receipts() -> None:
    open_to_all = meizu.MeizuSettings(app_id="1", app_secret="s")
    guarded = meizu.MeizuSettings(app_id="1", app_secret="s", receipt_token="c68b")
    reports = {
        "NS1-1": {"param": "70001", "type": 1, "targets": ["a", "b"]},
        "NS2-2": {"param": "70002", "type": 2, "targets": ["c"]},
        "NS3-9": {"param": "70003", "type": 9, "targets": ["d"]},
    }
    found = meizu.receipts(guarded, _receipt(reports, "c68b"))
    assert [(each.push_id, each.token, each.event) for each in found] == [
        (70001, "a", "arrived"),
        (70001, "b", "arrived"),
        (70002, "c", "clicked"),
    ]
    assert len(meizu.receipts(open_to_all, _receipt(reports, "anything"))) == 3
    for forged in (_receipt(reports, "wrong"), _receipt(reports)):
        with pytest.raises(ForgedReceiptError, match="access token"):
            meizu.receipts(guarded, forged)
    for broken in (_receipt("7"), _receipt({"NS1": {"param": "", "type": 1, "targets": ["a"]}}), _receipt({"NS1": 7})):
        with pytest.raises(ForgedReceiptError):
            meizu.receipts(open_to_all, broken)
    with pytest.raises(ForgedReceiptError):
        meizu.receipts(open_to_all, ReceiptRequest({}, {}, b"\xff"))
