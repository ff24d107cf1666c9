"""HarmonyOS against its fake: what is particular to it. What all vendors have in common: test_conformance.py."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from rockdove.channels import harmony
from rockdove.channels.batch_vendor import notify_id
from rockdove.channels.channel import UNANSWERED, Accepted, ChannelStoppedError, Quota, Rejected, Retry, TokenGone
from rockdove.channels.http import NoAnswerError
from rockdove.channels.provider import Connections, CredentialFaultError
from rockdove.testing.vendors.harmony import AUDIENCE, KEY_ID, SEND, SUB_ACCOUNT, FakeHarmony, key_file, private_key
from rockdove.testing.vendors.server import Fault
from tests.channels.batches import MESSAGE, PUSH_ID, MemoryTokens, batch, connected, message
from tests.channels.test_fake_server import client

WEB, PAGE = "https://e.example", "shop://sale"


@pytest.fixture
async def vendor() -> AsyncIterator[FakeHarmony]:
    async with FakeHarmony() as vendor:
        yield vendor


@pytest.fixture
async def connections(vendor: FakeHarmony) -> AsyncIterator[Connections]:
    async with connected(vendor) as connections:
        yield connections


def settings(vendor: FakeHarmony, **changed: Any) -> harmony.HarmonySettings:
    return msgspec.convert(vendor.settings() | changed, harmony.HarmonySettings)


def statement(algorithm: str = "PS256", seconds: int = 3600, number: int = 0, **changed: Any) -> str:
    now = int(time.time())
    claims = {"iss": SUB_ACCOUNT, "aud": AUDIENCE, "iat": now, "exp": now + seconds} | changed
    return jwt.encode(claims, private_key(number), algorithm, {"kid": KEY_ID})


async def test_a_foreign_client_is_served() -> None:
    """The fake takes what Huawei's own examples send, not only what we do, and is as strict about who signs how."""
    notification = {"category": "MARKETING", "title": "t", "body": "b", "clickAction": {"actionType": 0}, "notifyId": 1}
    sent = {
        "payload": {"notification": notification},
        "target": {"token": ["IQAAAA", "gone-2"]},
        "pushOptions": {"testMessage": True},
    }
    async with FakeHarmony() as vendor, client(vendor) as http:

        async def code(token: str, **headers: str) -> str:
            headers = {"push-type": "0", "Authorization": f"Bearer {token}"} | headers
            return str((await http.post(SEND, json=sent, headers=headers)).json()["code"])

        assert await code(statement()) == "80100000"
        assert await code(statement(), **{"push-type": "7"}) == "80100001"
        assert await code(statement("RS256")) == "80200001"
        assert await code(statement(number=1)) == "80200001"
        assert await code(statement(aud="https://e.example")) == "80200001"
        assert await code(statement(seconds=-10)) == "80200005"
        assert await code(statement(seconds=90_000)) == "80300036"
        assert await code("none") == "80200001"


async def test_outcomes_in_order(vendor: FakeHarmony, connections: Connections) -> None:
    channel = harmony.Harmony(settings(vendor), connections)
    outcomes = await channel.send(batch("ok-1", "gone-2", "bad-3", "ok-4"))
    assert outcomes == [Accepted(), TokenGone(), Rejected("Huawei refuses the device: noRight"), Accepted()]
    assert await channel.send(batch("gone-5", "gone-6")) == [TokenGone()] * 2
    assert vendor.accepted == {"ok-1": 1, "ok-4": 1}


async def test_what_is_sent(vendor: FakeHarmony, connections: Connections) -> None:
    await harmony.Harmony(settings(vendor), connections).send(batch("ok-1", "ok-2"))
    request = vendor.requests[-1]
    sent = request.json()
    assert 3590 < sent["pushOptions"].pop("ttl") <= 3600
    assert (request.path, request.headers["push-type"]) == (SEND, "0")
    assert sent == {
        "payload": {
            "notification": {
                "category": "MARKETING",
                "title": "Sale",
                "body": "Half price today",
                "clickAction": {"actionType": 0, "data": {"order": "7"}},
                "notifyId": notify_id(batch()),
            }
        },
        "target": {"token": ["ok-1", "ok-2"]},
        "pushOptions": {"biTag": str(PUSH_ID)},
    }


@pytest.mark.parametrize(
    ("android", "members"),
    [
        (
            {"action": {"action_type": 2, "browser": {"url": WEB}}, "custom_content": '{"a":"b"}'},
            {"clickAction": {"actionType": 0, "data": {"url": WEB, "a": "b"}}},
        ),
        ({"action": {"action_type": 3, "intent": PAGE}}, {"clickAction": {"actionType": 1, "uri": PAGE}}),
        ({"action": {"activity": "a.sale"}}, {"clickAction": {"actionType": 1, "action": "a.sale"}}),
        ({"badge_type": -2}, {"badge": {"addNum": 1}}),
        ({"badge_type": 0}, {"badge": {"setNum": 0}}),
        ({"badge_type": -1}, {"badge": None}),
        ({"hw_category": "IM", "ring_raw": "bell.mp3"}, {"category": "IM", "sound": "bell.mp3"}),
        ({"ring_raw": "bell.mp3"}, {"category": "MARKETING", "sound": None}),
        ({"show_type": 1}, {"foregroundShow": False}),
        ({}, {"foregroundShow": None, "clickAction": {"actionType": 0}}),
    ],
)  # fmt: skip
async def test_members(
    vendor: FakeHarmony, connections: Connections, android: dict[str, Any], members: dict[str, Any]
) -> None:
    channel = harmony.Harmony(settings(vendor), connections)
    assert await channel.send(batch("ok-1", message=message(**android))) == [Accepted()]
    notification = vendor.requests[-1].json()["payload"]["notification"]
    assert {name: notification.get(name) for name in members} == members


