"""`/members`: who may use the console. For administrators."""

# No postponed annotations here: FastAPI reads them at definition.

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from rockdove.api.console.callers import Administrator, Context, actor_of
from rockdove.api.console.context import ConsoleContext
from rockdove.api.console.faults import RESPONSES
from rockdove.devices import applications
from rockdove.devices.applications import UnknownApplicationError
from rockdove.members import audit, members
from rockdove.members.audit import Action
from rockdove.members.members import Role
from rockdove.storage.database import Connection

router = APIRouter(prefix="/members", tags=["members"], responses=RESPONSES)

RoleName = Literal["operator", "viewer"]


class MemberAnswer(BaseModel):
    member_id: int
    name: str
    administrator: bool
    disabled: bool
    invited: bool = Field(description="has not chosen a password yet")
    created_at: datetime
    seen_at: datetime | None
    roles: dict[int, RoleName] = Field(description="by access_id")


class MemberWanted(BaseModel):
    name: str = Field(max_length=200)
    administrator: bool = False
    roles: dict[int, RoleName] = {}


class MemberChange(BaseModel):
    """What is not given stays as it is."""

    administrator: bool | None = None
    disabled: bool | None = None
    roles: dict[int, RoleName | None] = Field({}, description="by access_id; null takes the role away")


class Invitation(BaseModel):
    member_id: int
    link: str = Field(description="hand it over yourself; it sets a password once, within a week")


@router.get("")
async def list_members(context: Context, session: Administrator) -> list[MemberAnswer]:
    async with context.database.connection() as connection:
        found = await members.all_members(connection)
    return [MemberAnswer.model_validate(member._asdict()) for member in found]


@router.post("", status_code=201)
async def create_member(context: Context, request: Request, session: Administrator, wanted: MemberWanted) -> Invitation:
    """A member, and the link that lets them choose a password."""
    async with context.database.transaction() as connection:
        member_id = await members.add(connection, wanted.name, administrator=wanted.administrator)
        for access_id, role in wanted.roles.items():
            await _require_application(connection, access_id)
            await members.set_role(connection, member_id, access_id, Role(role))
        token = await members.invite(connection, member_id)
        await audit.record(
            connection,
            actor_of(request, session),
            Action.CREATE_MEMBER,
            object=wanted.name.strip(),
            administrator=wanted.administrator,
            roles={str(access_id): role for access_id, role in wanted.roles.items()},
        )
    return Invitation(member_id=member_id, link=_link(context, token))


@router.post("/{member_id}/invitation")
async def invite_again(context: Context, request: Request, session: Administrator, member_id: int) -> Invitation:
    """A new link, for who lost theirs or forgot the password. The old link ends; the old password works until then."""
    async with context.database.transaction() as connection:
        member = await members.find(connection, member_id)
        token = await members.invite(connection, member_id)
        await audit.record(connection, actor_of(request, session), Action.INVITE_MEMBER, object=member.name)
    return Invitation(member_id=member_id, link=_link(context, token))


@router.patch("/{member_id}")
async def change_member(
    context: Context, request: Request, session: Administrator, member_id: int, wanted: MemberChange
) -> MemberAnswer:
    """409: somebody has to be an administrator."""
    async with context.database.transaction() as connection:
        await members.find(connection, member_id)
        if wanted.administrator is not None:
            await members.set_administrator(connection, member_id, wanted.administrator)
        if wanted.disabled is not None:
            await members.set_disabled(connection, member_id, wanted.disabled)
        for access_id, role in wanted.roles.items():
            await _require_application(connection, access_id)
            await members.set_role(connection, member_id, access_id, Role(role) if role else None)
        member = await members.find(connection, member_id)
        changes = wanted.model_dump(exclude_unset=True, mode="json")
        await audit.record(connection, actor_of(request, session), Action.MODIFY_MEMBER, object=member.name, **changes)
    return MemberAnswer.model_validate(member._asdict())


def _link(context: ConsoleContext, token: str) -> str:
    return members.link_of(context.api.settings.http.public_url, token)


async def _require_application(connection: Connection, access_id: int) -> None:
    if await applications.find(connection, access_id) is None:
        raise UnknownApplicationError(f"there is no application {access_id}")
