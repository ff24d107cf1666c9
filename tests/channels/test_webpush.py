"""Web Push against its fake: what is particular to it. What all vendors have in common: test_conformance.py."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import pywebpush
import requests

from rockdove.channels import webpush
from rockdove.channels.channel import (
    Accepted,
    Batch,
    ChannelAwayError,
    Outcome,
    Rejected,
    Retry,
    Target,
    TokenGone,
)
from rockdove.channels.http import Answer, HttpError, Sender
from rockdove.channels.provider import Connections, CredentialFaultError
from rockdove.channels.push_subscription import read_subscription
from rockdove.channels.vapid import Vapid, generate_keys
from rockdove.testing.vendors.server import Fault, Reply
from rockdove.testing.vendors.webpush import FakeWebPush
from tests.channels.batches import MemoryTokens
from tests.channels.test_push_subscription import token as subscription_of

MESSAGE = {"title": "Sale", "content": "Half price today", "android": {"custom_content": '{"order":"7"}'}}


@pytest.fixture
async def vendor() -> AsyncIterator[FakeWebPush]:
    async with FakeWebPush() as vendor:
        yield vendor


@pytest.fixture
async def connections(vendor: FakeWebPush) -> AsyncIterator[Connections]:
    async with Sender(ca_file=str(vendor.ca_file)) as sender:
        yield Connections(sender=sender, tokens=MemoryTokens(), receipt_url="")


def settings(vendor: FakeWebPush, **changed: Any) -> webpush.WebPushSettings:
    return msgspec.convert(vendor.settings() | changed, webpush.WebPushSettings)


def batch(*tokens: str, message: dict[str, Any] = MESSAGE, **changed: Any) -> Batch:
    members: dict[str, Any] = {
        "access_id": 1500000001,
        "push_id": 1328245138690125824,
        "message_type": "notify",
        "message": message,
        "environment": "product",
        "collapse_id": 0,
        "expires_at": datetime.now(UTC) + timedelta(hours=1),
        "targets": [Target(number, token) for number, token in enumerate(tokens, 1)],
    }
    return Batch(**members | changed)


def kinds(vendor: FakeWebPush, *kinds: str) -> list[str]:
    return [vendor.token(kind, number) for number, kind in enumerate(kinds)]


async def test_the_browser_reads_what_was_sent(vendor: FakeWebPush, connections: Connections) -> None:
    token = vendor.token("ok", 1)
    assert await webpush.WebPush(settings(vendor), connections).send(batch(token)) == [Accepted()]
    assert msgspec.json.decode(vendor.opened[token]) == {
        "push_id": "1328245138690125824",
        "title": "Sale",
        "body": "Half price today",
        "tag": "ABJu3-qSQ7AA",
        "custom_content": '{"order":"7"}',
    }
    headers = vendor.requests[0].headers
    assert (headers["urgency"], headers["topic"]) == ("high", "ABJu3-qSQ7AA")
    assert 3590 <= int(headers["ttl"]) <= 3600


async def test_a_foreign_client_is_served(vendor: FakeWebPush) -> None:
    """pywebpush encrypts and signs; the fake takes it as ours."""
    given, token, session = vendor.settings(), vendor.token("ok", 1), requests.Session()
    session.verify, session.trust_env = str(vendor.ca_file), False
    await asyncio.to_thread(
        pywebpush.webpush,
        msgspec.json.decode(token),
        "hello from elsewhere",
        vapid_private_key=given["vapid_private_key"],
        vapid_claims={"sub": "mailto:somebody@example.com"},
        requests_session=session,
        ttl=60,
    )
    assert vendor.opened[token] == b"hello from elsewhere"
    assert vendor.accepted == {token: 1}


async def test_outcomes_in_order(vendor: FakeWebPush, connections: Connections) -> None:
    channel = webpush.WebPush(settings(vendor), connections)
    tokens = kinds(vendor, "ok", "gone", "retry1", "bad", "ok")
    assert await channel.send(batch(*tokens)) == [
        Accepted(),
        TokenGone(),
        Retry(1.0),
        Rejected(
            f"{vendor.origin.removeprefix('https://')} knows this subscription under another VAPID key: the app has to "
            "subscribe again (403)"
        ),
        Accepted(),
    ]
    assert vendor.accepted == {tokens[0]: 1, tokens[4]: 1}


async def test_every_device_has_its_own_key_and_salt(vendor: FakeWebPush, connections: Connections) -> None:
    tokens = [vendor.token("ok", number) for number in range(300)]
    channel = webpush.WebPush(settings(vendor), connections)
    assert await channel.send(batch(*tokens)) == [Accepted()] * 300
    assert len({request.body[:16] for request in vendor.requests}) == 300
    assert len({request.body[21:86] for request in vendor.requests}) == 300
    assert len({request.headers["authorization"] for request in vendor.requests}) == 1


async def test_messages_replace_each_other_by_collapse_id(vendor: FakeWebPush, connections: Connections) -> None:
    channel, token = webpush.WebPush(settings(vendor), connections), vendor.token("ok", 1)
    for push_id, collapse_id in ((1, 0), (2, 1), (3, 2**63 - 1)):
        assert await channel.send(batch(token, push_id=push_id, collapse_id=collapse_id)) == [Accepted()]
    topics = [request.headers["topic"] for request in vendor.requests]
    assert topics[0] == topics[1] != topics[2]
    assert msgspec.json.decode(vendor.opened[token])["tag"] == topics[2]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"android": {"action": {"action_type": 2, "browser": {"url": "https://a.b/c"}}}}, {"url": "https://a.b/c"}),
        ({"android": {"action": {"action_type": 1, "activity": "com.a.B"}}}, {"activity": "com.a.B"}),
        ({"android": {"action": {"action_type": 3, "intent": "a://b"}}}, {"intent": "a://b"}),
        ({"xg_media_resources": "https://a.b/p.png"}, {"image": "https://a.b/p.png"}),
        ({"android": {"icon_type": 1, "icon_res": "https://a.b/i.png"}}, {"icon": "https://a.b/i.png"}),
        ({"android": {"icon_res": "drawable"}}, {"icon": "https://icon.example/"}),
        ({"android": {"ring": 0, "vibrate": 0}}, {"silent": True}),
        ({"android": {"ring": 0}}, {}),
        ({"android": {"badge_type": 0}}, {"badge_count": 0}),
        ({"android": {"badge_type": -2}}, {}),
        ({"thread_id": "orders"}, {"thread_id": "orders"}),
        ({"ios": {"aps": {"sound": "", "badge_type": 3}, "custom_content": "{}"}},
         {"silent": True, "badge_count": 3, "custom_content": "{}"}),
        ({"ios": {"aps": {"sound": "default"}}}, {}),
        ({"title": "", "content": "", "ios": {"aps": {"alert": {"title": "T", "body": "B"}}}},
         {"title": "T", "body": "B"}),
        ({"title": "", "content": "", "ios": {"aps": {"alert": "B"}}}, {"title": None, "body": "B"}),
    ],
)  # fmt: skip
def test_what_the_service_worker_gets(message: dict[str, Any], expected: dict[str, Any]) -> None:
    plain = {"push_id": "7", "title": "t", "body": "c", "tag": "x", "icon": "https://icon.example/"}
    wanted = {name: value for name, value in (plain | expected).items() if value is not None}
    sent = webpush.payload({"title": "t", "content": "c"} | message, 7, "x", "https://icon.example/")
    assert msgspec.json.decode(sent) == wanted


async def test_a_message_that_is_too_long_goes_nowhere(vendor: FakeWebPush, connections: Connections) -> None:
    channel, token = webpush.WebPush(settings(vendor), connections), vendor.token("ok", 1)
    longest = next(size for size in range(3993, 0, -1) if not channel.refusal(MESSAGE | {"content": "x" * size}))
    assert await channel.send(batch(token, message=MESSAGE | {"content": "x" * longest})) == [Accepted()]
    over = MESSAGE | {"content": "x" * (longest + 1)}
    assert channel.refusal(over) == "1 bytes more than the 3993 a message of Web Push has"
    [refused] = await channel.send(batch(token, message=MESSAGE | {"content": "文" * 1400}))
    assert isinstance(refused, Rejected)
    assert len(vendor.requests) == 1


async def test_a_browser_is_sent_no_silent_message(vendor: FakeWebPush, connections: Connections) -> None:
    channel = webpush.WebPush(settings(vendor), connections)
    [refused] = await channel.send(batch(vendor.token("ok", 1), message_type="message"))
    assert isinstance(refused, Rejected)
    assert not vendor.requests


async def test_only_push_services_are_connected_to(vendor: FakeWebPush, connections: Connections) -> None:
    """A device can't lead us anywhere else: nothing of these is even looked up."""
    channel = webpush.WebPush(settings(vendor, server=""), connections)
    tokens = [
        vendor.token("ok", 1),
        *(subscription_of(f"https://{host}/x") for host in (
            "localhost", "127.0.0.1", "169.254.169.254", "10.0.0.1", "0x7f000001", "2130706433",
            "fcm.googleapis.com.example.com", "evilfcm.googleapis.com", "notify.windows.com", "push.apple.com",
            "xnotify.windows.com", "fcm.googleapis.com:8443", "push.example",
        )),
    ]  # fmt: skip
    assert await channel.send(batch(*tokens)) == [webpush.NOT_KNOWN] * len(tokens)
    dotted = subscription_of("https://fcm.googleapis.com./x")
    assert await channel.send(batch("ok-1", "", "{}", dotted)) == [webpush.NO_SUBSCRIPTION] * 4
    assert vendor.connections == 0


