"""FCM against its fake: what is particular to it. What all vendors have in common: test_conformance.py.

firebase-admin and google-auth, which are Google's, show that message and fake are what Google's clients know.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import google.auth.transport.requests
import msgspec
import pytest
import requests
from firebase_admin import messaging
from firebase_admin._messaging_encoder import MessageEncoder
from google.oauth2 import service_account as google_account

from rockdove.channels import fcm
from rockdove.channels.channel import (
    Accepted,
    Batch,
    ChannelAwayError,
    ChannelStoppedError,
    Outcome,
    Rejected,
    Retry,
    Target,
    TokenGone,
)
from rockdove.channels.device_vendor import Verdict
from rockdove.channels.fcm_access import FcmSettings
from rockdove.channels.http import Answer, Sender
from rockdove.channels.provider import Connections, CredentialFaultError
from rockdove.channels.tokens import OwnTokens
from rockdove.testing.vendors.fcm import EMAIL, PACKAGE, PROJECT, FakeFcm, service_account
from rockdove.testing.vendors.server import Fault
from tests.channels.test_fake_server import client

PUSH_ID = 1328245138690125824
pytestmark = pytest.mark.filterwarnings("ignore:Message.token is deprecated")
PLAIN = {"title": "Sale", "content": "Half price today"}


@pytest.fixture
async def vendor() -> AsyncIterator[FakeFcm]:
    async with FakeFcm() as vendor:
        yield vendor


@pytest.fixture
async def connections(vendor: FakeFcm) -> AsyncIterator[Connections]:
    async with Sender(str(vendor.ca_file)) as sender:
        yield Connections(sender=sender, tokens=OwnTokens(), receipt_url="")


def settings(vendor: FakeFcm, **changed: Any) -> FcmSettings:
    return msgspec.convert(vendor.settings() | changed, FcmSettings)


def batch(*tokens: str, message: dict[str, Any] = PLAIN, seconds: float = 3600.5, collapse_id: int = 0) -> Batch:
    return Batch(
        access_id=1500000001,
        push_id=PUSH_ID,
        message_type="notify",
        message=message,
        environment="product",
        collapse_id=collapse_id,
        expires_at=datetime.now(UTC) + timedelta(seconds=seconds),
        targets=[Target(number, token) for number, token in enumerate(tokens, 1)],
    )


# the message


def encoded(message: messaging.Message) -> dict[str, Any]:
    """As Google's own library puts it on the wire, without the switches that it says are off."""
    return _without_off(json.loads(json.dumps(message, cls=MessageEncoder)))


def _without_off(given: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in given.items() if value is not False}
    return {name: _without_off(value) if isinstance(value, dict) else value for name, value in kept.items()}


def sent(batch: Batch, package: str) -> dict[str, Any]:
    """What we put on the wire; Google's library writes `high` in small letters, and both are taken."""
    message = dict(json.loads(fcm.body_head(batch, package) + fcm.address(batch.targets[0].token))["message"])
    message["android"]["priority"] = message["android"]["priority"].lower()
    return message


def test_a_plain_message_is_what_googles_library_makes_of_it() -> None:
    android = messaging.AndroidConfig(
        priority="high",
        ttl=timedelta(seconds=3600),
        collapse_key=str(PUSH_ID),
        restricted_package_name=PACKAGE,
        notification=messaging.AndroidNotification(
            tag=str(PUSH_ID), default_sound=True, default_vibrate_timings=True, default_light_settings=True
        ),
    )
    theirs = messaging.Message(
        notification=messaging.Notification("Sale", "Half price today"),
        data={"push_id": str(PUSH_ID)},
        android=android,
        token="ok-1",
    )
    assert sent(batch("ok-1"), PACKAGE) == encoded(theirs)


