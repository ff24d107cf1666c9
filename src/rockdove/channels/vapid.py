"""VAPID (RFC 8292): how we tell a push service that it is we who send.

A browser ties its subscription to one public key; every message to it is signed with the private one, in a JWT that
says for which push service it is and until when. Push services verify each JWT once and dislike many (Apple: a new one
at most every hour), so a JWT is the same for all messages of half a day. It is the same in every worker too, without
anything shared: its end lies on a fixed grid of time, and ECDSA is used in its deterministic form (RFC 6979).
"""

from __future__ import annotations

import base64
from typing import NamedTuple

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

from rockdove.channels.provider import CredentialFaultError
from rockdove.channels.web_push_encryption import point

GRID_SECONDS = 11 * 3600
"""A JWT ends 11 to 22 hours from now: RFC 8292 allows 24, and clocks differ."""

_CURVE = ec.SECP256R1()
_ALGORITHM = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


class VapidKeys(NamedTuple):
    """A new pair, both base64url without padding, as every Web Push library takes them."""

    private_key: str
    public_key: str


def generate_keys() -> VapidKeys:
    key = ec.generate_private_key(_CURVE)
    private = key.private_numbers().private_value.to_bytes(32, "big")
    return VapidKeys(_base64url(private), _base64url(point(key.public_key())))


class Vapid:
    """Signs as one application. `private_key`: 32 bytes as base64url, or PEM. Raises CredentialFaultError."""

    def __init__(self, private_key: str, subject: str) -> None:
        self._key = _read(private_key.strip())
        self._subject = subject
        self.public_key = _base64url(point(self._key.public_key()))
        """What a page gives to `pushManager.subscribe` as applicationServerKey."""

    def authorization(self, origin: str, now: float) -> tuple[str, int]:
        """The header's value for messages to this push service, and until when (Unix seconds) it should be used."""
        turn = int(now) // GRID_SECONDS
        claims = {"aud": origin, "exp": (turn + 2) * GRID_SECONDS, "sub": self._subject}
        return f"vapid t={self._jwt(claims)}, k={self.public_key}", (turn + 1) * GRID_SECONDS

    def _jwt(self, claims: dict[str, object]) -> str:
        head = msgspec.json.encode({"typ": "JWT", "alg": "ES256"})
        signed = f"{_base64url(head)}.{_base64url(msgspec.json.encode(claims))}"
        r, s = decode_dss_signature(self._key.sign(signed.encode(), _ALGORITHM))
        return f"{signed}.{_base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _read(text: str) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(text.encode(), None) if text.startswith("-----") else _raw(text)
    except (ValueError, TypeError):
        raise CredentialFaultError(
            "VAPID private key: neither 32 bytes as base64url nor a private key as PEM (without a password)"
        ) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise CredentialFaultError("VAPID private key: it has to be one of the curve P-256 (prime256v1)")
    return key


def _raw(text: str) -> object:
    """32 bytes; or PKCS8 in base64, as py_vapid writes it."""
    data = base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    if len(data) == 32:
        return ec.derive_private_key(int.from_bytes(data, "big"), _CURVE)
    return load_der_private_key(data, None)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
