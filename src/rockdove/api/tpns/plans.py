"""`POST /v3/push/plan/add_plan_push`: a push plan is made."""

from __future__ import annotations

from rockdove.api.tpns import rates
from rockdove.api.tpns.answers import Answer
from rockdove.api.tpns.endpoint import Call
from rockdove.api.tpns.errors import InvalidParameterError
from rockdove.pushes import plans

SAVED = "save success"


async def add_plan_push(call: Call) -> Answer:
    """The published answer writes `ErrMsg`; clients that follow the table read `errMsg`."""
    call.fields.require("planName")
    call.fields.require("planDescribe")
    name, description = call.fields.text("planName"), call.fields.text("planDescribe")
    async with call.context.database.transaction() as connection:
        await rates.take_plan(connection, call)
        try:
            plan = await plans.add(connection, call.application.access_id, name, description)
        except plans.PlanError as error:
            raise InvalidParameterError(str(error)) from None
    made = {
        "planId": str(plan.plan_id),
        "planName": plan.name,
        "planDescribe": plan.description,
        "planPushSource": plan.source,
        "createdAt": int(plan.created_at.timestamp()),
        "updateAt": int(plan.updated_at.timestamp()),
    }
    return Answer({"ErrMsg": SAVED, "result": made}, text=SAVED)
