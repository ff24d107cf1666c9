"""`/apps/{access_id}/pushes`: the task list, one push and its progress, making one, holding it, ending it."""

# No postponed annotations here: FastAPI reads them at definition.

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from rockdove.api import ending
from rockdove.api.console.callers import Access, Context, Operator, Viewer
from rockdove.api.console.context import ConsoleContext
from rockdove.api.console.downloads import begun, download
from rockdove.api.console.faults import RESPONSES
from rockdove.api.console.live import PushProgress
from rockdove.api.console.new_push import NewPush, rest_call
from rockdove.api.tpns.endpoint import Call
from rockdove.api.tpns.fields import Fields
from rockdove.api.tpns.idempotency import AnsweredError
from rockdove.api.tpns.push import push_app
from rockdove.audience import outcome
from rockdove.lifecycle.states import State
from rockdove.members import audit
from rockdove.members.audit import Action
from rockdove.stats import tasks
from rockdove.storage.database import Connection

router = APIRouter(prefix="/apps/{access_id}/pushes", tags=["pushes"], responses=RESPONSES)


class PushRow(BaseModel):
    """A line of the task list; its figures are minutes old at most."""

    push_id: int
    state: State
    source: str = Field(description="web: made in the console; api")
    audience_type: str
    message_type: str
    title: str
    content: str
    plan_id: str
    plan_name: str
    package_id: int | None
    package_name: str
    created_at: datetime
    due: datetime
    started_at: datetime | None
    finished_at: datetime | None
    failure: str
    planned: int
    sent: int
    arrived: int
    clicked: int
    counted: bool = Field(description="false: sent, arrived and clicked are not known here yet, and 0")


class PushAnswer(BaseModel):
    """Everything that was asked for with a push."""

    push_id: int
    state: State
    source: str
    audience_type: str
    message_type: str
    message: dict[str, Any]
    audience: dict[str, Any] = Field(description="tokens, accounts or tag_rules, where they were listed")
    account_type: int
    every_device: bool
    environment: str
    expire_seconds: int
    push_speed: int
    multi_package: bool
    disabled_channels: list[str]
    online_first: bool
    collapse_id: int
    plan_id: str
    plan_name: str
    package_id: int | None
    package_name: str
    package_state: str
    options: dict[str, Any]
    created_at: datetime
    due: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None
    failure: str
    counts: dict[str, Any]


class PushesMade(BaseModel):
    push_ids: list[int] = Field(description="one, or one for each occurrence of a loop")


class RestCall(BaseModel):
    """What a program would send to make the same push."""

    path: str
    body: dict[str, Any]


class CutAnswer(BaseModel):
    """Where a push was cut, in distinct devices."""

    sent: int
    not_sent: int
    final: bool = Field(description="false: a worker has died with a batch in flight; a later look may find more sent")


