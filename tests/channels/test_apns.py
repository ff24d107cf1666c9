"""APNs against its fake: what is particular to it. What all vendors have in common: test_conformance.py.

aioapns, a client that is none of ours, shows that the fake is what Apple's clients expect.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aioapns
import jwt
import msgspec
import pytest
from aioapns.connection import APNsTLSClientProtocol
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from rockdove.channels.apns import Apns, check, headers, payload, verdict
from rockdove.channels.apns_credentials import ApnsSettings, SigningKey, credentials
from rockdove.channels.channel import (
    Accepted,
    Batch,
    ChannelStoppedError,
    Outcome,
    Rejected,
    Retry,
    Target,
    TokenGone,
)
from rockdove.channels.http import Answer, Sender
from rockdove.channels.provider import Connections, CredentialFaultError
from rockdove.channels.tokens import Fetch
from rockdove.testing.vendors import certificates
from rockdove.testing.vendors.apns import CERTIFICATE_PASSWORD, FakeApns, p12
from rockdove.testing.vendors.server import Fault, json_reply

PUSH_ID = 1328245138690125824
NOTIFY = {"title": "Sale", "content": "Half price today", "ios": {"aps": {"sound": "default"}}}


class OneToken:
    """Provider tokens of one process, without a database."""

    def __init__(self) -> None:
        self.text, self.minted = "", 0

    async def get(self, fetch: Fetch) -> str:
        if not self.text:
            self.text, self.minted = (await fetch()).text, self.minted + 1
        return self.text

    async def refuse(self, token: str) -> None:
        if token == self.text:
            self.text = ""


@pytest.fixture
async def vendor() -> AsyncIterator[FakeApns]:
    async with FakeApns() as vendor:
        yield vendor


@pytest.fixture
async def connections(vendor: FakeApns) -> AsyncIterator[Connections]:
    async with Sender(ca_file=str(vendor.ca_file)) as sender:
        yield Connections(sender=sender, tokens=OneToken(), receipt_url="")


def opened(given: dict[str, Any], connections: Connections) -> Apns:
    return Apns(msgspec.convert(given, ApnsSettings), connections)


def batch(*tokens: str, message: dict[str, Any] = NOTIFY, **changed: Any) -> Batch:
    members: dict[str, Any] = {
        "access_id": 1600000001,
        "push_id": PUSH_ID,
        "message_type": "notify",
        "message": message,
        "environment": "product",
        "collapse_id": 0,
        "expires_at": datetime.now(UTC) + timedelta(hours=1),
        "targets": [Target(number, token) for number, token in enumerate(tokens, 1)],
    }
    return Batch(**members | changed)


# what is sent


def aps(message: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(payload(batch(message=message)))["aps"])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"mutable-content": 1}),
        ({"sound": "bell.caf"}, {"mutable-content": 1, "sound": "bell.caf"}),
        ({"sound": ""}, {"mutable-content": 1}),
        ({"mutable-content": 0}, {}),
        ({"badge_type": 7}, {"mutable-content": 1, "badge": 7}),
        ({"badge_type": 0}, {"mutable-content": 1, "badge": 0}),
        ({"badge_type": -1}, {"mutable-content": 1}),
        ({"badge_type": -2}, {"mutable-content": 1}),
        ({"category": "order"}, {"mutable-content": 1, "category": "order"}),
        ({"interruption-level": "critical"}, {"mutable-content": 1, "interruption-level": "critical"}),
    ],
)
def test_members_of_aps(given: dict[str, Any], expected: dict[str, Any]) -> None:
    texts = {"alert": {"title": "t", "body": "c"}}
    assert aps({"title": "t", "content": "c", "ios": {"aps": given}}) == expected | texts


def test_title_and_content_win_over_the_alert_s_own() -> None:
    alert = {"title": "no", "body": "no", "subtitle": "s", "loc-args": ["a"]}
    said = {
        "title": "t",
        "content": "c",
        "thread_id": "orders",
        "thread_sumtext": "Orders",
        "ios": {"aps": {"alert": alert}},
    }
    assert aps(said) == {
        "alert": {"title": "t", "body": "c", "subtitle": "s", "loc-args": ["a"], "summary-arg": "Orders"},
        "thread-id": "orders",
        "mutable-content": 1,
    }
    assert aps({"content": "c", "ios": {"aps": {"alert": "text"}}})["alert"] == {"body": "c"}
    assert aps({"ios": {"aps": {"alert": "text"}}})["alert"] == {"body": "text"}


def test_what_the_app_gets_beside_aps() -> None:
    said = NOTIFY | {"xg_media_resources": "https://cdn.example/p.jpg", "show_type": 1}
    said["ios"] = {"aps": {"sound": "default"}, "custom_content": '{"order":"嗨"}'}
    found = json.loads(payload(batch(message=said)))
    found.pop("aps")
    assert found == {
        "custom": '{"order":"嗨"}',
        "xg_media_resources": "https://cdn.example/p.jpg",
        "rockdove": {"push_id": str(PUSH_ID), "show_type": 1},
    }
    assert json.loads(payload(batch()))["rockdove"] == {"push_id": str(PUSH_ID)}


def test_a_silent_push() -> None:
    message = {"ios": {"aps": {"content-available": 1}, "custom_content": '{"sync":1}'}}
    silent = batch(message=message, message_type="message")
    assert json.loads(payload(silent)) == {
        "aps": {"content-available": 1},
        "custom": '{"sync":1}',
        "rockdove": {"push_id": str(PUSH_ID)},
    }
    lines = headers(silent, "com.example.shop", "")
    assert {"apns-push-type: background", "apns-priority: 5"} <= set(lines)


async def test_headers(vendor: FakeApns, connections: Connections) -> None:
    channel, tokens = opened(vendor.settings(), connections), [vendor.token("ok", n) for n in range(2)]
    expires_at = datetime.now(UTC) + timedelta(hours=1)
    await channel.send(batch(*tokens, expires_at=expires_at))
    first = vendor.requests[0].headers
    assert (first["apns-topic"], first["apns-push-type"], first["apns-priority"]) == ("com.example.shop", "alert", "10")
    assert first["apns-expiration"] == str(int(expires_at.timestamp()))
    assert first["apns-collapse-id"] == str(PUSH_ID)
    await channel.send(batch(*tokens[:1], collapse_id=77, expires_at=datetime.now(UTC)))
    again = vendor.requests[-1].headers
    assert (again["apns-collapse-id"], again["apns-expiration"]) == ("77", "0")


async def test_the_environment_picks_the_server(vendor: FakeApns, connections: Connections) -> None:
    async with FakeApns() as sandbox:
        sandbox.teams = vendor.teams
        channel = opened(vendor.settings() | {"sandbox_server": sandbox.origin}, connections)
        await channel.send(batch(vendor.token("ok", 1)))
        await channel.send(batch(vendor.token("ok", 2), environment="dev"))
        assert dict(vendor.accepted) == {vendor.token("ok", 1): 1}
        assert dict(sandbox.accepted) == {vendor.token("ok", 2): 1}


async def test_a_payload_that_is_too_large_is_not_sent(vendor: FakeApns, connections: Connections) -> None:
    channel, room = opened(vendor.settings(), connections), 4096 - len(payload(batch()))
    fits = NOTIFY | {"content": str(NOTIFY["content"]) + "x" * room}
    assert await channel.send(batch(vendor.token("ok", 1), message=fits)) == [Accepted()]
    (outcome,) = await channel.send(batch(vendor.token("ok", 2), message=fits | {"title": "Sale!"}))
    assert outcome == Rejected("the payload has 4097 bytes, APNs takes 4096")
    assert channel.refusal({"title": "t", "content": "x" * 4096}), "and the forecast of a push knows it"
    assert not channel.refusal({"title": "t", "content": "x" * 1000})
    assert len(vendor.requests) == 1


# what Apple answers


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        (400, "BadDeviceToken", TokenGone()),
        (410, "ExpiredToken", TokenGone()),
        (400, "DeviceTokenNotForTopic", Rejected),
        (400, "BadCollapseId", Rejected),
        (413, "PayloadTooLarge", Rejected),
        (405, "MethodNotAllowed", Rejected),
        (403, "InvalidProviderToken", ChannelStoppedError),
        (403, "ExpiredProviderToken", ChannelStoppedError),
        (403, "MissingProviderToken", ChannelStoppedError),
        (403, "BadCertificate", ChannelStoppedError),
        (403, "BadCertificateEnvironment", ChannelStoppedError),
        (403, "Forbidden", ChannelStoppedError),
        (400, "TopicDisallowed", ChannelStoppedError),
        (400, "BadTopic", ChannelStoppedError),
        (400, "IdleTimeout", Retry()),
        (429, "TooManyRequests", Retry(30.0)),
        (429, "TooManyProviderTokenUpdates", Retry(60.0, everyone=True)),
        (500, "InternalServerError", Retry(1.0, everyone=True)),
        (503, "ServiceUnavailable", Retry(1.0, everyone=True)),
        (503, "Shutdown", Retry(1.0, everyone=True)),
    ],
)
def test_reasons(status: int, reason: str, expected: Outcome | type) -> None:
    found = verdict(Answer(status, msgspec.json.encode({"reason": reason}), 0.0))
    assert isinstance(found, expected) if isinstance(expected, type) else found == expected
    if isinstance(found, ChannelStoppedError | Rejected):
        assert reason in str(found)


def test_a_token_that_is_gone_says_since_when() -> None:
    found = verdict(Answer(410, b'{"reason":"Unregistered","timestamp":1700000000123}', 0.0))
    assert found == TokenGone(datetime.fromtimestamp(1700000000.123, UTC))


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"reason":7}', b""])
def test_what_is_not_apple_s_is_tried_again(body: bytes) -> None:
    assert isinstance(verdict(Answer(403, body, 0.0)), Retry)
    assert isinstance(verdict(Answer(200, b"<html>", 0.0)), Retry)


async def test_tokens_that_are_none(vendor: FakeApns, connections: Connections) -> None:
    channel = opened(vendor.settings(), connections)
    assert await channel.send(batch("abc", "a/../b", "käse", "", "0" * 64)) == [TokenGone()] * 5
    assert all(request.path.startswith("/3/device/") for request in vendor.requests)


async def test_credentials_that_go_bad_in_mid_batch_lose_nobody(vendor: FakeApns, connections: Connections) -> None:
    """Who was taken stays taken; the others are tried again, and then the channel stops."""
    channel = opened(vendor.settings(), connections)
    tokens = [vendor.token("ok", number) for number in range(5)]
    handle, seen = vendor.handle, iter(range(100))
    vendor.handle = lambda request: handle(request) if next(seen) < 2 else _revoked(vendor)  # type: ignore[method-assign]
    outcomes = await channel.send(batch(*tokens))
    assert outcomes == [Accepted()] * 2 + [Retry()] * 3
    with pytest.raises(ChannelStoppedError, match="InvalidProviderToken"):
        await channel.send(batch(*tokens[2:]))


def _revoked(vendor: FakeApns) -> Any:
    return json_reply({"reason": "InvalidProviderToken"}, 403)


# connections


@pytest.mark.parametrize("count", [1, 50, 500])
async def test_a_new_connection_takes_one_request_until_it_has_answered(
    vendor: FakeApns, connections: Connections, count: int
) -> None:
    vendor.delay = 0.1
    channel, tokens = opened(vendor.settings(), connections), [vendor.token("ok", n) for n in range(count)]
    outcomes = await channel.send(batch(*tokens))
    assert outcomes == [Accepted()] * count
    assert (vendor.connections, vendor.refused_streams) == (1, 0)
    assert vendor.most_streams > count // 2


async def test_after_a_connection_is_lost_the_next_is_tried_out_as_well(
    vendor: FakeApns, connections: Connections
) -> None:
    channel, tokens = opened(vendor.settings(), connections), [vendor.token("ok", n) for n in range(100)]
    assert await channel.send(batch(*tokens[:50])) == [Accepted()] * 50
    vendor.cut_all()
    await asyncio.sleep(0.05)
    assert await channel.send(batch(*tokens[50:])) == [Accepted()] * 50
    assert (vendor.connections, vendor.refused_streams) == (2, 0)
    assert set(vendor.accepted.values()) == {1}


async def test_calls_side_by_side_use_several_connections(vendor: FakeApns, connections: Connections) -> None:
    vendor.delay = 0.02
    channel = opened(vendor.settings(), connections)
    tokens = [[vendor.token("ok", 50 * part + number) for number in range(50)] for part in range(16)]
    found = await asyncio.gather(*(channel.send(batch(*part)) for part in tokens))
    assert found == [[Accepted()] * 50] * 16
    assert (vendor.connections, vendor.refused_streams) == (4, 0)


async def test_what_stops_the_trial_is_not_asked_again_for_each_device(
    vendor: FakeApns, connections: Connections
) -> None:
    channel = opened(vendor.settings() | {"key": vendor.teams[1].p8}, connections)
    with pytest.raises(ChannelStoppedError, match="InvalidProviderToken"):
        await channel.send(batch(*(vendor.token("ok", n) for n in range(50))))
    assert len(vendor.requests) == 1
    vendor.fault = Fault.BUSY
    outcomes = await channel.send(batch(*(vendor.token("ok", n) for n in range(50))))
    assert (outcomes, len(vendor.requests)) == ([Retry(1.0, everyone=True)] * 50, 2)


async def test_two_teams_never_share_a_connection(vendor: FakeApns, connections: Connections) -> None:
    channels = [
        opened(given, replace(connections, tokens=OneToken())) for given in (vendor.settings(), vendor.other_team())
    ]
    for number in range(3):
        for channel in channels:
            assert await channel.send(batch(vendor.token("ok", number))) == [Accepted()]
    teams = [jwt.decode(r.bearer, options={"verify_signature": False})["iss"] for r in vendor.requests]
    assert len({(request.connection, team) for request, team in zip(vendor.requests, teams, strict=True)}) == 2


# provider tokens


def test_there_is_one_token_for_each_piece_of_time(vendor: FakeApns) -> None:
    """Whoever signs it, and as Apple wants it: at least 20 minutes apart, used for less than 60."""
    (one, other), noon = [SigningKey(vendor.teams[0].key, "KEY0000001", "TEAM000001") for _ in range(2)], 1_800_000_000
    issued: set[int] = set()
    previous = one.token_at(noon)
    for minute in range(200):
        now = noon + 60 * minute
        token = one.token_at(now)
        claims = jwt.decode(token.text, vendor.teams[0].key.public_key(), ["ES256"], {"verify_iat": False})
        assert token == other.token_at(now)
        assert 0 <= now - claims["iat"] <= 40 * 60
        assert token.expires_at.timestamp() - claims["iat"] == 42 * 60
        assert token == previous or claims["iat"] >= max(issued) + 20 * 60
        previous = token
        issued.add(claims["iat"])
    assert jwt.get_unverified_header(previous.text) == {"alg": "ES256", "kid": "KEY0000001"}
    assert len(issued) in {5, 6}


async def test_installations_with_the_same_key_are_no_trouble_to_each_other(
    vendor: FakeApns, connections: Connections
) -> None:
    channels = [opened(vendor.settings(), replace(connections, tokens=OneToken())) for _ in range(3)]
    found = await asyncio.gather(*(channel.send(batch(vendor.token("ok", 1))) for channel in channels))
    assert found == [[Accepted()]] * 3
    for _ in range(2):
        assert (await check(msgspec.convert(vendor.settings(), ApnsSettings), connections)).accepted
    assert len(vendor.provider_tokens) in {1, 2}  # two, if the piece of time ended between


async def test_a_token_that_is_too_old_is_replaced_for_all_batches(vendor: FakeApns, connections: Connections) -> None:
    tokens, team = OneToken(), vendor.teams[0]
    tokens.text = SigningKey(team.key, team.key_id, team.team_id).token_at(time.time() - 6300).text
    channel = opened(vendor.settings(), replace(connections, tokens=tokens))
    found = await asyncio.gather(*(channel.send(batch(vendor.token("ok", number))) for number in range(20)))
    assert found == [[Accepted()]] * 20


async def test_a_clock_that_is_wrong_stops_the_channel(vendor: FakeApns, connections: Connections) -> None:
    channel = opened(vendor.settings(), connections)
    vendor.clock_ahead = 6300
    for _ in range(4):
        with pytest.raises(ChannelStoppedError, match="clock"):
            await channel.send(batch(vendor.token("ok", 1), vendor.token("ok", 2)))
    assert len({request.bearer for request in vendor.requests}) in {1, 2}
    vendor.clock_ahead = 0
    assert await channel.send(batch(vendor.token("ok", 1))) == [Accepted()]


async def test_somebody_else_s_tokens_make_everybody_wait(vendor: FakeApns, connections: Connections) -> None:
    vendor.signed_elsewhere()
    outcomes = await opened(vendor.settings(), connections).send(batch(vendor.token("ok", 2), vendor.token("ok", 3)))
    assert outcomes == [Retry(60.0, everyone=True)] * 2
    assert len(vendor.requests) == 1


# credentials


async def test_a_certificate_in_place_of_a_key(vendor: FakeApns, connections: Connections) -> None:
    channel = opened(vendor.with_certificate(), connections)
    assert await channel.send(batch(vendor.token("ok", 1), vendor.token("ok", 2))) == [Accepted()] * 2
    assert all("authorization" not in request.headers for request in vendor.requests)
    found = await check(msgspec.convert(vendor.with_certificate(), ApnsSettings), connections)
    assert found.accepted
    assert found.expires_at
    assert found.expires_at > datetime.now(UTC)
    other = opened(vendor.with_certificate() | {"bundle_id": "com.example.bank"}, connections)
    with pytest.raises(ChannelStoppedError, match=r"Bundle ID.*TopicDisallowed"):
        await other.send(batch(vendor.token("ok", 1)))


async def test_the_check_tells_the_environments_apart(vendor: FakeApns, connections: Connections) -> None:
    async with FakeApns() as sandbox:  # which knows other keys
        given = vendor.settings() | {"sandbox_server": sandbox.origin}
        found = await check(msgspec.convert(given, ApnsSettings), connections)
    assert found.accepted
    assert found.says.startswith("Apple takes it for product. For dev: APNs: ")
    assert "InvalidProviderToken" in found.says
    wrong = msgspec.convert(vendor.settings() | {"bundle_id": "com.example.bank"}, ApnsSettings)
    refused = await check(wrong, connections)
    assert (refused.accepted, "TopicDisallowed" in refused.says) == (False, True)


def pem(key: Any) -> str:
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def without_its_key() -> str:
    given = x509.load_pem_x509_certificate(certificates.client_certificate("com.example.shop").certificate)
    return base64.b64encode(
        pkcs12.serialize_java_truststore([pkcs12.PKCS12Certificate(given, b"x")], NoEncryption())
    ).decode()


BY_KEY = {"team_id": "TEAM000001", "key_id": "KEY0000001"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (dict, r"Team ID, Key ID and Key \(.p8\) are needed, or a Certificate"),
        (lambda: {"team_id": "TEAM000001"}, r"missing: Key ID, Key \(.p8\)"),
        (lambda: BY_KEY, r"missing: Key \(.p8\)"),
        (lambda: BY_KEY | {"team_id": " ", "key": pem(ec.generate_private_key(ec.SECP256R1()))}, "missing: Team ID"),
        (lambda: BY_KEY | {"key": "MIG..."}, "BEGIN PRIVATE KEY"),
        (lambda: BY_KEY | {"key": pem(rsa.generate_private_key(65537, 2048))}, "P-256"),
        (lambda: BY_KEY | {"key": pem(ec.generate_private_key(ec.SECP384R1()))}, "P-256"),
        (lambda: {"certificate": "no base64!"}, "base64"),
        (lambda: {"certificate": "bm8gcDEy"}, "not a .p12 file"),
        (lambda: {"certificate": p12("com.example.shop"), "certificate_password": "wrong"}, "password"),
        (lambda: {"certificate": p12("com.example.shop"), "certificate_password": ""}, "password"),
        (lambda: {"certificate": without_its_key()}, "private key"),
        (
            lambda: {
                "certificate": p12("com.example.shop", expired=True),
                "certificate_password": CERTIFICATE_PASSWORD,
            },
            r"expired on \d{4}-\d\d-\d\d",
        ),
    ],
)
def test_credentials_that_are_none(given: Callable[[], dict[str, Any]], says: str) -> None:
    settings = msgspec.convert({"bundle_id": "com.example.shop", **given()}, ApnsSettings)
    with pytest.raises(CredentialFaultError, match=says):
        credentials(settings)


def test_a_secret_left_over_does_not_count(vendor: FakeApns) -> None:
    """Settings keep secrets that are not given anew: whoever goes from one kind to the other can't take them away."""
    both = vendor.with_certificate() | {"key": vendor.teams[0].p8}
    assert not isinstance(credentials(msgspec.convert(both, ApnsSettings)), SigningKey)
    assert isinstance(credentials(msgspec.convert(both | BY_KEY, ApnsSettings)), SigningKey)


