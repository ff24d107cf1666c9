"""Rate limits. They hold over all API processes, so they are counted in the database, in the caller's transaction."""

from __future__ import annotations

from typing import Literal

from rockdove.api.tpns.endpoint import Call
from rockdove.api.tpns.errors import TooFastError
from rockdove.domain.push import AudienceType
from rockdove.storage.database import Connection, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "rates.sql")


async def take_push(connection: Connection, access_id: int, audience_type: AudienceType, per_second: int) -> None:
    """Each bulk audience has its own turn a second. Raises TooFastError. `per_second` 0: no limit."""
    if not per_second or audience_type.is_small:
        return
    name = f"push {audience_type}"
    if await fetch_one(connection, _sql.take_turn, access_id=access_id, name=name, seconds=1 / per_second) is None:
        raise TooFastError(f"{audience_type}: {per_second} a second")


async def take_plan(connection: Connection, call: Call) -> None:
    """Plans are counted by the day. Raises TooFastError."""
    await _count(connection, call, "plan", "day", call.limits.plans_per_day)


async def take_statistics(call: Call, name: str) -> None:
    """Every statistics endpoint has its own count an hour. Raises TooFastError."""
    async with call.context.database.connection() as connection:
        await _count(connection, call, f"statistics {name}", "hour", call.limits.statistics_per_hour)


async def _count(connection: Connection, call: Call, name: str, unit: Literal["hour", "day"], maximum: int) -> None:
    """One more in this hour or day of the application's time zone. 0: no limit."""
    if not maximum:
        return
    parameters: dict[str, object] = {
        "access_id": call.application.access_id,
        "name": name,
        "unit": unit,
        "maximum": maximum,
        "timezone": call.application.timezone,
    }
    if await fetch_one(connection, _sql.count, **parameters) is None:
        raise TooFastError(f"{name}: {maximum} {'an' if unit == 'hour' else 'a'} {unit}")
