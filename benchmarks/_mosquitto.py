"""The peer: Debian's Mosquitto with paho, what one would take off the shelf; where it is installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

NOT_INSTALLED = "mosquitto is not installed"
MESSAGES = 50_000
START_SECONDS = 10.0
ANSWER_SECONDS = 120.0
_CONFIGURATION = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence false
log_type error
max_queued_messages 0
set_tcp_nodelay true
"""


def installed() -> str | None:
    """The server's path. Debian puts it where only administrators look."""
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def start_mosquitto(folder: Path) -> Iterator[int]:
    """A server with files in `folder`; gives its port."""
    program = installed()
    assert program, NOT_INSTALLED
    port = _free_port()
    configuration = folder / "mosquitto.conf"
    configuration.write_text(_CONFIGURATION.format(port=port) + ("user root\n" if os.geteuid() == 0 else ""))
    process = subprocess.Popen([program, "-c", str(configuration)], stdout=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def connected(port: int, client_id: str) -> Client:
    """A client with its own thread, as paho is mostly used."""
    client = Client(CallbackAPIVersion.VERSION2, client_id=client_id)
    client.max_queued_messages_set(0)
    client.connect("127.0.0.1", port)
    client.loop_start()
    return client


def publish_rate(folder: Path, payload: bytes) -> int | str:
    """Messages a second, a topic each, until the server has them all (it answers the last one, QoS 1)."""
    if not installed():
        return NOT_INSTALLED
    with start_mosquitto(folder) as port:
        client = connected(port, "publisher")
        began = time.perf_counter()
        for device in range(MESSAGES):
            client.publish(f"d/1/{device}", payload, qos=0)
        client.publish("end", b"", qos=1).wait_for_publish(ANSWER_SECONDS)
        seconds = time.perf_counter() - began
        client.disconnect()
        client.loop_stop()
    return round(MESSAGES / seconds)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.perf_counter() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.perf_counter() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
