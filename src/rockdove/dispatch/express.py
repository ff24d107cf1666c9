"""Slices of very many small pushes at once: one write, one flush, one transaction.

A slice of a small push is one batch, so there is no cursor to move on the way: it is sent when the flush is answered,
and closed. Whoever dies in between has held the slices under a lease; when that has run out the dispatcher sends them
like any others, and repeats no more than this batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from pyroaring import BitMap

from rockdove.engines.wire import Wire
from rockdove.gateway.publish import publish_each
from rockdove.lifecycle.moves import move_many
from rockdove.lifecycle.states import State
from rockdove.storage.database import Connection, fetch_all
from rockdove.storage.sql import load

_sql = load(__package__, "express.sql")


class Parcel(NamedTuple):
    """A leased slice of the own channel, ready to be sent."""

    push_id: int
    slice_no: int
    access_id: int
    targets: BitMap
    payload: bytes


async def publish(wire: Wire, parcels: Iterable[Parcel]) -> None:
    """To every target, connected or not (see `own_sending`), in the order given; returns when the server has them all.

    Raises ConnectionLostError: any part may have left.
    """
    await publish_each(wire, _messages(parcels))


async def unsynced(connection: Connection) -> None:
    """The surrounding transaction need not wait for the disk: the push itself is there, and is sent again should it be
    lost."""
    await connection.execute(_sql.unsynced)


async def close(connection: Connection, parcels: Sequence[Parcel], owner: str, online: Callable[[int], BitMap]) -> None:
    """In a transaction: the slices are through, and with them the pushes that have no other left."""
    push_ids = sorted({parcel.push_id for parcel in parcels})
    await unsynced(connection)
    await connection.execute(_sql.lock_pushes, {"push_ids": push_ids})
    offline = [(parcel.targets - online(parcel.access_id)).serialize() for parcel in parcels]
    await connection.execute(_sql.close, {**_keys(parcels), "offline": offline, "owner": owner})
    through = await fetch_all(connection, _sql.through, push_ids=push_ids)
    if through:
        await move_many(connection, [row.push_id for row in through], State.FINISHED)


async def put_back(connection: Connection, parcels: Sequence[Parcel], owner: str, seconds: float) -> None:
    """They could not be sent: due for every worker, in so many seconds."""
    await connection.execute(_sql.put_back, {**_keys(parcels), "owner": owner, "seconds": seconds})


def _messages(parcels: Iterable[Parcel]) -> Iterator[tuple[int, int, bytes]]:
    for parcel in parcels:
        for device_id in parcel.targets:
            yield parcel.access_id, device_id, parcel.payload


def _keys(parcels: Sequence[Parcel]) -> dict[str, Any]:
    return {
        "push_ids": [parcel.push_id for parcel in parcels],
        "slice_nos": [parcel.slice_no for parcel in parcels],
    }