@pytest.mark.parametrize(
    ("host", "further", "name"),
    [
        ("fcm.googleapis.com", "", "fcm.googleapis.com"),
        ("updates.push.services.mozilla.com", "", "updates.push.services.mozilla.com"),
        ("updates-autopush.push.services.mozilla.com", "", "*.push.services.mozilla.com"),
        ("wns2-by3p.notify.windows.com", "", "*.notify.windows.com"),
        ("web.push.apple.com", "", "*.push.apple.com"),
        ("ntfy.example", "", ""),
        ("ntfy.example", "up.example, ntfy.example", "ntfy.example"),
        ("ntfy.example", "NTFY.example:443", "ntfy.example"),
        ("ntfy.example:8443", "ntfy.example", ""),
        ("ntfy.example:8443", "ntfy.example:8443", "ntfy.example:8443"),
        ("a.up.example", "*.up.example", "*.up.example"),
        ("up.example", "*.up.example", ""),
    ],
)
def test_which_push_services_are_known(host: str, further: str, name: str) -> None:
    given = {"vapid_private_key": "x", "subject": "mailto:a@b.cd", "push_services": further}
    assert webpush.name_of(host, msgspec.convert(given, webpush.WebPushSettings)) == name


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "push@example.com"}, {"subject": "mailto:push@localhost"}, {"subject": "http://example.com"},
        {"subject": "mailto:a@b.cd\nX: y"}, {"subject": ""}, {"push_services": "https://ntfy.example"},
        {"push_services": "ntfy.example/x"}, {"push_services": "*"}, {"push_services": "a b"}, {"icon": "/icon.png"},
        {"urgency": "now"}, {"server": "http://localhost"},
    ],
)  # fmt: skip
def test_settings_that_can_not_be(wrong: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"vapid_private_key": "x", "subject": "mailto:a@b.cd"} | wrong, webpush.WebPushSettings)


