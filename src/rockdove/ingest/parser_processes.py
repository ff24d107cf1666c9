"""Parsing in processes of its own: a hundred megabytes must not hold up the other requests of an API process.

(A thread would: the parser is vectorised, but holds the interpreter lock long enough to stall an event loop by 90 ms.)

The processes are renewed all together, new ones being ready before the old ones go. The pool's own way, which is
`max_tasks_per_child`, must not be used: when more files than processes were waiting once, it takes processes that have
ended for idle ones, and after a while there is none (CPython issue 115634).
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
"""Processes are renewed after so many files each: what the allocator kept of a large one goes back to the machine."""


class ParserProcesses:
    """At most `at_once` files are parsed at a time; further ones wait."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._pool = self._new_pool()
        self._files = 0
        """Given to this pool."""
        self._renewal: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Have the processes there, with everything imported, before the first upload."""
        await self._make_ready(self._pool)

    async def stop(self) -> None:
        if self._renewal:
            await self._renewal
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)

    def parse(self, path: Path, kind: Kind, limits: Limits, folder: Path) -> asyncio.Future[Verdict]:
        """Parse `path` into `folder`. The future raises OSError, or StoreFailedError when the process died."""
        return asyncio.ensure_future(self._parse(path, kind, limits, folder))

    async def _parse(self, path: Path, kind: Kind, limits: Limits, folder: Path) -> Verdict:
        pool = self._pool
        self._files += 1
        if self._files >= FILES_A_PROCESS * self._at_once and self._renewal is None:
            self._renewal = asyncio.create_task(self._renew())
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, parse, path, kind, limits, folder)
        except BrokenProcessPool:
            log.error("parser process died", file=str(path), bytes=path.stat().st_size)
            if self._pool is pool:
                self._pool = self._new_pool()
            raise StoreFailedError("the parser ended unexpectedly (out of memory?); try again") from None

    async def _renew(self) -> None:
        fresh = self._new_pool()
        used = fresh
        try:
            await self._make_ready(fresh)
            used, self._pool = self._pool, fresh
        except BrokenProcessPool:
            log.error("new parser processes died; the old ones stay")
        self._files = 0
        await asyncio.to_thread(used.shutdown, wait=True)  # they finish what they have begun
        self._renewal = None

    async def _make_ready(self, pool: ProcessPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(pool, _ready) for _ in range(self._at_once)))

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._at_once,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_prepare,
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