def test_a_message_with_everything() -> None:
    ours = {
        "title": "Sale",
        "content": "Half price",
        "xg_media_resources": "https://cdn.example/sale.png",
        "android": {
            "n_ch_id": "general",
            "fcm_ch_id": "offers",
            "small_icon": "ic_sale",
            "icon_color": 123456,
            "ring": 1,
            "ring_raw": "bell",
            "vibrate": 0,
            "lights": 0,
            "clearable": 0,
            "badge_type": 7,
            "custom_content": '{"order":"7","more":{"a":[1]}}',
            "action": {"action_type": 1, "activity": "com.example.OPEN_ORDER"},
        },
    }
    android = messaging.AndroidConfig(
        priority="high",
        ttl=timedelta(days=28),
        collapse_key="9001",
        notification=messaging.AndroidNotification(
            channel_id="offers",
            icon="ic_sale",
            color="#01e240",
            sound="bell",
            sticky=True,
            notification_count=7,
            click_action="com.example.OPEN_ORDER",
            tag="9001",
        ),
    )
    theirs = messaging.Message(
        notification=messaging.Notification("Sale", "Half price", "https://cdn.example/sale.png"),
        data={"order": "7", "more": '{"a":[1]}', "push_id": str(PUSH_ID)},
        android=android,
        token="ok-1",
    )
    assert sent(batch("ok-1", message=ours, seconds=90 * 86400, collapse_id=9001), "") == encoded(theirs)


@pytest.mark.parametrize(
    ("action", "click", "url"),
    [
        ({"action_type": 2, "browser": {"url": "https://shop.example"}}, None, "https://shop.example"),
        (
            {"action_type": 3, "intent": "intent:#Intent;action=com.example.VIEW;end"},
            "com.example.VIEW",
            "intent:#Intent;action=com.example.VIEW;end",
        ),
        ({"action_type": 3, "intent": "shop://order/7"}, None, "shop://order/7"),
        ({"action_type": 1}, None, None),
    ],
)
def test_what_a_tap_does(action: dict[str, Any], click: str | None, url: str | None) -> None:
    made = fcm.payload(batch(message=PLAIN | {"android": {"action": action}}), "")
    assert made["android"]["notification"].get("click_action") == click
    assert made["data"].get("url") == url


@pytest.mark.parametrize("name", ["from", "gcm.x", "google.c", "message_type", "GCM"])
def test_names_that_are_fcms_own_are_no_names_of_ours(name: str) -> None:
    content = json.dumps({name: "1", "order": "7"})
    made = fcm.payload(batch(message=PLAIN | {"android": {"custom_content": content}}), "")
    assert made["data"] == {"custom_content": content, "push_id": str(PUSH_ID)}


@pytest.mark.parametrize("token", ["ok-1", 'quote"d', "back\\slash", "嗨", "line\nbreak"])
async def test_any_token_stays_one_text(vendor: FakeFcm, connections: Connections, token: str) -> None:
    """Devices give their tokens: none of them may become a part of the message."""
    await fcm.Fcm(settings(vendor), connections).send(batch(token))
    assert vendor.requests[-1].json()["message"]["token"] == token


async def test_an_installation_id_is_none_of_a_token(vendor: FakeFcm, connections: Connections) -> None:
    fid = "cX9kd_J3Q-eNr1abcdefgh"
    theirs = encoded(messaging.Message(fid=fid))
    outcomes = await fcm.Fcm(settings(vendor), connections).send(batch(fid, f"{fid}:APA91b-more"))
    assert outcomes == [Accepted(), Accepted()]
    asked = [request.json()["message"] for request in vendor.requests if request.path != "/token"]
    assert [message.get("fid") for message in asked] == [theirs["fid"], None]
    assert [message.get("token") for message in asked] == [None, f"{fid}:APA91b-more"]


async def test_a_message_that_is_too_large(vendor: FakeFcm, connections: Connections) -> None:
    channel = fcm.Fcm(settings(vendor), connections)
    fits, large = (PLAIN | {"android": {"custom_content": json.dumps({"x": "y" * n})}} for n in (3900, 4100))
    assert channel.refusal(fits) == ""
    assert "4096" in channel.refusal(large)
    assert await channel.send(batch("ok-1", message=fits)) == [Accepted()]
    (outcome,) = await channel.send(batch("ok-1", message=large))
    assert isinstance(outcome, Rejected)
    assert "too big" in outcome.reason


async def test_texts_may_be_limited(vendor: FakeFcm, connections: Connections) -> None:
    channel = fcm.Fcm(settings(vendor, title_characters=3), connections)
    assert "title" in channel.refusal(PLAIN)


# what comes back


async def test_outcomes_in_order(vendor: FakeFcm, connections: Connections) -> None:
    tokens = ["ok-1", "gone-2", "retry1-3", "bad-4", "ok-5"]
    outcomes = await fcm.Fcm(settings(vendor), connections).send(batch(*tokens))
    assert outcomes == [Accepted(), TokenGone(), Retry(1.0), TokenGone(), Accepted()]
    assert vendor.accepted == {"ok-1": 1, "ok-5": 1}


