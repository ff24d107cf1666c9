"""Devices at the embedded broker: what a token opens, and what stays shut, in all three protocols."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import nats
import nkeys
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError

from rockdove.config import Nats as NatsSettings
from rockdove.engines import Engines
from rockdove.engines.jwt import device_jwt, user_jwt
from rockdove.engines.keys import key_pair, new_user, public_key
from rockdove.engines.mqtt_streams import RETAINED_BYTES
from rockdove.engines.wire import Message, Wire, signed_by
from tests.engines.mqtt_device import REFUSED, MqttDevice, Refused

APP = 1500000777
_devices = itertools.count(1)
"""Every test takes a device of its own."""


@pytest.fixture
def settings(engines: Engines) -> NatsSettings:
    return engines.settings.nats


@pytest.fixture
def account(settings: NatsSettings) -> nkeys.KeyPair:
    return key_pair(settings.account_seed)


@pytest.fixture
def device() -> int:
    return next(_devices)


class Ours(Wire):
    """One of our own processes."""

    def __init__(self, settings: NatsSettings) -> None:
        account, user = key_pair(settings.account_seed), new_user()
        super().__init__([settings.url], signed_by(user, user_jwt(account, public_key(user), "test")), "test")

    async def tell(self, subject: str, payload: bytes) -> None:
        await self.write(b"PUB %b %d\r\n%b\r\n" % (subject.encode(), len(payload), payload))
        await self.flush()


@pytest.fixture
async def ours(settings: NatsSettings) -> AsyncIterator[Ours]:
    wire = Ours(settings)
    async with wire:
        yield wire


def token(account: nkeys.KeyPair, device: int, seconds: int = 3600) -> str:
    return device_jwt(account, APP, device, int(time.time()) + seconds)


@asynccontextmanager
async def native_device(settings: NatsSettings, token: str) -> AsyncIterator[Client]:
    refused: list[Exception] = []

    async def report(error: Exception) -> None:
        refused.append(error)

    client = await nats.connect(
        settings.url,
        user_jwt_cb=token.encode,
        signature_cb=lambda _nonce: b"",
        allow_reconnect=False,
        error_cb=report,
    )
    try:
        yield client
    finally:
        await client.close()


@pytest.mark.parametrize("transport", ["tcp", "websockets"])
async def test_a_device_receives_its_messages_by_mqtt(
    settings: NatsSettings, account: nkeys.KeyPair, device: int, ours: Ours, transport: Literal["tcp", "websockets"]
) -> None:
    port = settings.mqtt_port if transport == "tcp" else settings.websocket_port
    async with MqttDevice(port, token(account, device), f"device-{device}", transport=transport) as phone:
        assert await phone.subscribe(f"d/{APP}/{device}") == [0]
        await ours.tell(f"d.{APP}.{device}", b"hello")
        assert await phone.next() == (f"d/{APP}/{device}", b"hello")


async def test_a_device_receives_its_messages_by_nats_itself(
    settings: NatsSettings, account: nkeys.KeyPair, device: int, ours: Ours
) -> None:
    async with native_device(settings, token(account, device)) as phone:
        messages = await phone.subscribe(f"d.{APP}.{device}")
        for _ in range(2):  # the library's PING overtakes what it has buffered; the second one can't
            await phone.flush()
        await ours.tell(f"d.{APP}.{device}", b"hello")
        assert (await messages.next_msg(10)).data == b"hello"


@pytest.mark.parametrize("topic", [f"d/{APP}/0", "d/+/+", "#", f"r/{APP}/+", "$SYS/#", f"$MQTT/sub/{APP}"])
async def test_a_foreign_subscription_is_refused(
    settings: NatsSettings, account: nkeys.KeyPair, device: int, topic: str
) -> None:
    async with MqttDevice(settings.mqtt_port, token(account, device), f"device-{device}") as phone:
        assert await phone.subscribe(topic, f"d/{APP}/{device}") == [REFUSED, 0]


async def test_a_foreign_message_is_dropped(
    settings: NatsSettings, account: nkeys.KeyPair, device: int, ours: Ours
) -> None:
    seen: list[Message] = []
    for subject in ("r.*.*", "s.*.*", "d.*.*"):
        ours.subscribe(subject, seen.extend)
    last = asyncio.Event()
    ours.subscribe(f"s.{APP}.{device}", lambda _messages: last.set())
    await ours.flush()
    async with MqttDevice(settings.mqtt_port, token(account, device), f"device-{device}") as phone:
        phone.publish(f"r/{APP}/0", b"forged receipt")
        phone.publish(f"d/{APP}/0", b"forged message")
        phone.publish(f"d/{APP}/{device}", b"to itself")
        phone.publish(f"r/{APP}/{device}", b"receipt")
        phone.publish(f"s/{APP}/{device}", b"sync")
        await asyncio.wait_for(last.wait(), 10)
    assert [message.payload for message in seen] == [b"receipt", b"sync"]


@pytest.mark.parametrize("protocol", ["tcp", "websockets", "nats"])
@pytest.mark.parametrize("flaw", ["expired", "forged", "a process's"])
async def test_a_wrong_token_is_refused(
    settings: NatsSettings, account: nkeys.KeyPair, device: int, flaw: str, protocol: str
) -> None:
    bad = {
        "expired": token(account, device, seconds=-5),
        "forged": token(account, device)[:-8] + "AAAAAAAA",
        "a process's": user_jwt(account, public_key(new_user()), "worker"),
    }[flaw]
    if protocol == "nats":
        with pytest.raises(NatsError):
            async with native_device(settings, bad):
                pass
        return
    port = settings.mqtt_port if protocol == "tcp" else settings.websocket_port
    with pytest.raises(Refused, match="Not authorized"):
        async with MqttDevice(port, bad, f"device-{device}", transport=protocol):  # type: ignore[arg-type]
            pass


async def test_a_connection_ends_with_its_token(settings: NatsSettings, account: nkeys.KeyPair, device: int) -> None:
    async with MqttDevice(settings.mqtt_port, token(account, device, seconds=2), f"device-{device}") as phone:
        assert await asyncio.to_thread(phone.disconnected.wait, 10)


async def test_qos_1_is_refused_to_everybody_and_hurts_nobody(
    settings: NatsSettings, account: nkeys.KeyPair, device: int, ours: Ours
) -> None:
    async with MqttDevice(settings.mqtt_port, token(account, device), f"device-{device}") as phone:
        assert await phone.subscribe(f"d/{APP}/{device}", qos=1) == [REFUSED]
        assert await phone.subscribe(f"d/{APP}/{device}", qos=0) == [0]
        await ours.tell(f"d.{APP}.{device}", b"hello")
        assert await phone.next() == (f"d/{APP}/{device}", b"hello")


async def test_what_is_published_with_qos_1_arrives(
    settings: NatsSettings, account: nkeys.KeyPair, device: int, ours: Ours
) -> None:
    arrived: asyncio.Future[list[Message]] = asyncio.get_running_loop().create_future()
    ours.subscribe(f"r.{APP}.{device}", arrived.set_result)
    await ours.flush()
    async with MqttDevice(settings.mqtt_port, token(account, device), f"device-{device}") as phone:
        phone.publish(f"r/{APP}/{device}", b"receipt", qos=1)
        assert (await asyncio.wait_for(arrived, 10))[0].payload == b"receipt"


async def test_a_message_of_a_device_has_a_limit(settings: NatsSettings, account: nkeys.KeyPair, device: int) -> None:
    async with MqttDevice(settings.mqtt_port, token(account, device), f"device-{device}") as phone:
        phone.publish(f"r/{APP}/{device}", b"x" * (64 * 1024 + 1))
        assert await asyncio.to_thread(phone.disconnected.wait, 10)


async def test_subscriptions_of_a_device_have_a_limit(
    settings: NatsSettings, account: nkeys.KeyPair, device: int
) -> None:
    closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def on_closed() -> None:
        closed.set_result(None)

    client = await nats.connect(
        settings.url,
        user_jwt_cb=token(account, device).encode,
        signature_cb=lambda _nonce: b"",
        allow_reconnect=False,
        closed_cb=on_closed,
        error_cb=_ignore,
    )
    for _ in range(9):
        await client.subscribe(f"d.{APP}.{device}")
    await asyncio.wait_for(closed, 10)


async def _ignore(_error: Exception) -> None: ...


async def test_mqtt_streams_are_bounded(settings: NatsSettings, account: nkeys.KeyPair) -> None:
    user = new_user()
    sign = signed_by(user, "")
    client = await nats.connect(
        settings.url,
        user_jwt_cb=user_jwt(account, public_key(user), "test").encode,
        signature_cb=lambda nonce: sign(nonce)["sig"].encode(),
    )
    streams = {stream.config.name: stream.config for stream in await client.jetstream().streams_info()}
    await client.close()
    assert streams["$MQTT_rmsgs"].max_bytes == RETAINED_BYTES
    assert all((streams[name].max_bytes or 0) > 0 for name in ("$MQTT_sess", "$MQTT_msgs", "$MQTT_out"))
