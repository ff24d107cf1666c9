"""A snapshot with what has changed since laid over it: an application exactly as one reading sees it.

**Model.** Every row that an audience depends on carries `changed_xid`, the transaction that last changed it, set by a
trigger. A snapshot knows the xmin of its reading: every transaction below had ended then, so whatever they did is in
it or never happened. The rows with changed_xid >= xmin are read again, now; nothing else can differ.

**Invariants.** Rows replace by primary key, never by content: a device that was bound to another account shows up under
the same (device, account type) and so hides its old binding; unbinding keeps the row with account NULL, which hides it
as well. Reading a row again that had not changed is harmless. Rows, xmin and the deletions seen come from one
REPEATABLE READ transaction on one connection; any two of them from different moments resolve somebody else's devices.

**Failure.** Deleted rows can't be overlaid: they raise the purge horizon, and a snapshot from below another one is
discarded (snapshot.Manifest.misfit), like one from another server or from this reading's future.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from rockdove.audience import account_table, tag_sets
from rockdove.audience.account_table import AccountTable
from rockdove.audience.bitmaps import of_ids
from rockdove.audience.device_columns import DeviceRows, Devices, rows_of
from rockdove.audience.reading import Reading
from rockdove.audience.snapshot import Snapshot, manifest_of
from rockdove.audience.tag_sets import TagSets

Flags = npt.NDArray[np.bool_]


class Overlay(NamedTuple):
    """The rows changed since a snapshot, as of a reading."""

    bindings: pl.DataFrame
    devices: DeviceRows
    tags: pl.DataFrame

    @property
    def rows(self) -> int:
        return len(self.bindings) + len(self.devices.ids) + len(self.tags)


def overlay_of(snapshot: Snapshot, reading: Reading) -> Overlay:
    xmin = snapshot.manifest.xmin
    return Overlay(reading.bindings(since=xmin), rows_of(reading.devices(since=xmin)), reading.tags(since=xmin))


class Bindings(NamedTuple):
    """The bindings of one account type: those of the snapshot whose device is not in `changed`, and the newer ones."""

    old: AccountTable
    new: AccountTable
    changed: Flags
    """One flag a device id."""


class View:
    """What resolutions ask. `reading.header` is the moment it is true for."""

    def __init__(self, snapshot: Snapshot, overlay: Overlay, reading: Reading) -> None:
        self.snapshot, self.overlay, self.reading, self.header = snapshot, overlay, reading, reading.header
        self.devices = Devices(snapshot.devices, overlay.devices)

    @cached_property
    def tags(self) -> TagSets:
        rows = self.overlay.tags
        return TagSets(self.snapshot.tags, of_ids(rows["device_id"].sort().to_numpy()), tag_sets.sets_of(rows))

    @cached_property
    def tag_ids(self) -> dict[str, int]:
        return self.reading.tag_ids()

    def bindings(self, account_type: int) -> Bindings:
        rows = self.overlay.bindings.filter(pl.col("account_type") == account_type)
        changed = np.zeros(self.devices.size, np.bool_)
        changed[rows["device_id"].to_numpy()] = True
        new = account_table.table_of_type(*account_table.group(rows.drop_nulls("account")), account_type)
        return Bindings(self.snapshot.table(account_type), new, changed)

    def compacted(self) -> Snapshot:
        """The next snapshot: this view, without reading the tables again."""
        key = ["device_id", "account_type"]
        newer = self.overlay.bindings.with_columns(pl.col("device_id").cast(pl.UInt32))
        kept = self.snapshot.binding_rows().join(newer, on=key, how="anti")
        bindings = pl.concat([kept, newer.drop_nulls("account")], how="diagonal")
        accounts, devices = account_table.group(bindings)
        return Snapshot(
            manifest=manifest_of(self.snapshot.manifest.access_id, self.header, self.snapshot.manifest.full_read_day),
            accounts=accounts,
            bindings=devices,
            devices=self.devices.merged(),
            tags=self.tags.merged(),
        )
