"""The worker process: resolves the audience of pushes that are due, and hands their slices to channels."""

from __future__ import annotations

import asyncio
import socket
import uuid
from functools import partial

from rockdove.audience.packages import opener
from rockdove.audience.previews import forget_old
from rockdove.audience.resolver import Resolver
from rockdove.audience.slices import forget_small_targets
from rockdove.channels.configured import Channels, ConfiguredChannels
from rockdove.channels.daily_check import CHECK_SECONDS, check_due
from rockdove.config import Settings
from rockdove.devices import absent
from rockdove.dispatch.channel_pace import ChannelPace
from rockdove.engines.keys import public_key
from rockdove.gateway.presence import Presence
from rockdove.pushes import expiry
from rockdove.runtime.children import announce_ready, until_stopped
from rockdove.runtime.connections import account_keys, open_database, open_system, open_wire
from rockdove.runtime.dispatching import dispatcher, open_sender, vendor_channels
from rockdove.runtime.express import Channel, Express
from rockdove.runtime.starter import PushStarter
from rockdove.runtime.tasks import run_until
from rockdove.runtime.upkeep import (
    DAY_SECONDS,
    FORGET_SECONDS,
    INDEX_SECONDS,
    Job,
    answer_previews,
    every,
    refresh_indexes,
)
from rockdove.stats import console_figures, days, device_days
from rockdove.stats.totals import Totals
from rockdove.storage.database import Database
from rockdove.storage.package_store import PackageStore
from rockdove.storage.wake import Bell


async def run(settings: Settings, *, name: str = "", supervised: bool = False) -> None:
    """Until told to stop. `name` must be unique among workers; leases of a dead worker of that name are freed."""
    owner = name or f"{socket.gethostname()}:{uuid.uuid4()}"
    async with (
        open_database(settings, "worker") as database,
        open_wire(settings, "worker") as wire,
        open_system(settings, "worker") as system,
        open_sender(settings) as sender,
    ):
        bell = Bell(database)
        presence = Presence(system, public_key(account_keys(settings)))
        channels = vendor_channels(settings, database, sender)

        async def served(access_id: int) -> frozenset[str]:
            return frozenset(await channels.of(access_id))

        sending = dispatcher(settings, database, wire, presence.online, bell, owner=owner, channels=channels)
        store = PackageStore.open(settings.packages.store, settings.data_folder)
        resolver = Resolver(database, settings.data_folder / "index", opener(database, store), served)
        starter = PushStarter(database, resolver, bell, owner, settings.dispatch.slice_devices)
        express = Express(
            database,
            Channel(wire, presence.online),
            starter,
            bell,
            owner=owner,
            lease_seconds=settings.dispatch.lease_seconds,
            slice_devices=settings.dispatch.slice_devices,
            vendor_channels=served,
        )
        announced = asyncio.create_task(_announce_when_ready(presence))
        await run_until(
            until_stopped(supervised=supervised),
            bell.run(),
            presence.run(),
            sending.run(),
            starter.run(),
            express.run(),
            answer_previews(database, resolver, store, bell, owner),
            *(every(job) for job in _upkeep(settings, database, resolver, channels)),
        )
        announced.cancel()


def _upkeep(settings: Settings, database: Database, resolver: Resolver, channels: Channels) -> list[Job]:
    """What is brought up to date, or forgotten, now and then."""
    refresh_seconds = settings.statistics.refresh_seconds
    absent_devices = partial(absent.forget, database, settings.devices.grace_days)
    figures, rest = partial(console_figures.count, database), console_figures.REST_SHARE
    properties = partial(device_days.count_properties, database)
    return [
        Job(INDEX_SECONDS, "indexes", partial(refresh_indexes, database, resolver)),
        Job(refresh_seconds, "totals", Totals(database).roll),
        Job(days.REST_SECONDS, "days", partial(days.roll, database), days.REST_SHARE),
        Job(device_days.REGISTERED_SECONDS, "devices", partial(device_days.count_registered, database)),
        Job(device_days.DISTRIBUTION_SECONDS, "properties", properties),
        Job(refresh_seconds, "figures of the console", figures, rest),
        Job(FORGET_SECONDS, "previews", partial(forget_old, database)),
        Job(FORGET_SECONDS, "small pushes", partial(forget_small_targets, database)),
        Job(DAY_SECONDS, "days of channels", ChannelPace(database).forget_old),
        Job(CHECK_SECONDS, "credentials of channels", partial(_check_channels, database, channels)),
        Job(DAY_SECONDS, "absent devices", absent_devices),
        Job(FORGET_SECONDS, "old pushes", partial(expiry.forget_old, database, settings.statistics.push_days)),
    ]


async def _check_channels(database: Database, channels: Channels) -> None:
    """Fakes need none."""
    if isinstance(channels, ConfiguredChannels):
        await check_due(database, channels)


async def _announce_when_ready(presence: Presence) -> None:
    await presence.walked.wait()
    announce_ready()
