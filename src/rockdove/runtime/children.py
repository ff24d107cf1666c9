"""Our own processes under `rockdove serve`: started, watched, restarted, stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

from rockdove.observe import log

READY_LINE = b"ready"
"""What a child writes on standard output when it does its work."""
STOP_SECONDS = 10.0
"""How long a child may take to finish what it holds before it is killed."""
QUICK_SECONDS = 5.0
"""A child that dies sooner than this after its start is restarted with a growing pause."""
LONGEST_PAUSE = 10.0


class Child:
    """One process of the product, kept running until `stop`. `passed_fds` stay open in it (the listening socket)."""

    def __init__(self, name: str, arguments: Sequence[str], passed_fds: Sequence[int] = ()) -> None:
        self.name = name
        self._arguments = [sys.executable, "-m", "rockdove", *arguments, "--supervised"]
        self._passed_fds = tuple(passed_fds)
        self._process: asyncio.subprocess.Process | None = None
        self._ready = asyncio.Event()
        self._stopping = False

    async def run(self) -> None:
        """Start the process, again and again, until stopped."""
        pause = 0.0
        while True:
            started = time.monotonic()
            code = await self._run_once()
            if self._stopping:
                return
            quick = time.monotonic() - started < QUICK_SECONDS
            pause = min(max(pause * 2, 0.25), LONGEST_PAUSE) if quick else 0.0
            log.warning("process died: starting it again", name=self.name, exit_code=code, pause=pause)
            await asyncio.sleep(pause)

    async def wait_ready(self) -> None:
        await self._ready.wait()

    async def stop(self) -> None:
        """Ask it to finish what it holds; kill it after STOP_SECONDS."""
        self._stopping = True
        if self._process is None or self._process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self._process.terminate()
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await self._process.wait()
            except TimeoutError:
                log.warning("process did not stop in time: killed", name=self.name)
                self._process.kill()
                await self._process.wait()

    async def _run_once(self) -> int:
        process = await asyncio.create_subprocess_exec(
            *self._arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=self._passed_fds,
            start_new_session=True,  # Ctrl-C reaches only the supervisor, which stops the children in order
        )
        self._process = process
        assert process.stdout  # noqa: S101  asked for above
        async for line in process.stdout:
            if line.strip() == READY_LINE:
                self._ready.set()
        return await process.wait()


def announce_ready() -> None:
    """Called by a child: tells the supervisor, which reads its standard output."""
    os.write(1, READY_LINE + b"\n")


async def until_stopped(*, supervised: bool = False) -> None:
    """Wait for SIGTERM or SIGINT; under a supervisor also for its death: it holds the other end of our input."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stopped.set)

    def read_input() -> None:
        if not os.read(0, 1024):
            loop.remove_reader(0)
            stopped.set()

    if supervised:
        loop.add_reader(0, read_input)
    await stopped.wait()
