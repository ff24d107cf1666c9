"""From the call to the last device confirmed and counted: a whole server, its devices, and the floor beside it.

    ./dev bench end_to_end [--devices N] [--pushes N] [--virtual N] [--without ROW] [--json]

- connections   that many real MQTT connections; several pushes, in turn to all and to a package of their accounts
- virtual       a million virtual devices, MULTIPLEXED over a few NATS connections: no connection of their own, but
                each message goes out to its device's subject, and each device's receipt comes back on its own
- mosquitto     the peer of the first: another broker (Debian's Mosquitto) with the same connections, and Python's usual
                client (paho) that publishes to each device and counts its receipts. It keeps nothing: no push, no
                target, no statistics survive it

Confirmed and counted: `get_push_task_stat_channel` says so (arrivalUv), asked every POLL_SECONDS. The time runs from
the first call to the moment all devices of all pushes are counted. The floor is delivery alone: the same connections
and bytes, published at once, that nobody confirms and nobody counts.

Server, PostgreSQL, NATS and the load generator share the cores of this machine: what each used is told beside.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import uvloop
from tests.server import Server, start_server

from benchmarks import _mosquitto
from benchmarks._engines import temporary_folder
from benchmarks._machine import Business
from benchmarks._must import Must, judged, verdict
from benchmarks._partner import Partner
from benchmarks._processors import ELSE, IDLE, SELF, Processors
from rockdove.channels.own import OwnChannel
from rockdove.cli.pushes import funnel
from rockdove.cli.rest import RestClient
from rockdove.config import Settings
from rockdove.domain.token import new_token
from rockdove.runtime.connections import open_wire

ROWS = ("connections", "virtual", "mosquitto")
MUST: Must = {"connections_per_second": ("at least", 15_000), "virtual_per_second": ("at least", 40_000)}
"""Confirmed devices a second."""
PAYLOAD_BYTES = 300
"""Of the floor's and the peer's messages; of a push CONTENT and what the server adds come to about as much."""
CONTENT = "x" * 190
CONNECTIONS = 4
"""Of the multiplexed devices."""
POLL_SECONDS = 0.05
PATIENCE_SECONDS = 120.0
"""For the last device of a push."""


def main() -> None:
    options = _options()
    result: dict[str, Any] = {"devices": options.devices, "pushes": options.pushes}
    business = Business()
    for row in ROWS:
        if row not in options.without:
            with temporary_folder() as folder:
                result |= _measure(row, folder, options)
    result = judged(result | business.result(), MUST)
    print(json.dumps(result) if options.json else table(result))


def _measure(row: str, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    if row == "mosquitto":
        return measure_mosquitto(folder, options)
    with serving(folder) as server:
        return measure_connections(server, options) if row == "connections" else measure_virtual(server, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=10_000, help="with a connection each")
    parser.add_argument("--pushes", type=int, default=10, help="to the connected devices")
    parser.add_argument("--virtual", type=int, default=1_000_000, help="multiplexed devices")
    parser.add_argument("--virtual-pushes", type=int, default=2, help="to the multiplexed devices")
    parser.add_argument("--without", action="append", default=[], choices=ROWS, help="leave a row out")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server that takes one bulk push after the other."""
    with start_server(folder / "data", environment={"ROCKDOVE_LIMITS__BULK_PUSHES_PER_SECOND": "0"}) as server:
        yield server


# ── pushing and counting ────────────────────────────────────────────────────────────────────────────────────


def _confirmed_seconds(client: RestClient, audiences: list[dict[str, Any]], devices: int) -> float:
    """A push to each of `audiences`, which have `devices` devices: from the first call until the last one counts."""
    began = time.perf_counter()
    waiting = [_push(client, audience) for audience in audiences]
    while waiting:
        if _arrived(client, waiting[0]) == devices:
            waiting.pop(0)
        elif time.perf_counter() - began > PATIENCE_SECONDS:
            counted = {push_id: _arrived(client, push_id) for push_id in waiting}
            raise AssertionError(f"of {devices} devices counted after {PATIENCE_SECONDS} s: {counted}")
        else:
            time.sleep(POLL_SECONDS)
    return time.perf_counter() - began


def _push(client: RestClient, audience: dict[str, Any]) -> str:
    message = {"title": f"Push {new_token()[:8]}", "content": CONTENT}
    body = {**audience, "message_type": "notify", "message": message, "platform": "android"}
    push_id: str = client.post("/v3/push/app", body)["push_id"]
    return push_id


def _arrived(client: RestClient, push_id: str) -> int:
    return funnel(client, push_id)["arrivalUv"]


# ── real connections ────────────────────────────────────────────────────────────────────────────────────────


def measure_connections(server: Server, options: argparse.Namespace) -> dict[str, Any]:
    application = server.app("Connections")
    with Partner("_fleet", {"fleet": _fleet(server.url, application, options.devices)}) as fleet:
        client = server.rest("Connections")
        package = _package(client, server.data.parent / "accounts.txt", options.devices)
        audiences = [{"audience_type": "all"}, package]
        _confirmed_seconds(client, audiences, options.devices)  # statements and caches are warm afterwards
        single = _confirmed_seconds(client, audiences[:1], options.devices)
        before = fleet.ask(counter="received", until=0, seconds=0)["value"]
        fleet.tell(counter="received", until=before + options.devices * options.pushes, seconds=PATIENCE_SECONDS)
        processors, began = Processors(), time.perf_counter()
        seconds = _confirmed_seconds(client, (audiences * options.pushes)[: options.pushes], options.devices)
        used, delivered = processors.used(), fleet.answer()["at"] - began
        floor = uvloop.run(_delivered_seconds(server.settings, fleet, application["access_id"], options))
    confirmed = options.devices * options.pushes
    return {
        "connections_per_second": round(confirmed / seconds),
        "connections_floor_per_second": round(confirmed / floor),
        "connections_to_floor": round(floor / seconds, 2),
        "connections_one_push_seconds": round(single, 2),
        "connections_seconds": round(seconds, 2),
        "connections_delivered_seconds": round(delivered, 2),
        "connections_processor_seconds": used,
        "connections_load_generator": _share(used, SELF, "fleet"),
    }


