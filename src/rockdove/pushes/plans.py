"""Push plans: labels that pushes are grouped under, for statistics and for caps.

One plan is always there and can't be changed: the default one, of pushes that name none. It has no row.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Literal, NamedTuple

from rockdove.domain.controls import DEFAULT_PLAN
from rockdove.storage.database import Connection, fetch_all, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "plans.sql")

MAX_NAME, MAX_DESCRIPTION = 60, 300
"""Characters."""
_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


class PlanError(ValueError):
    """A name or description that a plan can't have; the text says which."""


class UnknownPlanError(LookupError):
    """The application has no such plan (any more), or it is the default one."""


class Plan(NamedTuple):
    plan_id: int
    name: str
    description: str
    source: str
    created_at: datetime
    updated_at: datetime


async def add(
    connection: Connection, access_id: int, name: str, description: str, source: Literal["api", "web"] = "api"
) -> Plan:
    """A new plan; others may have the same name. Raises PlanError."""
    values = {**_checked(name, description), "access_id": access_id, "source": source}
    return Plan(*await fetch_one(connection, _sql.add, **values))


async def of_application(connection: Connection, access_id: int) -> list[Plan]:
    """Newest first, without the default one."""
    return [Plan(*row) for row in await fetch_all(connection, _sql.all, access_id=access_id)]


async def change(connection: Connection, access_id: int, plan_id: int, name: str, description: str) -> Plan:
    """Raises PlanError, UnknownPlanError."""
    values = {**_checked(name, description), "access_id": access_id, "plan_id": plan_id}
    row = await fetch_one(connection, _sql.change, **values)
    if row is None:
        raise UnknownPlanError(f"this application has no plan {plan_id}")
    return Plan(*row)


async def delete(connection: Connection, access_id: int, plan_id: int) -> None:
    """Its pushes keep it; new ones can't have it. Raises UnknownPlanError."""
    if await fetch_one(connection, _sql.delete, access_id=access_id, plan_id=plan_id) is None:
        raise UnknownPlanError(f"this application has no plan {plan_id}")


async def knows(connection: Connection, access_id: int, plan_id: str) -> bool:
    """May a push of the application be of this plan?"""
    if plan_id in ("", DEFAULT_PLAN):
        return True
    if not _ID.fullmatch(plan_id):
        return False
    return await fetch_one(connection, _sql.knows, access_id=access_id, plan_id=int(plan_id)) is not None


def _checked(name: str, description: str) -> dict[str, Any]:
    for what, text, most in (("name", name, MAX_NAME), ("description", description, MAX_DESCRIPTION)):
        if not 1 <= len(text.strip()) <= len(text) <= most:
            raise PlanError(f"the {what} of a plan has 1 to {most} characters")
    return {"name": name, "description": description}
