"""A snapshot: one application's bindings, devices and tags as they were in one reading.

It is derived data. Nothing in it is trusted that the manifest does not vouch for: a snapshot that was written by other
library versions, read from another server, timeline, database or table, below other deletions, too long ago, or whose
bytes changed, is as good as none, and a new one is read from the tables.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import msgspec
import numpy as np
import polars as pl
import pyarrow as pa
import pyroaring

from rockdove import __version__
from rockdove.audience import account_table, tag_sets
from rockdove.audience.account_table import AccountTable
from rockdove.audience.device_columns import DeviceColumns, Devices, no_columns, rows_of
from rockdove.audience.reading import ATTRIBUTES, Header, Reading
from rockdove.audience.visibility import Visible
from rockdove.domain import account_hash

FORMAT = 1
"""Raised when the files or their meaning change."""
LIBRARIES = {
    "rockdove": __version__,
    "hash": account_hash.VERSION,
    "polars": pl.__version__,
    "pyroaring": pyroaring.__version__,
    "numpy": np.__version__,
}

MAX_LAST_SEEN_AGE = 25
"""Days since last_seen was read in full; see docs/decisions/0003-last-seen.md for why it can be no more."""

READ_LATER = "it was read later than this reading"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot says about itself."""

    access_id: int
    identity: str
    visible: str
    purges: int
    read_at_day: int
    full_read_day: int
    """When the devices were last read in full; a compaction carries it on."""
    format: int = FORMAT
    libraries: dict[str, str] = msgspec.field(default_factory=lambda: dict(LIBRARIES))
    generation: str = ""
    digests: dict[str, str] = {}
    """SHA-256 by file."""

    @property
    def xmin(self) -> int:
        return Visible.parse(self.visible).xmin

    def misfit(self, header: Header) -> str | None:
        """Why it can't serve a reading of its application, or None."""
        checks = {
            "format": self.format == FORMAT,
            "library versions": self.libraries == LIBRARIES,
            "server, database or tables": self.identity == header.identity,
            "deletions": self.purges == header.purges,
            "age": 0 <= header.today - self.full_read_day <= MAX_LAST_SEEN_AGE,
            READ_LATER: Visible.parse(self.visible).within(header.visible),
        }
        return next((what for what, fits in checks.items() if not fits), None)


class Snapshot(NamedTuple):
    """The content, in memory or mapped. Frames: see `account_table.group`."""

    manifest: Manifest
    accounts: pl.DataFrame
    bindings: pl.DataFrame
    devices: DeviceColumns
    tags: dict[int, bytes]

    def table(self, account_type: int) -> AccountTable:
        return account_table.table_of_type(self.accounts, self.bindings, account_type)

    def binding_rows(self) -> pl.DataFrame:
        """The bindings one by one again: account_type, account, device_id, bound_at."""
        starts = self.accounts["start"].to_numpy()
        accounts = np.repeat(np.arange(len(starts)), np.diff(starts, append=np.uint32(len(self.bindings))))
        return self.accounts.select("account_type", "account").select(pl.all().gather(accounts)).hstack(self.bindings)

    def to_frames(self) -> dict[str, pl.DataFrame]:
        """As files hold it."""
        columns = self.devices
        devices = pl.DataFrame({"flags": columns.flags, "last_seen": columns.last_seen, **columns.numbers})
        values = pl.concat(
            pl.DataFrame({"attribute": [name] * len(values), "value": values}, schema=_VALUES)
            for name, values in columns.values.items()
        )
        tags = pl.DataFrame({"tag_id": list(self.tags), "devices": list(self.tags.values())}, schema=_TAGS)
        return {
            "accounts": self.accounts,
            "bindings": self.bindings,
            "devices": devices,
            "values": values,
            "tags": tags,
        }

    @classmethod
    def of_frames(cls, manifest: Manifest, frames: dict[str, pl.DataFrame]) -> Snapshot:
        devices, values, tags = frames["devices"], frames["values"], frames["tags"]
        columns = DeviceColumns(
            flags=devices["flags"].to_numpy(),
            last_seen=devices["last_seen"].to_numpy(),
            numbers={name: devices[name].to_numpy() for name in ATTRIBUTES},
            values={name: values.filter(pl.col("attribute") == name)["value"].to_list() for name in ATTRIBUTES},
        )
        sets = dict(zip(tags["tag_id"], tags["devices"], strict=True))
        return cls(manifest, frames["accounts"], frames["bindings"], columns, sets)


_VALUES = {"attribute": pl.String, "value": pl.String}
_TAGS = {"tag_id": pl.Int64, "devices": pl.Binary}


def manifest_of(access_id: int, header: Header, full_read_day: int) -> Manifest:
    return Manifest(
        access_id=access_id,
        identity=header.identity,
        visible=str(header.visible),
        purges=header.purges,
        read_at_day=header.today,
        full_read_day=full_read_day,
    )


def read(access_id: int, reading: Reading) -> Snapshot:
    """A new snapshot from the tables: 6 M bindings, devices and tags take about 20 s. While one table is read the one
    before is put in order.
    """
    with ThreadPoolExecutor(1) as background:
        grouped = background.submit(account_table.group, reading.bindings())
        columns = background.submit(_columns_of, reading.devices())
        tags = background.submit(tag_sets.sets_of, reading.tags())
    accounts, bindings = grouped.result()
    return Snapshot(
        manifest=manifest_of(access_id, reading.header, reading.header.today),
        accounts=accounts,
        bindings=bindings,
        devices=columns.result(),
        tags=tags.result(),
    )


def _columns_of(devices: pa.Table) -> DeviceColumns:
    return Devices(no_columns(), rows_of(devices)).merged()