def test_a_p12_without_a_password(vendor: FakeApns) -> None:
    given = {"bundle_id": "com.example.shop", "certificate": p12("com.example.shop", password="")}
    credentials(msgspec.convert(given, ApnsSettings))


# the fake, as a client sees it that is none of ours


def foreign(vendor: FakeApns, **given: Any) -> aioapns.APNs:
    context = ssl.create_default_context(cafile=vendor.ca_file)
    team = vendor.teams[0]
    client = aioapns.APNs(
        **{"key": team.p8, "key_id": team.key_id, "team_id": team.team_id, "topic": team.bundle_id} | given,
        ssl_context=context,
        max_connection_attempts=1,
    )
    address = {"APNS_SERVER": "localhost", "APNS_PORT": int(vendor.origin.rpartition(":")[2])}
    client.pool.protocol_class = type("Local", (APNsTLSClientProtocol,), address)
    return client


async def told(client: aioapns.APNs, token: str, message: Any = None, **given: Any) -> tuple[str, str | None]:
    request = aioapns.NotificationRequest(token, message or {"aps": {"alert": "hello"}}, **given)
    result = await client.send_notification(request)
    return result.status, result.description


async def test_aioapns_is_answered_as_by_apple(vendor: FakeApns) -> None:
    client = foreign(vendor)
    assert await told(client, vendor.token("ok", 1)) == ("200", None)
    assert await told(client, vendor.token("bad", 1)) == ("400", "DeviceTokenNotForTopic")
    assert await told(client, vendor.token("gone", 1)) == ("410", "Unregistered")
    assert await told(client, vendor.token("retry1", 1)) == ("429", "TooManyRequests")
    assert await told(client, vendor.token("retry1", 1)) == ("200", None)
    assert await told(client, "0" * 64) == ("400", "BadDeviceToken")
    assert await told(client, vendor.token("ok", 2), {"aps": {"alert": "x" * 5000}}) == ("413", "PayloadTooLarge")
    assert await told(client, vendor.token("ok", 2), {"x": 1}) == ("400", "PayloadEmpty")
    assert await told(client, vendor.token("ok", 2), collapse_key="x" * 65) == ("400", "BadCollapseId")
    assert await told(client, vendor.token("ok", 2), apns_topic="com.example.bank") == ("400", "TopicDisallowed")
    silent = {"message": {"aps": {"content-available": 1}}, "push_type": aioapns.PushType.BACKGROUND}
    assert await told(client, vendor.token("ok", 2), priority=10, **silent) == ("400", "BadPriority")
    assert await told(client, vendor.token("ok", 3), priority=5, time_to_live=60, **silent) == ("200", None)
    client.pool.close()


