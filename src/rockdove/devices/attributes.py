"""User attributes: texts under names, one set a device. An application makes the names, its servers the values."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import msgspec
from psycopg.types.json import Jsonb

from rockdove.storage.database import Connection, fetch_all, fetch_one
from rockdove.storage.device_attributes import of_devices
from rockdove.storage.sql import load

_sql = load(__package__, "attributes.sql")

MAX_NAMES = 1000
"""Of an application."""
_UNFIT = re.compile(r"[\s{}\x00-\x1f\x7f-\x9f]")


class BadAttributeError(ValueError):
    """The text says what is wrong."""


async def names(connection: Connection, access_id: int) -> frozenset[str]:
    """Those the application has made."""
    return frozenset(row.name for row in await fetch_all(connection, _sql.names, access_id=access_id))


async def add_names(connection: Connection, access_id: int, added: Collection[str], most_bytes: int) -> None:
    """One that is there is fine. `most_bytes` of UTF-8; 0: any number. Raises BadAttributeError."""
    for name in added:
        if not name or _UNFIT.search(name):
            raise BadAttributeError(f"{name!r} can't name an attribute: it is empty, or has spaces or braces in it")
        check_size(name, most_bytes)
    await connection.execute(_sql.add_names, {"access_id": access_id, "names": list(added)})
    if len(await names(connection, access_id)) > MAX_NAMES:
        raise BadAttributeError(f"an application has at most {MAX_NAMES} attributes")


async def remove_names(connection: Connection, access_id: int, removed: Collection[str]) -> None:
    """Values under them are kept, and seen by nobody while the name is gone."""
    await connection.execute(_sql.remove_names, {"access_id": access_id, "names": list(removed)})


async def of_device(connection: Connection, access_id: int, device_id: int) -> dict[str, str]:
    """Under the names there are."""
    known = await names(connection, access_id)
    found = (await of_devices(connection, access_id, [device_id])).get(device_id, {})
    return {name: value for name, value in sorted(found.items()) if name in known}


async def upsert(connection: Connection, access_id: int, device_id: int, values: Mapping[str, str], most: int) -> None:
    """In a transaction. Raises BadAttributeError when the device would have more than `most` (0: any number)."""
    if not values:
        return
    row = {"access_id": access_id, "device_id": device_id, "attributes": Jsonb(values, dumps=msgspec.json.encode)}
    number = (await fetch_one(connection, _sql.upsert, **row)).number
    if most and number > most:
        raise BadAttributeError(f"a device has at most {most} attributes")


async def delete(connection: Connection, access_id: int, device_id: int, removed: Collection[str]) -> None:
    """One that is not there is fine."""
    await connection.execute(_sql.delete, {"access_id": access_id, "device_id": device_id, "names": list(removed)})


async def clear(connection: Connection, access_id: int, device_id: int) -> None:
    await connection.execute(_sql.clear, {"access_id": access_id, "device_id": device_id})


def check_size(text: str, most_bytes: int) -> None:
    """Raises BadAttributeError."""
    size = len(text.encode())
    if most_bytes and size > most_bytes:
        raise BadAttributeError(f"{text[:20]!r} has {size} bytes, the limit is {most_bytes}")
