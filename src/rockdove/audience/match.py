"""Which devices the wanted accounts lead to: the newest of each, or all of them.

Two tables are asked, the snapshot's (without the devices that were bound anew since) and the newer rows', and their
answers are merged account by account, by time of binding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from rockdove.audience.account_table import AccountTable
from rockdove.audience.hashed_texts import HashedTexts
from rockdove.audience.view import Bindings
from rockdove.domain.account import MAX_DEVICES_PER_ACCOUNT

Numbers = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]


class Side:
    """One table, as the wanted accounts see it: account `accounts[i]` found group `groups[i]`, which has `counts[i]`
    usable bindings.
    """

    def __init__(self, table: AccountTable, wanted: HashedTexts, usable: Flags) -> None:
        self.table = table
        self.accounts, self.groups = table.accounts.find(wanted)
        self.candidates = table.usable(usable)
        self.counts = self.candidates.counts(self.groups)

    def newest(self) -> tuple[Numbers, Numbers]:
        """The accounts with a usable binding, and the row of the newest of each."""
        has = self.counts > 0
        return self.accounts[has], self.candidates.newest(self.groups[has])

    def rows_of(self, accounts: Flags) -> Numbers:
        """All usable bindings of some of the wanted accounts."""
        return self.candidates.of_groups(self.groups[accounts[self.accounts]])

    def rows_by_account(self, accounts: Flags) -> Iterator[tuple[int, Numbers]]:
        """The same, account by account."""
        some = accounts[self.accounts]
        for account, group in zip(self.accounts[some].tolist(), self.groups[some].tolist(), strict=True):
            yield account, self.candidates.of_group(group)


class Match:
    """Wanted accounts against the bindings of one type. `usable` has one flag a device id: only these are candidates.
    Results are flags for the wanted accounts, or device ids (ascending, distinct).
    """

    def __init__(self, bindings: Bindings, wanted: HashedTexts, usable: Flags) -> None:
        self._bindings, self._accounts, self._devices = bindings, wanted.size, len(usable)
        self._old = Side(bindings.old, wanted, usable & ~bindings.changed)
        self._new = Side(bindings.new, wanted, usable)

    @cached_property
    def matched(self) -> Flags:
        """Accounts bound to at least one device, usable or not."""
        matched = np.zeros(self._accounts, np.bool_)
        left = self._bindings.old.groups_left(self._bindings.changed)
        matched[self._old.accounts] = left[self._old.groups]
        matched[self._new.accounts] = True
        return matched

    @cached_property
    def served(self) -> Flags:
        """Accounts with at least one usable device."""
        return self._counts > 0

    @cached_property
    def _counts(self) -> Numbers:
        counts = np.zeros(self._accounts, np.uint32)
        for side in (self._old, self._new):
            counts[side.accounts] += side.counts
        return counts

    def newest(self) -> Numbers:
        """Of each account its usable device that was bound last; of those bound at the same time the larger id."""
        old, new = self._old.table, self._new.table
        accounts, old_rows = self._old.newest()
        row_of = np.full(self._accounts, -1, np.int64)
        row_of[accounts] = old_rows
        accounts, rows = self._new.newest()
        rivals = row_of[accounts]
        contested = rivals >= 0
        times, rival_times = new.bound_at[rows[contested]], old.bound_at[rivals[contested]]
        is_older = (times < rival_times) | (
            (times == rival_times) & (new.devices[rows[contested]] < old.devices[rivals[contested]])
        )
        wins = np.ones(len(accounts), np.bool_)
        wins[contested] = ~is_older
        row_of[accounts[wins]] = -1
        return self._distinct(old.devices[row_of[row_of >= 0]], new.devices[rows[wins]])

    def every(self) -> Numbers:
        """All usable devices of each account; the 100 bound last where there are more."""
        crowded = self._counts > MAX_DEVICES_PER_ACCOUNT
        return self._distinct(*self._devices_of(~crowded), *self._newest_hundreds(crowded))

    def every_one(self) -> Numbers:
        """All usable devices of each account, however many."""
        return self._distinct(*self._devices_of(np.ones(self._accounts, np.bool_)))

    def _devices_of(self, accounts: Flags) -> list[Numbers]:
        return [side.table.devices[side.rows_of(accounts)] for side in (self._old, self._new)]

    def _newest_hundreds(self, crowded: Flags) -> Iterator[Numbers]:
        """Hardly ever any: binding one device more drops the oldest."""
        bindings: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for side in (self._old, self._new):
            for account, rows in side.rows_by_account(crowded):
                times, devices = side.table.bound_at[rows].tolist(), side.table.devices[rows].tolist()
                bindings[account] += zip(times, devices, strict=True)
        for of_account in bindings.values():
            newest = sorted(of_account, reverse=True)[:MAX_DEVICES_PER_ACCOUNT]
            yield np.array([device for _, device in newest])

    def _distinct(self, *devices: Numbers) -> Numbers:
        chosen = np.zeros(self._devices, np.bool_)
        for part in devices:
            chosen[part] = True
        return np.flatnonzero(chosen)
