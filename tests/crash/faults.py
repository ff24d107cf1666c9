"""What is done to processes: killed without a word, or stopped, which looks like a network that swallows everything."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


def kill(processes: list[int]) -> int:
    """SIGKILL; gives how many there were."""
    for process in processes:
        os.kill(process, signal.SIGKILL)
    return len(processes)


@contextmanager
def stopped(processes: Callable[[], list[int]]) -> Iterator[None]:
    """Meanwhile they neither answer nor go away: connections to them are taken by the kernel, and nothing comes back.

    Asks again until there are no new ones: the first of them, stopped, starts no more.
    """
    held: list[int] = []
    try:
        while new := [process for process in processes() if process not in held]:
            for process in new:
                held.append(process)
                _tell(process, signal.SIGSTOP)
        yield
    finally:
        for process in reversed(held):
            _tell(process, signal.SIGCONT)


def _tell(process: int, what: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, what)
