"""What else the machine was doing while a benchmark ran: on shared cores a figure means little without it."""

from __future__ import annotations

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class Business:
    """From its making on."""

    def __init__(self) -> None:
        self._began, self._all, self._ours = time.monotonic(), busy_seconds(), _our_seconds()

    def result(self) -> dict[str, float | int | None]:
        elsewhere = busy_seconds() - self._all - (_our_seconds() - self._ours)
        busy = max(0.0, elsewhere / (time.monotonic() - self._began))
        return {"cores": os.cpu_count(), "cores_busy_elsewhere": round(busy, 2)}


def busy_seconds() -> float:
    """Of all processors since the machine began, user and system."""
    user, nice, system = map(int, Path("/proc/stat").read_text().split(maxsplit=4)[1:4])
    return (user + nice + system) / TICKS


def _our_seconds() -> float:
    """Of this process, its children and theirs; also of those that have ended and were waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
