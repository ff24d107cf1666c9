"""An application with bindings that tests of this stage begin with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rockdove.audience.audience import AudienceError
from rockdove.audience.hashed_texts import HashedTexts, hashed
from rockdove.audience.resolver import Resolver
from rockdove.storage.database import Database
from tests.rows import an_app

PACKAGE_ID = 1
"""A package whose accounts a test gives with `resolver_for`; every other one is gone."""

ResolverFor = Callable[[list[str]], Resolver]


@pytest.fixture
async def app(database: Database) -> int:
    async with database.connection() as connection:
        access_id = await an_app(connection)
        await connection.execute(
            "INSERT INTO packages (access_id, state, file_name, file_bytes, file_sha256, verdict, object_prefix)"
            " VALUES (%s, 'ready', 'accounts.txt', 1, '', '{}', '')", (access_id,),
        )  # fmt: skip
        return access_id


@pytest.fixture
def resolver_for(database: Database, tmp_path: Path) -> ResolverFor:
    """A resolver for which package 1 holds the given accounts."""

    def resolver_for(accounts: list[str]) -> Resolver:
        async def open_package(access_id: int, package_id: int) -> HashedTexts:
            if package_id != PACKAGE_ID:
                raise AudienceError(f"package {package_id} was deleted")
            return hashed(accounts)

        return Resolver(database, tmp_path, open_package)

    return resolver_for
