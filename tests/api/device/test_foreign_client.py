"""The whole story with a foreign MQTT client: paho, which knows nothing of us."""

from __future__ import annotations

import asyncio
import json
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from pyroaring import BitMap

from rockdove.testing.device_api import DeviceApi
from tests.gateway.world import PATIENCE_SECONDS, World, until
from tests.rows import ACCESS_KEY


class Phone:
    """A paho client in its own thread; `inbox` holds the JSON objects it received."""

    def __init__(self, registration: dict[str, Any], transport: str) -> None:
        self.inbox: queue.Queue[dict[str, Any]] = queue.Queue()
        self.subscribed: queue.Queue[list[bool]] = queue.Queue()
        url = urlsplit(registration["channel"]["ws" if transport == "websockets" else "mqtt"])
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            registration["client_id"],
            transport=transport,  # type: ignore[arg-type]
        )
        client.username_pw_set("anyone", registration["jwt"])
        if transport == "websockets":
            client.ws_set_options(path="/mqtt")
        client.on_message = lambda _, __, message: self.inbox.put(json.loads(message.payload))
        client.on_subscribe = lambda _, __, ___, codes, ____: self.subscribed.put([code.is_failure for code in codes])
        self.client, self.host, self.port = client, url.hostname or "", url.port or 0

    async def get(self) -> dict[str, Any]:
        return await asyncio.to_thread(self.inbox.get, timeout=PATIENCE_SECONDS)

    async def subscribe(self, topic: str) -> bool:
        """Whether the server agreed."""
        self.client.subscribe(topic, qos=0)
        return not any(await asyncio.to_thread(self.subscribed.get, timeout=PATIENCE_SECONDS))


@contextmanager
def connected(registration: dict[str, Any], transport: str = "tcp") -> Iterator[Phone]:
    phone = Phone(registration, transport)
    phone.client.connect(phone.host, phone.port)
    phone.client.loop_start()
    try:
        yield phone
    finally:
        phone.client.disconnect()
        phone.client.loop_stop()


async def register(world: World) -> dict[str, Any]:
    api = DeviceApi(world.url)
    body = {"access_id": world.access_id, "access_key": ACCESS_KEY, "platform": "android"}
    answer = await api.post("/device/v1/register", body)
    api.close()
    return answer


@pytest.mark.parametrize("transport", ["tcp", "websockets"])
async def test_register_connect_receive_report_and_sync(world: World, transport: str) -> None:
    registration = await register(world)
    own = f"{world.access_id}/{registration['device_id']}"
    device = BitMap([registration["device_id"]])
    missed = await world.push(device)
    with connected(registration, transport) as phone:
        assert await phone.subscribe(f"d/{own}")
        phone.client.publish(f"s/{own}", "{}")
        assert (await phone.get())["push_id"] == str(missed)
        assert await phone.get() == {"type": "synced"}

        push_id = await world.push(device)
        await world.publish(push_id, device)
        message = await phone.get()
        assert (message["type"], message["push_id"], message["title"]) == ("notify", str(push_id), "Hello")

        receipt = {"push_id": str(push_id), "event": "arrived", "at": 1}
        phone.client.publish(f"r/{own}", json.dumps([receipt, {**receipt, "event": "clicked"}]))
        assert await phone.get() == {"type": "ack", "receipts": [{"push_id": str(push_id), "event": "clicked"}]}
        assert await world.recorded(push_id, "arrived") == device
        assert await world.recorded(push_id, "clicked") == device

        phone.client.publish(f"s/{own}", "{}")
        assert [(await phone.get()).get("push_id") for _ in range(2)] == [str(missed), None]
        await until(lambda: device <= world.gateway.online(world.access_id), "online")


async def test_foreign_subjects_are_closed(world: World) -> None:
    mine, other = await register(world), await register(world)
    theirs = f"{world.access_id}/{other['device_id']}"
    victim = BitMap([other["device_id"]])
    push_id = await world.push(victim)
    with connected(mine) as phone:
        for topic in (f"d/{theirs}", "d/#", "#", "$SYS/#", f"r/{world.access_id}/+"):
            assert not await phone.subscribe(topic)
        assert await phone.subscribe(f"d/{world.access_id}/{mine['device_id']}")
        phone.client.publish(f"r/{theirs}", json.dumps({"push_id": str(push_id), "event": "clicked"}))
        phone.client.publish(f"d/{theirs}", json.dumps({"type": "notify", "push_id": "666"}))
        own = f"{world.access_id}/{mine['device_id']}"
        phone.client.publish(f"r/{own}", json.dumps({"push_id": str(push_id), "event": "shown"}))
        assert (await phone.get())["type"] == "ack", "what never counts is acknowledged too"
    assert not await world.recorded(push_id, "clicked")
    assert not await world.recorded(push_id, "shown")
    assert world.fold.foreign == 1


async def test_a_made_up_password_does_not_get_in(world: World) -> None:
    registration = {**await register(world), "jwt": "nonsense"}
    phone = Phone(registration, "tcp")
    codes: queue.Queue[bool] = queue.Queue()
    phone.client.on_connect = lambda _, __, ___, code, ____: codes.put(code.is_failure)
    phone.client.connect(phone.host, phone.port)
    phone.client.loop_start()
    assert await asyncio.to_thread(codes.get, timeout=PATIENCE_SECONDS)
    phone.client.disconnect()
    phone.client.loop_stop()
