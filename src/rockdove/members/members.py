"""Members: the people who use the console, and what each may do there.

An administrator may do everything. Everybody else has a role in single applications: an operator makes and ends
pushes and keeps packages, a viewer looks. Nobody is ever deleted, for the audit log names them; who leaves is disabled,
and loses every session at once.

Passwords are chosen by their owners only. An administrator hands out a link that works once: the first one is printed
by the server when it has no administrator yet.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from rockdove.members import password as passwords
from rockdove.storage.database import Connection, fetch_all, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "members.sql")

LONGEST_NAME = 60
SETUP_HOURS, INVITATION_HOURS = 24, 7 * 24
"""How long a link works: to become the first administrator, and for everybody else."""


class MemberError(ValueError):
    """A member can't be so; the text says why."""


class UnknownMemberError(LookupError):
    """There is no such member."""


class LinkError(LookupError):
    """The link was used, has expired, or never was one."""


class LastAdministratorError(ValueError):
    """Somebody has to be an administrator."""


class Role(StrEnum):
    """What a member may do with an application; each may do what the ones before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"

    def covers(self, needed: Role) -> bool:
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Member(NamedTuple):
    member_id: int
    name: str
    administrator: bool
    disabled: bool
    invited: bool
    """Has not chosen a password yet."""
    created_at: datetime
    seen_at: datetime | None
    roles: dict[str, str]
    """Role by access id (as text: JSON's keys are)."""

    def role_in(self, access_id: int) -> Role | None:
        if self.administrator:
            return Role.ADMINISTRATOR
        role = self.roles.get(str(access_id))
        return Role(role) if role else None


async def all_members(connection: Connection) -> list[Member]:
    """By name, the disabled ones last."""
    return [Member(*row) for row in await fetch_all(connection, _sql.all)]


async def find(connection: Connection, member_id: int) -> Member:
    """Raises UnknownMemberError."""
    row = await fetch_one(connection, _sql.find, member_id=member_id)
    if row is None:
        raise UnknownMemberError(f"there is no member {member_id}")
    return Member(*row)


async def find_by_name(connection: Connection, name: str) -> int | None:
    """Names are the same whatever their case."""
    row = await fetch_one(connection, _sql.find_by_name, name=name.strip())
    return int(row.member_id) if row else None


async def nobody_administers(connection: Connection) -> bool:
    """Is this server as it was installed?"""
    return bool((await fetch_one(connection, _sql.nobody_administers)).nobody)


async def add(connection: Connection, name: str, *, administrator: bool = False) -> int:
    """A member without a password; an `invite` lets them choose one. Raises MemberError."""
    wanted = _checked_name(name)
    row = await fetch_one(connection, _sql.add, name=wanted, administrator=administrator)
    if row is None:
        raise MemberError(f"there is a member {wanted!r} already")
    return int(row.member_id)


async def set_administrator(connection: Connection, member_id: int, administrator: bool) -> None:
    """Raises LastAdministratorError."""
    await connection.execute(_sql.lock)
    await connection.execute(_sql.set_administrator, {"member_id": member_id, "administrator": administrator})
    if not administrator:
        await _require_administrator(connection)


async def set_disabled(connection: Connection, member_id: int, disabled: bool) -> None:
    """A disabled member's sessions and links end with it. Raises LastAdministratorError."""
    await connection.execute(_sql.lock)
    await connection.execute(_sql.set_disabled, {"member_id": member_id, "disabled": disabled})
    if disabled:
        await connection.execute(_sql.forget_sessions, {"member_id": member_id})
        await connection.execute(_sql.forget_links, {"member_id": member_id})
        await _require_administrator(connection)


async def set_role(connection: Connection, member_id: int, access_id: int, role: Role | None) -> None:
    """None: nothing. An administrator is one everywhere, see `set_administrator`."""
    values = {"member_id": member_id, "access_id": access_id, "role": role}
    await connection.execute(_sql.set_role if role else _sql.take_role, values)


async def invite(connection: Connection, member_id: int | None) -> str:
    """The secret of a link that sets this member's password once; None: that makes the first administrator. Links made
    before for the same end."""
    token = secrets.token_urlsafe(24)
    hours = SETUP_HOURS if member_id is None else INVITATION_HOURS
    await connection.execute(_sql.forget_links, {"member_id": member_id})
    await connection.execute(_sql.invite, {"token_hash": _hashed(token), "member_id": member_id, "hours": hours})
    return token


def link_of(public_url: str, token: str) -> str:
    """Behind the #: browsers send it to nobody, so no log of a proxy holds it."""
    return f"{public_url}/console/setup#{token}"


async def invited_name(connection: Connection, token: str) -> str:
    """Whom a link is for; empty: the first administrator, who chooses a name as well. Raises LinkError."""
    row = await fetch_one(connection, _sql.find_link, token_hash=_hashed(token))
    if row is None:
        raise LinkError("this link was used already or has expired: ask for a new one")
    return str(row.name or "")


async def accept(connection: Connection, token: str, name: str, password: str) -> int:
    """Use a link: gives the member, whose password this is from now on. `name` counts for the first administrator only.

    Raises LinkError, MemberError, PasswordError.
    """
    invited = await invited_name(connection, token)
    passwords.check(password, invited or name)
    kept = await passwords.hash_of(password)
    row = await fetch_one(connection, _sql.use_link, token_hash=_hashed(token))
    if row is None:
        raise LinkError("this link was used already or has expired: ask for a new one")
    member_id = row.member_id
    if member_id is None:
        await connection.execute(_sql.lock)
        if not await nobody_administers(connection):
            raise LinkError("this server has an administrator already: ask them for an invitation")
        member_id = await add(connection, name, administrator=True)
    await connection.execute(_sql.set_password, {"member_id": member_id, "password_hash": kept})
    await connection.execute(_sql.forget_sessions, {"member_id": member_id})
    return int(member_id)


async def change_password(connection: Connection, member_id: int, old: str, new: str) -> None:
    """Their other sessions end. Raises PasswordError, also when `old` is wrong."""
    row = await fetch_one(connection, _sql.password_of, member_id=member_id)
    if row is None or not await passwords.matches(old, row.password_hash):
        raise passwords.PasswordError("the old password is not right")
    passwords.check(new, row.name)
    kept = await passwords.hash_of(new)
    await connection.execute(_sql.set_password, {"member_id": member_id, "password_hash": kept})
    await connection.execute(_sql.forget_sessions, {"member_id": member_id})


def _checked_name(name: str) -> str:
    wanted = name.strip()
    if not 1 <= len(wanted) <= LONGEST_NAME or not wanted.isprintable():
        raise MemberError(f"a member's name has 1 to {LONGEST_NAME} printable characters")
    return wanted


async def _require_administrator(connection: Connection) -> None:
    if await nobody_administers(connection):
        raise LastAdministratorError("this is the last administrator: make somebody else one first")


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
