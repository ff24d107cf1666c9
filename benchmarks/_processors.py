"""Who used the processors: seconds by part of the product, the load generator apart from it.

Sender, server, database and devices of a benchmark share the cores of one machine. Which of them a figure speaks of is
seen by what each used.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks._machine import TICKS, busy_seconds

SELF: Final = "bench"
ELSE: Final = "somebody else"
IDLE: Final = "idle"
_OURS = ("api", "worker", "gateway")
_ENGINES = {"postgres": "PostgreSQL", "nats-server": "NATS", "mosquitto": "Mosquitto"}


class _Process(NamedTuple):
    pid: int
    parent: int
    command: list[str]
    seconds: float


class Processors:
    """Seconds used by this process and all that descend from it, since its making."""

    def __init__(self) -> None:
        self._began, self._busy, self._before = time.perf_counter(), busy_seconds(), _seconds_by_part()

    def used(self) -> dict[str, float]:
        """By part, the busiest first, then everybody ELSE on this machine and nobody, IDLE. Processes that have ended
        meanwhile count as somebody else."""
        passed, busy = time.perf_counter() - self._began, busy_seconds() - self._busy
        ours = {part: seconds - self._before.get(part, 0.0) for part, seconds in _seconds_by_part().items()}
        ordered = dict(sorted(ours.items(), key=lambda item: -item[1]))
        rest = {ELSE: busy - sum(ours.values()), IDLE: passed * (os.cpu_count() or 1) - busy}
        return {part: round(max(seconds, 0.0), 2) for part, seconds in (ordered | rest).items()}


def _seconds_by_part() -> dict[str, float]:
    children: defaultdict[int, list[_Process]] = defaultdict(list)
    for process in _processes():
        children[process.parent].append(process)
    seconds: defaultdict[str, float] = defaultdict(float, {SELF: sum(os.times()[:2])})
    waiting = [os.getpid()]
    while waiting:
        for process in children[waiting.pop()]:
            seconds[_part(process.command)] += process.seconds
            waiting.append(process.pid)
    return seconds


def _part(command: list[str]) -> str:
    """Engines and processes of ours by their names; a partner of a benchmark by its module's."""
    program = Path(command[0].split(":")[0]).name
    partner = next((word for word in command if word.startswith("benchmarks._")), "")
    if "rockdove" in command:
        return next((part for part in _OURS if part in command), "supervisor")
    return _ENGINES.get(program) or partner.removeprefix("benchmarks._") or SELF


def _processes() -> Iterator[_Process]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            command = (entry / "cmdline").read_text("utf-8", "replace").split("\0")
            fields = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:  # it has ended while we looked
            continue
        yield _Process(int(entry.name), int(fields[1]), command, (int(fields[11]) + int(fields[12])) / TICKS)
