"""Counts the receipts of the devices on another broker, with paho, in a process of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

from benchmarks._mosquitto import connected
from benchmarks._partner import answer_questions, until

SUBSCRIBE_SECONDS = 10.0


class Collector:
    """Questions: `port` once, then `until` (a number of receipts) and `seconds` (at most), answered with the `value`
    and the moment `at`."""

    def __init__(self) -> None:
        self._received = 0

    async def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        if "port" in question:
            await asyncio.to_thread(self._subscribe, question["port"])
            return {}
        await until(lambda: self._received >= question["until"], question["seconds"])
        return {"value": self._received, "at": time.perf_counter()}

    def _subscribe(self, port: int) -> None:
        subscribed = threading.Event()
        client = connected(port, "collector")
        client.on_message = self._count
        client.on_subscribe = lambda *_: subscribed.set()
        client.subscribe("r/#", qos=0)
        assert subscribed.wait(SUBSCRIBE_SECONDS)

    def _count(self, *_: object) -> None:
        self._received += 1


if __name__ == "__main__":
    asyncio.run(answer_questions(Collector().answer))
