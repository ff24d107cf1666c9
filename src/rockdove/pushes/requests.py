"""Accepting pushes: a request becomes a row, and the row is the work item.

A push that is due now enters as INIT, a scheduled one as WAIT; a worker claims it when `due` has come. Every
occurrence of a loop is a push of its own. Everything happens in the caller's transaction, which also wakes the
workers when it commits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from rockdove.domain.push import PushRequest
from rockdove.lifecycle.states import State
from rockdove.storage.database import Connection, fetch_one
from rockdove.storage.sql import load
from rockdove.storage.wake import Topic, notify

_sql = load(__package__, "requests.sql")


@dataclass(frozen=True, slots=True)
class Order:
    """A valid request and what was decided with it: a push for each of `times` (None: now), whatever `send_at` says."""

    request: PushRequest
    times: Sequence[datetime | None]
    repeat_key: bytes | None = None
    """What `admission.refuse_repeat` gave."""


async def accept(connection: Connection, request: PushRequest, repeat_key: bytes | None = None) -> int:
    """Take a valid request; gives the push id."""
    return (await accept_at(connection, request, [request.send_at], repeat_key))[0]


async def accept_at(
    connection: Connection, request: PushRequest, times: Sequence[datetime | None], repeat_key: bytes | None = None
) -> list[int]:
    """The ids of the pushes, in the order of `times`."""
    return (await accept_all(connection, [Order(request, times, repeat_key)]))[0]


async def accept_all(connection: Connection, orders: Sequence[Order]) -> list[list[int]]:
    """For each order its push ids."""
    rows = [_columns(order) for order in orders]
    cursor = await connection.execute(_sql.insert, {"rows": _json(rows), "init": State.INIT, "wait": State.WAIT})
    push_ids = iter(sorted([row.push_id async for row in cursor]))
    for topic in {_topic(order.request) for order in orders}:
        await notify(connection, topic)
    return [list(islice(push_ids, len(order.times))) for order in orders]


async def knows(connection: Connection, access_id: int, push_id: int) -> bool:
    """Is it a push of this application?"""
    return await fetch_one(connection, _sql.knows, access_id=access_id, push_id=push_id) is not None


async def knows_collapse_id(connection: Connection, access_id: int, collapse_id: int) -> bool:
    """Was this collapse id given out to the application?"""
    row = await fetch_one(connection, _sql.knows_collapse_id, access_id=access_id, collapse_id=collapse_id)
    return bool(row.known)


def content_hash(request: PushRequest) -> bytes:
    """SHA-256 over the canonical JSON of what devices would see: message, its type, the environment."""
    content = [request.message, request.message_type, request.environment]
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).digest()


def _topic(request: PushRequest) -> Topic:
    return "small" if request.audience_type.is_small else "pushes"


def _columns(order: Order) -> dict[str, Any]:
    """One element of the statement's `rows`."""
    request = order.request
    return {
        "access_id": request.access_id,
        "audience_type": request.audience_type,
        "audience": _audience(request),
        "package_id": request.package_id,
        "account_type": request.account_type,
        "every_device": request.every_device,
        "message_type": request.message_type,
        "message": request.message,
        "content_hash": content_hash(request).hex(),
        "repeat_key": order.repeat_key.hex() if order.repeat_key else None,
        "environment": request.environment,
        "expire_seconds": request.expire_seconds,
        "push_speed": request.push_speed,
        "multi_package": request.multi_package,
        "disabled_channels": sorted(request.disabled_channels),
        "online_first": request.online_first,
        "own_collapse_id": not request.collapse_id and not request.audience_type.is_small,
        "collapse_id": request.collapse_id,
        "plan_id": request.plan_id,
        "group_id": request.group_id,
        "trace_id": request.trace_id,
        "source": request.source,
        "options": request.options,
        "dues": order.times,
    }


def _audience(request: PushRequest) -> dict[str, Any]:
    given = {
        "tokens": request.tokens,
        "accounts": request.accounts,
        "tag_rules": request.tag_rules,
        "exclude_package_id": request.exclude_package_id,
        "exclude_push_id": request.exclude_push_id,
    }
    return {name: members for name, members in given.items() if members}


def _json(value: Any) -> Jsonb:
    return Jsonb(value, dumps=msgspec.json.encode)
