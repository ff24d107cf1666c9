"""`/apps/{access_id}/pushes/{push_id}/timeline` and `/history`: when devices reported, and what people did."""

# No postponed annotations here: FastAPI reads them at definition.

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from rockdove.api.console.callers import Context, Viewer
from rockdove.api.console.faults import RESPONSES
from rockdove.members import audit
from rockdove.members.audit import PUSH_ACTIONS, Action
from rockdove.stats import tasks

router = APIRouter(prefix="/apps/{access_id}/pushes/{push_id}", tags=["pushes"], responses=RESPONSES)


class TimePoint(BaseModel):
    """Devices that were sent to, or reported something for the first time, so that the points of a kind add up to the
    funnel's stage.
    """

    at: datetime = Field(description="when the span begins")
    seconds: int = Field(description="how long it is: 60 within the push's first hour, then 3600")
    sent: int
    arrived: int
    shown: int
    clicked: int
    cleared: int


class PushDeed(BaseModel):
    """Something that was done with a push in the console."""

    at: datetime
    actor: str = Field(description="a member's name, or the AccessID of a program with the keys")
    action: Action


@router.get("/timeline")
async def get_timeline(context: Context, access: Viewer, push_id: int) -> list[TimePoint]:
    """In the order of time, without the spans in which nothing came; as of a moment ago."""
    points = await context.live.timeline(access.access_id, push_id)
    return [TimePoint.model_validate(point._asdict()) for point in points]


@router.get("/history")
async def get_history(context: Context, access: Viewer, push_id: int) -> list[PushDeed]:
    """Who did what with it, oldest first. Of a push made over the REST API, its making is not here."""
    async with context.database.connection() as connection:
        await tasks.state(connection, access.access_id, push_id)  # an unknown push is a 404, not an empty list
        deeds = await audit.about(connection, access.access_id, PUSH_ACTIONS, [push_id])
    return [PushDeed(at=deed.at, actor=deed.actor, action=Action(deed.action)) for deed in deeds]
