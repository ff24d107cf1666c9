"""How much memory this machine lets us use."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def usable_bytes(cgroup: Path = CGROUP) -> int:
    """The machine's memory, or the control group's limit if that is lower (a container sees its own group at the
    root)."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for file in (cgroup / "memory.max", _own_group(cgroup), cgroup / "memory" / "memory.limit_in_bytes"):
        with suppress(OSError, ValueError):  # absent, or the word "max"
            limits.append(int(file.read_text()))
    return min(limits)


def _own_group(cgroup: Path) -> Path:
    """The limit of the version 2 group that we are in, as seen from a machine's root."""
    with suppress(OSError, StopIteration):
        lines = Path("/proc/self/cgroup").read_text().splitlines()
        name = next(line.removeprefix("0::/") for line in lines if line.startswith("0::/"))
        return cgroup / name / "memory.max"
    return cgroup / "memory.max"
