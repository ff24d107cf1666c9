"""NATS JWTs, version 2: operator, accounts, our own users, devices.

`base64url(header).base64url(claims).base64url(signature)`, no padding, signed by the issuer over the first two parts.
A device's token is a *bearer*: holding it is enough, since an MQTT client can't sign the server's challenge. So it
allows little: the subjects of that one device, small limits, an expiry. Our own users are no bearers; their token is
useless without the seed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import time
from typing import Any, Final

import msgspec
import nkeys

from rockdove.engines.errors import CredentialError
from rockdove.engines.keys import public_key, user_key_of

HEADER: Final = {"typ": "JWT", "alg": "ed25519-nkey"}
LONGEST_TOKEN: Final = 4096

DEVICE_CONNECTIONS: Final = ("MQTT", "MQTT_WS", "WEBSOCKET", "STANDARD")
DEVICE_SUBSCRIPTIONS: Final = 8
"""Of one connection. A device needs one."""
DEVICE_PAYLOAD_BYTES: Final = 64 * 1024
"""Of one message a device publishes by NATS's own protocol; by MQTT the server's `max_payload` counts. A receipt has
some dozen bytes, a bundle of kept ones a few thousand."""

ACCOUNT_STREAMS: Final = 5
"""What the server itself keeps for MQTT (`mqtt_streams` bounds each). Nobody else makes any."""
ACCOUNT_DISK_BYTES: Final = 2 * 1024**3
ACCOUNT_MEMORY_BYTES: Final = 64 * 1024**2

_UNLIMITED: Final = {"subs": -1, "data": -1, "payload": -1}
_ACCOUNT_LIMITS: Final = {**_UNLIMITED, "imports": -1, "exports": -1, "wildcards": True, "conn": -1, "leaf": 0}
_DEVICE_NAME: Final = re.compile(r"(\d{1,10})\.(\d{1,10})", re.ASCII)


def operator_jwt(operator: nkeys.KeyPair, system_account: str) -> str:
    return _signed(operator, public_key(operator), "rockdove", {"type": "operator", "system_account": system_account})


def system_account_jwt(operator: nkeys.KeyPair, account: str) -> str:
    return _signed(operator, account, "system", {"type": "account", "limits": _ACCOUNT_LIMITS})


def account_jwt(operator: nkeys.KeyPair, account: str) -> str:
    """The account devices live in: with JetStream, which MQTT keeps its sessions in, but not much of it."""
    limits = _ACCOUNT_LIMITS | {
        "mem_storage": ACCOUNT_MEMORY_BYTES,
        "disk_storage": ACCOUNT_DISK_BYTES,
        "streams": ACCOUNT_STREAMS,
        "consumer": -1,
    }
    return _signed(operator, account, "rockdove", {"type": "account", "limits": limits})


def user_jwt(account: nkeys.KeyPair, user: str, name: str) -> str:
    """A user (its public key) without restrictions in the account: our own processes. No bearer: it has to sign."""
    return _signed(account, user, name, {"type": "user"} | _UNLIMITED)


def device_jwt(account: nkeys.KeyPair, access_id: int, device_id: int, expires_at: int) -> str:
    """The bearer token of a device: about 900 bytes, 0.2 ms.

    `expires_at`: Unix seconds; the server then closes the connection. The user key is made of the name, so a device
    has the same one in all its tokens and can be told apart or revoked by it; nobody holds its private half, nor
    needs to.
    """
    name = device_name(access_id, device_id)
    rights = {
        "type": "user",
        "bearer_token": True,
        "pub": {"allow": [f"r.{name}", f"s.{name}"]},
        "sub": {"allow": [f"d.{name}"]},
        "allowed_connection_types": DEVICE_CONNECTIONS,
        "subs": DEVICE_SUBSCRIPTIONS,
        "data": -1,
        "payload": DEVICE_PAYLOAD_BYTES,
    }
    return _signed(account, user_key_of(hashlib.sha256(name.encode()).digest()), name, rights, expires_at)


def verify_device_jwt(account: nkeys.KeyPair, token: str, now: float | None = None) -> str:
    """The name in a device's token. Raises CredentialError: not a token, forged, expired, or not a device's."""
    claims = claims_of(token)
    signed, _, signature = token.rpartition(".")
    try:
        account.verify(signed.encode(), _unpacked(signature))
    except (nkeys.NkeysError, ValueError, TypeError):
        raise CredentialError("the token is not signed by this server") from None
    rights = claims.get("nats")
    is_bearer = isinstance(rights, dict) and rights.get("type") == "user" and rights.get("bearer_token") is True
    name, expires_at = claims.get("name"), claims.get("exp")
    if not is_bearer or claims.get("iss") != public_key(account) or not isinstance(name, str):
        raise CredentialError("the token is not a device's")
    if not isinstance(expires_at, int) or expires_at <= (time.time() if now is None else now):
        raise CredentialError("the token has expired")
    return name


def claims_of(token: str) -> dict[str, Any]:
    """What a token says, believed as it is: for tokens that NATS has verified. Raises CredentialError: not a NATS
    JWT."""
    parts = token.split(".") if len(token) <= LONGEST_TOKEN else []
    if len(parts) != 3:
        raise CredentialError("the token is not a JWT")
    try:
        header, claims = (msgspec.json.decode(_unpacked(part)) for part in parts[:2])
    except msgspec.DecodeError:
        raise CredentialError("the token is not a JWT") from None
    if header != HEADER or not isinstance(claims, dict):
        raise CredentialError("the token is not a NATS JWT")
    return claims


def device_name(access_id: int, device_id: int) -> str:
    """The name of a device in its token, and the tail of its subjects."""
    return f"{access_id}.{device_id}"


def device_of_name(name: str) -> tuple[int, int] | None:
    """(access_id, device_id), or None: not a device's name."""
    found = _DEVICE_NAME.fullmatch(name)
    return (int(found[1]), int(found[2])) if found else None


def _signed(
    issuer: nkeys.KeyPair, subject: str, name: str, rights: dict[str, Any], expires_at: int | None = None
) -> str:
    claims: dict[str, Any] = {
        "iat": int(time.time()),
        "iss": public_key(issuer),
        "name": name,
        "nats": rights | {"version": 2},
        "sub": subject,
    }
    if expires_at is not None:
        claims["exp"] = expires_at
    claims["jti"] = base64.b32encode(hashlib.sha256(msgspec.json.encode(claims)).digest()).decode().rstrip("=")
    signed = _HEADER + b"." + _packed(msgspec.json.encode(claims))
    return (signed + b"." + _packed(issuer.sign(signed))).decode()


def _packed(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _unpacked(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise CredentialError("the token is not a JWT") from None


_HEADER: Final = _packed(msgspec.json.encode(HEADER))
