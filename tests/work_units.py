"""What of the suite stays together when several processes share it (`pytest -n 3`).

Each process has engines, servers, databases and folders of its own, so any two files may run side by side. The tests
of a file share its fixtures and run in one process, and so do those of a folder whose servers are its own.
"""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

FOLDERS = ("tests/crash/", "tests/fuzz/", "tests/api/tpns/contract/")
"""Their servers are started once for all their files."""
LONGEST = ("tests/crash/", "tests/browser/", "tests/compat/")
"""Begun first, so that no process is alone with them in the end; the rest in the order it is found in."""


class WorkUnits(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out whole units, in the order of the collection."""

    def __init__(self, config: Any, log: Any) -> None:
        config.option.loadscopereorder = False  # a unit of many tests is not a long one
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


def unit(nodeid: str) -> str:
    """The file or folder that a test belongs to."""
    file = nodeid.partition("::")[0]
    return next((folder for folder in FOLDERS if file.startswith(folder)), file)


def place(nodeid: str) -> int:
    """What a unit's turn is sorted by."""
    return next((place for place, folder in enumerate(LONGEST) if nodeid.startswith(folder)), len(LONGEST))
