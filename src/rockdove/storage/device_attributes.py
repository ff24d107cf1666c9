"""Reading the attributes of very many devices; `devices.attributes` writes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rockdove.storage.database import Connection
from rockdove.storage.sql import load

_sql = load(__package__, "device_attributes.sql")


class _Row(NamedTuple):
    device_id: int
    attributes: dict[str, str]


async def of_devices(connection: Connection, access_id: int, device_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """By device id; a device without any is left out."""
    asked = {"access_id": access_id, "device_ids": list(device_ids)}
    rows = await (await connection.execute(_sql.of_devices, asked, binary=True)).fetchall()
    return {row.device_id: row.attributes for row in rows}
