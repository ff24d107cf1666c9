"""A device as its makers would write it: paho-mqtt and a token."""

from __future__ import annotations

import asyncio
import queue
import ssl
import threading
from types import TracebackType
from typing import Any, Literal

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

SECONDS = 10.0
REFUSED = 0x80
"""In SUBACK."""


class Refused(Exception):  # noqa: N818  an answer, not an error
    """The server did not take the connection."""


class MqttDevice:
    """Connected while entered; raises Refused when the server does not want it."""

    def __init__(
        self,
        port: int,
        token: str,
        client_id: str,
        *,
        transport: Literal["tcp", "websockets"] = "tcp",
        tls: ssl.SSLContext | None = None,
        clean_session: bool = True,
    ) -> None:
        self.messages: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.disconnected = threading.Event()
        self._port = port
        self._answers: queue.Queue[list[int]] = queue.Queue()
        self._connected = threading.Event()
        self._reason: Any = None
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id,
            clean_session=clean_session,
            transport=transport,
            reconnect_on_failure=False,
        )
        self._client.ws_set_options(path="/mqtt")
        if tls:
            self._client.tls_set_context(tls)
        self._client.username_pw_set("device", token)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda _c, _u, _mid, codes, _p: self._answers.put([code.value for code in codes])
        self._client.on_message = lambda _c, _u, message: self.messages.put((message.topic, bytes(message.payload)))
        self._client.on_disconnect = lambda *_: self.disconnected.set()

    async def __aenter__(self) -> MqttDevice:
        await asyncio.to_thread(self._client.connect, "127.0.0.1", self._port)
        self._client.loop_start()
        assert await asyncio.to_thread(self._connected.wait, SECONDS)
        if self._reason.is_failure:
            self._client.loop_stop()
            raise Refused(str(self._reason))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    async def subscribe(self, *topics: str, qos: int = 0) -> list[int]:
        """The codes of SUBACK."""
        self._client.subscribe([(topic, qos) for topic in topics])
        return await asyncio.to_thread(self._answers.get, timeout=SECONDS)

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        self._client.publish(topic, payload, qos, retain)

    async def next(self) -> tuple[str, bytes]:
        return await asyncio.to_thread(self.messages.get, timeout=SECONDS)

    def _on_connect(self, _client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._reason = reason
        self._connected.set()
