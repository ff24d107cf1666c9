"""Audiences given by an explicit list (at most 1000 accounts or tokens): straight from the tables, by index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyroaring import BitMap

from rockdove.audience.audience import Audience, Counts, Filters, narrow
from rockdove.audience.hashed_texts import HashedTexts, hashed
from rockdove.audience.request import AudienceRequest
from rockdove.domain.account import MAX_DEVICES_PER_ACCOUNT
from rockdove.domain.push import AudienceType
from rockdove.storage.database import Connection, Database, fetch_all, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "small.sql")


async def resolve(database: Database, request: AudienceRequest, excluded: HashedTexts | None) -> Audience:
    """One statement, so one snapshot; needs no index. Exclusions need more, and a transaction around them."""
    if request.exclude_push_id is None and excluded is None:
        async with database.connection() as connection:
            return await resolve_in(connection, request, excluded)
    async with database.transaction() as connection:
        await connection.execute(_sql.one_snapshot)
        return await resolve_in(connection, request, excluded)


async def resolve_in(connection: Connection, request: AudienceRequest, excluded: HashedTexts | None) -> Audience:
    rows = (await candidates(connection, {0: request}))[0]
    chosen = BitMap(row.device_id for row in rows if row.eligible)
    return audience_of(request, rows, await _excluded(connection, request, excluded, chosen))


def texts_of(request: AudienceRequest) -> list[str]:
    """The distinct accounts or tokens asked for; of a single one only the first counts."""
    texts = list(dict.fromkeys(request.tokens if request.audience_type.is_by_token else request.accounts))
    return texts[:1] if request.audience_type in {AudienceType.TOKEN, AudienceType.ACCOUNT} else texts


async def candidates(connection: Connection, requests: Mapping[int, AudienceRequest]) -> dict[int, list[Any]]:
    """The rows (text, device_id, eligible, notifications, channel) that the texts of each request lead to, by its
    number: in a statement for those by token and one for those by account."""
    rows: dict[int, list[Any]] = {number: [] for number in requests}
    for by_token in (True, False):
        wanted = [
            (number, request, text)
            for number, request in requests.items()
            if request.audience_type.is_by_token == by_token
            for text in texts_of(request)
        ]
        if wanted:
            for row in await _found(connection, by_token, wanted):
                rows[row.push_id].append(row)
    return rows


async def _found(connection: Connection, by_token: bool, wanted: list[tuple[int, AudienceRequest, str]]) -> list[Any]:
    values = {
        "push_ids": [number for number, _, _ in wanted],
        "access_ids": [request.access_id for _, request, _ in wanted],
        "environments": [request.environment for _, request, _ in wanted],
        "multi_packages": [request.multi_package for _, request, _ in wanted],
        "tokens" if by_token else "accounts": [text for _, _, text in wanted],
    }
    if by_token:
        return await fetch_all(connection, _sql.registered, **values)
    types = [request.account_type for _, request, _ in wanted]
    most = [MAX_DEVICES_PER_ACCOUNT if request.every_device else 1 for _, request, _ in wanted]
    return await fetch_all(connection, _sql.bound, **values, account_types=types, per_accounts=most)


def audience_of(request: AudienceRequest, rows: Sequence[Any], excluded: BitMap) -> Audience:
    """From the request's `candidates`."""
    asked = len(texts_of(request))
    usable = [row for row in rows if row.eligible]
    matched, served = len({row.text for row in rows}), len({row.text for row in usable})
    counts = Counts(accounts=asked, matched=matched, unmatched=asked - matched, unavailable=matched - served)
    opted_out = BitMap(row.device_id for row in usable if not row.notifications) if request.notification else BitMap()
    filters = Filters(
        opted_out=opted_out,
        excluded=excluded,
        disabled_channels=request.disabled_channels,
        vendor={
            name: BitMap(row.device_id for row in usable if row.channel == name)
            for name in sorted(request.vendor_channels)
        },
    )
    return narrow(BitMap(row.device_id for row in usable), filters, counts)


async def platform(database: Database, access_id: int) -> str:
    async with database.connection() as connection:
        row = await fetch_one(connection, _sql.platform, access_id=access_id)
    return "" if row is None else str(row.platform)


async def _excluded(
    connection: Connection, request: AudienceRequest, package: HashedTexts | None, chosen: BitMap
) -> BitMap:
    devices = BitMap()
    if request.exclude_push_id is not None:
        earlier = {"access_id": request.access_id, "push_id": request.exclude_push_id}
        async for row in await connection.execute(_sql.reached, earlier):
            devices |= BitMap.deserialize(row.devices)
    if package is not None:
        bound = {"access_id": request.access_id, "account_type": request.account_type, "devices": list(chosen)}
        rows = await fetch_all(connection, _sql.accounts_of, **bound)
        accounts = hashed([row.account for row in rows])
        in_package = set(accounts.texts.gather(package.find(accounts).theirs))
        devices |= BitMap(row.device_id for row in rows if row.account in in_package)
    return devices
