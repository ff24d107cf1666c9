"""The funnel of a push: planned, sent, arrived, shown, clicked, cleared; distinct devices on each channel.

Nothing is counted up anywhere; every number is the size of a set, so a repeated batch or receipt changes nothing.

    planned   the targets of the slices
    sent      the targets up to the cursor, without those that were offline then; and whoever confirmed an arrival
    arrived, shown, clicked, cleared   the union of the receipts

A click or a clearing proves the arrival too, when the receipt of the arrival itself has not come (yet). Cheap enough
to be asked every second: slices at rest are counted without their target sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from pyroaring import BitMap

from rockdove.storage.database import Connection
from rockdove.storage.sql import load

_sql = load(__package__, "funnel.sql")

EVENTS = ("arrived", "shown", "clicked", "cleared")


@dataclass(frozen=True, slots=True)
class Stages:
    """One line of the funnel, in distinct devices."""

    planned: int = 0
    sent: int = 0
    arrived: int = 0
    shown: int = 0
    clicked: int = 0
    cleared: int = 0

    def __add__(self, other: Stages) -> Stages:
        return Stages(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True, slots=True)
class Funnel:
    """The funnel by channel. The sets of the channels are disjoint but for devices that were moved to another one."""

    channels: Mapping[str, Stages] = field(default_factory=dict)
    arrived: int = 0
    """Distinct devices over all channels."""

    @property
    def total(self) -> Stages:
        return sum(self.channels.values(), Stages())


async def funnel(connection: Connection, push_id: int) -> Funnel:
    """How far a push has come; all zero before its targets are known."""
    slices = await (await connection.execute(_sql.slices, {"push_id": push_id}, binary=True)).fetchall()
    deltas = await connection.execute(_sql.receipts, {"push_id": push_id}, binary=True)
    receipts: dict[tuple[int, str], list[BitMap]] = {}
    async for delta in deltas:
        receipts.setdefault((delta.slice_no, delta.event), []).append(BitMap.deserialize(delta.devices))
    return _combine(slices, {key: BitMap.union(BitMap(), *bitmaps) for key, bitmaps in receipts.items()})


def _combine(slices: Iterable[Any], receipts: Mapping[tuple[int, str], BitMap]) -> Funnel:
    channels: dict[str, Stages] = {}
    everyone = BitMap()
    for row in slices:
        events = {event: receipts.get((row.slice_no, event), BitMap()) for event in EVENTS}
        arrived = BitMap.union(*events.values())
        everyone |= arrived
        stages = Stages(
            planned=row.target_count,
            sent=_sent(row, arrived),
            arrived=len(arrived),
            shown=len(events["shown"]),
            clicked=len(events["clicked"]),
            cleared=len(events["cleared"]),
        )
        channels[row.channel] = channels.get(row.channel, Stages()) + stages
    return Funnel(channels, len(everyone))


def _sent(row: Any, arrived: BitMap) -> int:
    """|handed over \\ offline ∪ arrived|; offline devices are among those handed over, arrivals among the targets."""
    if row.sent_upto >= row.last_device:
        handed_over = row.target_count
    else:
        handed_over = BitMap.deserialize(row.targets).rank(row.sent_upto) if row.targets else 0
    missed = len(BitMap.deserialize(row.offline) - arrived) if row.offline else 0
    early = len(arrived) - (arrived.rank(row.sent_upto) if row.sent_upto >= 0 else 0)
    return int(handed_over - missed + early)
