"""A push whose devices are on a vendor's channel, and the real own channel beside it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from pyroaring import BitMap

from rockdove.channels.own import OwnChannel
from rockdove.engines.wire import Message, Wire
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.stats.funnel import Funnel, funnel
from rockdove.storage.database import Database
from tests.rows import a_device, a_push, a_slice, an_app


class Own:
    """The real own channel, and what came out of it, device by device."""

    def __init__(self, wire: Wire, listener: Wire) -> None:
        self.channel = OwnChannel(wire)
        self.received: Counter[int] = Counter()
        self._listener = listener

    async def listen(self, access_id: int) -> None:
        self._listener.subscribe(f"d.{access_id}.*", self._receive)
        await self._listener.flush()

    async def all_here(self) -> None:
        await self._listener.flush()

    def _receive(self, messages: list[Message]) -> None:
        self.received.update(int(message.subject.split(b".")[2]) for message in messages)


async def a_vendor_push(database: Database, own: Own, kinds: list[str], **columns: Any) -> tuple[int, list[int]]:
    """A started push of one slice on `hw`, one device for each kind of token; gives its id and the devices."""
    async with database.transaction() as connection:
        app = await an_app(connection)
        devices = [
            await a_device(connection, app, channel="hw", channel_token=f"{kind}{number}")
            for number, kind in enumerate(kinds)
        ]
        push_id = await a_push(connection, app, **columns)
        await a_slice(connection, push_id, app, 0, BitMap(devices), channel="hw")
        await move(connection, push_id, State.STARTED)
    await own.listen(app)
    return push_id, devices


async def counted(database: Database, push_id: int) -> Funnel:
    async with database.connection() as connection:
        return await funnel(connection, push_id)
