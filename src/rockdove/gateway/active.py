"""The bulk pushes of each application that devices may still be owed, kept in memory and exact to the last commit.

Reading thousands of pushes at every question would take longer than all the rest. So they are read once, and each
question begins by asking what has changed since: every push and slice carries the transaction that last changed it, and
each look says which transaction the next one has to begin with (the oldest that was still running, `horizon`). A
change that a look can't see is of that transaction or a later one, so the next look finds it; a change found twice is
harmless. What ends without a write, by expiring, leaves by the database's clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush, nsmallest
from typing import Any

from rockdove.domain.device import OWN_CHANNEL
from rockdove.gateway.bitmap_cache import BitmapCache
from rockdove.gateway.shelf import Shelf, Unions
from rockdove.gateway.targets import Slice, Targets
from rockdove.storage.database import Connection, fetch_all
from rockdove.storage.sql import load

_sql = load(__package__, "active.sql")

BULK_PUSHES = 10_000
"""Of an application, the newest; older ones are forgotten before they expire."""
UNIONS_BYTES = 64 * 1024 * 1024
"""Kept to pass over pushes that are not for the devices that ask."""


@dataclass(slots=True)
class _Application:
    shelf: Shelf
    horizon: str | None = None
    """The transaction to begin the next look with; None: nothing was read yet."""
    pushes: dict[int, Any] = field(default_factory=dict)
    """By push id, the row of `facts`."""
    revoked: set[int] = field(default_factory=set)
    small_revoked: bool = False
    expiries: list[tuple[datetime, int]] = field(default_factory=list)
    """A heap; a push whose expiry was changed is in it twice."""

    def keep(self, push: Any, slices: Iterable[Slice]) -> None:
        if self.pushes.get(push.push_id) != push:
            self.drop(push.push_id)
            self.pushes[push.push_id] = push
            heappush(self.expiries, (push.expires_at, push.push_id))
        if push.revoked:
            self.revoked.add(push.push_id)
        else:
            self.shelf.put(push.send_seq, slices)

    def drop(self, push_id: int) -> None:
        if push := self.pushes.pop(push_id, None):
            self.shelf.take(push.send_seq, push_id)
            self.revoked.discard(push_id)

    def expire(self, now: datetime) -> None:
        while self.expiries and self.expiries[0][0] <= now:
            _, push_id = heappop(self.expiries)
            if push_id in self.pushes and self.pushes[push_id].expires_at <= now:
                self.drop(push_id)

    def forget_oldest(self) -> None:
        """Those beyond the limit."""
        for push in nsmallest(len(self.pushes) - BULK_PUSHES, self.pushes.values(), key=lambda push: push.send_seq):
            self.drop(push.push_id)


class ActivePushes:
    """`follow`, then look. Not for two tasks at once."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        unions: Unions = BitmapCache(UNIONS_BYTES)
        self._applications: defaultdict[int, _Application] = defaultdict(lambda: _Application(Shelf(unions)))

    async def follow(self, connection: Connection, access_ids: Collection[int]) -> None:
        """Bring these applications up to date."""
        since = [self._applications[access_id].horizon for access_id in access_ids]
        looks = await fetch_all(connection, _sql.changed, access_ids=list(access_ids), since=since, most=BULK_PUSHES)
        await self._read(connection, {push_id: look.access_id for look in looks for push_id in look.push_ids})
        for look in looks:
            application = self._applications[look.access_id]
            application.horizon, application.small_revoked = look.horizon, look.small_revoked
            application.expire(look.now)
            application.forget_oldest()

    def shelf(self, access_id: int) -> Shelf:
        """The own channel's slices of those that are owed."""
        return self._applications[access_id].shelf

    def revoked(self, access_id: int) -> set[int]:
        """The bulk pushes that were, and have not expired."""
        return self._applications[access_id].revoked

    def small_revoked(self, access_id: int) -> bool:
        """Are there small ones?"""
        return self._applications[access_id].small_revoked

    async def _read(self, connection: Connection, changed: dict[int, int]) -> None:
        """`changed`: applications by push id."""
        if not changed:
            return
        facts = {row.push_id: row for row in await fetch_all(connection, _sql.facts, push_ids=list(changed))}
        await self._targets.read(connection, [push_id for push_id, push in facts.items() if not push.revoked])
        for push_id in changed.keys() - facts.keys():
            self._applications[changed[push_id]].drop(push_id)
        for push in sorted(facts.values(), key=lambda push: push.send_seq):
            own = [slice_ for slice_ in self._targets.known(push.push_id) if slice_.channel == OWN_CHANNEL]
            self._applications[push.access_id].keep(push, own)
