"""The bindings of one account type, grouped by account.

Groups lie by ascending hash of their account, devices within a group by time of binding, newest first (of equals the
larger device id first), so that *recent* is the first usable one of a group and *all* is the group.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from rockdove.audience.hashed_texts import HashedTexts
from rockdove.domain.account_hash import hash_strings

Numbers = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]


class AccountTable(NamedTuple):
    """Group i has the bindings starts[i] to starts[i+1] and the account accounts.texts[i]."""

    accounts: HashedTexts
    starts: Numbers
    devices: npt.NDArray[np.uint32]
    bound_at: npt.NDArray[np.int64]
    """Microseconds since 1970."""

    def usable(self, mask: Flags) -> Candidates:
        """The bindings whose device is in `mask` (one flag a device id)."""
        rows = mask[self.devices]
        upto = np.zeros(len(rows) + 1, np.uint32)
        np.cumsum(rows, out=upto[1:])
        return Candidates(np.flatnonzero(rows), upto[self.starts])

    def groups_left(self, gone: Flags) -> Flags:
        """For each group: is any of its bindings on a device that is not in `gone`?"""
        rows = np.flatnonzero(gone[self.devices])
        groups = np.searchsorted(self.starts, rows, side="right") - 1
        return np.bincount(groups, minlength=self.accounts.size) < np.diff(self.starts)


class Candidates(NamedTuple):
    """Bindings that may be chosen: group i has the rows rows[starts[i]] to rows[starts[i+1]] of its table."""

    rows: Numbers
    starts: Numbers

    def counts(self, groups: Numbers) -> Numbers:
        """How many each of `groups` has."""
        return np.diff(self.starts)[groups]

    def newest(self, groups: Numbers) -> Numbers:
        """The row of the newest of each of `groups`, none of which is empty."""
        return self.rows[self.starts[groups]]

    def of_group(self, group: int) -> Numbers:
        return self.rows[self.starts[group] : self.starts[group + 1]]

    def of_groups(self, groups: Numbers) -> Numbers:
        """All rows of `groups`."""
        wanted = np.zeros(len(self.starts) - 1, np.bool_)
        wanted[groups] = True
        return self.rows[np.repeat(wanted, np.diff(self.starts))]


def group(bindings: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Bindings (device_id, account_type, account, bound_at) as the two frames a snapshot keeps: accounts (account_type,
    hash, account, start) and their devices (device_id, bound_at).
    """
    ordered = bindings.with_columns(hash=hash_strings(bindings["account"])).sort(
        "account_type", "hash", "account", "bound_at", "device_id", descending=[False, False, False, True, True]
    )
    key = ["account_type", "hash", "account"]
    differs = pl.any_horizontal([pl.col(name) != pl.col(name).shift() for name in key]).fill_null(True)
    starts = np.flatnonzero(ordered.select(differs).to_series().to_numpy())
    accounts = ordered.select(key).select(pl.all().gather(starts)).with_columns(start=starts.astype(np.uint32))
    return accounts, ordered.select(pl.col("device_id").cast(pl.UInt32), "bound_at")


def table_of_type(accounts: pl.DataFrame, bindings: pl.DataFrame, account_type: int) -> AccountTable:
    """The part of `group`'s frames that belongs to one account type, without copying it."""
    types = accounts["account_type"].to_numpy()
    first, last = np.searchsorted(types, [account_type, account_type + 1]).tolist()
    starts = np.append(accounts["start"].to_numpy(), np.uint32(len(bindings)))[first : last + 1]
    rows = slice(int(starts[0]), int(starts[-1]))
    return AccountTable(
        accounts=HashedTexts(accounts["hash"].to_numpy()[first:last], accounts["account"][first:last]),
        starts=starts - starts[0],
        devices=bindings["device_id"].to_numpy()[rows],
        bound_at=bindings["bound_at"].to_numpy()[rows],
    )
