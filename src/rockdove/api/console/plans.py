"""`/apps/{access_id}/plans`: push plans, the labels that pushes are grouped under.

The default plan is always there, can't be changed, and is not in the list: a push of it has an empty `plan_id`.
"""

# No postponed annotations here: FastAPI reads them at definition.

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from rockdove.api.console.callers import Context, Operator, Viewer
from rockdove.api.console.faults import RESPONSES
from rockdove.members import audit
from rockdove.members.audit import Action
from rockdove.pushes import plans
from rockdove.pushes.plans import Plan

router = APIRouter(prefix="/apps/{access_id}/plans", tags=["plans"], responses=RESPONSES)

PlanId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class PlanWanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(description="1 to 60 characters; others may have the same")
    description: str = Field(description="1 to 300 characters: what it is for")


class PlanAnswer(BaseModel):
    plan_id: str = Field(description="decimal digits, as a push names it")
    name: str
    description: str
    source: str = Field(description="web: made in the console; api")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, plan: Plan) -> "PlanAnswer":
        return cls.model_validate({**plan._asdict(), "plan_id": str(plan.plan_id)})


@router.get("")
async def list_plans(context: Context, access: Viewer) -> list[PlanAnswer]:
    """All of them, newest first."""
    async with context.database.connection() as connection:
        return [PlanAnswer.of(plan) for plan in await plans.of_application(connection, access.access_id)]


@router.post("", status_code=201)
async def create_plan(context: Context, access: Operator, wanted: PlanWanted) -> PlanAnswer:
    async with context.database.transaction() as connection:
        plan = await plans.add(connection, access.access_id, wanted.name, wanted.description, "web")
        await audit.record(
            connection,
            access.actor,
            Action.CREATE_PLAN,
            access_id=access.access_id,
            object=plan.plan_id,
            name=plan.name,
        )
    return PlanAnswer.of(plan)


@router.put("/{plan_id}")
async def change_plan(context: Context, access: Operator, plan_id: PlanId, wanted: PlanWanted) -> PlanAnswer:
    async with context.database.transaction() as connection:
        plan = await plans.change(connection, access.access_id, plan_id, wanted.name, wanted.description)
        await audit.record(
            connection, access.actor, Action.MODIFY_PLAN, access_id=access.access_id, object=plan_id, name=plan.name
        )
    return PlanAnswer.of(plan)


@router.delete("/{plan_id}", status_code=204)
async def delete_plan(context: Context, access: Operator, plan_id: PlanId) -> None:
    """Its pushes keep it; new ones can't have it."""
    async with context.database.transaction() as connection:
        await plans.delete(connection, access.access_id, plan_id)
        await audit.record(connection, access.actor, Action.DELETE_PLAN, access_id=access.access_id, object=plan_id)