async def test_aioapns_with_credentials_that_are_no_good(vendor: FakeApns) -> None:
    refused = {
        "key": (foreign(vendor, key=vendor.teams[1].p8), "InvalidProviderToken"),
        "team": (foreign(vendor, team_id="TEAM000009"), "InvalidProviderToken"),
        "key id": (foreign(vendor, key_id="KEY0000009"), "InvalidProviderToken"),
    }
    for client, reason in refused.values():
        assert await told(client, vendor.token("ok", 1)) == ("403", reason)
        client.pool.close()
    vendor.clock_ahead = 3700
    late = foreign(vendor)
    assert await told(late, vendor.token("ok", 1)) == ("403", "ExpiredProviderToken")
    late.pool.close()
    assert not vendor.accepted


async def test_aioapns_in_bulk_keeps_to_the_streams_it_is_allowed(vendor: FakeApns) -> None:
    client = foreign(vendor, max_connections=1)
    assert await told(client, vendor.token("ok", 0)) == ("200", None)
    many = [told(client, vendor.token("ok", number)) for number in range(1, 200)]
    assert set(await asyncio.gather(*many)) == {("200", None)}
    assert (vendor.refused_streams, len(vendor.accepted)) == (0, 200)
    client.pool.close()


async def test_aioapns_with_a_certificate(vendor: FakeApns, tmp_path: Any) -> None:
    given = certificates.client_certificate("com.example.shop")
    file = tmp_path / "push.pem"
    file.write_bytes(given.certificate + given.key)
    none = {"key": None, "key_id": None, "team_id": None}
    client = foreign(vendor, client_cert=str(file), **none)
    assert await told(client, vendor.token("ok", 1)) == ("200", None)
    client.pool.close()
    assert vendor.requests[-1].peer_certificate
