"""A funnel as rows of numbers: one a channel, and one more for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from rockdove.stats.funnel import Funnel, Stages

ALL = "all"
"""The channel of the sums; its arrivals are distinct over the channels."""


def rows_of(funnel: Funnel) -> list[dict[str, Any]]:
    """`channel` and the stages' names to numbers."""
    total = asdict(funnel.total) | {"arrived": funnel.arrived}
    rows = {channel: asdict(stages) for channel, stages in funnel.channels.items()} | {ALL: total}
    return [{"channel": channel, **row} for channel, row in rows.items()]


def funnel_of(rows: Iterable[tuple[Any, ...]]) -> Funnel:
    """The other way, from rows of the channel and its stages in their order; without rows all is zero."""
    stages = {channel: Stages(*numbers) for channel, *numbers in rows}
    arrived = stages.pop(ALL, Stages()).arrived
    return Funnel(stages, arrived)
