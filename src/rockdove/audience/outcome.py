"""What became of each account of a package after its push, for download.

No row per device is ever stored for a push. This list is put together when it is asked for: the targets and receipts
of one slice after the other, the accounts their devices are bound to *now* (a device that was bound to another
account since shows up under that), and at the end the accounts that led to no target.
"""

from __future__ import annotations

import csv
import io
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
    """no_target, waiting, sent, or one of STAGES."""
    time: datetime | None
    """When the state was confirmed, to the minute."""


async def outcomes(
    database: Database, open_package: OpenPackage, access_id: int, push_id: int
) -> AsyncIterator[list[Outcome]]:
    """In pieces. Raises AudienceError for an unknown push. The accounts without a target are left out where the push
    was not for a package, or its package was deleted since.
    """
    async with database.connection() as connection:
        push = await fetch_one(connection, _sql.push, access_id=access_id, push_id=push_id)
    if push is None:
        raise AudienceError(f"this application has no push {push_id}")
    package = await _package(open_package, access_id, push.package_id)
    reached = np.zeros(package.size, np.bool_)
    for slice_no in push.slice_nos:
        async with database.connection() as connection:
            slice_ = await fetch_one(connection, _sql.slice, push_id=push_id, slice_no=slice_no)
            found = await _of_slice(connection, access_id, push, slice_)
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


async def _of_slice(connection: Connection, access_id: int, push: Any, slice_: Any) -> list[Outcome]:
    targets = BitMap.deserialize(slice_.targets)
    devices = await fetch_all(
        connection,
        _sql.bound,
        access_id=access_id,
        account_type=push.account_type,
        first_device=slice_.first_device,
        last_device=slice_.last_device,
    )
    receipts = await fetch_all(connection, _sql.receipts, push_id=slice_.push_id, slice_no=slice_.slice_no)
    confirmed = _latest_stage(receipts)
    return [
        Outcome(
            row.account or "",
            row.token,
            slice_.channel,
            *confirmed.get(row.device_id, ("sent" if row.device_id <= slice_.sent_upto else "waiting", None)),
        )
        for row in devices
        if row.device_id in targets
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