async def test_two_push_services_are_spoken_to_side_by_side(vendor: FakeWebPush, connections: Connections) -> None:
    """One that is away costs the other's browsers nothing; each is signed for on its own."""
    async with FakeWebPush() as other:
        other.vapid_key = vendor.vapid_key
        hosts = ", ".join(each.origin.removeprefix("https://") for each in (vendor, other))
        channel = webpush.WebPush(settings(vendor, server="", push_services=hosts), connections)
        tokens = [vendor.token("ok", 1), other.token("ok", 1), vendor.token("ok", 2)]
        assert await channel.send(batch(*tokens)) == [Accepted()] * 3
        assert len(vendor.requests) == 2
        assert len(other.requests) == 1
        vendor.fault = Fault.BUSY
        assert await channel.send(batch(*tokens)) == [Retry(1.0), Accepted(), Retry(1.0)]
    vendor.fault = Fault.NONE
    kinds = [type(outcome) for outcome in await channel.send(batch(*tokens))]
    assert kinds == [Accepted, Retry, Accepted], "whether it was sent depends on when the cut is noticed"
    assert await channel.send(batch(tokens[1])) == [Retry()]  # a server of somebody's is not the channel


async def test_so_many_push_services_are_kept_open(vendor: FakeWebPush, connections: Connections) -> None:
    channel = webpush.WebPush(settings(vendor, server=""), connections)
    tokens = [subscription_of(f"https://n{number}.notify.windows.com/x") for number in range(100)]
    for subscription in map(read_subscription, tokens):
        assert channel._service(subscription) is channel._service(subscription)
    assert len(channel._services) == webpush.OPEN_SERVICES
    letters, refused = await channel._letters(batch(*tokens), b"{}")
    assert len(letters) == webpush.OPEN_SERVICES
    assert refused == dict.fromkeys(range(webpush.OPEN_SERVICES, 100), Retry())


