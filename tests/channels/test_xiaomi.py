"""Xiaomi against its fake: what is particular to it. What all vendors have in common: test_conformance.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from rockdove.channels import xiaomi
from rockdove.channels.batch_vendor import notify_id, short_id
from rockdove.channels.channel import (
    Accepted,
    Batch,
    ChannelStoppedError,
    Outcome,
    Quota,
    Rejected,
    Retry,
    Target,
    TokenGone,
)
from rockdove.channels.http import NoAnswerError, Sender
from rockdove.channels.provider import Connections, ForgedReceiptError, Receipt, ReceiptRequest
from rockdove.channels.tokens import Fetch
from rockdove.testing.vendors.server import Fault, Reply, Request, json_reply
from rockdove.testing.vendors.xiaomi import FakeXiaomi
from tests.channels.test_fake_server import client

MESSAGE = {"title": "Sale", "content": "Half price today", "android": {"custom_content": '{"order":"7"}'}}


class NoTokens:
    async def get(self, fetch: Fetch) -> str:
        raise NotImplementedError

    async def refuse(self, token: str) -> None:
        raise NotImplementedError


@pytest.fixture
async def vendor() -> AsyncIterator[FakeXiaomi]:
    async with FakeXiaomi() as vendor:
        yield vendor


@pytest.fixture
async def connections(vendor: FakeXiaomi) -> AsyncIterator[Connections]:
    async with Sender(ca_file=str(vendor.ca_file)) as sender:
        yield Connections(sender=sender, tokens=NoTokens(), receipt_url="https://push.example/receipts/xm/secret")


def settings(vendor: FakeXiaomi, **changed: Any) -> xiaomi.XiaomiSettings:
    return msgspec.convert(vendor.settings() | changed, xiaomi.XiaomiSettings)


def batch(*tokens: str, message: dict[str, Any] = MESSAGE) -> Batch:
    return Batch(
        access_id=1500000001,
        push_id=70001,
        message_type="notify",
        message=message,
        environment="product",
        collapse_id=0,
        expires_at=datetime.now(UTC) + timedelta(hours=1),
        targets=[Target(number, token) for number, token in enumerate(tokens, 1)],
    )


async def test_a_foreign_client_is_served() -> None:
    """The fake takes what Xiaomi's own examples send, not only what we do."""
    async with FakeXiaomi() as vendor, client(vendor) as http:
        form = {"registration_id": "ok-1,gone-2", "title": "t", "description": "d", "payload": "p", "pass_through": "0"}
        keyed = {"Authorization": f"key={vendor.settings()['app_secret']}"}
        answer = (await http.post("/v2/message/regid", data=form, headers=keyed)).json()
        assert (answer["result"], answer["code"], answer["data"]["bad_regids"]) == ("ok", 0, "gone-2")
        assert (await http.post("/v2/message/regid", data=form)).json()["code"] == 21301
        assert (await http.post("/v2/message/regid", data=form | {"title": ""}, headers=keyed)).json()["code"] != 0


async def test_outcomes_in_order(vendor: FakeXiaomi, connections: Connections) -> None:
    channel = xiaomi.Xiaomi(settings(vendor), connections)
    outcomes = await channel.send(batch("ok-1", "gone-2", "ok-3", "bad-4"))
    assert outcomes == [Accepted(), TokenGone(), Accepted(), TokenGone()]
    assert vendor.accepted == {"ok-1": 1, "ok-3": 1}


async def test_what_is_sent(vendor: FakeXiaomi, connections: Connections) -> None:
    await xiaomi.Xiaomi(settings(vendor), connections).send(batch("ok-1", "ok-2"))
    form = vendor.requests[-1].form()
    assert 3_590_000 < int(form.pop("time_to_live")) <= 3_600_000
    assert form == {
        "registration_id": "ok-1,ok-2",
        "title": "Sale",
        "description": "Half price today",
        "payload": '{"order":"7"}',
        "restricted_package_name": "com.example.shop",
        "pass_through": "0",
        "notify_type": "7",
        "notify_id": str(notify_id(batch())),
        "extra.notify_foreground": "1",
        "extra.notify_effect": "1",
        "extra.callback": "https://push.example/receipts/xm/secret",
        "extra.callback.param": "70001",
        "extra.callback.type": "179",
        "extra.jobkey": short_id(70001, 12),
    }


