"""A subscriber that counts every message to an application's devices, on the wire client."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import uvloop

from benchmarks._partner import answer_questions, until
from rockdove.config import load
from rockdove.engines.wire import Message, Wire
from rockdove.runtime.connections import open_wire


class Counter:
    """Questions: `settings` (a file) and `access_id` once, then `until` (a number of messages) and `seconds` (at
    most), answered with `counted` and the moment of the `last`; counting begins anew after each."""

    def __init__(self) -> None:
        self._wire: Wire
        self._counted = 0
        self._last = 0.0

    async def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        if "settings" in question:
            await self._subscribe(Path(question["settings"]), question["access_id"])
            return {}
        await until(lambda: self._counted >= question["until"], question["seconds"])
        counted, self._counted = self._counted, 0
        return {"counted": counted, "last": self._last}

    async def _subscribe(self, settings: Path, access_id: int) -> None:
        self._wire = open_wire(load(settings, {}), "bench counter")
        await self._wire.connect()
        self._wire.subscribe(f"d.{access_id}.*", self._receive)
        await self._wire.flush()

    def _receive(self, messages: list[Message]) -> None:
        self._counted += len(messages)
        self._last = time.perf_counter()


if __name__ == "__main__":
    uvloop.run(answer_questions(Counter().answer))
