"""Applications: who may call, with which keys, and whose devices are whose."""

from __future__ import annotations

import ipaddress
import re
import secrets
import string
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from psycopg.types.json import Jsonb

from rockdove.devices import products
from rockdove.domain.controls import Controls
from rockdove.domain.rates import Rates
from rockdove.storage.database import Connection, Database, fetch_all, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "applications.sql")

MAX_ACCESS_ID = 2**32 - 1
"""TPNS's own clients keep it in 32 unsigned bits."""
FIRST_IDS = {"android": 1_500_000_001, "ios": 1_600_000_001}
"""Generated ids look like TPNS's, one range a platform."""
LAST_IDS = {"android": 1_599_999_999, "ios": 1_699_999_999}
NAME_LENGTH = 100
MOST_PACKAGES = 50
"""Names beside the main one, as at TPNS."""
CACHE_SECONDS = 1.0
"""A changed key, network, rate or switch is in force everywhere after so long."""
CACHE_SIZE = 10_000

_KEY = re.compile(r"[!-~]{1,128}", re.ASCII)
_PACKAGE = re.compile(r"[!-~]{1,200}", re.ASCII)


class ApplicationError(ValueError):
    """The application can't be created; the text says why."""


class UnknownApplicationError(LookupError):
    """There is no such application."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One application: a platform's app with its keys."""

    access_id: int
    name: str
    platform: str
    """android or ios"""
    access_key: str
    secret_key: str
    main_package: str = ""
    timezone: str = "Asia/Shanghai"
    allowed_networks: tuple[str, ...] = ()
    """CIDR; who may call the REST API. Empty: everyone with the key."""
    device_binding: bool = True
    disabled: bool = False
    controls: Controls = field(default_factory=Controls)
    product_id: int = 0
    other_packages: tuple[str, ...] = ()
    """Android: whose devices may register beside those of the main package. Empty: any."""
    rates: Rates = field(default_factory=Rates)

    def allows(self, address: str | None) -> bool:
        """May a caller with this IP address use the API?"""
        if not self.allowed_networks:
            return True
        try:
            caller = ipaddress.ip_address(address or "")
        except ValueError:
            return False
        mapped = caller.ipv4_mapped if isinstance(caller, ipaddress.IPv6Address) else None
        return any((mapped or caller) in ipaddress.ip_network(network) for network in self.allowed_networks)


async def create(
    connection: Connection,
    name: str,
    platform: str,
    *,
    access_id: int | None = None,
    access_key: str | None = None,
    secret_key: str | None = None,
    main_package: str = "",
    timezone: str = "Asia/Shanghai",
    allowed_networks: Sequence[str] = (),
    product_id: int | None = None,
) -> Application:
    """Create an application in the surrounding transaction; ids and keys of a former TPNS application can be kept.

    Without a `product_id` it goes into the product of its name, which is made where there is none.

    Raises ApplicationError.
    """
    application = Application(
        access_id=FIRST_IDS.get(platform, 1) if access_id is None else access_id,
        name=name,
        platform=platform,
        access_key=_new_access_key() if access_key is None else access_key,
        secret_key=secrets.token_hex(16) if secret_key is None else secret_key,
        main_package=main_package,
        timezone=timezone,
        allowed_networks=tuple(allowed_networks),
    )
    _check(application)
    await connection.execute(_sql.lock_numbering)
    if access_id is None:
        application = replace(application, access_id=await _next_access_id(connection, platform))
    if product_id is None:
        product_id = await products.for_platform(connection, name, platform)
    elif await fetch_one(connection, _sql.platform_taken, product_id=product_id, platform=platform):
        raise ApplicationError(f"the product has an {platform} application already")
    application = replace(application, product_id=product_id)
    await _insert(connection, application)
    return application


async def find(connection: Connection, access_id: int) -> Application | None:
    if not 0 < access_id <= MAX_ACCESS_ID:
        return None
    row = await fetch_one(connection, _sql.find, access_id=access_id)
    return _application(row._asdict()) if row else None


async def list_all(connection: Connection) -> list[Application]:
    """Every application, by id."""
    return [_application(row._asdict()) for row in await fetch_all(connection, _sql.list_all)]


async def set_controls(connection: Connection, access_id: int, controls: Controls) -> bool:
    """In force everywhere after CACHE_SECONDS. False: there is no such application."""
    values = Jsonb(msgspec.to_builtins(controls))
    return await fetch_one(connection, _sql.set_controls, access_id=access_id, controls=values) is not None


async def set_rates(connection: Connection, access_id: int, rates: Rates) -> bool:
    """The same of the application's own rates."""
    values = Jsonb(msgspec.to_builtins(rates))
    return await fetch_one(connection, _sql.set_rates, access_id=access_id, rates=values) is not None


