"""Reading the attributes of very many devices; `devices.attributes` writes them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rockdove.storage.database import Connection, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "device_attributes.sql")
_decoder = msgspec.json.Decoder(dict[int, dict[str, str]])


async def of_devices(connection: Connection, access_id: int, device_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """By device id; a device without any is left out."""
    asked = {"access_id": access_id, "device_ids": list(device_ids)}
    row = await fetch_one(connection, _sql.of_devices, **asked)
    return _decoder.decode(row.found) if row.found else {}
