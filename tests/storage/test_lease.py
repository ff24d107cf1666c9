"""A lease is kept for as long as the work takes, also over a moment without a database."""

from __future__ import annotations

import asyncio

from psycopg import OperationalError

from rockdove.storage.lease import kept

PATIENCE_SECONDS = 30.0


async def test_a_renewal_that_found_the_database_away_is_made_up_for() -> None:
    renewed = asyncio.Event()
    outages = [OperationalError("the server closed the connection"), OperationalError("connection refused")]

    async def renew() -> None:
        if outages:
            raise outages.pop()
        renewed.set()

    async with asyncio.timeout(PATIENCE_SECONDS), kept(renew, 0.01):
        await renewed.wait()
