"""What became of each account of a package after its push, for download.

No row per device is ever stored for a push. This list is put together when it is asked for: the targets and receipts
of one slice after the other, the accounts their devices are bound to *now* (a device that was bound to another
account since shows up under that), and at the end the accounts that led to no target.

A device that left a slice for another one is a target of both, and shows up once: in the slice where it confirmed most
(the first of such slices), or, where it confirmed nothing, in the one it has come to last.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from pyroaring import BitMap

from rockdove.audience.audience import AudienceError
from rockdove.audience.hashed_texts import HashedTexts, OpenPackage, hashed
from rockdove.storage.database import Connection, Database, fetch_all, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "outcome.sql")

STAGES = ("arrived", "shown", "clicked", "cleared")
"""Each one implies those before it; the last one a device confirmed is its state."""


ROWS = 50_000
"""Of a piece of accounts without a target."""


class Outcome(NamedTuple):
    """One target, or one account without any (then only `account` and `state` are given)."""

    account: str
    token: str
    channel: str
    state: str
    """no_target; waiting: not handed over yet, or the device was not connected then; sent; failed: nobody will try
    again; or one of STAGES."""
    time: datetime | None
    """When the state was confirmed, to the minute."""


async def outcomes(
    database: Database, open_package: OpenPackage, access_id: int, push_id: int
) -> AsyncIterator[list[Outcome]]:
    """In pieces. Raises AudienceError for an unknown push. The accounts without a target are left out where the push
    was not for a package, or its package was deleted since.
    """
    async with database.transaction() as connection:
        await connection.execute(_sql.one_snapshot)
        push = await fetch_one(connection, _sql.push, access_id=access_id, push_id=push_id)
        if push is None:
            raise AudienceError(f"this application has no push {push_id}")
        whereabouts = await _whereabouts(connection, push_id)
    package = await _package(open_package, access_id, push.package_id)
    reached = np.zeros(package.size, np.bool_)
    for slice_no in push.slice_nos:
        async with database.connection() as connection:
            slice_ = await fetch_one(connection, _sql.slice, push_id=push_id, slice_no=slice_no)
            found = await _of_slice(connection, access_id, push, slice_, whereabouts)
        reached[package.find(hashed([outcome.account for outcome in found])).here] = True
        yield found
    left = package.texts.filter(pl.Series(~reached))
    for first in range(0, len(left), ROWS):
        yield [Outcome(account, "", "", "no_target", None) for account in left.slice(first, ROWS)]


async def csv_of(pieces: AsyncIterator[list[Outcome]]) -> AsyncIterator[bytes]:
    """As a download; an unknown push raises before the first byte."""
    header = ",".join(Outcome._fields) + "\r\n"
    async for piece in pieces:
        text = io.StringIO(header)
        text.seek(0, io.SEEK_END)
        csv.writer(text).writerows((*outcome[:-1], outcome.time and outcome.time.isoformat()) for outcome in piece)
        yield text.getvalue().encode()
        header = ""
    yield header.encode()


class _Whereabouts(NamedTuple):
    """Of the devices that a channel did not simply take, by slice number."""

    failed: dict[int, BitMap]
    moved: dict[int, BitMap]
    settled: dict[int, BitMap]
    """Those that left some slice and have confirmed: in the one slice where they show up."""
    settled_anywhere: BitMap

    def here(self, slice_no: int, targets: BitMap) -> BitMap:
        elsewhere = self.settled_anywhere | self.moved.get(slice_no, BitMap())
        return (targets - elsewhere) | self.settled.get(slice_no, BitMap())


async def _whereabouts(connection: Connection, push_id: int) -> _Whereabouts:
    found: dict[str, defaultdict[int, BitMap]] = {"failed": defaultdict(BitMap), "moved": defaultdict(BitMap)}
    for row in await fetch_all(connection, _sql.exceptions, push_id=push_id):
        found[row.kind][row.slice_no] |= BitMap.deserialize(row.devices)
    receipts = await fetch_all(connection, _sql.receipts_of_moved, push_id=push_id) if found["moved"] else []
    settled = _settled(receipts, BitMap().union(*found["moved"].values()))
    return _Whereabouts(found["failed"], found["moved"], settled, BitMap().union(*settled.values()))


def _settled(receipts: list[Any], moved: BitMap) -> dict[int, BitMap]:
    """The furthest stage decides, then the order of the slices."""
    settled: defaultdict[int, BitMap] = defaultdict(BitMap)
    rest = BitMap(moved)
    for stage in reversed(STAGES):
        for row in receipts:
            if row.event == stage and (mine := rest & BitMap.deserialize(row.devices)):
                settled[row.slice_no] |= mine
                rest -= mine
    return settled


async def _of_slice(
    connection: Connection, access_id: int, push: Any, slice_: Any, whereabouts: _Whereabouts
) -> list[Outcome]:
    here = whereabouts.here(slice_.slice_no, BitMap.deserialize(slice_.targets))
    wanted = {"access_id": access_id, "account_type": push.account_type, "device_ids": list(here)}
    devices = await fetch_all(connection, _sql.bound, **wanted)
    failed = whereabouts.failed.get(slice_.slice_no, BitMap())
    offline = BitMap.deserialize(slice_.offline) if slice_.offline else BitMap()
    receipts = await fetch_all(connection, _sql.receipts, push_id=slice_.push_id, slice_no=slice_.slice_no)
    confirmed = _latest_stage(receipts)

    def unconfirmed(device_id: int) -> str:
        if device_id in failed:
            return "failed"
        return "sent" if device_id <= slice_.sent_upto and device_id not in offline else "waiting"

    return [
        Outcome(
            row.account or "",
            row.token,
            slice_.channel,
            *confirmed.get(row.device_id, (unconfirmed(row.device_id), None)),
        )
        for row in devices
    ]


def _latest_stage(receipts: list[Any]) -> dict[int, tuple[str, datetime]]:
    """For each device the furthest stage it confirmed, and when it did so first."""
    stages: dict[int, tuple[str, datetime]] = {}
    for stage in STAGES:
        of_stage = [row for row in receipts if row.event == stage]
        for row in reversed(of_stage):
            stages.update(dict.fromkeys(BitMap.deserialize(row.devices), (stage, row.minute)))
    return stages


async def _package(open_package: OpenPackage, access_id: int, package_id: int | None) -> HashedTexts:
    if package_id is not None:
        with suppress(AudienceError):
            return await open_package(access_id, package_id)
    return hashed([])
