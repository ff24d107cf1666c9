"""The API process beside its endpoints."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from obstore.exceptions import BaseError

from rockdove.config import Settings
from rockdove.runtime.api import _forgetting
from rockdove.runtime.upkeep import every
from rockdove.storage.database import Database, fetch_one
from tests.rows import an_app


async def test_a_bucket_that_does_not_answer_keeps_no_idempotency_key(database: Database) -> None:
    async def no_answer() -> None:
        raise BaseError("the bucket does not answer")

    async with database.transaction() as connection:
        key = {"access_id": await an_app(connection)}
        await connection.execute(
            "INSERT INTO idempotency_keys (access_id, endpoint, key, request_hash, answer, created_at)"
            " VALUES (%(access_id)s, 'push', 'old', '', '{}', now() - interval '2 days')",
            key,
        )
    held: Any = SimpleNamespace(database=database, packages=SimpleNamespace(expire=no_answer))
    working = [asyncio.create_task(every(job)) for job in _forgetting(Settings(), held)]
    try:
        async with asyncio.timeout(30), database.connection() as connection:
            while (await fetch_one(connection, b"SELECT count(*) AS keys FROM idempotency_keys")).keys:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    finally:
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