async def test_a_redirect_is_not_followed(vendor: FakeWebPush, connections: Connections) -> None:
    channel = webpush.WebPush(settings(vendor), connections)
    with answering(vendor, 307, b"", ("location", f"{vendor.origin}/push/ok-2")):
        [refused] = await channel.send(batch(vendor.token("ok", 1)))
    assert isinstance(refused, Rejected)
    assert len(vendor.requests) == 1


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b"", Accepted()),
        (202, b"", Accepted()),
        (200, b"<html>Welcome to the hotel</html>", Retry()),
        (404, b"", TokenGone()),
        (410, b'{"code":410,"errno":106}', TokenGone()),
        (429, b"", Retry(1.0)),
        (500, b"", Retry(1.0)),
        (502, b"<html>", Retry(1.0)),
        (413, b"", Rejected("s finds the message too long (413)")),
        (400, b'{"reason":"BadWebPushTopic"}', Rejected("s refuses the message (400 BadWebPushTopic)")),
        (400, b'{"reason":"x y\'z"}', Rejected("s refuses the message (400)")),
        (400, b"[1]", Rejected("s refuses the message (400)")),
        (301, b"", Rejected("s refuses the message (301)")),
    ],
)
def test_what_an_answer_means(status: int, body: bytes, outcome: Outcome) -> None:
    assert webpush.outcome_of("s", Answer(status, body, 0)) == outcome


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, b"the VAPID credentials in the authorization header do not correspond to the credentials used to create"),
        (403, b"the key in the authorization header does not correspond to the sender ID used to subscribe this user."),
        (401, b'{"code":401,"errno":109,"error":"Unauthorized","message":"VAPID public key mismatch"}'),
        (400, b'{"reason":"VapidPkHashMismatch"}'),
    ],
)
def test_a_key_that_is_not_the_subscriptions(status: int, body: bytes) -> None:
    outcome = webpush.outcome_of("s", Answer(status, body, 0))
    assert isinstance(outcome, Rejected)
    assert "subscribe again" in outcome.reason


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, b'{"reason":"BadJwtToken"}'),
        (401, b'{"code":401,"errno":109,"message":"Request did not validate Invalid Authorization Header"}'),
        (400, b"<HTML>\n<HEAD>\n<TITLE>UnauthorizedRegistration</TITLE>\n</HEAD>"),
    ],
)
def test_a_token_of_ours_that_is_not_taken(status: int, body: bytes) -> None:
    outcome = webpush.outcome_of("s", Answer(status, body, 0))
    assert isinstance(outcome, Rejected)
    assert "contact" in outcome.reason


