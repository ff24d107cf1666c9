"""`/audit`: who did what, when, from where."""

# No postponed annotations here: FastAPI reads them at definition.

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from rockdove.api.console.callers import Administrator, Context, Viewer
from rockdove.api.console.faults import RESPONSES
from rockdove.members import audit
from rockdove.members.audit import Action

router = APIRouter(tags=["audit"], responses=RESPONSES)

Before = Annotated[int | None, Query(description="go on behind this audit_id")]
Limit = Annotated[int, Query(ge=1, le=200)]


class AuditEntry(BaseModel):
    audit_id: int
    at: datetime
    member_id: int | None
    actor: str = Field(description="a member's name, or the AccessID of a program with the keys")
    access_id: int | None
    action: Action
    object: str
    detail: dict[str, Any]
    address: str


@router.get("/audit")
async def audit_log(
    context: Context,
    session: Administrator,
    access_id: int | None = None,
    member_id: int | None = None,
    action: Annotated[list[Action] | None, Query()] = None,
    before: Before = None,
    limit: Limit = 50,
) -> list[AuditEntry]:
    """Of everything, newest first. For administrators."""
    async with context.database.connection() as connection:
        found = await audit.page(
            connection,
            access_ids=None if access_id is None else [access_id],
            member_id=member_id,
            actions=action or (),
            before=before,
            maximum=limit,
        )
    return [AuditEntry.model_validate(entry._asdict()) for entry in found]


@router.get("/apps/{access_id}/audit")
async def application_audit_log(
    context: Context, access: Viewer, before: Before = None, limit: Limit = 50
) -> list[AuditEntry]:
    """Of one application, newest first."""
    async with context.database.connection() as connection:
        found = await audit.page(connection, access_ids=[access.access_id], before=before, maximum=limit)
    return [AuditEntry.model_validate(entry._asdict()) for entry in found]
