"""The funnel of a push: planned, sent, arrived, shown, clicked, cleared; distinct devices on each channel.

Nothing is counted up anywhere; every number is the size of a set, so a repeated batch or receipt changes nothing.

    planned   the targets of the slices, without those that moved to another slice
    sent      the targets up to the cursor, without those that were offline then, failed or moved; and whoever confirmed
              an arrival
    arrived, shown, clicked, cleared   the union of the receipts

A device that moved to another channel and confirms on the first one after all counts there, and not on the second.

A click or a clearing proves the arrival too, when the receipt of the arrival itself has not come (yet). Cheap enough
to be asked every second: slices at rest are counted without their target sets.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from pyroaring import BitMap

from rockdove.storage.database import Connection, fetch_binary
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
    retried: int = 0
    """Planned here because another channel refused them."""

    def __add__(self, other: Stages) -> Stages:
        return Stages(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True, slots=True)
class Funnel:
    """The funnel by channel."""

    channels: Mapping[str, Stages] = field(default_factory=dict)
    arrived: int = 0
    """Distinct devices over all channels."""
    failed: Mapping[str, int] = field(default_factory=dict)
    """Devices nobody will try again, by the channel's reason."""
    moved: Mapping[str, int] = field(default_factory=dict)
    """Devices that went to another channel or were tried again, by reason."""
    open: bool = False
    """Not all of it is done."""

    @property
    def total(self) -> Stages:
        return sum(self.channels.values(), Stages())


class _Exceptions(NamedTuple):
    """Of one slice, or of none."""

    failed: BitMap = BitMap()
    moved: BitMap = BitMap()


Receipts = Mapping[tuple[int, str], BitMap]
"""By slice and event."""


async def funnel(connection: Connection, push_id: int) -> Funnel:
    """How far a push has come; all zero before its targets are known."""
    return (await funnels(connection, [push_id]))[push_id]


async def funnels(connection: Connection, push_ids: Sequence[int]) -> dict[int, Funnel]:
    """How far some pushes have come, in two statements; by push id."""
    rows = [await fetch_binary(connection, one, push_ids=list(push_ids)) for one in (_sql.slices, _sql.receipts)]
    return await asyncio.to_thread(_by_push, push_ids, *rows)


def _by_push(push_ids: Iterable[int], *rows: Sequence[Any]) -> dict[int, Funnel]:
    of_push: defaultdict[int, tuple[list[Any], ...]] = defaultdict(lambda: ([], []))
    for kind, some in enumerate(rows):
        for row in some:
            of_push[row.push_id][kind].append(row)
    return {push_id: _of(*of_push[push_id]) for push_id in push_ids}


def _of(slices: Sequence[Any], deltas: Iterable[Any]) -> Funnel:
    receipts: defaultdict[tuple[int, str], BitMap] = defaultdict(BitMap)
    for delta in deltas:
        receipts[delta.slice_no, delta.event].update(BitMap.deserialize(delta.devices))
    return _combine(slices, receipts)


def _combine(slices: Sequence[Any], receipts: Receipts) -> Funnel:
    sets: dict[int, _Exceptions] = {}
    counts: dict[str, Counter[str]] = {"failed": Counter(), "moved": Counter()}
    for row in slices:
        for kind, reason, leaving in zip(row.kinds or (), row.reasons or (), row.leaving or (), strict=True):
            devices, known = BitMap.deserialize(leaving), sets.get(row.slice_no, _Exceptions())
            sets[row.slice_no] = known._replace(**{kind: getattr(known, kind) | devices})
            counts[kind][reason] += len(devices)
    arrived = {row.slice_no: _arrived(row, receipts) for row in slices}
    late = BitMap().union(*(one.moved & arrived[slice_no] for slice_no, one in sets.items()))
    channels: dict[str, Stages] = {}
    for row in slices:
        stages = _stages(row, receipts, arrived[row.slice_no], sets.get(row.slice_no, _Exceptions()), late)
        channels[row.channel] = channels.get(row.channel, Stages()) + stages
    everybody = len(BitMap().union(*arrived.values()))
    return Funnel(channels, everybody, counts["failed"], counts["moved"], any(row.open for row in slices))


def _arrived(row: Any, receipts: Receipts) -> BitMap:
    return BitMap.union(*(receipts.get((row.slice_no, event), BitMap()) for event in EVENTS))


def _stages(row: Any, receipts: Receipts, arrived: BitMap, exceptions: _Exceptions, late: BitMap) -> Stages:
    if row.cause != "planned" or any(exceptions):
        gone = exceptions.moved - arrived
        targets = BitMap.deserialize(row.targets) - gone - (late - arrived)
        planned, sent = len(targets), _sent_of(targets - exceptions.failed, row, arrived)
    else:
        planned, sent = row.target_count, _sent(row, arrived)
    shown, clicked, cleared = [len(receipts.get((row.slice_no, event), ())) for event in EVENTS[1:]]
    retried = planned if row.cause == "refused" else 0
    return Stages(planned, sent, len(arrived), shown, clicked, cleared, retried)


def _sent(row: Any, arrived: BitMap) -> int:
    """|handed over \\ offline ∪ arrived|; offline devices are among those handed over, arrivals among the targets."""
    if row.sent_upto >= row.last_device:
        handed_over = row.target_count
    else:
        handed_over = BitMap.deserialize(row.targets).rank(row.sent_upto) if row.targets else 0
    missed = len(BitMap.deserialize(row.offline) - arrived) if row.offline else 0
    early = len(arrived) - (arrived.rank(row.sent_upto) if row.sent_upto >= 0 else 0)
    return int(handed_over - missed + early)


def _sent_of(targets: BitMap, row: Any, arrived: BitMap) -> int:
    """The same for a slice whose devices went different ways: `targets` are those that stayed."""
    return len(sent_to(targets, row) | arrived)


def sent_to(targets: BitMap, row: Any) -> BitMap:
    """Those of some targets of a slice that were handed over and connected then."""
    offline = BitMap.deserialize(row.offline) if row.offline else BitMap()
    return targets - BitMap(range(row.sent_upto + 1, row.last_device + 1)) - offline
