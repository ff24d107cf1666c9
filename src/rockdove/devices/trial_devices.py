"""Test devices: tokens with a remark that a push is tried on before it goes to everybody.

("Trial" here, for pytest takes test_*.py for tests.)
"""

from __future__ import annotations

from typing import NamedTuple

from rockdove.domain.token import is_token
from rockdove.storage.database import Connection, fetch_all, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "trial_devices.sql")

LONGEST_REMARK, MOST = 100, 200


class TrialDeviceError(ValueError):
    """It can't be a test device; the text says why."""


class TrialDevice(NamedTuple):
    token: str
    remark: str
    registered: bool
    """Could it get anything now?"""


async def of_application(connection: Connection, access_id: int) -> list[TrialDevice]:
    """Newest first."""
    return [TrialDevice(*row) for row in await fetch_all(connection, _sql.all, access_id=access_id)]


async def save(connection: Connection, access_id: int, token: str, remark: str) -> None:
    """Add one, or change its remark. Raises TrialDeviceError."""
    if not is_token(token):
        raise TrialDeviceError("a token has 36 letters and digits")
    if len(remark) > LONGEST_REMARK:
        raise TrialDeviceError(f"a remark has at most {LONGEST_REMARK} characters")
    values = {"access_id": access_id, "token": token, "remark": remark, "most": MOST}
    if await fetch_one(connection, _sql.save, **values) is None:
        raise TrialDeviceError(f"an application has at most {MOST} test devices")


async def delete(connection: Connection, access_id: int, token: str) -> None:
    await connection.execute(_sql.delete, {"access_id": access_id, "token": token})
