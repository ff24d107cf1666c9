"""`/apps/{access_id}/draft` and `/test-devices`: what members keep for the next push."""

# No postponed annotations here: FastAPI reads them at definition.

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, HTTPException, Path
from pydantic import BaseModel, Field

from rockdove.api.console.callers import Access, Context, Operator
from rockdove.api.console.faults import RESPONSES
from rockdove.devices import trial_devices
from rockdove.members import audit, drafts
from rockdove.members.audit import Action

router = APIRouter(prefix="/apps/{access_id}", tags=["drafts"], responses=RESPONSES)

DRAFT_BYTES = 256 * 1024

Token = Annotated[str, Path(max_length=100)]


class Draft(BaseModel):
    draft: dict[str, Any] | None = Field(description="the form as the page left it; null: there is none")
    saved_at: datetime | None = None


class DraftWanted(BaseModel):
    draft: dict[str, Any]


class TestDevice(BaseModel):
    token: str
    remark: str
    registered: bool = Field(description="could it get anything now?")


class TestDeviceWanted(BaseModel):
    remark: str = Field("", max_length=200)


@router.get("/draft")
async def get_draft(context: Context, access: Operator) -> Draft:
    async with context.database.connection() as connection:
        found = await drafts.find(connection, _member_id(access), access.access_id)
    return Draft(draft=found.draft, saved_at=found.saved_at) if found else Draft(draft=None)


@router.put("/draft", status_code=204)
async def save_draft(context: Context, access: Operator, wanted: DraftWanted) -> None:
    """One for each member and application; the last one counts."""
    if len(msgspec.json.encode(wanted.draft)) > DRAFT_BYTES:
        raise HTTPException(413, f"a draft has at most {DRAFT_BYTES} bytes")
    async with context.database.connection() as connection:
        await drafts.save(connection, _member_id(access), access.access_id, wanted.draft)


@router.delete("/draft", status_code=204)
async def delete_draft(context: Context, access: Operator) -> None:
    async with context.database.connection() as connection:
        await drafts.delete(connection, _member_id(access), access.access_id)


@router.get("/test-devices")
async def list_test_devices(context: Context, access: Operator) -> list[TestDevice]:
    async with context.database.connection() as connection:
        found = await trial_devices.of_application(connection, access.access_id)
    return [TestDevice.model_validate(device._asdict()) for device in found]


@router.put("/test-devices/{token}", status_code=204)
async def save_test_device(context: Context, access: Operator, token: Token, wanted: TestDeviceWanted) -> None:
    async with context.database.transaction() as connection:
        await trial_devices.save(connection, access.access_id, token, wanted.remark)
        await audit.record(
            connection, access.actor, Action.CREATE_TEST_DEVICE, access_id=access.access_id, object=token
        )


@router.delete("/test-devices/{token}", status_code=204)
async def delete_test_device(context: Context, access: Operator, token: Token) -> None:
    async with context.database.transaction() as connection:
        await trial_devices.delete(connection, access.access_id, token)
        await audit.record(
            connection, access.actor, Action.DELETE_TEST_DEVICE, access_id=access.access_id, object=token
        )


def _member_id(access: Access) -> int:
    if access.member is None:
        raise HTTPException(403, "drafts belong to members: log in instead of sending the application's keys")
    return access.member.member_id