@router.get("")
async def list_pushes(
    context: Context,
    access: Viewer,
    source: Literal["", "web", "api"] = "",
    state: Annotated[list[State] | None, Query()] = None,
    audience_type: Annotated[list[str] | None, Query()] = None,
    message_type: Literal["", "notify", "message"] = "",
    plan_id: Annotated[str | None, Query(description="empty: the default plan")] = None,
    package_id: int | None = None,
    search: Annotated[str, Query(max_length=200, description="a push id, or part of a title or content")] = "",
    before: Annotated[int | None, Query(description="go on behind this push_id")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[PushRow]:
    """The task list, newest first."""
    async with context.database.connection() as connection:
        found = await tasks.page(
            connection,
            access.access_id,
            source=source,
            states=state or (),
            audience_types=audience_type or (),
            message_type=message_type,
            plan_id=plan_id,
            package_id=package_id,
            search=search,
            before=before,
            maximum=limit,
        )
    return [PushRow.model_validate(row._asdict()) for row in found]


@router.post("", status_code=201)
async def create_push(
    context: Context,
    access: Operator,
    wanted: NewPush,
    idempotency_key: Annotated[str, Header(min_length=1, max_length=255, description="a second click sends once")],
) -> PushesMade:
    """Confirm. Taken in milliseconds, by the REST call's rules; who gets it is resolved by a worker.

    422 says what is wrong, with TPNS's `code`.
    """

    async def also(connection: Connection, push_ids: list[int]) -> None:
        action = Action.TEST_PUSH if wanted.is_test else Action.CREATE_PUSH
        title = str(wanted.message.get("title", ""))
        for push_id in push_ids:
            await audit.record(
                connection, access.actor, action, access_id=access.access_id, object=push_id, title=title
            )

    call = Call(context.api, access.application, Fields(rest_call(wanted)), idempotency_key, "web", also)
    try:
        members = (await push_app(call)).members
    except AnsweredError as before:
        members = before.members
    push_id = members["push_id"]
    return PushesMade(push_ids=[int(one) for one in (push_id if isinstance(push_id, list) else [push_id])])


@router.post("/rest-call")
async def describe_rest_call(access: Viewer, wanted: NewPush) -> RestCall:
    """The same push as a program would make it."""
    return RestCall(path="/v3/push/app", body=rest_call(wanted))


@router.get("/{push_id}")
async def get_push(context: Context, access: Viewer, push_id: int) -> PushAnswer:
    async with context.database.connection() as connection:
        task = await tasks.find(connection, access.access_id, push_id)
    return PushAnswer.model_validate(task._asdict())


@router.get("/{push_id}/progress")
async def get_progress(context: Context, access: Viewer, push_id: int) -> PushProgress:
    """How far it has come, as of a moment ago."""
    return await context.live.progress(access.access_id, push_id)


@router.get("/{push_id}/events", response_class=StreamingResponse)
async def follow_progress(context: Context, access: Viewer, push_id: int) -> Response:
    """Server-sent events: `progress`, with a PushProgress, whenever it has changed."""
    await context.live.progress(access.access_id, push_id)  # an unknown push is a 404, not an empty stream
    return StreamingResponse(
        context.live.events(access.access_id, push_id),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


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


@router.post("/{push_id}/cancel")
async def cancel_push(context: Context, access: Operator, push_id: int) -> CutAnswer:
    """Before it starts. 409: it has."""
    return await _end(context, access, push_id, ending.cancel, Action.CANCEL_PUSH)


@router.post("/{push_id}/pause")
async def pause_push(context: Context, access: Operator, push_id: int) -> CutAnswer:
    """Hold it behind the batch in flight."""
    return await _end(context, access, push_id, ending.pause, Action.PAUSE_PUSH)


@router.post("/{push_id}/resume")
async def resume_push(context: Context, access: Operator, push_id: int) -> CutAnswer:
    return await _end(context, access, push_id, ending.resume, Action.RESUME_PUSH)


@router.post("/{push_id}/stop")
async def stop_push(context: Context, access: Operator, push_id: int) -> CutAnswer:
    """For good: nothing more is sent, and what waits for devices that are away is discarded."""
    return await _end(context, access, push_id, ending.stop, Action.STOP_PUSH)


@router.post("/{push_id}/revoke")
async def revoke_push(context: Context, access: Operator, push_id: int) -> CutAnswer:
    """Stop it, and have devices take back what they show."""
    return await _end(context, access, push_id, ending.revoke, Action.REVOKE_PUSH)


@router.delete("/{push_id}", status_code=204)
async def delete_push(context: Context, access: Operator, push_id: int) -> None:
    """Take the record of a push that is over out of the lists. Who was away and has not got it, will not get it."""
    await _end(context, access, push_id, ending.delete, Action.DELETE_PUSH)


async def _end(context: ConsoleContext, access: Access, push_id: int, end: ending.End, action: Action) -> CutAnswer:
    async def logged(connection: Connection, access_id: int, of_push: int) -> None:
        await end(connection, access_id, of_push)
        await audit.record(connection, access.actor, action, access_id=access_id, object=of_push)

    cut = await ending.carry_out(context.database, logged, access.access_id, push_id)
    return CutAnswer(**cut._asdict())
