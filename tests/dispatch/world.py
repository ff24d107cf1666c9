"""A dispatcher put together from its parts, over any own channel, and pushes for it to send."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from pyroaring import BitMap

from rockdove.channels.channel import Channel, GoneToken
from rockdove.channels.configured import Channels
from rockdove.devices import gone_tokens
from rockdove.dispatch.channel_pace import ChannelPace
from rockdove.dispatch.dispatcher import Dispatcher
from rockdove.dispatch.messages import Messages
from rockdove.dispatch.own_sending import OwnChannel, OwnSending
from rockdove.dispatch.slices import SliceQueue
from rockdove.dispatch.vendor_sending import VendorSending
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.storage.database import Database
from rockdove.storage.wake import Bell
from rockdove.testing.fixed_channels import FixedChannels
from tests.rows import a_push, a_slice, an_app, state_of


def a_dispatcher(
    database: Database,
    own: OwnChannel,
    online: Callable[[int], BitMap] = lambda _: BitMap(),
    channels: Mapping[str, Channel] | Channels | None = None,
    *,
    owner: str = "w",
    confirm_seconds: float = 0.1,
) -> Dispatcher:
    """Batches of 1000 devices, two slices at a time, four of the vendors'."""

    async def on_tokens_gone(access_id: int, channel: str, gone: Any) -> None:
        async with database.connection() as connection:
            await gone_tokens.mark(connection, access_id, channel, [GoneToken(*each) for each in gone])

    queue = SliceQueue(database, owner, 60, confirm_seconds)
    messages = Messages(queue)
    sending = OwnSending(queue, own, messages, online, 1000)
    vendors = VendorSending(queue, ChannelPace(database), messages, online, on_tokens_gone)
    served = FixedChannels(channels or {}) if channels is None or isinstance(channels, Mapping) else channels
    return Dispatcher(queue, sending, vendors, served, Bell(database), slices_at_once=2, vendor_slices_at_once=4)


async def a_push_with_targets(database: Database, targets: BitMap, **columns: Any) -> tuple[int, int]:
    """The application and a started push of one slice on the own channel."""
    async with database.transaction() as connection:
        app = await an_app(connection)
        push_id = await a_push(connection, app, **columns)
        await a_slice(connection, push_id, app, 0, targets)
        await move(connection, push_id, State.STARTED)
    return app, push_id


async def eventually(condition: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(30):
        while not await condition():  # noqa: ASYNC110  what we wait for is a row, or another process
            await asyncio.sleep(0.02)


async def run_until(
    database: Database, push_id: int, *dispatchers: Dispatcher, until: Callable[[], Any] | None = None
) -> None:
    """Run them until the push is finished, and `until()` (awaited) is true."""
    running = [asyncio.create_task(dispatcher.run()) for dispatcher in dispatchers]
    try:
        async with asyncio.timeout(30):
            while await state_of(database, push_id) != State.FINISHED or (until and not await until()):
                assert not any(task.done() for task in running), running
                await asyncio.sleep(0.02)
    finally:
        for task in running:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