async def test_an_address_for_receipts_that_is_refused_costs_no_message(
    vendor: FakeXiaomi, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel, takes = xiaomi.Xiaomi(settings(vendor), connections), vendor.handle

    def refuse(request: Request) -> Reply:
        if "extra.callback" in request.form():
            return json_reply({"result": "error", "code": 65038, "reason": "Callback url illegal"})
        return takes(request)

    monkeypatch.setattr(vendor, "handle", refuse)
    assert await channel.send(batch("ok-1", "gone-2")) == [Accepted(), TokenGone()]
    assert await channel.send(batch("ok-3")) == [Accepted()]
    assert len(vendor.requests) == 3, "it is not asked twice"


async def test_nobody_left(vendor: FakeXiaomi, connections: Connections) -> None:
    """Xiaomi has one answer for an uninstalled app and for the credentials of another one."""
    channel = xiaomi.Xiaomi(settings(vendor), connections)
    assert await channel.send(batch("gone-1")) == [TokenGone()]
    outcomes = await channel.send(batch("gone-1", "gone-2"))
    assert all(isinstance(outcome, Rejected) and "20301" in outcome.reason for outcome in outcomes)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"code": 20301, "reason": "No valid targets!"}, TokenGone()),
        ({"code": 20301, "reason": "Too many topics"}, Rejected("Xiaomi: Too many topics (20301)")),
        ({"code": 10037, "reason": "expired"}, Retry(1.0, everyone=True)),
        ({"code": 0, "data": "taken"}, Accepted()),
        ({"code": 0, "data": {"bad_regids": "b, ok-1"}}, TokenGone()),
    ],
)
def test_what_an_answer_means_for_one_device(answer: dict[str, Any], outcome: Outcome) -> None:
    """20301 is any failure to send; only in these words is it about the device."""
    assert xiaomi._outcomes(batch("ok-1"), answer, 200) == [outcome]


async def test_refusals(vendor: FakeXiaomi, connections: Connections) -> None:
    channel = xiaomi.Xiaomi(settings(vendor), connections)
    vendor.fault, vendor.fault_times = Fault.THROTTLE, 1
    assert await channel.send(batch("ok-1", "ok-2")) == [Retry(1.0, everyone=True)] * 2
    vendor.fault, vendor.fault_times = Fault.QUOTA, 1
    with pytest.raises(ChannelStoppedError, match="200001"):
        await channel.send(batch("ok-1"))
    wrong = xiaomi.Xiaomi(settings(vendor, app_secret="of somebody else"), connections)
    with pytest.raises(ChannelStoppedError, match="21301"):
        await wrong.send(batch("ok-1"))
    assert not vendor.accepted


async def test_the_quota_is_of_the_public_channel(vendor: FakeXiaomi, connections: Connections) -> None:
    channel = xiaomi.Xiaomi(settings(vendor, daily_quota=20_000), connections)
    assert channel.quota(MESSAGE) == Quota("public", 20_000)
    assert channel.quota(MESSAGE | {"android": {"xm_ch_id": "120001"}}) is None
    assert xiaomi.Xiaomi(settings(vendor), connections).quota(MESSAGE) is None


async def test_check(vendor: FakeXiaomi, connections: Connections) -> None:
    assert (await xiaomi.check(settings(vendor), connections)).accepted
    assert not (await xiaomi.check(settings(vendor, app_secret="wrong"), connections)).accepted


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.BROKEN, Fault.GARBAGE])
async def test_a_check_takes_nobody_else_s_answer_for_xiaomi_s(
    vendor: FakeXiaomi, connections: Connections, fault: Fault
) -> None:
    vendor.fault = fault
    with pytest.raises(NoAnswerError, match="HTTP"):
        await xiaomi.check(settings(vendor), connections)
    assert not vendor.accepted


def test_receipts() -> None:
    body = httpx.Request(
        "POST",
        "https://push.example",
        data={"data": '{"slm1":{"param":"70001","type":"2","targets":"a,b","timestamp":1700000000000}}'},
    )
    body.read()
    at = datetime.fromtimestamp(1700000000, UTC)
    configured = xiaomi.XiaomiSettings(app_secret="s")
    found = xiaomi.receipts(configured, ReceiptRequest({}, {}, body.content))
    assert found == [Receipt(70001, "a", "clicked", at), Receipt(70001, "b", "clicked", at)]
    with pytest.raises(ForgedReceiptError):
        xiaomi.receipts(configured, ReceiptRequest({}, {}, b"data=7"))


async def test_batches_at_the_same_time_share_connections(vendor: FakeXiaomi, connections: Connections) -> None:
    channel = xiaomi.Xiaomi(settings(vendor), connections)
    for _ in range(3):
        await asyncio.gather(*(channel.send(batch(*(f"ok-{number}" for number in range(1000)))) for _ in range(4)))
    assert sum(vendor.accepted.values()) == 12_000
    assert vendor.connections <= 4