async def test_picture(vendor: FakeHarmony, connections: Connections) -> None:
    channel = harmony.Harmony(settings(vendor), connections)
    for address in (f"{WEB}/a.png", "http://e.example/a.png"):
        assert await channel.send(batch("ok-1", message=MESSAGE | {"xg_media_resources": address})) == [Accepted()]
    pictures = [request.json()["payload"]["notification"].get("image") for request in vendor.requests]
    assert pictures == [f"{WEB}/a.png", None]


async def test_test_messages_go_to_ten_at_a_time(vendor: FakeHarmony, connections: Connections) -> None:
    channel = harmony.Harmony(settings(vendor, test_messages=True, receipt_id="RCP1"), connections)
    assert channel.limits.devices_per_request == 10
    assert await channel.send(batch(*(f"ok-{number}" for number in range(10)))) == [Accepted()] * 10
    options = vendor.requests[-1].json()["pushOptions"]
    assert (options["testMessage"], options["receiptId"]) == (True, "RCP1")
    outcomes = await channel.send(batch(*(f"ok-{number}" for number in range(11))))
    assert {type(outcome) for outcome in outcomes} == {Rejected}


async def test_an_ended_statement_is_signed_anew(vendor: FakeHarmony, connections: Connections) -> None:
    channel = harmony.Harmony(settings(vendor), connections)
    await channel.send(batch("ok-1"))
    await channel.send(batch("ok-2"))
    assert isinstance(connections.tokens, MemoryTokens)
    assert connections.tokens.fetched == 1
    vendor.expire_credentials()
    assert await channel.send(batch("ok-3")) == [Accepted()]
    assert connections.tokens.fetched == 2


async def test_wrong_credentials(vendor: FakeHarmony, connections: Connections) -> None:
    faults = {"80200001": settings(vendor, service_account_key=key_file(1)), "404": settings(vendor, project_id="1")}
    for says, wrong in faults.items():
        with pytest.raises(ChannelStoppedError, match=says):
            await harmony.Harmony(wrong, connections).send(batch("ok-1"))
        assert not (await harmony.check(wrong, connections)).accepted
    assert (await harmony.check(settings(vendor), connections)).accepted
    assert not vendor.accepted


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (None, "not the JSON file"),
        ({"key_id": None}, "key_id"),
        ({"private_key": "none"}, "no key"),
        ({"private_key": ""}, "no key"),
        ({"private_key": "elliptic"}, "no RSA key"),
    ],
)
async def test_a_key_file_that_is_none(
    vendor: FakeHarmony, connections: Connections, changed: dict[str, str | None] | None, says: str
) -> None:
    elliptic = ec.generate_private_key(ec.SECP256R1())
    pem = elliptic.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    members = {**msgspec.json.decode(key_file()), **(changed or {})}
    if members["private_key"] == "elliptic":
        members["private_key"] = pem
    text = "-----BEGIN PRIVATE KEY-----" if changed is None else msgspec.json.encode(members).decode()
    with pytest.raises(CredentialFaultError, match=f"^Service account key: .*{says}") as fault:
        harmony.Harmony(settings(vendor, service_account_key=text), connections)
    assert "PRIVATE" not in str(fault.value)
    with pytest.raises(CredentialFaultError):
        await harmony.check(settings(vendor, service_account_key=text), connections)


async def test_faults(vendor: FakeHarmony, connections: Connections) -> None:
    channel = harmony.Harmony(settings(vendor), connections)
    for fault in (Fault.THROTTLE, Fault.QUOTA, Fault.BUSY, Fault.BROKEN, Fault.GARBAGE):
        vendor.fault, vendor.fault_times = fault, 1
        assert await channel.send(batch("ok-1", "ok-2")) == [Retry(1.0, everyone=True)] * 2
    for fault in (Fault.BUSY, Fault.GARBAGE):
        vendor.fault = fault
        with pytest.raises(NoAnswerError, match="HTTP"):
            await harmony.check(settings(vendor), connections)
    vendor.fault = Fault.CUT
    assert await channel.send(batch("ok-1", "ok-2")) == [UNANSWERED] * 2
    assert not vendor.accepted


async def test_the_quota_is_of_marketing(vendor: FakeHarmony, connections: Connections) -> None:
    channel = harmony.Harmony(settings(vendor, daily_quota=5000), connections)
    assert channel.quota(MESSAGE) == Quota("marketing", 5000)
    assert channel.quota(message(hw_category="IM")) is None
    orders = harmony.Harmony(settings(vendor, daily_quota=5000, category="EXPRESS"), connections)
    assert orders.quota(MESSAGE) is None
    assert orders.quota(message(hw_category="MARKETING")) == Quota("marketing", 5000)
    assert harmony.Harmony(settings(vendor), connections).quota(MESSAGE) is None
