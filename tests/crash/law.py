"""The law that every fault is held against:

    every target is reached or reported, no target twice outside the batch in flight, no push stuck.

A crowd is an application whose devices are watched from two sides. A listener hears every message published to any of
them, as long as NATS lives: it sees who was skipped and who was repeated. A few of the devices, spread over all ids,
are really connected: they confirm, drop what they have seen, come back and sync, as phones do. And the REST API says
what it believes has happened.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg

from rockdove.cli.rest import RestClient, RestError
from rockdove.domain.token import new_token
from rockdove.runtime.connections import open_client
from rockdove.testing.fleet import Fleet, FleetOptions
from rockdove.testing.virtual_device import VirtualDevice
from tests.server import Server

DEVICES, CONNECTED = 10_000, 200
BATCH, SLICES_AT_ONCE = 25, 2
IN_FLIGHT = BATCH * SLICES_AT_ONCE
"""What a worker has in its hands at most."""
ENVIRONMENT = {
    "ROCKDOVE_DISPATCH__BATCH_DEVICES": str(BATCH),
    "ROCKDOVE_DISPATCH__SLICES_AT_ONCE": str(SLICES_AT_ONCE),
    "ROCKDOVE_DISPATCH__SLICE_DEVICES": "2000",
    "ROCKDOVE_DISPATCH__LEASE_SECONDS": "3",
    "ROCKDOVE_LIMITS__BULK_PUSHES_PER_SECOND": "0",
}
"""Many small batches: a push takes long enough for something to happen in its middle."""
SETTLED_SECONDS = 60.0

_numbers = itertools.count(1)


class _Heard(msgspec.Struct):
    push_id: str = ""


@dataclass
class Crowd:
    """An application of `server`, DEVICES devices, CONNECTED of them alive as `fleet`."""

    server: Server
    name: str
    client: RestClient
    connected: dict[str, VirtualDevice]
    """By token; the devices of `fleet`."""
    fleet: Fleet
    listener: Client
    published: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    """By push: how often the listener heard a message to each device."""

    async def push(self, app: str = "") -> str:
        """One more push to all, of another application where one is named; gives its id."""
        client = self.server.rest(app) if app else self.client
        message = {"title": f"Crash {next(_numbers)}", "content": "test"}
        body = {"audience_type": "all", "message_type": "notify", "message": message}
        return str((await asyncio.to_thread(client.post, "/v3/push/app", body))["push_id"])

    async def push_under_way(self, share: float = 0.2) -> str:
        """A push of which that share of the targets has been published to."""
        push_id = await self.push()
        await self.published_to(push_id, share)
        return push_id

    async def published_to(self, push_id: str, share: float) -> None:
        await until(lambda: self._hears(push_id, share), f"{share:.0%} of push {push_id}")

    async def check(self, push_id: str, *, repeats: int | None) -> None:
        """Holds a push to all against the law. `repeats`: how many messages may have been published again to devices
        that did not ask for it; None: NATS was away, nobody heard everything."""
        await until(lambda: self._state(push_id), f"state of push {push_id}", is_now="PUSH_FINISHED")
        await until(lambda: self._seen_by(push_id), "connected devices that got it", is_now=CONNECTED)
        await until(lambda: self._reported(push_id), "planned, sent, arrived", is_now=(DEVICES, CONNECTED, CONNECTED))
        if repeats is not None:
            await self.listener.flush()
            heard = self.published[push_id]
            assert len(heard) == DEVICES, "every target was published to"
            asking = {device.device_id for device in self.fleet.devices}
            again = sum(times - 1 for device, times in heard.items() if device not in asking)
            assert again <= repeats, "no more than what was in flight is repeated"

    async def check_small(self, push_id: str, tokens: Collection[str]) -> None:
        """The same for a push to a few connected devices."""

        async def missed() -> list[str]:
            return [token for token in tokens if push_id not in seen(self.connected[token])]

        await until(missed, f"devices that missed push {push_id}", is_now=[])
        await until(lambda: self._state(push_id), f"state of push {push_id}", is_now="PUSH_FINISHED")

    async def _hears(self, push_id: str, share: float) -> bool:
        await self.listener.flush()
        return len(self.published[push_id]) >= share * DEVICES

    async def _state(self, push_id: str) -> object:
        answer = await asyncio.to_thread(self.client.post, "/v3/statistics/get_push_record", {"pushId": push_id})
        return answer["pushRecordData"][0]["status"]

    async def _reported(self, push_id: str) -> object:
        body = {"pushId": push_id}
        answer = await asyncio.to_thread(self.client.post, "/v3/statistics/get_push_task_stat_channel", body)
        (state,) = [row["pushState"] for row in answer["pushStatDataAll"] if row["channel"] == "all"]
        return state["pushActiveUv"], state["pushOnlineUv"], state["arrivalUv"]

    async def _seen_by(self, push_id: str) -> int:
        return sum(push_id in seen(device) for device in self.fleet.devices)

    async def count(self, message: Msg) -> None:
        push_id = msgspec.json.decode(message.data, type=_Heard).push_id
        self.published[push_id][int(message.subject.rsplit(".", 1)[1])] += 1


def seen(device: VirtualDevice) -> Collection[str]:
    """The pushes it has shown; a message that comes again is dropped."""
    return device._session.state.seen


@asynccontextmanager
async def crowd(server: Server, name: str = "Crowd") -> AsyncIterator[Crowd]:
    app = server.app(name)
    imported = [new_token() for _ in range(DEVICES)]
    rows = [f"{token},android" for token in imported]
    await asyncio.to_thread(server.import_devices, app["access_id"], "token,platform", rows)
    tokens = imported[:: DEVICES // CONNECTED]
    options = FleetOptions(
        url=server.url,
        access_id=app["access_id"],
        access_key=app["access_key"],
        count=CONNECTED,
        tokens=tokens,
    )
    async with open_client(server.settings, "listener") as listener, Fleet(options) as fleet:
        found = Crowd(server, name, server.rest(name), dict(zip(tokens, fleet.devices, strict=True)), fleet, listener)
        subject = f"d.{app['access_id']}.*"
        await listener.subscribe(subject, cb=found.count, pending_msgs_limit=0, pending_bytes_limit=0)
        await listener.flush()
        yield found


async def until(ask: Callable[[], Awaitable[object]], what: str, *, is_now: object = True) -> None:
    """Ask until the answer is `is_now`. An API that can't answer yet is asked again."""
    deadline = time.monotonic() + SETTLED_SECONDS
    answer: object = None
    while answer != is_now:
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: {answer}, not {is_now}, after {SETTLED_SECONDS:.0f} s")
        try:
            answer = await ask()
        except RestError as error:
            answer = error
        await asyncio.sleep(0.02)
