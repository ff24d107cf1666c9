"""What a device was a target of lately."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from pyroaring import BitMap

from rockdove.storage.database import Connection, fetch_all, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "token_history.sql")


class Targeting(NamedTuple):
    push_id: int
    audience_type: str
    started_at: datetime
    title: str


async def pushes_to(connection: Connection, access_id: int, token: str, since: datetime) -> list[Targeting] | None:
    """The pushes that have started since then and have the device among their targets, newest first; None: the
    application has no such device.
    """
    device = await fetch_one(connection, _sql.device, access_id=access_id, token=token)
    if device is None:
        return None
    asked: dict[str, Any] = {"access_id": access_id, "device_id": device.device_id, "since": since}
    bulk = [
        row[:4]
        for row in await fetch_all(connection, _sql.bulk_pushes, **asked)
        if device.device_id in BitMap.deserialize(row.targets)
    ]
    small = await fetch_all(connection, _sql.small_pushes, **asked)
    return sorted((Targeting(*row) for row in (*bulk, *small)), key=lambda one: one.started_at, reverse=True)