def error(status: int, own: str = "", message: str = "m", fields: tuple[str, ...] = ()) -> Answer:
    details: list[dict[str, Any]] = [{"errorCode": own}] if own else []
    if fields:
        details.append({"fieldViolations": [{"field": field, "description": "d"} for field in fields]})
    return Answer(status, json.dumps({"error": {"code": status, "message": message, "details": details}}).encode())


def too_much(subject: str, description: str) -> Answer:
    """As google.rpc.QuotaFailure says whose quota it is."""
    failure = {"violations": [{"subject": subject, "description": description}]}
    details: list[dict[str, Any]] = [{"errorCode": "QUOTA_EXCEEDED"}, failure]
    return Answer(429, json.dumps({"error": {"code": 429, "message": "m", "details": details}}).encode())


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (error(404, "UNREGISTERED"), TokenGone()),
        (error(400, "INVALID_ARGUMENT", "The registration token is not a valid FCM registration token"), TokenGone()),
        (error(400, "INVALID_ARGUMENT", "Request contains an invalid argument.", ("message.token",)), TokenGone()),
        (error(400, "INVALID_ARGUMENT", "m", ("message.android.ttl",)), Rejected("FCM: m (INVALID_ARGUMENT)")),
        (error(400, "INVALID_ARGUMENT", "registration token", ("message.data",)),
         Rejected("FCM: registration token (INVALID_ARGUMENT)")),
        (error(403, "SENDER_ID_MISMATCH"), Rejected("FCM: m (SENDER_ID_MISMATCH)")),
        (error(401, "THIRD_PARTY_AUTH_ERROR"), Rejected("FCM: m (THIRD_PARTY_AUTH_ERROR)")),
        (error(429, "QUOTA_EXCEEDED"), Retry(60.0, everyone=True)),
        (too_much("device:c1", "Device message rate exceeded."), Retry(60.0)),
        (too_much("project_number:7", "Quota of messages a minute exceeded."), Retry(60.0, everyone=True)),
        (error(429, "QUOTA_EXCEEDED")._replace(retry_after=7.0), Retry(7.0, everyone=True)),
        (error(500, "INTERNAL"), Retry(1.0)),
        (error(503, "UNAVAILABLE"), Retry(1.0, everyone=True)),
        (error(503, "UNAVAILABLE")._replace(retry_after=30.0), Retry(30.0, everyone=True)),
        (Answer(200, b"<html>"), Retry(1.0, everyone=True)),
        (Answer(200, b'["name"'), Accepted()),
        (Answer(400, b'{"error":"odd"}'), Retry(1.0, everyone=True)),
        (Answer(400, b'{"error":{"details":[{"fieldViolations":7,"errorCode":"INVALID_ARGUMENT"}]}}'),
         Rejected("FCM: HTTP 400 (INVALID_ARGUMENT)")),
        (Answer(400, b'{"error":{"details":7}}'), Rejected("FCM: HTTP 400 (400)")),
    ],
)  # fmt: skip
def test_answers(answer: Answer, expected: Outcome) -> None:
    assert fcm.verdict(answer) == expected


@pytest.mark.parametrize(("status", "kind"), [(401, "_TokenEndedError"), (403, "ChannelStoppedError"),
                                              (404, "ChannelStoppedError")])  # fmt: skip
def test_answers_about_who_we_are(status: int, kind: str) -> None:
    found: Verdict = fcm.verdict(error(status))
    assert type(found).__name__ == kind


# who we are