async def test_another_key_in_the_settings_forgets_no_browser(vendor: FakeWebPush, connections: Connections) -> None:
    channel = webpush.WebPush(settings(vendor, vapid_private_key=generate_keys().private_key), connections)
    outcomes = await channel.send(batch(*kinds(vendor, "ok", "ok")))
    assert all(isinstance(outcome, Rejected) for outcome in outcomes)
    assert not vendor.accepted


async def test_clocks_may_differ_by_an_hour(vendor: FakeWebPush, connections: Connections) -> None:
    channel, token = webpush.WebPush(settings(vendor), connections), vendor.token("ok", 1)
    for vendor.clock_ahead in (3600, -3600):
        assert await channel.send(batch(token)) == [Accepted()]
    vendor.clock_ahead = 24 * 3600
    [refused] = await channel.send(batch(token))
    assert isinstance(refused, Rejected)
    assert "BadJwtToken" in refused.reason


async def test_a_jwt_is_made_anew_when_its_half_day_is_over(
    vendor: FakeWebPush, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel, token, now = webpush.WebPush(settings(vendor), connections), vendor.token("ok", 1), time.time()
    for hours in (0, 0, 11, 33):
        monkeypatch.setattr(time, "time", lambda hours=hours: now + hours * 3600)
        assert await channel.send(batch(token)) == [Accepted()]
    assert len({request.headers["authorization"] for request in vendor.requests}) == 3


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.GOAWAY])
async def test_what_was_not_answered_is_tried_again(
    vendor: FakeWebPush, connections: Connections, fault: Fault
) -> None:
    channel = webpush.WebPush(settings(vendor), connections)
    tokens = [vendor.token("ok", number) for number in range(20)]
    vendor.fault, vendor.fault_times, vendor.fault_after = fault, 1, 5
    outcomes: list[Outcome] = list(await channel.send(batch(*tokens)))
    assert set(map(type, outcomes)) <= {Accepted, Retry}
    again = [token for token, outcome in zip(tokens, outcomes, strict=True) if isinstance(outcome, Retry)]
    if again:
        assert await channel.send(batch(*again)) == [Accepted()] * len(again)
    assert set(vendor.accepted) == set(tokens)


async def test_a_certificate_of_somebody_else_is_not_sent_to() -> None:
    vendor = FakeWebPush()
    vendor.bad_tls = True
    async with vendor, Sender(ca_file=str(vendor.ca_file)) as sender:
        channel = webpush.WebPush(settings(vendor), Connections(sender=sender, tokens=MemoryTokens(), receipt_url=""))
        with pytest.raises(ChannelAwayError):
            await channel.send(batch(vendor.token("ok", 1)))
        with pytest.raises(HttpError):
            await webpush.check(settings(vendor), Connections(sender=sender, tokens=MemoryTokens(), receipt_url=""))


async def test_check_names_the_public_key(vendor: FakeWebPush, connections: Connections) -> None:
    checked = await webpush.check(settings(vendor), connections)
    assert checked.accepted
    key = Vapid(vendor.settings()["vapid_private_key"], "mailto:a@b.cd").public_key
    assert key in checked.says
    assert not vendor.accepted


async def test_check_says_which_service_was_not_reached(vendor: FakeWebPush, connections: Connections) -> None:
    host = vendor.origin.removeprefix("https://")
    given = settings(vendor, server="", push_services=f"{host}, closed.invalid")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(webpush, "BROWSERS_SERVICES", ())
        checked = await webpush.check(given, connections)
    assert f"Reached: {host}." in checked.says
    assert "closed.invalid" in checked.says


async def test_check_refuses_a_key_that_is_none(vendor: FakeWebPush, connections: Connections) -> None:
    with pytest.raises(CredentialFaultError):
        await webpush.check(settings(vendor, vapid_private_key="none"), connections)
    with pytest.raises(CredentialFaultError):
        webpush.WebPush(settings(vendor, vapid_private_key="none"), connections)


@contextmanager
def answering(vendor: FakeWebPush, status: int, body: bytes, *headers: tuple[str, str]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vendor, "handle", lambda request: Reply(status, body, headers))
        yield
