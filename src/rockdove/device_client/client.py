"""A device on paho-mqtt: registers, stays connected, hands messages to the app.

    def show(message, replaces):
        print(message["title"], message["content"])

    with DeviceClient("https://push.example.com", Application(1500000001, "A…"), FileStore("device.json"), show):
        ...

Two threads: ours registers, connects, waits and comes back; paho's, one for each connection, reads and calls the app.
paho's own reconnect is off: it can't register in between, and would bring a whole fleet back at the same moment.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from rockdove.device_client.api import RefusedError, post
from rockdove.device_client.session import SYNC_SECONDS, Application, Kind, Publish, Session
from rockdove.device_client.state import State
from rockdove.device_client.store import Store

KEEP_ALIVE_SECONDS = 240
"""Below the five minutes after which many networks forget a silent connection."""
REGISTERING_SECONDS = 10.0
"""How long a call waits for a registration under way."""

log = logging.getLogger(__name__)

OnMessage = Callable[[Mapping[str, Any], str], None]
"""Gets a message as docs/device-protocol.md describes it, and the push id of the shown one it replaces, or ""."""
OnRecall = Callable[[str], None]
"""Gets the push id whose notification is to be removed, if it is still there."""


def _ignore(_: str) -> None:
    """For apps that show nothing that could be recalled."""


class DeviceClient:
    """`url` is the server's, https://host. Callbacks run in paho's thread: return soon, and don't call `stop`.

    `token` claims an imported device, at the first start. `transport` is `mqtt` (TCP, or TLS) or `ws`.
    """

    def __init__(
        self,
        url: str,
        application: Application,
        store: Store,
        on_message: OnMessage,
        on_recall: OnRecall = _ignore,
        *,
        token: str = "",
        transport: Literal["mqtt", "ws"] = "mqtt",
    ) -> None:
        self._url = url.rstrip("/")
        self._store = store
        self._on_message = on_message
        self._on_recall = on_recall
        self._transport = transport
        self._session = Session(application, _loaded(store, token))
        self._lock = threading.Condition()
        """Over the session and the store; notified of a registration."""
        self._mqtt: paho.Client | None = None
        self._over = threading.Event()
        """The connection has ended, or is wanted to."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="device-client", daemon=True)
        self.online = threading.Event()
        """Connected, and told all that was missed."""

    @property
    def token(self) -> str:
        """What your servers push to; empty before the first registration."""
        return self._session.state.token

    def start(self) -> None:
        """Returns at once: `online` tells when the device is there."""
        self._thread.start()

    def stop(self) -> None:
        """Disconnect; returns when both threads have ended."""
        self._stopping.set()
        self._over.set()
        self._thread.join()

    def __enter__(self) -> DeviceClient:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def report(self, push_id: str, event: Literal["shown", "clicked", "cleared"]) -> None:
        """What the user did. Kept, over restarts too, until the server has it."""
        with self._lock:
            outgoing = self._session.report(push_id, event)
            self._save()
            if self._mqtt and self._mqtt.is_connected():  # also while what was missed is still coming
                self._publish(outgoing)

    def update(self, profile: Mapping[str, Any]) -> None:
        """The device has changed: register again with these members."""
        with self._lock:
            self._session.application = replace(self._session.application, profile=profile)
            self._renew()

    def call(self, name: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call the device API as this device, such as `accounts`. Raises RefusedError, or OSError: not reached.

        While the device is registering (again) the call waits for that, REGISTERING_SECONDS at most.
        """
        with self._lock:
            self._lock.wait_for(lambda: self._session.answer, REGISTERING_SECONDS)
            credential = self._session.answer.get("jwt", "")
        try:
            return post(self._url, name, body, credential)
        except RefusedError as error:
            if error.status == 401:
                with self._lock:
                    self._renew()
            raise

    def _renew(self) -> None:
        """Under the lock: end the connection, and register before the next one."""
        self._session.renew()
        self._over.set()

    def unregister(self) -> None:
        """Get nothing any more, and stop. Token and accounts are kept for the next start. Raises like `call`."""
        self.call("unregister", {})
        self.stop()

    def _run(self) -> None:
        while True:
            self._over.clear()
            if self._stopping.is_set():
                return
            try:
                self._connect(self._credential())
            except (RefusedError, OSError) as error:
                log.warning("the device is not online: %s", error)
            self._stopping.wait(self._session.pause())

    def _credential(self) -> Mapping[str, Any]:
        """The answer to a registration that is still good, or to a new one."""
        with self._lock:
            if not self._session.must_register():
                return self._session.answer
            application, registration = self._session.application, self._session.registration()
        try:
            answer = post(self._url, "register", registration)
        except RefusedError as error:
            with self._lock:
                self._session.refused(error.code)
                self._save()
            raise
        with self._lock:
            self._session.registered(answer)
            self._save()
            if self._session.application is not application:
                self._session.renew()  # it was updated meanwhile
            else:
                self._lock.notify_all()
        return answer

    def _connect(self, answer: Mapping[str, Any]) -> None:
        """Connect, and stay until the connection is lost or a new credential is due. Raises OSError: nobody there."""
        url = urlsplit(answer["channel"][self._transport])
        mqtt = self._client(answer, url)
        mqtt.connect(url.hostname or "", url.port or _PORTS[url.scheme], KEEP_ALIVE_SECONDS)
        self._mqtt = mqtt
        mqtt.loop_start()
        try:
            while not self._over.wait(SYNC_SECONDS) and not self._session.must_register():
                self._ask_again()
        finally:
            mqtt.disconnect()
            mqtt.loop_stop()
            self.online.clear()
            with self._lock:
                self._mqtt = None
                self._session.lost()

    def _client(self, answer: Mapping[str, Any], url: SplitResult) -> paho.Client:
        websocket = url.scheme in ("ws", "wss")
        mqtt = paho.Client(
            CallbackAPIVersion.VERSION2,
            answer["client_id"],
            transport="websockets" if websocket else "tcp",
            reconnect_on_failure=False,
        )
        mqtt.username_pw_set("device", answer["jwt"])
        if websocket:
            mqtt.ws_set_options(path=url.path)
        if url.scheme in ("mqtts", "wss"):
            mqtt.tls_set()
        mqtt.on_connect, mqtt.on_subscribe, mqtt.on_message = self._connected, self._subscribed, self._received
        mqtt.on_disconnect = lambda *_: self._over.set()
        return mqtt

    def _connected(self, mqtt: paho.Client, _: Any, __: Any, reason: Any, ___: Any) -> None:
        if reason.is_failure:
            log.warning("the server refused the connection: %s", reason)
            return
        mqtt.subscribe(self._session.topic, qos=0)
        with self._lock:
            for outgoing in self._session.connected():
                self._publish(outgoing)

    def _subscribed(self, _: paho.Client, __: Any, ___: int, reasons: list[Any], ____: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            log.warning("the server refused the subscription")
            self._over.set()

    def _ask_again(self) -> None:
        with self._lock:
            if not self._session.synced:
                self._publish(self._session.sync())

    def _received(self, _: paho.Client, __: Any, packet: paho.MQTTMessage) -> None:
        """An app's mistake must not end paho's thread, nor a message we can't read."""
        try:
            self._handle(json.loads(packet.payload))
        except Exception:
            log.exception("a message was not handled")

    def _handle(self, message: Mapping[str, Any]) -> None:
        with self._lock:
            kind, outgoing, replaces = self._session.received(message)
        try:
            if kind is Kind.NEW:
                self._on_message(message, replaces)
            elif kind is Kind.RECALL:
                self._on_recall(message["push_id"])
        finally:
            with self._lock:
                self._save()
                for publish in outgoing:
                    self._publish(publish)
            if kind is Kind.SYNCED:
                self.online.set()

    def _publish(self, outgoing: Publish) -> None:
        if self._mqtt:
            self._mqtt.publish(outgoing.topic, json.dumps(outgoing.body))

    def _save(self) -> None:
        self._store.save(self._session.state.to_json())


_PORTS = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}


def _loaded(store: Store, token: str) -> State:
    """The kept state; a new device's where there is none, or nothing that can be read."""
    text = store.load()
    try:
        return State.from_json(text) if text else State(token)
    except ValueError as error:
        log.warning("the kept state can't be read, beginning as a new device: %s", error)
        return State(token)