async def test_an_access_token_is_fetched_once_and_anew_when_it_ended(
    vendor: FakeFcm, connections: Connections
) -> None:
    channel = fcm.Fcm(settings(vendor), connections)
    for number in range(3):
        await channel.send(batch(f"ok-{number}"))
    assert sum(request.path == "/token" for request in vendor.requests) == 1
    vendor.expire_credentials()
    tokens = [f"ok-{number}" for number in range(3, 50)]
    assert await channel.send(batch(*tokens)) == [Accepted()] * 47
    assert sum(request.path == "/token" for request in vendor.requests) == 2
    assert dict(vendor.accepted) == {f"ok-{number}": 1 for number in range(50)}


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (service_account("somebody else"), "Invalid JWT Signature"),
        (service_account(client_email="other@example.com"), "Invalid JWT Signature"),
        (service_account(project_id="other-project"), "Permission denied"),
    ],
    ids=["other key", "other account", "other project"],
)
async def test_an_account_that_google_refuses(
    vendor: FakeFcm, connections: Connections, account: str, words: str
) -> None:
    wrong = settings(vendor, service_account=account)
    with pytest.raises(ChannelStoppedError, match=words):
        await fcm.Fcm(wrong, connections).send(batch("ok-1", "ok-2"))
    assert not vendor.accepted


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not the JSON file"),
        ("-----BEGIN PRIVATE KEY-----", "not the JSON file"),
        ('{"project_info":{"project_number":"1"}}', "not the JSON file"),
        (service_account(private_key="-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----\n"), "private_key"),
        (service_account(type="authorized_user"), "another kind"),
        (service_account(project_id="../../v1"), "project_id"),
    ],
)
def test_a_file_that_is_no_service_account(vendor: FakeFcm, connections: Connections, text: str, words: str) -> None:
    with pytest.raises(CredentialFaultError, match=words) as caught:
        fcm.Fcm(settings(vendor, service_account=text), connections)
    assert "PRIVATE KEY" not in str(caught.value)


async def test_google_is_away_when_a_token_is_needed(vendor: FakeFcm, connections: Connections) -> None:
    class Away(FakeFcm):
        spared_paths = frozenset()

    async with Away() as away:
        for fault in (Fault.BUSY, Fault.GARBAGE, Fault.CUT):
            away.fault = fault
            with pytest.raises(ChannelAwayError):
                await fcm.Fcm(settings(away), connections).send(batch("ok-1"))


async def test_check(vendor: FakeFcm, connections: Connections) -> None:
    found = await fcm.check(settings(vendor), connections)
    assert (found.accepted, found.says) == (True, f"Google takes the service account key for {PROJECT}.")
    assert vendor.requests[-1].json()["validate_only"] is True
    assert not vendor.accepted
    other = Connections(sender=connections.sender, tokens=OwnTokens(), receipt_url="")
    found = await fcm.check(settings(vendor, service_account=service_account(project_id="other")), other)
    assert not found.accepted
    assert "Permission denied" in found.says


# in bulk


async def test_a_batch_has_many_streams_on_few_connections(vendor: FakeFcm, connections: Connections) -> None:
    channel = fcm.Fcm(settings(vendor), connections)
    vendor.delay = 0.02
    size = channel.limits.devices_per_request
    batches = [batch(*(f"ok-{start + number}" for number in range(size))) for start in range(0, 8 * size, size)]
    for outcomes in await asyncio.gather(*(channel.send(each) for each in batches)):
        assert outcomes == [Accepted()] * size
    assert set(vendor.accepted.values()) == {1}
    assert len(vendor.accepted) == 8 * size
    assert vendor.connections <= 16
    assert vendor.most_streams > 1


async def test_googles_own_libraries_are_served_by_the_fake(vendor: FakeFcm) -> None:
    info = json.loads(service_account()) | {"token_uri": f"{vendor.origin}/token"}
    scopes = ["https://www.googleapis.com/auth/firebase.messaging"]
    credentials: Any = google_account.Credentials.from_service_account_info(info, scopes=scopes)  # type: ignore[no-untyped-call]
    assert credentials.service_account_email == EMAIL
    session = requests.Session()
    session.verify, session.trust_env = str(vendor.ca_file), False
    await asyncio.to_thread(credentials.refresh, google.auth.transport.requests.Request(session))
    body = encoded(messaging.Message(token="ok-1", notification=messaging.Notification("t", "b"), data={"a": "1"}))
    async with client(vendor) as http:
        path = f"/v1/projects/{PROJECT}/messages:send"
        bearer = {"Authorization": f"Bearer {credentials.token}"}
        answer = await http.post(path, json={"message": body}, headers=bearer)
        assert answer.json()["name"].startswith(f"projects/{PROJECT}/messages/")
        odd = await http.post(path, json={"message": body | {"colour": "red"}}, headers=bearer)
        assert odd.status_code == 400
        assert "colour" in odd.json()["error"]["message"]
