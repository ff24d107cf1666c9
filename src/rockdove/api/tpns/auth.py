"""Who is calling: Basic authentication, or TPNS's signature over the body.

    string_to_sign = TimeStamp + AccessId + raw body
    Sign           = base64(lower-case hex(HMAC-SHA256(SecretKey, string_to_sign)))

The base64 is of the 64 hexadecimal characters, not of the 32 bytes; method and path are not signed. The checks run in
a fixed order, so that a caller always learns of the first fault: form of the headers, time stamp, AccessID, secret,
address, switch. A signature covers the body, so a signed upload is known to be genuine only after its last byte;
`Caller.verify` is called then. (The address is checked before that: it costs nothing, and its code is that of a wrong
signature.)
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import time
from dataclasses import dataclass

from starlette.requests import Request

from rockdove.api.context import ApiContext
from rockdove.api.tpns.errors import AuthError, ExpiredAppError, UnknownAccessIdError
from rockdove.devices.applications import Application

_DECIMAL = re.compile(r"[0-9]{1,20}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the headers claim. Exactly one of `secret` (Basic) and `sign` is set."""

    access_id: int
    secret: str | None = None
    sign: str | None = None
    signed_prefix: bytes = b""
    """TimeStamp and AccessId as they came: the beginning of the string to sign."""


class Caller:
    """An application that was found; proven at once under Basic, after the body under a signature."""

    def __init__(self, application: Application, credentials: Credentials, address: str | None) -> None:
        self.application = application
        self._credentials = credentials
        self._mac = (
            hmac.new(application.secret_key.encode(), credentials.signed_prefix, hashlib.sha256)
            if credentials.sign is not None
            else None
        )
        if self._mac is None:
            self._check_secret()
        if not application.allows(address):
            raise AuthError(f"calls from {address} are not allowed")
        self.is_proven = self._mac is None
        if self.is_proven:
            self._check_enabled()

    def update(self, body_part: bytes) -> None:
        """Feed the body as it arrives."""
        if self._mac is not None:
            self._mac.update(body_part)

    def verify(self) -> None:
        """After the last byte. Raises AuthError or ExpiredAppError."""
        if self.is_proven or self._mac is None:
            return
        expected = base64.b64encode(self._mac.hexdigest().encode())
        if not hmac.compare_digest(expected, str(self._credentials.sign).encode()):
            raise AuthError(
                "Sign does not fit the body: base64 of the lower-case hex HMAC-SHA256 of TimeStamp+AccessId+body"
            )
        self.is_proven = True
        self._check_enabled()

    def _check_secret(self) -> None:
        if not hmac.compare_digest(self.application.secret_key.encode(), str(self._credentials.secret).encode()):
            raise AuthError("the SecretKey is wrong")

    def _check_enabled(self) -> None:
        if self.application.disabled:
            raise ExpiredAppError


async def identify(request: Request, context: ApiContext) -> Caller:
    """The application the headers name. Raises RefusedError."""
    credentials = _credentials(request, context.settings.limits.signature_max_skew_seconds)
    application = await context.applications.find(credentials.access_id)
    if application is None:
        raise UnknownAccessIdError
    return Caller(application, credentials, request.client.host if request.client else None)


def _credentials(request: Request, max_skew_seconds: int) -> Credentials:
    headers = request.headers
    if "sign" in headers:
        return _signature(headers.get("accessid"), headers.get("timestamp"), headers["sign"], max_skew_seconds)
    if "authorization" in headers:
        return _basic(headers["authorization"])
    raise AuthError("send Authorization: Basic, or AccessId, TimeStamp and Sign")


def _signature(access_id: str | None, time_stamp: str | None, sign: str, max_skew_seconds: int) -> Credentials:
    if not access_id or not time_stamp or not _DECIMAL.fullmatch(access_id) or not _DECIMAL.fullmatch(time_stamp):
        raise AuthError("AccessId and TimeStamp must be decimal numbers beside Sign")
    skew = abs(time.time() - int(time_stamp))
    if max_skew_seconds and skew > max_skew_seconds:
        raise AuthError(f"TimeStamp is {skew:.0f} seconds away from the server's clock, {max_skew_seconds} are allowed")
    return Credentials(int(access_id), sign=sign, signed_prefix=(time_stamp + access_id).encode())


def _basic(header: str) -> Credentials:
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        raise AuthError("Authorization must be Basic")
    encoded = encoded.strip().rstrip("=")
    try:
        decoded = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        raise AuthError("Authorization is not base64 of AccessID:SecretKey") from None
    access_id, colon, secret = decoded.partition(":")
    if not colon:
        raise AuthError("Authorization is not base64 of AccessID:SecretKey, there is no colon")
    if not _DECIMAL.fullmatch(access_id):
        raise AuthError("the AccessID before the colon of Authorization is not a number")
    return Credentials(int(access_id), secret=secret)