def _fleet(url: str, application: dict[str, Any], devices: int) -> dict[str, Any]:
    keys = {key: application[key] for key in ("access_id", "access_key")}
    return {"url": url, **keys, "count": devices, "account_prefix": "user-", "connects_per_second": 2000}


def _package(client: RestClient, file: Path, devices: int) -> dict[str, Any]:
    file.write_text("".join(f"user-{number}\n" for number in range(1, devices + 1)))
    upload_id = client.upload(file)["uploadId"]
    return {"audience_type": "package_account_push", "upload_id": upload_id, "account_push_type": 1}


async def _delivered_seconds(settings: Settings, fleet: Partner, access_id: int, options: argparse.Namespace) -> float:
    """A message a device does not confirm, to every device, as often as there were pushes."""
    bare = b'{"type":"recall","push_id":"1","padding":""}'
    payload = bare[:-2] + b"x" * (PAYLOAD_BYTES - len(bare)) + bare[-2:]
    device_ids = np.arange(1, options.devices + 1, dtype=np.uint32)
    async with open_wire(settings, "bench") as wire:
        channel = OwnChannel(wire)
        began = time.perf_counter()
        for _ in range(options.pushes):
            await channel.send(access_id, payload, device_ids)
        expected = options.devices * options.pushes
        reached = fleet.ask(counter="recalled", until=expected, seconds=PATIENCE_SECONDS)
    assert reached["value"] == expected, f"{reached['value']} of {expected} delivered"
    return float(reached["at"]) - began


def _share(used: dict[str, float], *parts: str) -> float:
    """Of the processor seconds that server and load generator used together."""
    together = sum(seconds for part, seconds in used.items() if part not in {ELSE, IDLE})
    return round(sum(used.get(part, 0.0) for part in parts) / max(together, 0.01), 2)


# ── multiplexed devices ─────────────────────────────────────────────────────────────────────────────────────


def measure_virtual(server: Server, options: argparse.Namespace) -> dict[str, Any]:
    access_id = server.app("Virtual")["access_id"]
    _import(server, server.data.parent / "devices.csv", access_id, options.virtual)
    setup = {"settings": str(server.data / "run/settings.json"), "access_id": access_id, "connections": CONNECTIONS}
    with Partner("_multiplexed", setup) as phones:
        client, everybody = server.rest("Virtual"), {"audience_type": "all"}
        _confirmed_seconds(client, [everybody], options.virtual)
        processors = Processors()
        seconds = _confirmed_seconds(client, [everybody] * options.virtual_pushes, options.virtual)
        used = processors.used()
        lost = phones.ask()["reconnects"]
    return {
        "virtual_devices_multiplexed": options.virtual,
        "virtual_over_connections": CONNECTIONS,
        "virtual_connections_lost": lost,
        "virtual_pushes": options.virtual_pushes,
        "virtual_per_second": round(options.virtual * options.virtual_pushes / seconds),
        "virtual_seconds": round(seconds, 2),
        "virtual_processor_seconds": used,
        "virtual_load_generator": _share(used, SELF, "multiplexed"),
    }


def _import(server: Server, file: Path, access_id: int, devices: int) -> None:
    file.write_text("token,platform\n" + "".join(f"{number:036x},android\n" for number in range(devices)))
    server.cli("import", "devices", str(file), "--app", str(access_id))


# ── the peer ────────────────────────────────────────────────────────────────────────────────────────────────


def measure_mosquitto(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    if not _mosquitto.installed():
        return {"mosquitto_per_second": _mosquitto.NOT_INSTALLED}
    confirmed = options.devices * options.pushes
    with (
        _mosquitto.start_mosquitto(folder) as port,
        Partner("_fleet", {"plain": {"port": port, "count": options.devices}}),
        Partner("_collector", {"port": port}) as collector,
    ):
        processors = Processors()
        publisher = _mosquitto.connected(port, "publisher")
        began = time.perf_counter()
        for number in range(confirmed):
            publisher.publish(f"d/1/{number % options.devices}", b"x" * PAYLOAD_BYTES, qos=0)
        collected = collector.ask(until=confirmed, seconds=PATIENCE_SECONDS)
        used = processors.used()
        publisher.disconnect()
        publisher.loop_stop()
    assert collected["value"] == confirmed, f"{collected['value']} of {confirmed} confirmed"
    return {
        "mosquitto_per_second": round(confirmed / (collected["at"] - began)),
        "mosquitto_processor_seconds": used,
    }


# ── what it says ────────────────────────────────────────────────────────────────────────────────────────────


def table(result: dict[str, Any]) -> str:
    rows = []
    for name, value in result.items():
        if name in {"must", "missed"}:
            continue
        if isinstance(value, dict):
            shown = "  " + ", ".join(f"{part} {seconds}" for part, seconds in value.items())
        elif isinstance(value, int | float):
            shown = f"{value:>12,}"
        else:
            shown = f"  {value}"
        rows.append(f"{name:34}{shown}{verdict(result, name)}")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
