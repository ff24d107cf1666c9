"""Dispatch, put together: the own channel, the vendors' that are configured, and who hears of gone tokens."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pyroaring import BitMap

from rockdove.channels.channel import GoneToken
from rockdove.channels.configured import Channels, ConfiguredChannels
from rockdove.channels.http import Sender
from rockdove.channels.own import OwnChannel
from rockdove.config import Settings
from rockdove.devices import gone_tokens
from rockdove.dispatch.channel_pace import ChannelPace
from rockdove.dispatch.dispatcher import Dispatcher
from rockdove.dispatch.messages import Messages
from rockdove.dispatch.own_sending import OwnSending
from rockdove.dispatch.slices import SliceQueue
from rockdove.dispatch.vendor_sending import VendorSending
from rockdove.engines.wire import Wire
from rockdove.storage.database import Database
from rockdove.storage.vault import Vault
from rockdove.storage.wake import Bell
from rockdove.testing.fake_channel import FakeChannel
from rockdove.testing.fixed_channels import FixedChannels


def open_sender(settings: Settings) -> Sender:
    """The process's way to the vendors, to be entered."""
    return Sender(settings.channels.ca_file)


def vendor_channels(settings: Settings, database: Database, sender: Sender) -> Channels:
    """As each application has configured them; or fakes, for trying a set-up out."""
    if settings.dispatch.fake_channels:
        return FixedChannels({name: FakeChannel() for name in settings.dispatch.fake_channels})
    return configured_channels(settings, database, sender)


def configured_channels(settings: Settings, database: Database, sender: Sender) -> ConfiguredChannels:
    options = settings.channels
    vault, public_url = Vault(options.secrets_key), settings.http.public_url
    return ConfiguredChannels(database, vault, sender, proxy=options.proxy, public_url=public_url)


def dispatcher(
    settings: Settings,
    database: Database,
    wire: Wire,
    online: Callable[[int], BitMap],
    bell: Bell,
    *,
    owner: str,
    channels: Channels,
) -> Dispatcher:
    async def on_tokens_gone(access_id: int, channel: str, gone: Sequence[GoneToken]) -> None:
        async with database.connection() as connection:
            await gone_tokens.mark(connection, access_id, channel, gone)

    options = settings.dispatch
    queue = SliceQueue(database, owner, options.lease_seconds, options.confirm_seconds)
    messages = Messages(queue)
    own = OwnSending(queue, OwnChannel(wire), messages, online, options.batch_devices)
    vendors = VendorSending(queue, ChannelPace(database), messages, online, on_tokens_gone)
    return Dispatcher(
        queue,
        own,
        vendors,
        channels,
        bell,
        slices_at_once=options.slices_at_once,
        vendor_slices_at_once=options.vendor_slices_at_once,
    )
