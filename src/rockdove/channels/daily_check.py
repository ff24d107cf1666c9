"""Once a day every channel's credentials are tested anew, so that one that was revoked, or ends soon, is known before
the next campaign meets it. Nobody is sent anything. What is found stands beside the channel, as after a test by hand; a
vendor that can't be reached has said nothing, and is asked again in an hour.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rockdove.channels import configured
from rockdove.channels.check import LastCheck, check
from rockdove.channels.configured import ConfiguredChannels
from rockdove.channels.provider import Provider
from rockdove.channels.registry import PROVIDERS
from rockdove.observe import log
from rockdove.storage.database import Database, fetch_all, fetch_one
from rockdove.storage.sql import load

CHECK_SECONDS = 3600.0
"""How often it is looked for channels that are due."""
SOON = timedelta(days=14)

_sql = load(__package__, "daily_check.sql")


async def check_due(database: Database, channels: ConfiguredChannels) -> None:
    """Those whose last test is a day old; one that another worker has in hand is left to it."""
    async with database.connection() as connection:
        due = await fetch_all(connection, _sql.due)
    for row in due:
        if row.channel in PROVIDERS:
            await _check_one(database, channels, row.access_id, PROVIDERS[row.channel])


async def _check_one(database: Database, channels: ConfiguredChannels, access_id: int, provider: Provider) -> None:
    key = {"access_id": access_id, "channel": provider.name}
    async with database.transaction() as connection:
        if not (await fetch_one(connection, _sql.take, **key)).taken:
            return
        stored = await configured.read(connection, channels.vault, access_id, provider)
        if stored is None or stored.settings is None or _is_fresh(stored.checked):
            return
        settings = channels.with_way_out(stored.settings)
        found = await check(provider, settings, channels.connections(access_id, provider, settings))
        if found.outcome != "unanswered":
            await configured.keep_check(connection, access_id, stored, found)
            _tell(access_id, provider.name, found)


def _is_fresh(checked: LastCheck | None) -> bool:
    """Another worker has just done it."""
    return checked is not None and checked.at > datetime.now(UTC) - timedelta(days=1)


def _tell(access_id: int, channel: str, found: LastCheck) -> None:
    where = {"access_id": access_id, "channel": channel}
    if found.outcome == "refused":
        log.warning("the vendor refuses a channel's credentials", **where, says=found.says)
    elif found.expires_at and found.expires_at < datetime.now(UTC) + SOON:
        log.warning("a channel's certificate ends soon", **where, ends=found.expires_at.isoformat())