async def change(
    connection: Connection,
    access_id: int,
    *,
    name: str,
    main_package: str,
    other_packages: Sequence[str],
    timezone: str,
    allowed_networks: Sequence[str],
    device_binding: bool,
) -> Application:
    """What an application may change of itself. Raises ApplicationError, UnknownApplicationError."""
    now = await find(connection, access_id)
    if now is None:
        raise UnknownApplicationError(f"there is no application {access_id}")
    wanted = replace(
        now,
        name=name.strip(),
        main_package=main_package.strip(),
        other_packages=_names(other_packages, main_package.strip()),
        timezone=timezone,
        allowed_networks=tuple(allowed_networks),
        device_binding=device_binding,
    )
    _check(wanted)
    names = ("access_id", "name", "main_package", "timezone", "device_binding")
    lists = {"allowed_networks": list(wanted.allowed_networks), "other_packages": list(wanted.other_packages)}
    await connection.execute(_sql.change, {each: getattr(wanted, each) for each in names} | lists)
    return wanted


async def rotate_secret(connection: Connection, access_id: int) -> str:
    """A new Secret Key; the old one ends within CACHE_SECONDS. Raises UnknownApplicationError."""
    secret_key = secrets.token_hex(16)
    if await fetch_one(connection, _sql.set_secret_key, access_id=access_id, secret_key=secret_key) is None:
        raise UnknownApplicationError(f"there is no application {access_id}")
    return secret_key


async def set_disabled(connection: Connection, access_id: int, disabled: bool) -> None:
    """Disabled: its callers are refused; its devices keep their connections. Raises UnknownApplicationError."""
    if await fetch_one(connection, _sql.set_disabled, access_id=access_id, disabled=disabled) is None:
        raise UnknownApplicationError(f"there is no application {access_id}")


class Applications:
    """Lookup for the doors: each application is read at most once a CACHE_SECONDS, however many calls come."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[int, tuple[float, Application]] = {}

    async def find(self, access_id: int) -> Application | None:
        """None for an id nobody has; that is never remembered, so a new application works at once."""
        now = time.monotonic()
        read_at, application = self._known.get(access_id, (-CACHE_SECONDS, None))
        if application and now - read_at < CACHE_SECONDS:
            return application
        async with self._database.connection() as connection:
            application = await find(connection, access_id)
        self._known.pop(access_id, None)
        if application:
            if len(self._known) >= CACHE_SIZE:
                self._known.pop(next(iter(self._known)))
            self._known[access_id] = now, application
        return application


def _application(columns: dict[str, Any]) -> Application:
    return Application(
        **{
            **columns,
            "allowed_networks": tuple(columns["allowed_networks"]),
            "other_packages": tuple(columns["other_packages"]),
            "controls": msgspec.convert(columns["controls"], Controls),
            "rates": msgspec.convert(columns["rates"], Rates),
        }
    )


async def _insert(connection: Connection, application: Application) -> None:
    values = {name: getattr(application, name) for name in Application.__slots__}
    values["allowed_networks"] = list(application.allowed_networks)
    if await fetch_one(connection, _sql.insert, **values) is None:
        raise ApplicationError(f"there is an application {application.access_id} already")
    row = await fetch_one(connection, _sql.create_device_ids, access_id=application.access_id)
    await connection.execute(row.statement.encode())


async def _next_access_id(connection: Connection, platform: str) -> int:
    bounds = {"first": FIRST_IDS[platform], "last": LAST_IDS[platform]}
    row = await fetch_one(connection, _sql.next_access_id, **bounds)
    if row.access_id > bounds["last"]:
        raise ApplicationError(f"the ids for {platform} up to {bounds['last']} are used up: give one yourself")
    return int(row.access_id)


def _check(application: Application) -> None:
    if not application.name.strip() or len(application.name) > NAME_LENGTH or not application.name.isprintable():
        raise ApplicationError(f"name: 1 to {NAME_LENGTH} printable characters")
    if application.platform not in FIRST_IDS:
        raise ApplicationError(f"platform: {' or '.join(FIRST_IDS)}, not {application.platform!r}")
    if not 1 <= application.access_id <= MAX_ACCESS_ID:
        raise ApplicationError(f"access_id: 1 to {MAX_ACCESS_ID}")
    for title, key in (("access_key", application.access_key), ("secret_key", application.secret_key)):
        if not _KEY.fullmatch(key):
            raise ApplicationError(f"{title}: 1 to 128 visible ASCII characters")
    _check_timezone(application.timezone)
    _check_packages(application)
    for network in application.allowed_networks:
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            raise ApplicationError(f"allowed_networks: {error}") from None


def _names(others: Sequence[str], main: str) -> tuple[str, ...]:
    """Once each, without blanks and the main one."""
    names = dict.fromkeys(name.strip() for name in others)
    return tuple(name for name in names if name not in ("", main))


def _check_packages(application: Application) -> None:
    others = application.other_packages
    if others and application.platform != "android":
        raise ApplicationError("other_packages: only an Android application has more than one package name")
    if others and not application.main_package:
        raise ApplicationError("main_package: name the main package before others")
    if len(others) > MOST_PACKAGES:
        raise ApplicationError(f"other_packages: at most {MOST_PACKAGES} beside the main one, not {len(others)}")
    for name in others:
        if not _PACKAGE.fullmatch(name):
            raise ApplicationError(f"other_packages: {name!r} is no package name: 1 to 200 visible ASCII characters")


def _check_timezone(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (ValueError, OSError, LookupError):
        raise ApplicationError(f"timezone: {timezone!r} is not a known time zone") from None


def _new_access_key() -> str:
    alphabet = string.ascii_uppercase + string.digits
    return "A" + "".join(secrets.choice(alphabet) for _ in range(11))
