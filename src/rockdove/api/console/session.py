"""`/session` and `/setup`: becoming the first administrator, accepting an invitation, logging in and out."""

# No postponed annotations here: FastAPI reads them at definition.

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from rockdove.api.console.callers import COOKIE, Context, SignedIn, actor_of, address_of, session_of
from rockdove.api.console.context import ConsoleContext
from rockdove.members import audit, members, sessions
from rockdove.members.audit import Action
from rockdove.members.sessions import LONGEST_DAYS, Session

router = APIRouter(tags=["session"])


class SessionMember(BaseModel):
    member_id: int
    name: str
    administrator: bool


class SessionAnswer(BaseModel):
    setup_needed: bool = Field(description="nobody administers this server yet; its log has a link for that")
    member: SessionMember | None = Field(description="null: not signed in")
    csrf_token: str = Field(description="goes into the header X-CSRF-Token of everything that changes something")


class Link(BaseModel):
    token: str = Field(max_length=200, description="what follows the # of the link")


class LinkAnswer(BaseModel):
    name: str = Field(description="whom the link is for; empty: the first administrator, who chooses a name")


class NewPassword(Link):
    name: str = Field("", max_length=200)
    password: str = Field(max_length=1000)


class LogIn(BaseModel):
    name: str = Field(max_length=200)
    password: str = Field(max_length=1000)


class PasswordChange(BaseModel):
    old: str = Field(max_length=1000)
    new: str = Field(max_length=1000)


@router.get("/session")
async def get_session(context: Context, session: Annotated[Session | None, Depends(session_of)]) -> SessionAnswer:
    """Who is signed in here, if anybody."""
    if session:
        return _answer(session)
    async with context.database.connection() as connection:
        needed = await members.nobody_administers(connection)
    return SessionAnswer(setup_needed=needed, member=None, csrf_token="")


@router.post("/session")
async def log_in(context: Context, request: Request, response: Response, wanted: LogIn) -> SessionAnswer:
    """401: wrong name or password. 429: after too many of those, for the seconds of Retry-After."""
    session = await sessions.log_in(context.database, wanted.name, wanted.password, address_of(request))
    async with context.database.connection() as connection:
        await audit.record(connection, actor_of(request, session), Action.LOG_IN)
    _set_cookie(context, response, session)
    return _answer(session)


@router.delete("/session", status_code=204)
async def log_out(context: Context, request: Request, response: Response, session: SignedIn) -> None:
    async with context.database.transaction() as connection:
        await sessions.end(connection, request.cookies[COOKIE])
        await audit.record(connection, actor_of(request, session), Action.LOG_OUT)
    response.delete_cookie(COOKIE, path="/console")


@router.put("/session/password")
async def change_password(
    context: Context, request: Request, response: Response, session: SignedIn, wanted: PasswordChange
) -> SessionAnswer:
    """Every other session of the member ends; this one goes on under a new cookie."""
    async with context.database.transaction() as connection:
        await members.change_password(connection, session.member.member_id, wanted.old, wanted.new)
        await audit.record(connection, actor_of(request, session), Action.CHANGE_PASSWORD)
        begun = await sessions.begin(connection, session.member.member_id, address_of(request))
    _set_cookie(context, response, begun)
    return _answer(begun)


@router.post("/setup/link")
async def look_at_link(context: Context, link: Link) -> LinkAnswer:
    """Whom a one-time link is for. 403: it was used, or has expired."""
    async with context.database.connection() as connection:
        return LinkAnswer(name=await members.invited_name(connection, link.token))


@router.post("/setup")
async def set_up(context: Context, request: Request, response: Response, wanted: NewPassword) -> SessionAnswer:
    """Use a one-time link: choose a password, and be signed in. `name` is for the first administrator."""
    async with context.database.transaction() as connection:
        member_id = await members.accept(connection, wanted.token, wanted.name, wanted.password)
        session = await sessions.begin(connection, member_id, address_of(request))
        await audit.record(connection, actor_of(request, session), Action.ACCEPT_INVITATION)
    _set_cookie(context, response, session)
    return _answer(session)


def _set_cookie(context: ConsoleContext, response: Response, session: Session) -> None:
    response.set_cookie(
        COOKIE,
        session.cookie,
        max_age=LONGEST_DAYS * 86_400,
        path="/console",
        secure=context.is_secure,
        httponly=True,
        samesite="lax",
    )


def _answer(session: Session) -> SessionAnswer:
    member = session.member
    return SessionAnswer(
        setup_needed=False,
        member=SessionMember(member_id=member.member_id, name=member.name, administrator=member.administrator),
        csrf_token=session.csrf_token,
    )
