"""The gateway process: answers devices, folds what they report."""

from __future__ import annotations

import asyncio
from functools import partial

from rockdove.config import Settings
from rockdove.engines.keys import public_key
from rockdove.gateway.gateway import Gateway
from rockdove.gateway.publish import publish_each
from rockdove.receipts.compaction import Compaction
from rockdove.receipts.fold import Fold
from rockdove.runtime.children import announce_ready, until_stopped
from rockdove.runtime.connections import account_keys, open_database, open_system, open_wire
from rockdove.runtime.tasks import run_until
from rockdove.stats.active_days import ActiveDays


async def run(settings: Settings, *, supervised: bool = False) -> None:
    """Until told to stop."""
    async with (
        open_database(settings, "gateway") as database,
        open_wire(settings, "gateway") as wire,
        open_system(settings, "gateway") as system,
    ):
        account = public_key(account_keys(settings))
        gateway = Gateway(database, wire, system, account, lambda reports: fold.receive(reports))  # noqa: PLW0108
        fold = Fold(database, gateway.targets, partial(publish_each, wire))
        announced = asyncio.create_task(_announce_when_ready(gateway))
        await run_until(
            until_stopped(supervised=supervised),
            gateway.run(),
            fold.run(),
            Compaction(database).run(),
            ActiveDays(database, gateway.presence.take_seen).run(),
        )
        announced.cancel()


async def _announce_when_ready(gateway: Gateway) -> None:
    await gateway.presence.walked.wait()
    announce_ready()
