"""Devices by their token at a vendor: what vendors know them by when they report."""

from __future__ import annotations

from collections.abc import Iterable

from rockdove.storage.database import Connection, fetch_all
from rockdove.storage.sql import load

_sql = load(__package__, "vendor_tokens.sql")


async def devices_of(connection: Connection, access_id: int, channel: str, tokens: Iterable[str]) -> dict[str, int]:
    """Device ids by token; tokens nobody has (any more) are left out."""
    wanted = {"access_id": access_id, "channel": channel, "tokens": sorted(set(tokens))}
    return {row.channel_token: row.device_id for row in await fetch_all(connection, _sql.devices, **wanted)}
