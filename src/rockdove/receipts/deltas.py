"""Appending what was reported, slice by slice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from pyroaring import BitMap

from rockdove.gateway.bitmap_cache import BitmapCache
from rockdove.gateway.targets import Key, Targets
from rockdove.receipts.report import Event
from rockdove.storage.database import Connection, fetch_binary
from rockdove.storage.sql import load

_sql = load(__package__, "deltas.sql")

KNOWN_ARRIVALS_BYTES = 64 * 1024 * 1024


class Delta(NamedTuple):
    """Devices of one application that report one event of one push in one minute."""

    access_id: int
    push_id: int
    event: Event
    minute: datetime
    devices: BitMap


class Row(NamedTuple):
    push_id: int
    slice_no: int
    event: Event
    minute: datetime

    @property
    def slice(self) -> Key:
        return self.push_id, self.slice_no


Rows = dict[Row, BitMap]


class Written(NamedTuple):
    rows: Rows
    foreign: int
    """Devices that are no targets of the push they reported on."""


class DeltaWriter:
    """Keeps in mind arrivals it knows to be recorded (any subset will do), so that repeats append nothing."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._arrived: BitmapCache[Key] = BitmapCache(KNOWN_ARRIVALS_BYTES)

    def forget(self, push_ids: Iterable[int]) -> None:
        for push_id in push_ids:
            self._targets.forget(push_id)

    async def write(self, connection: Connection, reports: list[Delta]) -> Written:
        """Append them within the surrounding transaction; `remember` what it gives once that has committed."""
        await self._read_lists(connection, [report.push_id for report in reports])
        rows, foreign = await self._cut(connection, reports)
        if foreign:  # a slice may have joined its push since we read the list
            self.forget({report.push_id for report in foreign})
            await self._read_lists(connection, [report.push_id for report in foreign])
            late, foreign = await self._cut(connection, foreign)
            rows = _merge(rows, late)
        rows = _merge(rows, await self._implied_arrivals(connection, rows))
        await append(connection, self._unrecorded(rows))
        return Written(rows, sum(len(report.devices) for report in foreign))

    def remember(self, rows: Rows) -> None:
        """These are recorded now."""
        for row, devices in rows.items():
            if row.event == "arrived":
                self._arrived.put(row.slice, self._known(row.slice) | devices)

    async def _read_lists(self, connection: Connection, push_ids: list[int]) -> None:
        missing = {push_id for push_id in push_ids if not self._targets.known(push_id)}
        if missing:
            await self._targets.read(connection, missing)

    async def _cut(self, connection: Connection, reports: list[Delta]) -> tuple[Rows, list[Delta]]:
        """Along the slices, and what fits none. Of two slices with the same device, the first is taken."""
        rows: Rows = {}
        foreign: list[Delta] = []
        for report in reports:
            slices = [slice_ for slice_ in self._targets.known(report.push_id) if slice_.access_id == report.access_id]
            rest = report.devices.copy()
            for slice_, found in await self._targets.among(connection, slices, rest):
                if mine := found & rest:
                    rows[Row(report.push_id, slice_.slice_no, report.event, report.minute)] = mine
                    rest -= mine
            if rest:
                foreign.append(report._replace(devices=rest))
        return rows, foreign

    async def _implied_arrivals(self, connection: Connection, rows: Rows) -> Rows:
        """Arrivals of those who showed, clicked or cleared without having confirmed."""
        here: defaultdict[Key, BitMap] = defaultdict(BitMap)
        for row, devices in rows.items():
            if row.event == "arrived":
                here[row.slice] |= devices
        acted = {row: devices for row, devices in rows.items() if row.event != "arrived"}

        def unconfirmed(row: Row) -> BitMap:
            return acted[row] - here[row.slice] - self._known(row.slice)

        await self._read_arrived(connection, {row.slice for row in acted if unconfirmed(row)})
        implied: defaultdict[Row, BitMap] = defaultdict(BitMap)
        for row in acted:
            if missing := unconfirmed(row):
                here[row.slice] |= missing
                implied[row._replace(event="arrived")] |= missing
        return implied

    async def _read_arrived(self, connection: Connection, slices: set[Key]) -> None:
        if not slices:
            return
        push_ids, slice_nos = [push_id for push_id, _ in slices], [slice_no for _, slice_no in slices]
        arrived: defaultdict[Key, BitMap] = defaultdict(BitMap)
        for row in await fetch_binary(connection, _sql.arrived, push_ids=push_ids, slice_nos=slice_nos):
            arrived[row.push_id, row.slice_no] |= BitMap.deserialize(row.devices)
        for key, bitmap in arrived.items():
            self._arrived.put(key, bitmap)

    def _unrecorded(self, rows: Rows) -> Rows:
        fresh: Rows = {}
        for row, devices in rows.items():
            new = devices - self._known(row.slice) if row.event == "arrived" else devices
            if new:
                fresh[row] = new
        return fresh

    def _known(self, key: Key) -> BitMap:
        """Arrivals known to be recorded."""
        known = self._arrived.get(key)
        return known if known is not None else BitMap()


def _merge(rows: Rows, more: Rows) -> Rows:
    """Union, row by row."""
    merged = dict(rows)
    for row, devices in more.items():
        merged[row] = merged[row] | devices if row in merged else devices
    return merged


async def append(connection: Connection, rows: Rows) -> None:
    if not rows:
        return
    async with connection.cursor() as cursor, cursor.copy(_sql.append) as copy:
        copy.set_types(["int8", "int4", "text", "timestamptz", "bytea"])
        for row, devices in rows.items():
            await copy.write_row((*row, devices.serialize()))
