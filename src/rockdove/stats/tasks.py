"""The task list and one task's page: pushes as the console shows them, beside TPNS's records.

The list's figures are the rollup's (`totals`), minutes old at most; whoever looks at one task sees the sets themselves.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from rockdove.lifecycle.states import UnknownPushError
from rockdove.storage.database import Connection, fetch_all, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "tasks.sql")


class TaskRow(NamedTuple):
    """A line of the task list."""

    push_id: int
    state: str
    source: str
    audience_type: str
    message_type: str
    title: str
    content: str
    plan_id: str
    plan_name: str
    package_id: int | None
    package_name: str
    created_at: datetime
    due: datetime
    started_at: datetime | None
    finished_at: datetime | None
    failure: str
    planned: int
    sent: int
    arrived: int
    clicked: int
    counted: bool
    """False: what was sent and came of it is not known here yet."""


class Task(NamedTuple):
    """Everything that was asked for with a push, and when what happened to it."""

    push_id: int
    state: str
    source: str
    audience_type: str
    message_type: str
    message: dict[str, Any]
    audience: dict[str, Any]
    account_type: int
    every_device: bool
    environment: str
    expire_seconds: int
    push_speed: int
    multi_package: bool
    disabled_channels: list[str]
    online_first: bool
    collapse_id: int
    plan_id: str
    plan_name: str
    package_id: int | None
    package_name: str
    package_state: str
    options: dict[str, Any]
    created_at: datetime
    due: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None
    failure: str
    counts: dict[str, Any]
    """accounts, matched, unmatched, filtered by reason, planned; empty before its targets are known"""


class TaskState(NamedTuple):
    """What of a task changes while it is looked at."""

    state: str
    counts: dict[str, Any]
    started_at: datetime | None
    finished_at: datetime | None
    failure: str


async def page(
    connection: Connection,
    access_id: int,
    *,
    source: str = "",
    states: Collection[str] = (),
    audience_types: Collection[str] = (),
    message_type: str = "",
    plan_id: str | None = None,
    package_id: int | None = None,
    search: str = "",
    before: int | None = None,
    maximum: int = 50,
) -> list[TaskRow]:
    """Newest first; go on with `before` = the last push_id. What is empty does not filter."""
    values: dict[str, Any] = {
        "access_id": access_id,
        "source": source,
        "states": list(states),
        "audience_types": list(audience_types),
        "message_type": message_type,
        "plan_id": plan_id,
        "package_id": package_id,
        "search": search.strip(),
        "before": before,
        "maximum": maximum,
    }
    return [TaskRow(*row) for row in await fetch_all(connection, _sql.page, **values)]


async def find(connection: Connection, access_id: int, push_id: int) -> Task:
    """Raises UnknownPushError."""
    row = await fetch_one(connection, _sql.find, access_id=access_id, push_id=push_id)
    if row is None:
        raise UnknownPushError(f"this application has no push {push_id}")
    return Task(*row)


async def state(connection: Connection, access_id: int, push_id: int) -> TaskState:
    """Raises UnknownPushError."""
    row = await fetch_one(connection, _sql.state, access_id=access_id, push_id=push_id)
    if row is None:
        raise UnknownPushError(f"this application has no push {push_id}")
    return TaskState(*row)
