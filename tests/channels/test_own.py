from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import numpy as np
import pytest

from rockdove.channels.channel import ChannelAwayError
from rockdove.channels.own import WRITE_BYTES, OwnChannel, PayloadTooLargeError
from rockdove.engines import Engines
from rockdove.engines.jwt import user_jwt
from rockdove.engines.keys import new_user, public_key
from rockdove.engines.wire import ConnectionLostError, Message, Wire, signed_by
from rockdove.runtime.connections import account_keys, open_wire
from tests.channels.proxy import Proxy
from tests.gateway.world import until

APP = 15


@pytest.fixture
async def listening(engines: Engines) -> AsyncIterator[list[Message]]:
    """Everything published to devices of APP."""
    received: list[Message] = []
    async with open_wire(engines.settings, "listener") as wire:
        wire.subscribe(f"d.{APP}.*", received.extend)
        await wire.flush()
        yield received


@pytest.fixture
async def wire(engines: Engines) -> AsyncIterator[Wire]:
    async with open_wire(engines.settings, "sender") as wire:
        yield wire


async def proxied_wire(engines: Engines, proxy: Proxy) -> Wire:
    account, user = account_keys(engines.settings), new_user()
    jwt = user_jwt(account, public_key(user), "proxied")
    return Wire([f"nats://127.0.0.1:{proxy.port}"], signed_by(user, jwt), "proxied")


def proxy_of(engines: Engines) -> Proxy:
    url = urlsplit(engines.settings.nats.url)
    assert url.hostname
    assert url.port
    return Proxy(url.hostname, url.port)


async def test_each_device_gets_the_payload_byte_for_byte(wire: Wire, listening: list[Message]) -> None:
    payload = '{"title":"好消息","content":"line\\r\\nbreak €, 100 %d"}\r\n'.encode()
    channel = OwnChannel(wire)
    await channel.send(APP, payload, np.array([0, 7, 4_294_967_295], dtype=np.uint32))
    await until(lambda: len(listening) == 3, "three messages")
    assert listening == [Message(b"d.15.%d" % device, payload) for device in (0, 7, 4_294_967_295)]
    assert channel.sent_messages == 3


async def test_many_devices_take_several_writes_and_keep_their_order(wire: Wire, listening: list[Message]) -> None:
    payload = b"x" * 300
    ids = np.arange(0, 3 * WRITE_BYTES // 300, dtype=np.uint32)
    await OwnChannel(wire).send(APP, payload, ids)
    await until(lambda: len(listening) == len(ids), "every message")
    assert [message.subject for message in listening] == [b"d.15.%d" % device for device in ids]


async def test_nobody_to_send_to_is_fine(wire: Wire, listening: list[Message]) -> None:
    await OwnChannel(wire).send(APP, b"x", np.array([], dtype=np.uint32))
    await wire.write(b"PUB d.15.1 4\r\nlast\r\n")
    await until(lambda: listening, "the message after it")
    assert listening == [Message(b"d.15.1", b"last")]


async def test_a_message_the_server_would_not_take_is_refused_before_anything_leaves(
    wire: Wire, listening: list[Message]
) -> None:
    channel = OwnChannel(wire)
    with pytest.raises(PayloadTooLargeError):
        await channel.send(APP, b"x" * (wire.max_payload + 1), np.array([1], dtype=np.uint32))
    await channel.send(APP, b"x", np.array([2], dtype=np.uint32))
    await until(lambda: listening, "the next message")
    assert [message.subject for message in listening] == [b"d.15.2"]


async def test_a_lost_connection_is_told_and_made_again(engines: Engines, listening: list[Message]) -> None:
    async with proxy_of(engines) as proxy, await proxied_wire(engines, proxy) as wire:
        channel, ids = OwnChannel(wire), np.array([1, 2], dtype=np.uint32)
        echoed: list[Message] = []
        wire.subscribe("echo.15", echoed.extend)
        proxy.silent = True
        sending = asyncio.create_task(channel.send(APP, b"lost", ids))
        await asyncio.sleep(0)
        proxy.open = False
        proxy.cut()
        with pytest.raises(ChannelAwayError):
            await sending
        with pytest.raises(ChannelAwayError):
            await channel.send(APP, b"away", ids)
        proxy.open, proxy.silent = True, False
        await until(lambda: wire.reconnects, "the connection again")
        await channel.send(APP, b"again", ids)
        await until(lambda: len(listening) == 2, "both messages")
        assert {message.payload for message in listening} == {b"again"}
        async with open_wire(engines.settings, "echo") as other:
            await wire.flush()  # the subscription was renewed before
            await other.write(b"PUB echo.15 2\r\nhi\r\n")
            await until(lambda: echoed, "a message for the renewed subscription")


async def test_a_server_that_hangs_is_found_out_by_the_flush(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rockdove.engines.wire.ANSWER_SECONDS", 0.3)
    async with proxy_of(engines) as proxy, await proxied_wire(engines, proxy) as wire:
        proxy.silent = True
        with pytest.raises(ConnectionLostError, match="no answer"):
            await wire.flush()
