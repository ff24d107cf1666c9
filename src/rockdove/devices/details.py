"""One device with everything known of it, and the devices of one account: for who looks into a complaint."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from rockdove.devices import attributes
from rockdove.storage.database import Connection, fetch_all, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "details.sql")


class UnknownDeviceError(LookupError):
    """The application has no device with this token."""


class Device(NamedTuple):
    device_id: int
    token: str
    platform: str
    package_name: str
    app_version: str
    sdk_version: str
    os_version: str
    brand: str
    model: str
    language: str
    country: str
    province: str
    city: str
    environment: str
    channel: str
    channel_token: str
    notifications: bool
    claimed: bool
    """False: imported, and has not registered itself yet."""
    registered_at: datetime
    unregistered_at: datetime | None
    uninstalled_at: datetime | None
    last_seen_day: date
    absent: bool
    """Not seen for more than 90 days: unavailable until it comes back."""


class Binding(NamedTuple):
    account_type: int
    account: str
    bound_at: datetime


class Details(NamedTuple):
    device: Device
    bindings: list[Binding]
    tags: list[str]
    attributes: dict[str, str]


class BoundDevice(NamedTuple):
    """A device of an account, with what decides whether it gets anything."""

    token: str
    bound_at: datetime
    brand: str
    model: str
    channel: str
    notifications: bool
    unregistered: bool
    uninstalled: bool
    absent: bool
    last_seen_day: date


async def of_token(connection: Connection, access_id: int, token: str) -> Details:
    """Raises UnknownDeviceError."""
    device = await find(connection, access_id, token)
    of_device = {"access_id": access_id, "device_id": device.device_id}
    bindings = [Binding(*row) for row in await fetch_all(connection, _sql.bindings, **of_device)]
    tags = [row.tag for row in await fetch_all(connection, _sql.tags, **of_device)]
    return Details(device, bindings, tags, await attributes.of_device(connection, access_id, device.device_id))


async def find(connection: Connection, access_id: int, token: str) -> Device:
    """Raises UnknownDeviceError."""
    row = await fetch_one(connection, _sql.device, access_id=access_id, token=token)
    if row is None:
        raise UnknownDeviceError(f"this application has no device with the token {token}")
    return Device(*row)


async def of_account(
    connection: Connection, access_id: int, account: str, account_type: int, *, skipped: int, maximum: int
) -> tuple[list[BoundDevice], int]:
    """One page of its devices, newest binding first, and how many there are."""
    wanted = {"access_id": access_id, "account": account, "account_type": account_type}
    rows = await fetch_all(connection, _sql.of_account, **wanted, skipped=skipped, maximum=maximum)
    counted = await fetch_one(connection, _sql.count_of_account, **wanted)
    return [BoundDevice(*row) for row in rows], int(counted.devices)
