"""Packages as pushes use them."""

from __future__ import annotations

from datetime import datetime

from rockdove.storage.database import Connection, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "packages.sql")


async def use(connection: Connection, access_id: int, package_id: int, last_due: datetime | None) -> bool:
    """Keep the package for a push in the same transaction, the last one at `last_due` (None: now). False: there is no
    such package of the application, or it was refused, deleted or has expired.
    """
    row = await fetch_one(connection, _sql.use, access_id=access_id, package_id=package_id, last_due=last_due)
    return row is not None
