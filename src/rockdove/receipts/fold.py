"""Folding receipts: many small reports become a few bitmaps.

Every report is one device saying one thing about one push. They are collected by (push, event, minute) as device ids;
about once a second the ids become bitmaps, are cut along the slices of their push, and are *appended*: one row for
each (slice, event, minute) and flush. Nothing is rewritten in place (that cost 60 times the WAL and lost updates);
counting is the union of the rows, and union does not mind the same receipt twice, from the same or another process.

Who may say what. NATS lets a device publish only under its own subject, so the subject is the proof of who speaks. What
it may speak about is decided here: a device counts only for pushes of its application that have it as a target.

Nothing is lost on the way:
- an arrival that is not recorded (we died, the database was away too long) is sent again at the device's next sync, and
  confirmed again;
- shown, clicked and cleared are kept by the device until they are acknowledged, and that happens after the commit. A
  receipt that will never count (foreign or unknown push) is acknowledged too, or the device would repeat it for ever.

Whoever shows, clicks or clears a message has received it, so these events count as an arrival where none is recorded.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
import numpy as np
from psycopg.errors import ForeignKeyViolation
from pyroaring import BitMap

from rockdove.engines.wire import ConnectionLostError, Message
from rockdove.gateway.targets import Targets
from rockdove.observe import log
from rockdove.receipts.deltas import Delta, DeltaWriter, Written
from rockdove.receipts.report import ACKNOWLEDGED, BadReportError, Event, parse
from rockdove.storage.database import Connection, Database, Unavailable

FLUSH_SECONDS = 1.0
HURRIED_SECONDS = 0.05
"""When somebody waits for the commit, as callers over HTTP do."""
COMMIT_SECONDS = 10.0
"""How long somebody waits for it, before it is told that the database is away."""
PENDING_RECEIPTS = 10_000_000
"""Kept while the database is away (4 bytes each); beyond, receipts are dropped and come again by themselves."""
PUSHES_A_FLUSH = 10_000
"""Different pushes reported on in a second; more is a device that invents ids."""


class _Key(NamedTuple):
    access_id: int
    push_id: int
    event: Event
    minute: int


Acknowledge = Callable[[Iterable[tuple[int, int, bytes]]], Awaitable[None]]
"""Sends (access id, device id, message) to devices."""


class Fold:
    """Collects with `receive` or `add`, writes in `run`. `targets` may be shared with the gateway of the same
    process."""

    def __init__(self, database: Database, targets: Targets, acknowledge: Acknowledge | None = None) -> None:
        self._database = database
        self._acknowledge = acknowledge
        self._writer = DeltaWriter(targets)
        self._pending: defaultdict[_Key, array[int]] = _nothing()
        self._pending_count = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._hurry = asyncio.Event()
        self.accepted = 0
        self.malformed = 0
        self.foreign = 0
        self.dropped = 0

    def receive(self, messages: list[Message]) -> None:
        """Reports as they come from NATS: the subject `r.<access_id>.<device_id>` says whose they are. Devices of one
        push report in the same words, so these are read once for all of them."""
        minute = int(time.time()) // 60
        together: defaultdict[tuple[bytes, bytes], list[int]] = defaultdict(list)
        for subject, payload in messages:
            _, access_id, device_id = subject.split(b".")
            together[access_id, payload].append(int(device_id))
        for (access_id, payload), device_ids in together.items():
            try:
                self._collect(int(access_id), device_ids, parse(payload), minute)
            except BadReportError:
                self.malformed += len(device_ids)

    async def add(self, access_id: int, device_id: int, report: bytes) -> None:
        """One report from another way in; returns after its commit. Raises BadReportError, and TimeoutError when it was
        not committed within COMMIT_SECONDS: it will be, if this process lives.
        """
        self._collect(access_id, [device_id], parse(report), int(time.time()) // 60)
        await self._committed()

    async def add_all(self, access_id: int, reports: Mapping[tuple[int, Event], Sequence[int]]) -> None:
        """What a vendor reports: device ids by (push id, event). Returns after their commit, or raises TimeoutError."""
        minute = int(time.time()) // 60
        for receipt, device_ids in reports.items():
            self._collect(access_id, list(device_ids), [receipt], minute)
        if reports:
            await self._committed()

    async def _committed(self) -> None:
        committed = asyncio.get_running_loop().create_future()
        self._waiting.append(committed)
        self._hurry.set()
        async with asyncio.timeout(COMMIT_SECONDS):
            await committed

    def _collect(self, access_id: int, device_ids: list[int], receipts: list[tuple[int, Event]], minute: int) -> None:
        count = len(receipts) * len(device_ids)
        if self._pending_count >= PENDING_RECEIPTS:
            self.dropped += count
            return
        for push_id, event in receipts:
            self._pending[_Key(access_id, push_id, event, minute)].extend(device_ids)
        self._pending_count += count

    async def run(self) -> None:
        """Write until cancelled, and what is left then."""
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(FLUSH_SECONDS):
                        await self._hurry.wait()
                    await asyncio.sleep(HURRIED_SECONDS)
                self._hurry.clear()
                await self._try_flush()
        finally:
            await self._try_flush()

    async def _try_flush(self) -> None:
        try:
            await self.flush()
        except Unavailable as error:
            log.warning("database away: receipts wait", receipts=self._pending_count, error=str(error))

    async def flush(self) -> None:
        """Write what was collected, then acknowledge it. When the database is away everything stays collected."""
        if not self._pending and not self._waiting:
            return
        taken, self._pending = self._pending, _nothing()
        count, self._pending_count = self._pending_count, 0
        waiting, self._waiting = self._waiting, []
        for key in list(taken)[PUSHES_A_FLUSH:]:
            count -= (lost := len(taken.pop(key)))
            self.dropped += lost
        devices = {key: _bitmap(ids) for key, ids in taken.items()}
        try:
            written = await self._write(devices)
        except BaseException:
            for key, ids in taken.items():
                self._pending[key].extend(ids)
            self._pending_count += count
            self._waiting += (committed for committed in waiting if not committed.done())  # the others have gone
            raise
        self._writer.remember(written.rows)
        self.foreign += written.foreign
        self.accepted += count - written.foreign
        for committed in waiting:
            if not committed.done():
                committed.set_result(None)
        await self._tell(devices)

    async def _write(self, devices: dict[_Key, BitMap]) -> Written:
        try:
            async with self._database.transaction() as connection:
                return await self._write_in(connection, devices)
        except ForeignKeyViolation:  # a push was purged since its slices were read
            self._writer.forget({key.push_id for key in devices})
        async with self._database.transaction() as connection:
            return await self._write_in(connection, devices)

    async def _write_in(self, connection: Connection, devices: dict[_Key, BitMap]) -> Written:
        reports = [
            Delta(key.access_id, key.push_id, key.event, datetime.fromtimestamp(key.minute * 60, UTC), bitmap)
            for key, bitmap in devices.items()
        ]
        return await self._writer.write(connection, reports)

    async def _tell(self, devices: dict[_Key, BitMap]) -> None:
        if self._acknowledge is None:
            return
        acknowledged: defaultdict[tuple[int, int], list[dict[str, str]]] = defaultdict(list)
        for key, bitmap in devices.items():
            if key.event in ACKNOWLEDGED:
                receipt = {"push_id": str(key.push_id), "event": key.event}
                for device_id in bitmap:
                    acknowledged[key.access_id, device_id].append(receipt)
        messages = (
            (access_id, device_id, msgspec.json.encode({"type": "ack", "receipts": receipts}))
            for (access_id, device_id), receipts in acknowledged.items()
        )
        if acknowledged:
            with suppress(ConnectionLostError):  # devices report again
                await self._acknowledge(messages)


def _nothing() -> defaultdict[_Key, array[int]]:
    return defaultdict(lambda: array("I"))


def _bitmap(ids: array[int]) -> BitMap:
    """Sorted first: building from an unsorted array takes 20 times as long."""
    return BitMap(array("I", np.unique(np.frombuffer(ids, np.uint32)).tobytes()))
