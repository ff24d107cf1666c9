"""OPPO against its fake: what is particular to it. What all vendors have in common: test_conformance.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from rockdove.channels import oppo
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
from rockdove.channels.provider import Connections, ForgedReceiptError, Receipt, ReceiptRequest
from rockdove.testing.vendors.oppo import BROADCAST, SAVE, UNICAST, FakeOppo
from rockdove.testing.vendors.server import Fault, Reply, json_reply
from tests.channels.batches import MESSAGE, PUSH_ID, RECEIPT_URL, MemoryTokens, batch, connected, message
from tests.channels.test_fake_server import client

WEB, PAGE, SALE = "https://e.example", "shop://sale", "com.example.Sale"


@pytest.fixture
async def vendor() -> AsyncIterator[FakeOppo]:
    async with FakeOppo() as vendor:
        yield vendor


@pytest.fixture
async def connections(vendor: FakeOppo) -> AsyncIterator[Connections]:
    async with connected(vendor) as connections:
        yield connections


def settings(vendor: FakeOppo, **changed: Any) -> oppo.OppoSettings:
    return msgspec.convert(vendor.settings() | changed, oppo.OppoSettings)


async def test_a_foreign_client_is_served() -> None:
    """The fake takes what OPPO's own examples send, not only what we do."""
    async with FakeOppo() as vendor, client(vendor) as http:
        assert (await http.post(SAVE, data={"title": "t"})).json()["code"] == 29
        assert (await http.post(SAVE, data={"title": "t", "auth_token": "x"})).json()["code"] == 11
        saved = {"title": "t", "content": "c", "auth_token": vendor.grant()}
        message_id = (await http.post(SAVE, data=saved)).json()["data"]["message_id"]
        one = '{"target_type":2,"target_value":"CN_0","notification":{"title":"t","content":"c"}}'
        sent = await http.post(UNICAST, data={"message": one, "auth_token": saved["auth_token"]})
        assert sent.json()["data"]["messageId"]
        to = {"message_id": message_id, "target_type": "2", "target_value": "CN_1;gone-2", **saved}
        assert (await http.post(BROADCAST, data=to)).json()["data"]["10000"] == ["gone-2"]
        assert (await http.post(BROADCAST, data=to | {"message_id": "none"})).json()["code"] == 31


async def test_outcomes_in_order(vendor: FakeOppo, connections: Connections) -> None:
    channel = oppo.Oppo(settings(vendor), connections)
    outcomes = await channel.send(batch("ok-1", "gone-2", "ok-3"))
    assert outcomes == [Accepted(), TokenGone(), Accepted()]
    assert await channel.send(batch("ok-4")) == [Accepted()]
    assert await channel.send(batch("gone-5")) == [TokenGone()]
    assert vendor.accepted == {"ok-1": 1, "ok-3": 1, "ok-4": 1}


async def test_what_is_sent(vendor: FakeOppo, connections: Connections) -> None:
    channel = oppo.Oppo(settings(vendor), connections)
    await channel.send(batch("ok-1"))
    single = msgspec.json.decode(vendor.requests[-1].form()["message"])
    assert 3590 < single["notification"].pop("off_line_ttl") <= 3600
    content = {
        "title": "Sale",
        "content": "Half price today",
        "style": 1,
        "notify_id": notify_id(batch()),
        "off_line": True,
        "action_parameters": '{"order":"7"}',
        "click_action_type": 0,
        "call_back_url": RECEIPT_URL,
        "call_back_parameter": str(PUSH_ID),
    }
    assert single == {"target_type": 2, "target_value": "ok-1", "notification": content}
    await channel.send(batch("ok-2", "ok-3"))
    (form,) = vendor.saved.values()
    assert 3590 < int(form.pop("off_line_ttl")) <= 3600
    assert form.pop("auth_token")
    assert form == {name: str(value) for name, value in content.items()} | {"off_line": "true"}


