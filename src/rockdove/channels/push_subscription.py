"""A push subscription: where a browser's push service takes messages, and the keys they are encrypted with.

The JSON is what `PushSubscription.toJSON()` gives in a browser: {"endpoint": …, "keys": {"p256dh": …, "auth": …}}. It
is a device's token on the channel `webpush`, so it comes from anybody: nothing but https to a named host gets through
here, and whether that host is one we send to is for the channel to say.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

AUTH_BYTES = 16

_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
_ENDPOINT = re.compile(rf"https://(?P<host>{_HOST})(?::(?P<port>[0-9]{{1,5}}))?(?P<path>/[!\"$-~]*)?")
"""No user info, no fragment, no white space: the host in front of us is the one that is connected to."""
_URL_SAFE = str.maketrans("+/", "-_", "=")


class SubscriptionError(ValueError):
    """That is no push subscription; the text says what is wrong with it."""


class PushSubscription(NamedTuple):
    origin: str
    """https://host[:port], the host in small letters, without the port that https has anyway."""
    path: str
    """With the query."""
    key: bytes
    """The browser's public key, an uncompressed point (65 bytes). Not yet known to be on the curve."""
    auth: bytes

    @property
    def host(self) -> str:
        """With the port where there is one."""
        return self.origin.removeprefix("https://")

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """Raises SubscriptionError for a point that is not on P-256 (RFC 8291 §7)."""
        try:
            return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.key)
        except ValueError:
            raise SubscriptionError("keys.p256dh is no public key: not a point of P-256, uncompressed") from None


class _Keys(msgspec.Struct):
    p256dh: str
    auth: str


class _Json(msgspec.Struct):
    endpoint: str
    keys: _Keys


_decoder = msgspec.json.Decoder(_Json)


def read_subscription(text: str) -> PushSubscription:
    """Raises SubscriptionError."""
    try:
        given = _decoder.decode(text)
    except msgspec.DecodeError as error:
        raise SubscriptionError(f"no push subscription as PushSubscription.toJSON() gives it: {error}") from None
    origin, path = _address(given.endpoint)
    key, auth = _bytes("keys.p256dh", given.keys.p256dh), _bytes("keys.auth", given.keys.auth)
    if len(auth) != AUTH_BYTES:
        raise SubscriptionError(f"keys.auth has {len(auth)} bytes, not {AUTH_BYTES}")
    return PushSubscription(origin, path, key, auth)


def _address(endpoint: str) -> tuple[str, str]:
    found = _ENDPOINT.fullmatch(endpoint)
    if not found:
        raise SubscriptionError("endpoint is no https:// address of a push service")
    port = int(found["port"] or 443)
    return f"https://{found['host'].lower()}{'' if port == 443 else f':{port}'}", found["path"] or "/"


def _bytes(name: str, text: str) -> bytes:
    """base64url as browsers give it; plain base64 as older pages made it themselves."""
    text = text.translate(_URL_SAFE).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise SubscriptionError(f"{name} is not base64url") from None
