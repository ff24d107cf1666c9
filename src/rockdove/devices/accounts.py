"""Account bindings: which accounts a device has, which devices an account has.

A device has one account a type; binding another one replaces it, binding the same one again makes it the most recent.
An account has at most 100 devices a type; one more drops the oldest.

Locks. Binders take an advisory lock on each account (in key order), then the rows (in key order); dropping the oldest
touches rows of other devices, but skips those somebody holds. Unbinding takes rows only, in key order. So nobody ever
waits in a circle. Every function works in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from rockdove.domain.account import MAX_DEVICES_PER_ACCOUNT, Account
from rockdove.storage.database import Connection
from rockdove.storage.sql import load

_sql = load(__package__, "accounts.sql")


async def bind(connection: Connection, access_id: int, device_id: int, accounts: Iterable[Account]) -> None:
    """Bind valid accounts to a device. Two of one type: the last wins."""
    await bind_all(connection, access_id, {(device_id, account.account_type): account.text for account in accounts})


async def bind_all(connection: Connection, access_id: int, wanted: Mapping[tuple[int, int], str]) -> None:
    """Bind many at once: (device id, account type) → account."""
    if not wanted:
        return
    bound = sorted({Account(text, account_type) for (_, account_type), text in wanted.items()})
    await connection.execute(_sql.lock_accounts, {"keys": [_lock_key(access_id, account) for account in bound]})
    await connection.execute(
        _sql.bind,
        {
            "access_id": access_id,
            "device_ids": [device_id for device_id, _ in wanted],
            "account_types": [account_type for _, account_type in wanted],
            "accounts": list(wanted.values()),
        },
    )
    await connection.execute(_sql.drop_oldest, {**_columns(access_id, bound), "kept": MAX_DEVICES_PER_ACCOUNT})


async def unbind(connection: Connection, access_id: int, device_id: int, accounts: Iterable[Account]) -> None:
    """Remove the pairs (type, account); one that is not bound is fine."""
    await unbind_all(connection, access_id, [(device_id, account) for account in accounts])


async def unbind_all(connection: Connection, access_id: int, pairs: Sequence[tuple[int, Account]]) -> None:
    """Remove many at once: (device id, account)."""
    columns = _columns(access_id, [account for _, account in pairs])
    await connection.execute(_sql.unbind, {**columns, "device_ids": [device_id for device_id, _ in pairs]})


async def clear(
    connection: Connection, access_id: int, device_ids: Sequence[int], account_types: Sequence[int] | None = None
) -> None:
    """Remove every account of the devices, or those of the given types."""
    types = None if account_types is None else list(account_types)
    parameters = {"access_id": access_id, "device_ids": list(device_ids), "account_types": types}
    await connection.execute(_sql.clear, parameters)


async def remove(connection: Connection, access_id: int, accounts: Sequence[Account]) -> None:
    """Take the accounts away from every device that has them."""
    await connection.execute(_sql.remove, _columns(access_id, accounts))


async def tokens_of(connection: Connection, access_id: int, accounts: Sequence[Account]) -> dict[Account, list[str]]:
    """The tokens of each account, newest binding first; an account nobody has is left out."""
    found: dict[Account, list[str]] = {}
    cursor = await connection.execute(_sql.tokens_of, _columns(access_id, list(dict.fromkeys(accounts))))
    async for row in cursor:
        found.setdefault(Account(row.account, row.account_type), []).append(row.token)
    return found


async def accounts_of(connection: Connection, access_id: int, tokens: Sequence[str]) -> dict[str, list[Account]]:
    """The accounts of each token, by type; a token no device has is left out."""
    found: dict[str, list[Account]] = {}
    async for row in await connection.execute(_sql.accounts_of, {"access_id": access_id, "tokens": list(tokens)}):
        accounts = found.setdefault(row.token, [])
        if row.account is not None:
            accounts.append(Account(row.account, row.account_type))
    return found


class Tokens(NamedTuple):
    """Some tokens of one application."""

    access_id: int
    tokens: Collection[str]


async def registered(connection: Connection, access_id: int, tokens: Iterable[str]) -> dict[str, int]:
    """The device ids of those tokens that belong to a registered device."""
    return (await registered_all(connection, [Tokens(access_id, list(tokens))]))[0]


async def registered_all(connection: Connection, asked: Sequence[Tokens]) -> list[dict[str, int]]:
    """The same for each of `asked`, in one statement."""
    every = [(number, of.access_id, token) for number, of in enumerate(asked) for token in of.tokens]
    values = {
        "numbers": [number for number, _, _ in every],
        "access_ids": [access_id for _, access_id, _ in every],
        "tokens": [token for _, _, token in every],
    }
    found: list[dict[str, int]] = [{} for _ in asked]
    async for row in await connection.execute(_sql.registered, values):
        found[row.number][row.token] = row.device_id
    return found


class Wanted(NamedTuple):
    """Some accounts of one application, and which devices would do."""

    access_id: int
    account_type: int
    accounts: Collection[str]
    environment: str
    multi_package: bool


async def reachable_all(connection: Connection, wanted: Sequence[Wanted]) -> list[set[str]]:
    """Of each those accounts that have an available device."""
    every = [(number, account) for number, some in enumerate(wanted) for account in some.accounts]
    values = {
        "numbers": [number for number, _ in every],
        "accounts": [account for _, account in every],
        "access_ids": [wanted[number].access_id for number, _ in every],
        "account_types": [wanted[number].account_type for number, _ in every],
        "environments": [wanted[number].environment for number, _ in every],
        "multi_packages": [wanted[number].multi_package for number, _ in every],
    }
    found: list[set[str]] = [set() for _ in wanted]
    async for row in await connection.execute(_sql.reachable, values):
        found[row.number].add(row.account)
    return found


def _columns(access_id: int, accounts: Sequence[Account]) -> dict[str, object]:
    return {
        "access_id": access_id,
        "account_types": [account.account_type for account in accounts],
        "accounts": [account.text for account in accounts],
    }


def _lock_key(access_id: int, account: Account) -> int:
    """A signed 64-bit number; two accounts that share one merely queue up together."""
    name = f"{access_id}:{account.account_type}:{account.text}".encode()
    return int.from_bytes(blake2b(name, digest_size=8, person=b"account").digest(), signed=True)
