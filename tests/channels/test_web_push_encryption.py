"""Our encryption and VAPID against the RFCs' own examples and against another implementation of them."""

from __future__ import annotations

import base64
import os
import time

import http_ece
import jwt
import py_vapid
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from rockdove.channels.provider import CredentialFaultError
from rockdove.channels.push_subscription import PushSubscription, SubscriptionError
from rockdove.channels.vapid import GRID_SECONDS, Vapid, generate_keys
from rockdove.channels.web_push_encryption import BODY_BYTES, PLAINTEXT_BYTES, encrypt, point, seal

CURVE = ec.SECP256R1()
BROWSER = ec.generate_private_key(CURVE)
AUTH = os.urandom(16)
SUBSCRIPTION = PushSubscription("https://push.example", "/x", point(BROWSER.public_key()), AUTH)


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def private_key(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(raw(text), "big"), CURVE)


def test_the_example_of_rfc_8291() -> None:
    browser = raw("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4")
    subscription = PushSubscription("", "", browser, raw("BTBZMqHH6r4Tts7J_aSIgg"))
    own = private_key("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
    body = seal(b"When I grow up, I want to be a watermelon", subscription, own, raw("DGv6ra1nlYgDCS1FRnbzlw"))
    assert body == raw(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
        "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
        "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


@given(st.binary(max_size=PLAINTEXT_BYTES))
def test_another_implementation_opens_it(text: bytes) -> None:
    body = encrypt(text, SUBSCRIPTION)
    assert http_ece.decrypt(body, private_key=BROWSER, auth_secret=AUTH, version="aes128gcm") == text


def test_the_longest_message_fills_a_body() -> None:
    assert len(encrypt(b"x" * PLAINTEXT_BYTES, SUBSCRIPTION)) == BODY_BYTES == 4096
    with pytest.raises(ValueError, match="3993"):
        encrypt(b"x" * (PLAINTEXT_BYTES + 1), SUBSCRIPTION)


def test_no_two_messages_have_a_key_or_a_salt_in_common() -> None:
    bodies = [encrypt(b"the same", SUBSCRIPTION) for _ in range(50)]
    assert len({body[:16] for body in bodies}) == len({body[21:86] for body in bodies}) == 50


def test_a_key_off_the_curve_is_refused() -> None:
    off = SUBSCRIPTION._replace(key=b"\x04" + b"\x01" * 64)
    with pytest.raises(SubscriptionError, match="p256dh"):
        encrypt(b"x", off)


def test_what_vapid_says_holds_with_another_implementation() -> None:
    keys = generate_keys()
    now = time.time()
    value, renew_at = Vapid(keys.private_key, "mailto:push@example.com").authorization("https://push.example", now)
    token, key = value.removeprefix("vapid t=").split(", k=")
    assert key == keys.public_key
    public = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, raw(key))
    claims = jwt.decode(token, public, ["ES256"], audience="https://push.example")
    assert claims["sub"] == "mailto:push@example.com"
    assert GRID_SECONDS <= claims["exp"] - now <= 2 * GRID_SECONDS < 24 * 3600
    assert now < renew_at < claims["exp"]
    assert py_vapid.Vapid02.verify(value.replace(", ", ","))  # which knows no space there


def test_every_worker_makes_the_same_jwt_until_the_next_one_is_due() -> None:
    keys = generate_keys()
    start = 1_900_000_000 // GRID_SECONDS * GRID_SECONDS
    first, renew_at = Vapid(keys.private_key, "mailto:a@b.cd").authorization("https://push.example", start)
    assert Vapid(keys.private_key, "mailto:a@b.cd").authorization("https://push.example", renew_at - 1)[0] == first
    assert Vapid(keys.private_key, "mailto:a@b.cd").authorization("https://push.example", renew_at)[0] != first
    assert Vapid(keys.private_key, "mailto:a@b.cd").authorization("https://other.example", start)[0] != first


def test_a_private_key_in_every_form_it_is_kept_in() -> None:
    keys = generate_keys()
    key = private_key(keys.private_key)
    forms = [
        keys.private_key,
        f" {keys.private_key}=\n",
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode(),
        base64.urlsafe_b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode(),
        py_vapid.Vapid.from_raw(keys.private_key.encode()).private_pem().decode(),
    ]
    assert {Vapid(form, "mailto:a@b.cd").public_key for form in forms} == {keys.public_key}


@pytest.mark.parametrize(
    "text",
    ["", "secret", "AA", base64.b64encode(bytes(32)).decode(), "-----BEGIN PRIVATE KEY-----\nAA==\n", "ключ",
     base64.urlsafe_b64encode(point(ec.derive_private_key(7, CURVE).public_key())).decode(),
     ec.derive_private_key(7, ec.SECP384R1())
     .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()],
)  # fmt: skip
def test_what_is_no_key_of_vapids_is_refused(text: str) -> None:
    with pytest.raises(CredentialFaultError, match="VAPID private key"):
        Vapid(text, "mailto:a@b.cd")
