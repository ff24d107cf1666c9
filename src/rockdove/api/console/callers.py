"""Who calls the console API, and what they may do: the dependencies that the endpoints name in their parameters.

    Context         what there is to work with
    SignedIn        any member
    Administrator   a member who is one
    Viewer          whoever may look at the application of the path
    Operator        … who may push, stop and keep packages there
    Manager         … who may change what the application is: an administrator

A browser proves itself by its session's cookie, and where it changes something also by the session's CSRF token in a
header, which no other site can read or send. A program proves itself with the application's own keys (Basic), and is
an operator of that application.
"""

# No postponed annotations here: FastAPI reads them at definition.

import base64
import binascii
import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from rockdove.api.console.context import ConsoleContext
from rockdove.devices.applications import Application
from rockdove.members import sessions
from rockdove.members.audit import Actor
from rockdove.members.members import Member, Role
from rockdove.members.sessions import Session

COOKIE = "rockdove_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Access:
    """Somebody at work on one application."""

    application: Application
    actor: Actor
    role: Role
    member: Member | None = None
    """None: a program with the application's keys."""

    @property
    def access_id(self) -> int:
        return self.application.access_id


def context_of(request: Request) -> ConsoleContext:
    found: ConsoleContext = request.app.state.console
    return found


Context = Annotated[ConsoleContext, Depends(context_of)]


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


async def session_of(request: Request, context: Context) -> Session | None:
    """The session of the cookie; None: there is none, or it has ended."""
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        return None
    async with context.database.connection() as connection:
        return await sessions.resume(connection, cookie)


async def _signed_in(request: Request, session: Annotated[Session | None, Depends(session_of)]) -> Session:
    if session is None:
        raise HTTPException(401, "you are not signed in (any more): log in")
    if request.method not in SAFE_METHODS:
        given = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(given.encode(), session.csrf_token.encode()):
            raise HTTPException(403, f"the header {CSRF_HEADER} is missing or old: load the page again")
    return session


SignedIn = Annotated[Session, Depends(_signed_in)]


async def _administrator(session: SignedIn) -> Session:
    if not session.member.administrator:
        raise HTTPException(403, "this takes an administrator")
    return session


Administrator = Annotated[Session, Depends(_administrator)]


def actor_of(request: Request, session: Session) -> Actor:
    return Actor(session.member.name, session.member.member_id, address_of(request))


class _AccessWith:
    """A dependency: the access of a caller whose role covers `needed`."""

    def __init__(self, needed: Role) -> None:
        self._needed = needed

    async def __call__(
        self,
        access_id: int,
        request: Request,
        context: Context,
        session: Annotated[Session | None, Depends(session_of)],
    ) -> Access:
        access = await self._access(access_id, request, context, session)
        if not access.role.covers(self._needed):
            raise HTTPException(403, f"this takes the role {self._needed} in the application, yours is {access.role}")
        return access

    async def _access(self, access_id: int, request: Request, context: Context, session: Session | None) -> Access:
        if "authorization" in request.headers:
            return await _by_keys(access_id, request, context)
        session = await _signed_in(request, session)
        application = await context.api.applications.find(access_id)
        role = session.member.role_in(access_id)
        if application is None or role is None:  # one answer for both: who may not look is not told what there is
            raise HTTPException(404, f"there is no application {access_id} that you may see")
        return Access(application, actor_of(request, session), role, session.member)


async def _by_keys(access_id: int, request: Request, context: ConsoleContext) -> Access:
    name, secret = _basic(request.headers.get("authorization", ""))
    application = await context.api.applications.find(access_id) if name == str(access_id) else None
    known = application.secret_key if application else ""
    proven = hmac.compare_digest(known.encode(), secret.encode())
    if application is None or not proven or not application.allows(address_of(request)):
        raise HTTPException(401, "wrong AccessID or SecretKey", {"WWW-Authenticate": 'Basic realm="rockdove"'})
    return Access(application, Actor(f"AccessID {access_id}", None, address_of(request)), Role.OPERATOR)


def _basic(header: str) -> tuple[str, str]:
    scheme, _, credentials = header.partition(" ")
    try:
        text = base64.b64decode(credentials.strip(), validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    name, _, secret = text.partition(":")
    return name, secret


Viewer = Annotated[Access, Depends(_AccessWith(Role.VIEWER))]
Operator = Annotated[Access, Depends(_AccessWith(Role.OPERATOR))]
Manager = Annotated[Access, Depends(_AccessWith(Role.ADMINISTRATOR))]
