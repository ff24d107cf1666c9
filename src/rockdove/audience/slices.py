"""From a target set to slices: the form in which a push leaves this stage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from psycopg.types.json import Jsonb

from rockdove.audience import caps
from rockdove.audience.audience import Audience
from rockdove.audience.bitmaps import of_ids, to_ids
from rockdove.domain.push import SMALL_PUSH_TARGETS
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.storage.database import Connection, Database
from rockdove.storage.sql import load
from rockdove.storage.wake import notify

_sql = load(__package__, "slices.sql")


class Slice(NamedTuple):
    """A contiguous range of device ids on one channel; `targets` is a serialised roaring bitmap."""

    channel: str
    first_device: int
    last_device: int
    target_count: int
    targets: bytes


def cut(audience: Audience, slice_devices: int) -> Iterator[Slice]:
    """Slices of at most `slice_devices` targets, channel by channel, ascending and not overlapping within each."""
    for channel, devices in audience.channels.items():
        ids = to_ids(devices)
        for start in range(0, len(ids), slice_devices):
            part = ids[start : start + slice_devices]
            targets = of_ids(part)
            targets.run_optimize()
            yield Slice(channel, int(part[0]), int(part[-1]), len(part), targets.serialize())


async def write_slices(connection: Connection, push: Any, audience: Audience, slice_devices: int) -> int:
    """Start `push` (push_id, access_id, push_speed) with these targets, within the surrounding transaction: either all
    of its slices are there and it is STARTED, or none and it is not. Without targets it is FINISHED at once.

    Devices that have had their share of the day are left out; gives the number of the others. A paced push gets slices
    of at most one second's worth. Raises IllegalMoveError where it was cancelled or started by somebody else meanwhile.
    """
    size = min(slice_devices, push.push_speed) if push.push_speed else slice_devices
    await move(connection, push.push_id, State.STARTED)
    audience = await caps.of_starting(connection, push.push_id, audience)
    counts = Jsonb(msgspec.to_builtins(audience.counts))
    await connection.execute(_sql.set_counts, {"push_id": push.push_id, "counts": counts})
    if not audience.counts.planned:
        await move(connection, push.push_id, State.FINISHED)
        return 0
    await _insert(connection, push, list(cut(audience, size)))
    if audience.counts.planned <= SMALL_PUSH_TARGETS:
        small = {"push_id": push.push_id, "access_id": push.access_id, "devices": list(audience.targets)}
        await connection.execute(_sql.insert_small_targets, small)
    await notify(connection, "slices")
    return audience.counts.planned


async def forget_small_targets(database: Database) -> int:
    """Drop what no device is owed any more and no daily cap counts; gives how many rows."""
    async with database.connection() as connection:
        return (await connection.execute(_sql.forget_small_targets)).rowcount


async def _insert(connection: Connection, push: Any, slices: list[Slice]) -> None:
    columns = {
        "push_id": push.push_id,
        "access_id": push.access_id,
        "paced": bool(push.push_speed),
        "slice_nos": list(range(len(slices))),
        "channels": [slice_.channel for slice_ in slices],
        "firsts": [slice_.first_device for slice_ in slices],
        "lasts": [slice_.last_device for slice_ in slices],
        "counts": [slice_.target_count for slice_ in slices],
        "targets": [slice_.targets for slice_ in slices],
    }
    await connection.execute(_sql.insert_slices, columns)
