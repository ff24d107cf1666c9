"""A process of its own that plays a part in a benchmark: spoken to in lines of JSON, one answer a question.

Moments that travel between the two are `time.perf_counter()`, which on Linux is the same clock in every process.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

import msgspec

LOOK_SECONDS = 0.005


class Partner:
    """Runs `benchmarks.<module>`; `setup` is the first question, answered when the process is ready."""

    def __init__(self, module: str, setup: dict[str, Any]) -> None:
        self._module, self._setup = module, setup
        self._process: subprocess.Popen[bytes]

    def __enter__(self) -> Partner:
        command = [sys.executable, "-m", f"benchmarks.{self._module}"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.ask(**self._setup)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()

    def ask(self, **question: Any) -> dict[str, Any]:
        """Raises RuntimeError when the process has ended; its last words are on standard error."""
        self.tell(**question)
        return self.answer()

    def tell(self, **question: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(msgspec.json.encode(question) + b"\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"benchmarks.{self._module} has ended")
        return msgspec.json.decode(line, type=dict[str, Any])


async def until(condition: Callable[[], bool], seconds: float) -> None:
    """Until it holds, or `seconds` have passed."""
    deadline = time.perf_counter() + seconds
    while not condition() and time.perf_counter() < deadline:  # noqa: ASYNC110  an event each would cost more
        await asyncio.sleep(LOOK_SECONDS)


async def answer_questions(answer: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]) -> None:
    """The partner's side: until the other one hangs up."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        found = await answer(msgspec.json.decode(line, type=dict[str, Any]))
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        sys.stdout.flush()
