"""Devices whose vendor says that their token is gone: they are unavailable until they register again."""

from __future__ import annotations

from collections.abc import Sequence

from rockdove.channels.channel import GoneToken
from rockdove.observe import log
from rockdove.storage.database import Connection
from rockdove.storage.sql import load

_sql = load(__package__, "gone_tokens.sql")


async def mark(connection: Connection, access_id: int, channel: str, gone: Sequence[GoneToken]) -> int:
    """Mark them as uninstalled; gives how many were."""
    device_ids, tokens, sinces = (list(column) for column in zip(*gone, strict=True))
    values = {"access_id": access_id, "channel": channel, "device_ids": device_ids, "tokens": tokens, "sinces": sinces}
    marked = (await connection.execute(_sql.mark, values)).rowcount
    log.info("tokens gone", access_id=access_id, channel=channel, devices=marked)
    return marked
