"""A whole `rockdove serve` for tests: started like a stranger would, spoken to through its public doors."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rockdove.cli.rest import RestClient
from rockdove.config import Settings, load

ROCKDOVE = [sys.executable, "-m", "rockdove"]
PORTS = [f"--{name}=0" for name in ("port", "mqtt-port", "ws-port", "nats-port")]
STOP_SECONDS = 30


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
        """An application of this name, created at the first call."""
        if name not in self.apps:
            self.apps[name] = json.loads(self.cli("app", "create", name, "--platform", platform, "--json").stdout)
        return self.apps[name]

    def rest(self, name: str) -> RestClient:
        application = self.app(name)
        return RestClient(self.url, application["access_id"], application["secret_key"])

    def children(self, command: str) -> list[int]:
        """Process ids of our own processes of that kind (api, worker, gateway)."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdecimal():
                continue
            try:
                arguments = (entry / "cmdline").read_bytes().split(b"\0")
                parent = re.search(r"^PPid:\s*(\d+)", (entry / "status").read_text(), re.MULTILINE)
            except OSError:
                continue
            if parent and int(parent[1]) == self.process.pid and command.encode() in arguments:
                found.append(int(entry.name))
        return found


@contextmanager
def start_server(data: Path, *arguments: str, environment: dict[str, str] | None = None) -> Iterator[Server]:
    """Start, wait for the ready line, stop with SIGTERM; fails with the log when it does not come up or go down."""
    log = data.with_suffix(".log")
    with log.open("ab") as stderr:
        process = subprocess.Popen(
            [*ROCKDOVE, "serve", "--data", str(data), *PORTS, *arguments],
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, "ROCKDOVE_LIMITS__STATISTICS_PER_HOUR": "0", **(environment or {})},
            start_new_session=True,
        )
    assert process.stdout
    line = process.stdout.readline()
    if not line:
        raise AssertionError(f"the server did not start:\n{log.read_text('utf-8', 'replace')[-5000:]}")
    running = Server(data, process, json.loads(line), log)
    try:
        yield running
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)


def wait_until(condition: Any, what: str, seconds: float = 30.0) -> Any:
    """Poll until `condition()` is true; gives its value. The bound only keeps a broken product from hanging us."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.05)
    return value