@pytest.mark.parametrize(
    ("android", "members"),
    [
        ({"action": {"action_type": 2, "browser": {"url": WEB}}}, {"click_action_type": 2, "click_action_url": WEB}),
        ({"action": {"action_type": 3, "intent": PAGE}}, {"click_action_type": 5, "click_action_url": PAGE}),
        ({"action": {"activity": SALE}}, {"click_action_type": 4, "click_action_activity": SALE}),
        ({"badge_type": -2}, {"badge_operation_type": 1, "badge_message_count": 1}),
        ({"badge_type": 0}, {"badge_operation_type": 0, "badge_message_count": 0}),
        ({"badge_type": -1}, {"badge_operation_type": None}),
        ({"oppo_ch_id": "order"}, {"channel_id": "order", "category": "ORDER", "notify_level": 2}),
        ({"oppo_ch_id": "ads"}, {"channel_id": "ads", "category": "MARKETING", "notify_level": None}),
        ({}, {"channel_id": None, "category": "MARKETING", "action_parameters": None}),
    ],
)  # fmt: skip
async def test_members(
    vendor: FakeOppo, connections: Connections, android: dict[str, Any], members: dict[str, Any]
) -> None:
    classes = {"public_channels": "ads, news", "private_category": "ORDER", "private_notify_level": 2}
    channel = oppo.Oppo(settings(vendor, public_category="MARKETING", **classes), connections)
    await channel.send(batch("ok-1", message=message(**android)))
    notification = msgspec.json.decode(vendor.requests[-1].form()["message"])["notification"]
    assert {name: notification.get(name) for name in members} == members


async def test_saved_once_for_all_batches(vendor: FakeOppo, connections: Connections) -> None:
    channel = oppo.Oppo(settings(vendor), connections)
    vendor.delay = 0.05
    await asyncio.gather(*(channel.send(batch(f"ok-{number}", f"ok-x{number}")) for number in range(8)))
    await channel.send(batch("ok-8", "ok-x8"))
    assert len(vendor.saved) == 1
    assert set(vendor.accepted.values()) == {1}
    assert len(vendor.accepted) == 18
    await channel.send(batch("ok-9", "ok-x9", message=MESSAGE | {"title": "Another"}))
    assert len(vendor.saved) == 2


async def test_a_message_oppo_has_forgotten_is_saved_again(vendor: FakeOppo, connections: Connections) -> None:
    channel = oppo.Oppo(settings(vendor), connections)
    await channel.send(batch("ok-1", "ok-2"))
    vendor.saved.clear()
    assert await channel.send(batch("ok-3", "ok-4")) == [Accepted()] * 2
    assert len(vendor.saved) == 1


async def test_an_ended_access_token_is_fetched_anew(vendor: FakeOppo, connections: Connections) -> None:
    channel = oppo.Oppo(settings(vendor), connections)
    await channel.send(batch("ok-1"))
    vendor.expire_credentials()
    assert await channel.send(batch("ok-2")) == [Accepted()]
    assert isinstance(connections.tokens, MemoryTokens)
    assert connections.tokens.fetched == 2


@pytest.mark.parametrize("tokens", [("ok-1",), ("ok-1", "ok-2")])
async def test_faults(vendor: FakeOppo, connections: Connections, tokens: tuple[str, ...]) -> None:
    channel = oppo.Oppo(settings(vendor), connections)
    for saved in (False, True):
        for fault in (Fault.THROTTLE, Fault.BUSY, Fault.BROKEN, Fault.GARBAGE):
            vendor.fault, vendor.fault_times = fault, 1
            assert await channel.send(batch(*tokens)) == [Retry(1.0, everyone=True)] * len(tokens)
        vendor.fault = Fault.CUT  # for good, since curl asks once more where a kept connection is cut
        assert await channel.send(batch(*tokens)) == [UNANSWERED] * len(tokens)
        vendor.fault, vendor.fault_times = Fault.QUOTA, 1
        with pytest.raises(ChannelStoppedError, match="33") as stopped:
            await channel.send(batch(*tokens))
        assert 0 < stopped.value.seconds <= 86400
        assert len(vendor.accepted) == (2 if saved else 0)
        assert await channel.send(batch("ok-8", "ok-9")) == [Accepted()] * 2


async def test_text_too_long_for_oppo(vendor: FakeOppo, connections: Connections) -> None:
    channel = oppo.Oppo(settings(vendor, title_characters=0), connections)
    refused = Rejected("OPPO: Invalid Arguments (41)")
    for tokens in (("ok-1",), ("ok-1", "ok-2")):
        assert await channel.send(batch(*tokens, message=MESSAGE | {"title": "x" * 51})) == [refused] * len(tokens)
    assert oppo.Oppo(settings(vendor), connections).refusal(MESSAGE | {"title": "x" * 51})


