"""Registration: an app install becomes a device with a number, a secret and a credential.

Who may register. The AccessID and Access Key are in every copy of the app, so they prove nothing but which
application it is. What protects a device is its *secret*: made by us at the first registration, shown in that answer
only, and needed to register the same token again. Without it a token is refused, except a token that came with an
import: its real owner has no secret either, so the first who claims it gets one (once).

The secret is 256 random bits, so a plain SHA-256 of it is kept: there is no dictionary to try, and salting or
stretching, which passwords need, would add nothing but time to every registration. Hashes are compared in constant
time.

Numbers are dense: an existing token is looked up before a number is drawn. Of two registrations of one new token at
once the unique index lets one in; the other finds it and is refused, for it doesn't know the secret.
"""

from __future__ import annotations

import hashlib
import hmac
import random
import secrets
import time
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import nkeys

from rockdove.domain.token import is_token, new_token
from rockdove.engines.jwt import device_jwt
from rockdove.storage.database import Connection, Database, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "registration.sql")

SPREAD = 0.2
"""Credentials live their time ± this share: devices that registered together don't come back together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a device says about itself; texts are free of NUL and bounded by the caller."""

    platform: str
    package_name: str = ""
    app_version: str = ""
    sdk_version: str = ""
    os_version: str = ""
    brand: str = ""
    model: str = ""
    language: str = ""
    country: str = ""
    province: str = ""
    city: str = ""
    environment: str = "product"
    channel: str = ""
    channel_token: str = ""
    notifications: bool = True


class Registered(NamedTuple):
    token: str
    device_id: int
    secret: str | None
    """Only when it was made by this registration."""
    client_id: str
    jwt: str
    expires_at: int
    """Unix seconds."""


class Standing(NamedTuple):
    """A registered device of an application that is not disabled."""

    token: str
    device_binding: bool
    """It may bind accounts itself."""


class RegistrationError(Exception):
    """`code` and `field` are for programs, the text for people.

    ├── UnknownAppError         no such application, or the key is not its key
    ├── DisabledAppError        the application was disabled
    ├── WrongPlatformError      an Android device for an iOS application, or the other way round
    ├── WrongPackageError       a new device of a package name that the application does not list
    ├── BadTokenError           a token is 36 letters and digits
    └── TokenTakenError         the token belongs to a device whose secret was not given
    """

    code = ""
    field = ""


class UnknownAppError(RegistrationError):
    code, field = "unknown_app", "access_id"


class DisabledAppError(RegistrationError):
    code, field = "app_disabled", "access_id"


class WrongPlatformError(RegistrationError):
    code, field = "wrong_platform", "platform"


class WrongPackageError(RegistrationError):
    code, field = "wrong_package", "package_name"


class BadTokenError(RegistrationError):
    code, field = "bad_token", "token"


class TokenTakenError(RegistrationError):
    code, field = "token_taken", "device_secret"


class Registration:
    """Registers devices; `account` signs their credentials, which last `credential_hours`."""

    def __init__(self, database: Database, account: nkeys.KeyPair, credential_hours: int) -> None:
        self._database = database
        self._account = account
        self._credential_seconds = credential_hours * 3600

    async def register(
        self, access_id: int, access_key: str, profile: Profile, token: str | None = None, secret: str | None = None
    ) -> Registered:
        """The device of `token` again, or a new one. Raises RegistrationError; then nothing has changed."""
        if token is not None and not is_token(token):
            raise BadTokenError("a token is 36 letters and digits")
        async with self._database.transaction() as connection:
            app = await _checked_app(connection, access_id, access_key, profile.platform)
            device_id, token, client_id, new_secret = await _enrol(connection, app, profile, token, secret)
        expires_at = self._expiry()
        jwt = device_jwt(self._account, access_id, device_id, expires_at)
        return Registered(token, device_id, new_secret, client_id, jwt, expires_at)

    async def unregister(self, access_id: int, device_id: int) -> None:
        """The device gets nothing more. Doing it twice is fine."""
        async with self._database.connection() as connection:
            await connection.execute(_sql.unregister, {"access_id": access_id, "device_id": device_id})

    async def standing(self, access_id: int, device_id: int) -> Standing | None:
        """None for a device that is not registered (any more)."""
        async with self._database.connection() as connection:
            row = await fetch_one(connection, _sql.standing, access_id=access_id, device_id=device_id)
        return Standing(*row) if row else None

    def _expiry(self) -> int:
        spread = random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311  spreads load, hides nothing
        return int(time.time() + self._credential_seconds * spread)


async def _checked_app(connection: Connection, access_id: int, access_key: str, platform: str) -> Any:
    app = await fetch_one(connection, _sql.app, access_id=access_id)
    if app is None or not hmac.compare_digest(app.access_key.encode(), access_key.encode()):
        raise UnknownAppError("there is no application with this access_id and access_key")
    if app.disabled:
        raise DisabledAppError("the application is disabled")
    if app.platform != platform:
        raise WrongPlatformError(f"this is an application for {app.platform}, the device says {platform}")
    return app


async def _enrol(
    connection: Connection, app: Any, profile: Profile, token: str | None, secret: str | None
) -> tuple[int, str, str, str | None]:
    """(device id, token, client id, the secret if it is new)."""
    values = {**asdict(profile), "access_id": app.access_id}
    known = token and await fetch_one(connection, _sql.registered, access_id=app.access_id, token=token)
    if token and known:
        return await _renew(connection, values, token, known, secret)
    _check_package(app, profile.package_name)
    return await _insert(connection, values, token or new_token())


def _check_package(app: Any, name: str) -> None:
    """With names listed, new devices are of one of them. Those that are there stay: a name left out by mistake must
    not take a fleet away.
    """
    if app.other_packages and name not in (app.main_package, *app.other_packages):
        raise WrongPackageError(f"the application does not list the package name {name!r}: add it in the console")


async def _insert(connection: Connection, values: dict[str, Any], token: str) -> tuple[int, str, str, str]:
    secret, client_id = _new_secret(), _new_client_id()
    own = {"token": token, "client_id": client_id, "secret_hash": _hash(secret)}
    row = await fetch_one(connection, _sql.insert, **values, **own)
    if row is None:
        raise TokenTakenError("the token is being registered by another device")
    return row.device_id, token, client_id, secret


async def _renew(
    connection: Connection, values: dict[str, Any], token: str, known: Any, secret: str | None
) -> tuple[int, str, str, str | None]:
    new_secret = None
    secret_hash = known.secret_hash
    if secret_hash is None:
        new_secret = _new_secret()
        secret_hash = _hash(new_secret)
    elif secret is None or not hmac.compare_digest(_hash(secret), secret_hash):
        raise TokenTakenError("this token is registered: give the device_secret of its first registration, or no token")
    client_id = known.client_id or _new_client_id()
    own = {"device_id": known.device_id, "client_id": client_id, "secret_hash": secret_hash}
    await connection.execute(_sql.update, {**values, **own})
    await connection.execute(_sql.seen, {**values, **own})
    return known.device_id, token, client_id, new_secret


def _new_secret() -> str:
    return secrets.token_urlsafe(32)


def _new_client_id() -> str:
    """Random: whoever connects with the client id of another device throws that one out."""
    return f"rd-{secrets.token_hex(12)}"


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
