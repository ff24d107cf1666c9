"""`/apps/{access_id}/pushes`: what was pushed, and what became of it."""

# No postponed annotations here: FastAPI reads them at definition.

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from rockdove.api.console.callers import Context, Operator
from rockdove.api.console.downloads import begun, download
from rockdove.api.console.faults import RESPONSES
from rockdove.audience import outcome
from rockdove.members import audit
from rockdove.members.audit import Action

router = APIRouter(prefix="/apps/{access_id}/pushes", tags=["pushes"], responses=RESPONSES)


@router.get("/{push_id}/outcome", response_class=StreamingResponse)
async def push_outcome(context: Context, access: Operator, push_id: int) -> Response:
    """What became of each account: account, token, channel, state, time, as CSV."""
    rows = outcome.outcomes(context.database, context.open_package, access.access_id, push_id)
    pieces = await begun(outcome.csv_of(rows))
    async with context.database.connection() as connection:
        await audit.record(
            connection, access.actor, Action.DOWNLOAD_OUTCOME, access_id=access.access_id, object=push_id
        )
    return download(pieces, f"push-{push_id}-outcome.csv")
