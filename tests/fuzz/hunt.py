"""Trying a target's cases, and what to do with one that breaks the law."""

from __future__ import annotations

import pickle
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.law import World
from tests.fuzz.targets import TARGETS
from tests.fuzz.wire import Case, HangError

_PHASES = (Phase.generate, Phase.shrink)


class FoundError(AssertionError):
    """The law was broken. `ran`: how many cases were tried."""

    def __init__(self, name: str, case: Any, ran: int) -> None:
        self.file = keep(name, case)
        self.ran = ran
        super().__init__(f"{name}: {case!r:.2000}\nShow it again: ./dev fuzz --replay {self.file}")


class _HungError(KeyboardInterrupt):
    """No other case is tried: each that hangs, too, would take as long."""


def hunt(world: World, name: str, round_seed: int | None = None) -> int:
    """Try the examples of a target: always the same ones, or those of a seed. Gives how many were tried.

    Raises FoundError for the first that breaks the law, made as small as it gets.
    """
    target = TARGETS[name]
    law, ran, last = target.law(world), 0, None
    world.restore()

    @settings(
        max_examples=target.examples, database=None, deadline=None, phases=_PHASES, print_blob=False,
        report_multiple_bugs=False, suppress_health_check=list(HealthCheck), derandomize=round_seed is None,
    )  # fmt: skip
    @given(target.cases)
    def each(case: Any) -> None:
        nonlocal ran, last
        ran, last = ran + 1, case
        try:
            law(case)
        except HangError as error:
            raise _HungError from error

    try:
        (each if round_seed is None else seed(round_seed)(each))()
    except (_HungError, Exception) as error:
        raise FoundError(name, last, ran) from error
    return ran


def keep(name: str, case: Any) -> Path:
    """A file with the case."""
    file = Path(tempfile.mkdtemp(prefix="rockdove-found-")) / f"{name.replace(' ', '-')}.case"
    if isinstance(case, Case):
        case.save(file)
    else:
        file.write_bytes(pickle.dumps((name, case)))
    return file
