"""Custom tags: texts that an app's servers hang on devices, and that pushes are aimed at.

A device's tags are one row of numbers, the names are a list of the application. So a device is changed by rewriting
its row, and a tag is deleted from five million devices by deleting its name.

    "level:3"   the part before the first colon is a category, the rest a value; it matters to `overwrite` only

Locks: rows of devices in the order of their ids, then the list of names, and that only by who adds a name or deletes
one. Every function works in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Set
from datetime import datetime
from typing import NamedTuple

import msgspec
from psycopg.types.json import Jsonb

from rockdove.storage.database import Connection, fetch_all, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "tags.sql")

Change = Callable[[Set[str]], Set[str]]
"""What a device carries, to what it shall carry."""


class Limits(NamedTuple):
    """0: no limit."""

    names: int
    """Different tags of an application."""
    of_device: int


class Page(NamedTuple):
    tags: list[tuple[str, int | None]]
    """With the devices that carry each; None: not counted yet."""
    total: int
    counted_at: datetime | None


class TooManyNamesError(Exception):
    """The application would have more different tags than it may."""


def add(tags: Collection[str]) -> Change:
    return lambda carried: carried | set(tags)


def remove(tags: Collection[str]) -> Change:
    return lambda carried: carried - set(tags)


def overwrite(tags: Collection[str]) -> Change:
    """With a category in every tag, only those categories are replaced; else everything is."""
    if not all(":" in tag for tag in tags):
        return replace(tags)
    replaced = {_category(tag) for tag in tags}
    return lambda carried: {tag for tag in carried if _category(tag) not in replaced} | set(tags)


def replace(tags: Collection[str]) -> Change:
    """All of them."""
    return lambda _: set(tags)


async def change(
    connection: Connection, access_id: int, changes: Mapping[int, Change], limits: Limits
) -> frozenset[int]:
    """Change the tags of devices. Gives those that would have more than they may: they are left as they were.

    Raises TooManyNamesError; the transaction has to be rolled back then.
    """
    if not changes:
        return frozenset()
    device_ids = list(changes)
    await connection.execute(_sql.hold, {"access_id": access_id, "device_ids": device_ids})
    carried = {
        row.device_id: frozenset(row.tags)
        for row in await fetch_all(connection, _sql.held, access_id=access_id, device_ids=device_ids)
    }
    wanted = {device_id: changes[device_id](tags) for device_id, tags in carried.items()}
    full = frozenset(
        device_id
        for device_id, tags in wanted.items()
        if limits.of_device and len(tags) > limits.of_device and len(tags) > len(carried[device_id])
    )
    new = {
        device_id: tags for device_id, tags in wanted.items() if device_id not in full and tags != carried[device_id]
    }
    await _write(connection, access_id, new, limits.names)
    return full


async def page(connection: Connection, access_id: int, *, search: str, after: str, maximum: int) -> Page:
    """Names that have `search` in them, in their order, behind `after`."""
    wanted: dict[str, object] = {"access_id": access_id, "search": search, "after": after, "maximum": maximum}
    rows = await fetch_all(connection, _sql.page, **wanted)
    counted = await fetch_one(connection, _sql.count_page, access_id=access_id, search=search)
    return Page([(row.tag, row.device_count) for row in rows], int(counted.names), counted.counted_at)


async def delete(connection: Connection, access_id: int, tags: Collection[str]) -> None:
    """From every device, and from the application's list. A tag that is not there is fine."""
    await connection.execute(_sql.lock_names, {"access_id": access_id})
    await connection.execute(_sql.delete_names, {"access_id": access_id, "tags": list(tags)})


async def _write(connection: Connection, access_id: int, wanted: Mapping[int, Set[str]], most_names: int) -> None:
    if not wanted:
        return
    numbers = await _numbers(connection, access_id, frozenset().union(*wanted.values()), most_names)
    rows = [{"device_id": id_, "tag_ids": sorted(numbers[tag] for tag in tags)} for id_, tags in wanted.items()]
    await connection.execute(_sql.write, {"access_id": access_id, "rows": Jsonb(rows, dumps=msgspec.json.encode)})


async def _numbers(connection: Connection, access_id: int, tags: Set[str], most_names: int) -> dict[str, int]:
    """Of names that may be new. One that is deleted at this moment is added again."""
    known = await _known(connection, access_id, tags)
    if missing := sorted(tags - known.keys()):
        await connection.execute(_sql.lock_names, {"access_id": access_id})
        await connection.execute(_sql.add_names, {"access_id": access_id, "tags": missing})
        count = (await fetch_one(connection, _sql.count_names, access_id=access_id)).names
        if most_names and count > most_names:
            raise TooManyNamesError(f"an application has at most {most_names} different tags")
        known |= await _known(connection, access_id, set(missing))
    return known


async def _known(connection: Connection, access_id: int, tags: Set[str]) -> dict[str, int]:
    rows = await fetch_all(connection, _sql.names, access_id=access_id, tags=list(tags))
    return {row.tag: row.tag_id for row in rows}


def _category(tag: str) -> str:
    category, colon, _ = tag.partition(":")
    return category + colon