@pytest.mark.parametrize(
    ("answer", "outcomes"),
    [
        ({"code": 10000, "message": "Invalid Registration_id"}, [TokenGone(), TokenGone()]),
        ({"code": 0, "data": {"message_id": "m", "task_id": "9", "10000": "a;b"}}, [TokenGone(), TokenGone()]),
        ({"code": 0, "data": {"10001": ["b"]}}, [Accepted(), Rejected("OPPO refuses it (10001)")]),
        ({"code": 0, "data": {"message_id": "20000", "status": "call_success"}}, [Accepted(), Accepted()]),
        ({"code": 55, "message": "slow"}, [Retry(1.0, everyone=True)] * 2),
        ({"code": 67, "message": "Category error"}, [Rejected("OPPO: Category error (67)")] * 2),
    ],
)
async def test_what_oppo_may_answer(
    vendor: FakeOppo,
    connections: Connections,
    monkeypatch: pytest.MonkeyPatch,
    answer: dict[str, Any],
    outcomes: list[object],
) -> None:
    def broadcast(_: dict[str, str]) -> Reply:
        return json_reply(answer)

    monkeypatch.setattr(vendor, "_broadcast", broadcast)
    assert await oppo.Oppo(settings(vendor), connections).send(batch("a", "b")) == outcomes


async def test_wrong_credentials(vendor: FakeOppo, connections: Connections) -> None:
    wrong = settings(vendor, master_secret="of somebody else")
    with pytest.raises(ChannelStoppedError, match="16"):
        await oppo.Oppo(wrong, connections).send(batch("ok-1"))
    checked = await oppo.check(wrong, connections)
    assert not checked.accepted
    assert "MasterSecret" in checked.says
    assert (await oppo.check(settings(vendor), connections)).accepted
    assert not vendor.saved


async def test_away(vendor: FakeOppo, connections: Connections) -> None:
    nowhere = settings(vendor, server="https://localhost:9")
    with pytest.raises(ChannelAwayError):
        await oppo.Oppo(nowhere, connections).send(batch("ok-1"))


def test_quota_is_of_public_messages() -> None:
    connections = Connections(sender=_NoSender(), tokens=MemoryTokens(), receipt_url="")  # type: ignore[arg-type]
    configured = oppo.OppoSettings(app_key="k", master_secret="s", daily_quota=100_000, public_channels="ads")
    channel = oppo.Oppo(configured, connections)
    assert channel.quota(MESSAGE) == Quota("public", 100_000)
    assert channel.quota(message(oppo_ch_id="ads")) == Quota("public", 100_000)
    assert channel.quota(message(oppo_ch_id="order")) is None


class _NoSender:
    def server(self, *_: object, **__: object) -> None: ...


def test_receipts() -> None:
    configured = oppo.OppoSettings(app_key="k", master_secret="s")
    report = {"messageId": "m", "appId": "1", "taskId": "9", "param": "70001", "eventTime": "1700000000000"}
    events = [
        report | {"registrationIds": "CN_a, CN_b", "eventType": "push_arrive"},
        report | {"registrationIds": "CN_c", "eventType": "regid_invalid"},
        report | {"registrationIds": "CN_d", "eventType": "user_daily_limit", "eventTime": "1700000000"},
        report | {"registrationIds": "CN_e", "eventType": "something_new"},
    ]
    at = datetime.fromtimestamp(1700000000, UTC)
    found = oppo.receipts(configured, ReceiptRequest({}, {}, msgspec.json.encode(events)))
    assert found[:3] == [
        Receipt(70001, "CN_a", "arrived", at),
        Receipt(70001, "CN_b", "arrived", at),
        Receipt(70001, "CN_c", "gone", at),
    ]
    assert [(each.token, each.event, each.at) for each in found[3:]] == [("CN_d", "failed", at)]
    for forged in (b"", b"{}", b"[7]", b'[{"eventType":"push_arrive"}]', b"\xff"):
        with pytest.raises(ForgedReceiptError):
            oppo.receipts(configured, ReceiptRequest({}, {}, forged))
