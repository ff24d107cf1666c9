"""Devices with real MQTT connections, in a process of their own: virtual devices of a Rockdove server, or the same
connections to another broker, which confirm what arrives and do no more."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import uvloop

from benchmarks._partner import answer_questions, until
from rockdove.testing.fleet import Fleet, FleetOptions
from rockdove.testing.mqtt import MqttConnection

KEEP_ALIVE_SECONDS = 600
CONNECTS_AT_ONCE = 100
RECEIPT = b'{"push_id":"70001","event":"arrived","at":1767225600}'


class Devices:
    """Questions: `fleet` (FleetOptions) or `plain` (PlainFleet) once, answered with the device ids; then `counter` (its
    name), `until` (its value) and `seconds` (at most), answered with its `value` and the moment `at`."""

    def __init__(self) -> None:
        self._counters: Any

    async def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        if "fleet" in question:
            fleet = Fleet(FleetOptions(**question["fleet"]))
            await fleet.start()
            self._counters = fleet.counters
            return {"device_ids": [device.device_id for device in fleet.devices]}
        if "plain" in question:
            self._counters = plain = PlainFleet()
            await plain.start(**question["plain"])
            return {}
        await until(lambda: self._value(question) >= question["until"], question["seconds"])
        return {"value": self._value(question), "at": time.perf_counter()}

    def _value(self, question: dict[str, Any]) -> int:
        return int(getattr(self._counters, question["counter"]))


class PlainFleet:
    """Connections to any broker: device n listens on d/1/n and confirms on r/1/n."""

    def __init__(self) -> None:
        self.received = 0
        self._connections: list[MqttConnection] = []

    async def start(self, port: int, count: int) -> None:
        places = asyncio.Semaphore(CONNECTS_AT_ONCE)

        async def connect(number: int) -> None:
            async with places:
                await self._connect(port, number)

        await asyncio.gather(*(connect(number) for number in range(count)))

    async def _connect(self, port: int, number: int) -> None:
        def received(_: bytes) -> None:
            self.received += 1
            connection.publish(f"r/1/{number}", RECEIPT)

        connection = await MqttConnection.open("127.0.0.1", port, received, lambda: None)
        await connection.connect(f"device{number}", "device", "", KEEP_ALIVE_SECONDS)
        await connection.subscribe(f"d/1/{number}")
        self._connections.append(connection)


if __name__ == "__main__":
    uvloop.run(answer_questions(Devices().answer))
