"""`/apps/{access_id}/previews`: whom a push would reach, before it is sent."""

# No postponed annotations here: FastAPI reads them at definition.

import asyncio
from typing import Any

import msgspec
from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from rockdove.api.console.callers import Context, Viewer
from rockdove.api.console.context import ConsoleContext
from rockdove.api.console.downloads import begun, download
from rockdove.api.console.faults import RESPONSES
from rockdove.audience import previews
from rockdove.audience.preview import Preview
from rockdove.audience.previews import PreviewAnswer
from rockdove.audience.request import AudienceRequest
from rockdove.pushes import plans

router = APIRouter(prefix="/apps/{access_id}/previews", tags=["previews"], responses=RESPONSES)

WAIT_SECONDS = 20.0
"""How long a preview's asker is kept waiting before it is told to come back."""
POLL_SECONDS = 0.05


class PreviewRequest(BaseModel):
    """Whom would a push reach? The members mean what they mean in /v3/push/app."""

    audience_type: str = "package_account_push"
    package_id: int | None = None
    account_type: int = Field(0, ge=0)
    accounts: list[str] = Field([], max_length=1000)
    tokens: list[str] = Field([], max_length=1000)
    tag_rules: list[dict[str, Any]] = []
    message_type: str = Field("notify", pattern="^(notify|message)$")
    environment: str = Field("product", pattern="^(product|dev)$")
    multi_package: bool = False
    disabled_channels: list[str] = []
    exclude_package_id: int | None = None
    exclude_push_id: int | None = None
    plan_id: str = Field("", description="whose daily cap holds; empty or 0: the default plan")


class ReachAnswer(BaseModel):
    devices: int
    filtered: dict[str, int] = Field(description="taken away, by reason: opted_out, excluded, no_channel, capped")
    planned: int
    channels: dict[str, int]


class PreviewResult(BaseModel):
    platform: str
    accounts: int
    matched: int
    unmatched: int = Field(description="bound to no device")
    unavailable: int = Field(description="bound, but to no device that could receive")
    invalid: int
    recent: ReachAnswer | None = Field(description="only the most recently bound device of each account")
    every: ReachAnswer = Field(description="all devices of each account")


class PreviewState(BaseModel):
    preview_id: int
    state: str = Field(description="waiting, done or failed")
    result: PreviewResult | None
    failure: str

    @classmethod
    def of(cls, preview_id: int, answer: PreviewAnswer) -> "PreviewState":
        return cls(
            preview_id=preview_id,
            state=answer.state,
            result=_result(answer.result) if answer.result else None,
            failure=answer.failure,
        )


@router.post("")
async def preview(context: Context, access: Viewer, wanted: PreviewRequest, response: Response) -> PreviewState:
    """Whom would it reach? Answered by a worker; 202 and `waiting` when that takes long: ask again by its id."""
    request = _audience_request(access.access_id, wanted)
    async with context.database.transaction() as connection:
        if not await plans.knows(connection, access.access_id, request.plan_id):
            raise HTTPException(422, f"plan_id: {request.plan_id!r} is not a known plan")
        preview_id = await previews.ask(connection, request)
    answer = await _settled(context, access.access_id, preview_id)
    response.status_code = 202 if answer.state == "waiting" else 200
    return PreviewState.of(preview_id, answer)


@router.get("/{preview_id}/unmatched", response_class=StreamingResponse)
async def preview_unmatched(context: Context, access: Viewer, preview_id: int) -> Response:
    """The accounts that are bound to no device now, as CSV. Made by a worker when it is asked for."""
    request = (await _find(context, access.access_id, preview_id)).request
    async with context.database.transaction() as connection:
        listing_id = await previews.ask(connection, request, listing=True)
    answer = await _settled(context, access.access_id, listing_id)
    if answer.state != "done":
        raise HTTPException(503 if answer.state == "waiting" else 404, answer.failure or "no worker is free; try again")
    pieces = context.store.read(answer.object_prefix, previews.UNMATCHED)
    return download(await begun(pieces), f"preview-{preview_id}-unmatched.csv")


@router.get("/{preview_id}")
async def get_preview(context: Context, access: Viewer, preview_id: int) -> PreviewState:
    """A preview asked for earlier; kept for a day."""
    return PreviewState.of(preview_id, await _find(context, access.access_id, preview_id))


async def _find(context: ConsoleContext, access_id: int, preview_id: int) -> PreviewAnswer:
    async with context.database.connection() as connection:
        answer = await previews.get(connection, access_id, preview_id)
    if answer is None:
        raise HTTPException(404, f"there is no preview {preview_id}")
    return answer


async def _settled(context: ConsoleContext, access_id: int, preview_id: int) -> PreviewAnswer:
    """Answered, or still waiting after WAIT_SECONDS."""
    for _ in range(round(WAIT_SECONDS / POLL_SECONDS)):
        answer = await _find(context, access_id, preview_id)
        if answer.state != "waiting":
            break
        await asyncio.sleep(POLL_SECONDS)
    return answer


def _audience_request(access_id: int, wanted: PreviewRequest) -> AudienceRequest:
    members = wanted.model_dump(exclude={"message_type"})
    try:
        return msgspec.convert(
            {**members, "access_id": access_id, "notification": wanted.message_type == "notify"}, AudienceRequest
        )
    except msgspec.ValidationError as error:
        raise HTTPException(422, str(error)) from None


def _result(preview: Preview) -> PreviewResult:
    return PreviewResult.model_validate(msgspec.to_builtins(preview))
