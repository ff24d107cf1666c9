"""Dispatch, put together: the own channel, the vendors' that are configured, and who hears of gone tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pyroaring import BitMap

from rockdove.channels.channel import Channel, GoneToken
from rockdove.channels.own import OwnChannel
from rockdove.config import Settings
from rockdove.devices import gone_tokens
from rockdove.dispatch.dispatcher import Dispatcher
from rockdove.dispatch.messages import Messages
from rockdove.dispatch.own_sending import OwnSending
from rockdove.dispatch.slices import SliceQueue
from rockdove.dispatch.vendor_sending import VendorSending
from rockdove.engines.wire import Wire
from rockdove.storage.database import Database
from rockdove.storage.wake import Bell
from rockdove.testing.fake_channel import FakeChannel


def vendor_channels(settings: Settings) -> dict[str, Channel]:
    """By name. The providers come with their own configuration; until then, fakes for trying a set-up out."""
    return {name: FakeChannel() for name in settings.dispatch.fake_channels}


def dispatcher(
    settings: Settings,
    database: Database,
    wire: Wire,
    online: Callable[[int], BitMap],
    bell: Bell,
    *,
    owner: str,
    channels: Mapping[str, Channel],
) -> Dispatcher:
    async def on_tokens_gone(access_id: int, channel: str, gone: Sequence[GoneToken]) -> None:
        async with database.connection() as connection:
            await gone_tokens.mark(connection, access_id, channel, gone)

    options = settings.dispatch
    queue = SliceQueue(database, owner, options.lease_seconds, options.confirm_seconds)
    messages = Messages(queue)
    own = OwnSending(queue, OwnChannel(wire), messages, online, options.batch_devices)
    vendors = VendorSending(queue, messages, online, on_tokens_gone)
    return Dispatcher(queue, own, vendors, channels, bell, slices_at_once=options.slices_at_once)
