"""A whole `rockdove serve` for tests: started like a stranger would, spoken to through its public doors."""

from __future__ import annotations

import asyncio
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from rockdove.cli.rest import RestClient
from rockdove.config import Settings, load
from rockdove.devices import applications, importing
from rockdove.storage.database import Database

ROCKDOVE = [sys.executable, "-m", "rockdove"]
PORTS = [f"--{name}=0" for name in ("port", "mqtt-port", "ws-port", "nats-port")]
FOR_TESTS = {"ROCKDOVE_LIMITS__STATISTICS_PER_HOUR": "0", "ROCKDOVE_STATISTICS__REFRESH_SECONDS": "1"}
"""Tests ask often, and what is counted now and then they wait for."""
START_SECONDS, STOP_SECONDS = 120, 30

T = TypeVar("T")


@dataclass
class Server:
    """A running server. `addresses` is what it printed when it was ready."""

    data: Path
    process: subprocess.Popen[bytes]
    addresses: dict[str, str]
    log: Path
    apps: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.addresses["http"]

    @property
    def settings(self) -> Settings:
        """The effective configuration its processes run with."""
        return load(self.data / "run/settings.json", {})

    def cli(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A command line of the product against this server's data folder."""
        environment = {**os.environ, "ROCKDOVE_DATA": str(self.data)}
        done = subprocess.run(
            [*ROCKDOVE, *arguments], capture_output=True, text=True, env=environment, check=False, timeout=120
        )
        if check and done.returncode:
            raise AssertionError(f"rockdove {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def app(self, name: str, platform: str = "android") -> dict[str, Any]:
        """An application of this name, created at the first call; what `rockdove app create --json` prints."""

        async def create(database: Database) -> applications.Application:
            async with database.transaction() as connection:
                return await applications.create(connection, name, platform)

        if name not in self.apps:
            self.apps[name] = json.loads(msgspec.json.encode(self._done(create)))
        return self.apps[name]

    def import_devices(self, access_id: int, header: str, rows: Iterable[str]) -> None:
        """What `rockdove import devices` does with a file of these lines, none of which it may refuse."""
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write("\n".join([header, *rows, ""]))
            file.flush()
            path = Path(file.name)
            report = self._done(lambda database: importing.import_devices(database, access_id, path))
        assert not report.refused, report.refusals

    def rest(self, name: str) -> RestClient:
        application = self.app(name)
        return RestClient(self.url, application["access_id"], application["secret_key"])

    def _done(self, work: Callable[[Database], Awaitable[T]]) -> T:
        """What most tests begin with, a command line does too; starting a hundred takes a minute. On a loop of its own,
        for whoever asks may be running one."""

        async def run() -> T:
            async with Database(self.settings.postgres.url, 2) as database:
                return await work(database)

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, run()).result()

    def children(self, command: str) -> list[int]:
        """Process ids of our own processes of that kind (api, worker, gateway)."""
        return [process.pid for process in _processes() if self._is_own(process) and command in process.arguments]

    def postgres(self) -> list[int]:
        """Process ids of PostgreSQL: its postmaster first, then the processes that one has started."""
        found = self._engine("postgres")
        return [*found, *(process.pid for process in _processes() if process.parent in found)]

    def nats(self) -> list[int]:
        return self._engine("nats-server")

    def _engine(self, program: str) -> list[int]:
        own = [process for process in _processes() if self._is_own(process)]
        return [process.pid for process in own if Path(process.arguments[0]).name == program]

    def _is_own(self, process: _Process) -> bool:
        return process.parent == self.process.pid


class _Process(NamedTuple):
    pid: int
    parent: int
    arguments: list[str]


def _processes() -> Iterator[_Process]:
    """What runs on this machine now."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        with suppress(OSError):  # it may end while we look
            arguments = (entry / "cmdline").read_text("utf-8", "replace").split("\0")
            parent = re.search(r"^PPid:\s*(\d+)", (entry / "status").read_text(), re.MULTILINE)
            yield _Process(int(entry.name), int(parent[1]) if parent else 0, arguments)


@contextmanager
def start_server(data: Path, *arguments: str, environment: dict[str, str] | None = None) -> Iterator[Server]:
    """Start, wait for the ready line, stop with SIGTERM; fails with the log when it does not come up or go down."""
    log = data.with_suffix(".log")
    with log.open("ab") as stderr:
        process = subprocess.Popen(
            [*ROCKDOVE, "serve", "--data", str(data), *PORTS, *arguments],
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, **FOR_TESTS, **(environment or {})},
            start_new_session=True,
        )
    try:
        yield Server(data, process, _ready_line(process, log), log)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)


def _ready_line(process: subprocess.Popen[bytes], log: Path) -> dict[str, str]:
    assert process.stdout
    readable, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    line = process.stdout.readline() if readable else b""
    if not line:
        raise AssertionError(f"the server did not start:\n{log.read_text('utf-8', 'replace')[-5000:]}")
    addresses: dict[str, str] = json.loads(line)
    return addresses


def wait_until(condition: Any, what: str, seconds: float = 60.0) -> Any:
    """Poll until `condition()` is true; gives its value. The bound only keeps a broken product from hanging us."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.05)
    return value
