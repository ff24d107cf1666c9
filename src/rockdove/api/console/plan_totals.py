"""`/apps/{access_id}/plan-totals`: what came of the pushes of the plans lately."""

# No postponed annotations here: FastAPI reads them at definition.

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from rockdove.api.console.callers import Context, Viewer
from rockdove.api.console.faults import RESPONSES
from rockdove.api.console.live import StageCounts
from rockdove.stats import totals

router = APIRouter(prefix="/apps/{access_id}/plan-totals", tags=["plans"], responses=RESPONSES)

Days = Annotated[int, Query(ge=1, le=90, description="how far back, from now")]


class PlanTotals(BaseModel):
    """Devices, each counted once for each push; minutes old at most."""

    plan_id: str = Field(description="empty: the default plan")
    pushes: int
    last_at: datetime
    planned: int
    sent: int
    arrived: int
    clicked: int


class PlanFunnel(BaseModel):
    """The same of one plan in full."""

    total: StageCounts
    channels: dict[str, StageCounts]


@router.get("")
async def list_plan_totals(context: Context, access: Viewer, days: Days = 30) -> list[PlanTotals]:
    """Of every plan that had a push in that time."""
    async with context.database.connection() as connection:
        found = await totals.of_plans(connection, access.access_id, _since(days))
    return [PlanTotals.model_validate(one._asdict()) for one in found]


@router.get("/funnel")
async def get_plan_funnel(
    context: Context,
    access: Viewer,
    plan_id: Annotated[str, Query(max_length=20, description="empty: the default plan")] = "",
    days: Days = 30,
) -> PlanFunnel:
    async with context.database.connection() as connection:
        found = await totals.of_plan(
            connection, access.access_id, plan_id, _since(days), datetime.max.replace(tzinfo=UTC)
        )
    total = StageCounts.of(found.total).model_copy(update={"arrived": found.arrived})
    return PlanFunnel(total=total, channels={name: StageCounts.of(stages) for name, stages in found.channels.items()})


def _since(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)
