"""The packages a request names, from the package store."""

from __future__ import annotations

from rockdove.audience.audience import AudienceError
from rockdove.audience.hashed_texts import HashedTexts, OpenPackage
from rockdove.storage.accounts_file import AccountsFile
from rockdove.storage.database import Database, fetch_one
from rockdove.storage.package_store import PackageStore
from rockdove.storage.sql import load

_sql = load(__package__, "packages.sql")


def opener(database: Database, store: PackageStore) -> OpenPackage:
    """What a Resolver opens packages with."""

    async def open_package(access_id: int, package_id: int) -> HashedTexts:
        gone = AudienceError(f"package {package_id} was deleted, has expired, or is not one of this application")
        async with database.connection() as connection:
            row = await fetch_one(connection, _sql.find, access_id=access_id, package_id=package_id)
        if row is None:
            raise gone
        try:
            accounts = AccountsFile.open(await store.accounts(row.object_prefix))
        except FileNotFoundError:
            raise gone from None
        return HashedTexts(accounts.hashes, accounts.accounts)

    return open_package
