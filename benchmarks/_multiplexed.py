"""All devices of an application, played over a few NATS connections: each message is confirmed under its device's
subject, in batches. What a million phones would do, without a million connections."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from benchmarks._partner import answer_questions
from rockdove.config import load
from rockdove.engines.wire import Message, Wire
from rockdove.runtime.connections import open_wire


class Phones:
    """One connection's share of them: NATS gives each message to one member of the group."""

    def __init__(self, wire: Wire, access_id: int) -> None:
        self.received = 0
        self._wire = wire
        self._subject = f"d.{access_id}.*"
        self._receipts: list[bytes] = []
        self._arrived = asyncio.Event()
        self._tails: dict[bytes, bytes] = {}

    async def run(self, ready: asyncio.Event) -> None:
        await self._wire.connect()
        self._wire.subscribe(self._subject, self._receive, queue="phones")
        await self._wire.flush()
        ready.set()
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            receipts, self._receipts = self._receipts, []
            await self._wire.write(b"".join(receipts))

    def _receive(self, messages: list[Message]) -> None:
        self.received += len(messages)
        tails = self._tails
        for subject, payload in messages:
            tail = tails.get(payload) or self._tail(payload)
            self._receipts += b"PUB r", subject[1:], tail
        self._arrived.set()

    def _tail(self, payload: bytes) -> bytes:
        """Of the PUB line of a receipt: the same for all devices of a push."""
        push_id = msgspec.json.decode(payload)["push_id"]
        receipt = msgspec.json.encode({"push_id": push_id, "event": "arrived", "at": 1767225600})
        self._tails[payload] = tail = b" %d\r\n%b\r\n" % (len(receipt), receipt)
        return tail


class Multiplexer:
    """Questions: `settings` (a file), `access_id` and `connections` once; then anything, answered with `received` and
    how often a connection was lost, `reconnects`."""

    def __init__(self) -> None:
        self._wires: list[Wire] = []
        self._phones: list[Phones] = []
        self._running: list[asyncio.Task[None]] = []

    async def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        if "settings" in question:
            await self._start(Path(question["settings"]), question["access_id"], question["connections"])
        return {
            "received": sum(phones.received for phones in self._phones),
            "reconnects": sum(wire.reconnects for wire in self._wires),
        }

    async def _start(self, settings: Path, access_id: int, connections: int) -> None:
        for number in range(connections):
            wire, ready = open_wire(load(settings, {}), f"bench phones {number}"), asyncio.Event()
            phones = Phones(wire, access_id)
            self._wires.append(wire)
            self._phones.append(phones)
            self._running.append(asyncio.create_task(phones.run(ready)))
            await ready.wait()


if __name__ == "__main__":
    uvloop.run(answer_questions(Multiplexer().answer))
