"""Which transactions a reader sees, from `pg_current_snapshot()`."""

from __future__ import annotations

from typing import NamedTuple


class Visible(NamedTuple):
    """Everything below `xmin` has ended, nothing from `xmax` on has begun; `running` were under way in between."""

    xmin: int
    xmax: int
    running: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> Visible:
        """`xmin:xmax:xid,xid,…` as PostgreSQL prints it."""
        xmin, xmax, running = text.split(":")
        return cls(int(xmin), int(xmax), frozenset(int(xid) for xid in running.split(",") if xid))

    def __str__(self) -> str:
        return f"{self.xmin}:{self.xmax}:{','.join(map(str, sorted(self.running)))}"

    def within(self, later: Visible) -> bool:
        """Does `later` see everything this one sees? Always so when `later` was taken later on the same server.

        A snapshot of the index must lie within the reading that uses it. Rows changed in between are overlaid; rows
        that the snapshot has from the reader's future could not be.
        """
        hidden = {xid for xid in later.running if xid < self.xmax}
        begun_since = range(later.xmax, self.xmax)
        return hidden <= self.running and all(xid in self.running for xid in begun_since)
