"""Parsing in processes of its own: a hundred megabytes must not hold up the other requests of an API process.

(A thread would: the parser is vectorised, but holds the interpreter lock long enough to stall an event loop by 90 ms.)
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from pathlib import Path

from rockdove.config import Packages as Limits
from rockdove.ingest.name import Kind
from rockdove.ingest.parse import parse
from rockdove.ingest.verdict import StoreFailedError, Verdict
from rockdove.observe import log

NICE = 5
FILES_A_PROCESS = 16
"""A process is renewed after so many files: what the allocator kept of a large one goes back to the machine."""


class ParserProcesses:
    """At most `at_once` files are parsed at a time; further ones wait."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._pool = self._new_pool()

    async def start(self) -> None:
        """Have the processes there, with everything imported, before the first upload."""
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(self._pool, _ready) for _ in range(self._at_once)))

    async def stop(self) -> None:
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)

    def parse(self, path: Path, kind: Kind, limits: Limits, folder: Path) -> asyncio.Future[Verdict]:
        """Parse `path` into `folder`. The future raises OSError, or StoreFailedError when the process died."""
        return asyncio.ensure_future(self._parse(path, kind, limits, folder))

    async def _parse(self, path: Path, kind: Kind, limits: Limits, folder: Path) -> Verdict:
        pool = self._pool
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, parse, path, kind, limits, folder)
        except BrokenProcessPool:
            log.error("parser process died", file=str(path), bytes=path.stat().st_size)
            if self._pool is pool:
                self._pool = self._new_pool()
            raise StoreFailedError("the parser ended unexpectedly (out of memory?); try again") from None

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._at_once,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_prepare,
            max_tasks_per_child=FILES_A_PROCESS,
        )


def _ready() -> None:
    """Nothing: that it ran says that the process is up."""


def _prepare() -> None:
    """Let requests go first; and end when our owner was killed, which a pool's process does not notice by itself."""
    os.nice(NICE)

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent:
            connection.wait([parent.sentinel])
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
