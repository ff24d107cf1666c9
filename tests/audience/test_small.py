"""Audiences given by a list are resolved by SQL, by index, and say the same as the contract in SQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg import AsyncConnection
from psycopg.rows import namedtuple_row

from rockdove.audience import small
from rockdove.audience.request import AudienceRequest
from rockdove.domain.push import AudienceType
from rockdove.storage.database import Database
from tests.audience import oracle
from tests.audience.conftest import ResolverFor
from tests.audience.world import ACCESS_ID, World, one_snapshot
from tests.rows import a_binding, a_device


@pytest.mark.parametrize("platform", ["android", "ios"])
async def test_random_histories(database_url: str, platform: str) -> None:
    world = World(database_url, seed=7, platform=platform)
    async with await AsyncConnection.connect(database_url, autocommit=True, row_factory=namedtuple_row) as connection:
        for _ in range(40):
            for _ in range(world.random.randrange(25)):
                world.step()
            with one_snapshot(database_url) as (sql, name):
                await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                await connection.execute(f"SET TRANSACTION SNAPSHOT '{name}'".encode())
                for audience_type in (AudienceType.ACCOUNT_LIST, AudienceType.TOKEN_LIST):
                    request = world.request(audience_type)
                    audience = await small.resolve_in(connection, request, None)
                    oracle.check(audience, oracle.resolve(sql, request))
                await connection.execute("COMMIT")
    world.close()


async def test_of_a_single_token_or_account_only_the_first_counts(
    database: Database, app: int, resolver_for: ResolverFor
) -> None:
    async with database.connection() as connection:
        first, second = await a_device(connection, app, token="a" * 36), await a_device(connection, app, token="b" * 36)
        await a_binding(connection, app, first, "anna")
        await a_binding(connection, app, second, "ben")
    resolver = resolver_for([])
    by_token = AudienceRequest(access_id=app, audience_type=AudienceType.TOKEN, tokens=("b" * 36, "a" * 36))
    by_account = AudienceRequest(access_id=app, audience_type=AudienceType.ACCOUNT, accounts=("anna", "ben"))
    assert list((await resolver.resolve(by_token)).targets) == [second]
    assert list((await resolver.resolve(by_account)).targets) == [first]


async def test_it_needs_no_index(database: Database, app: int, resolver_for: ResolverFor, tmp_path: Path) -> None:
    request = AudienceRequest(access_id=ACCESS_ID, audience_type=AudienceType.ACCOUNT, accounts=("anna",))
    await resolver_for([]).resolve(request)
    assert list(tmp_path.iterdir()) == []
