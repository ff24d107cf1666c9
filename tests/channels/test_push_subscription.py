"""What a device may register as its push subscription."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from rockdove.channels.push_subscription import SubscriptionError, read_subscription
from rockdove.channels.web_push_encryption import point

KEY = point(ec.derive_private_key(20261125, ec.SECP256R1()).public_key())
AUTH = bytes(range(16))


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(endpoint: str = "https://push.example/x", **changed: Any) -> str:
    keys = {"p256dh": text(KEY), "auth": text(AUTH)}
    return msgspec.json.encode({"endpoint": endpoint, "expirationTime": None, "keys": keys} | changed).decode()


@pytest.mark.parametrize(
    ("endpoint", "origin", "path"),
    [
        ("https://fcm.googleapis.com/fcm/send/a:b-c_d", "https://fcm.googleapis.com", "/fcm/send/a:b-c_d"),
        ("https://wns2.notify.windows.com/w/?token=BQ%3d%3d", "https://wns2.notify.windows.com", "/w/?token=BQ%3d%3d"),
        ("https://Push.Example:443/x", "https://push.example", "/x"),
        ("https://push.example:8443/x", "https://push.example:8443", "/x"),
        ("https://push.example", "https://push.example", "/"),
    ],
)
def test_addresses(endpoint: str, origin: str, path: str) -> None:
    subscription = read_subscription(token(endpoint))
    assert (subscription.origin, subscription.path, subscription.key, subscription.auth) == (origin, path, KEY, AUTH)
    subscription.public_key()


def test_keys_in_plain_base64_as_older_pages_made_them() -> None:
    keys = {"p256dh": base64.b64encode(b"\xff\xef" + KEY[2:]).decode(), "auth": base64.b64encode(AUTH).decode()}
    assert read_subscription(token(keys=keys)).key == b"\xff\xef" + KEY[2:]


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example/x", "//push.example/x", "", "push.example", "https://", "https:///x", "ftp://push.example/x",
        "https://user@push.example/x", "https://user:pass@push.example/x", "https://push.example@10.0.0.1/x",
        "https://push.example\\@10.0.0.1/x", "https://push.example#@10.0.0.1/", "https://push.example/x#y",
        "https://[::1]/x", "https://[::ffff:10.0.0.1]/x", "https://push.example:x/", "https://push.example:123456/",
        "https://push.example/a b", "https://push.example/x\r\nHost: other", "https://push.example/x\n",
        " https://push.example/x", "https://push..example\t/x", "https://пуш.example/x", "https://push.example/é",
        "https://push.example?x", "https://-/x", "https://" + "a" * 300 + "/x",
    ],
)  # fmt: skip
def test_addresses_that_are_none(endpoint: str) -> None:
    with pytest.raises(SubscriptionError, match="endpoint"):
        read_subscription(token(endpoint))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("", "no push subscription"),
        ("ok-7", "no push subscription"),
        ("[]", "no push subscription"),
        ("{}", "endpoint"),
        (token(keys={}), "p256dh"),
        (token(keys=None), "keys"),
        (token(keys={"p256dh": text(KEY), "auth": text(AUTH[:15])}), "keys.auth has 15 bytes"),
        (token(keys={"p256dh": text(KEY), "auth": "ä"}), "keys.auth"),
        (token(keys={"p256dh": "a b", "auth": text(AUTH)}), "keys.p256dh is not base64url"),
    ],
)
def test_what_is_no_subscription(given: str, says: str) -> None:
    with pytest.raises(SubscriptionError, match=says):
        read_subscription(given)


@pytest.mark.parametrize("key", [b"", KEY[:64], KEY + b"\0", b"\x04" + bytes(64), b"\x00"])
def test_a_key_that_is_no_point_of_the_curve(key: bytes) -> None:
    with pytest.raises(SubscriptionError, match="p256dh"):
        read_subscription(token(keys={"p256dh": text(key), "auth": text(AUTH)})).public_key()
