"""Sessions of the console: a random cookie that only the browser knows, and the member it stands for.

A session ends after IDLE_HOURS without use, after LONGEST_DAYS in any case, with a log-out, and with a change of the
member's password or state. Every request asks the database, so all of that is in force everywhere at once.

Guessing is slowed down, by name and by address: so many wrong passwords in a row cost nothing, each further one twice
the wait of the one before. An address may be a whole office behind one router, so it has more of them. An attempt
counts before its password is looked at: many made at once gain nothing. Nobody is blocked for longer than LONGEST_WAIT,
so a stranger can't lock a member out for good.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import NamedTuple

from rockdove.members import password as passwords
from rockdove.members.members import Member, find
from rockdove.storage.database import Connection, Database, fetch_all, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "sessions.sql")

IDLE_HOURS, LONGEST_DAYS = 12, 14
FREE_OF_NAME, FREE_OF_ADDRESS = 5, 50
"""Failures in a row."""
FIRST_WAIT, LONGEST_WAIT = 2, 300
"""Seconds."""
FORGET_HOURS = 24
"""Failures are forgotten after so long without one."""
LONGEST_NAME = 200


class WrongPasswordError(ValueError):
    """The name or the password is wrong; which of them is not said."""


class ThrottledError(Exception):
    """Too many wrong passwords: try again after `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many wrong passwords: try again in {seconds} seconds")
        self.seconds = seconds


class Session(NamedTuple):
    """`cookie` is given once, when the session begins."""

    member: Member
    csrf_token: str
    cookie: str = ""


async def log_in(database: Database, name: str, password: str, address: str) -> Session:
    """Begin a session. Raises WrongPasswordError, ThrottledError."""
    wanted = name.strip()[:LONGEST_NAME]
    by_name, by_address = f"name {wanted.lower()}", f"address {address}"
    await _count_attempt(database, [by_name, by_address])
    async with database.connection() as connection:
        row = await fetch_one(connection, _sql.credentials, name=wanted)
    if not await passwords.matches(password, row.password_hash if row else None):
        raise WrongPasswordError("wrong name or password")
    async with database.transaction() as connection:
        await connection.execute(_sql.forgive_name, {"name": by_name})
        await connection.execute(_sql.forgive_address, {"address": by_address})
        return await begin(connection, row.member_id, address)


async def begin(connection: Connection, member_id: int, address: str) -> Session:
    """A session of a member who has proven who they are."""
    cookie, csrf_token = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    values = {"session_hash": _hashed(cookie), "member_id": member_id, "csrf_token": csrf_token, "address": address}
    await connection.execute(_sql.begin, values)
    return Session(await find(connection, member_id), csrf_token, cookie)


async def resume(connection: Connection, cookie: str) -> Session | None:
    """Whose cookie this is; None: nobody's any more."""
    limits = {"idle": IDLE_HOURS, "longest": LONGEST_DAYS}
    row = await fetch_one(connection, _sql.resume, session_hash=_hashed(cookie), **limits)
    if row is None:
        return None
    await _note_seen(connection, cookie, row.seen_at)
    return Session(Member(*row[:-1]), row.csrf_token)


async def end(connection: Connection, cookie: str) -> None:
    await connection.execute(_sql.end, {"session_hash": _hashed(cookie)})


async def expire(database: Database) -> None:
    """Forget what has ended. To be called now and then."""
    async with database.connection() as connection:
        await connection.execute(_sql.expire_sessions, {"idle": IDLE_HOURS, "longest": LONGEST_DAYS})
        await connection.execute(_sql.expire_failures, {"forget": FORGET_HOURS})


async def _note_seen(connection: Connection, cookie: str, seen_at: datetime) -> None:
    """Once a minute is enough."""
    if (datetime.now(seen_at.tzinfo) - seen_at).total_seconds() > 60:
        await connection.execute(_sql.note_seen, {"session_hash": _hashed(cookie)})


async def _count_attempt(database: Database, parties: list[str]) -> None:
    """Raises ThrottledError, and then it does not count."""
    free = {"of_name": FREE_OF_NAME, "of_address": FREE_OF_ADDRESS}
    waits = {"first": FIRST_WAIT, "longest": LONGEST_WAIT, "forget": FORGET_HOURS}
    async with database.transaction() as connection:
        counted = await fetch_all(connection, _sql.attempt, parties=parties, **free, **waits)
        if len(counted) < len(parties):
            raise ThrottledError((await fetch_one(connection, _sql.blocked, parties=parties)).seconds)


def _hashed(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode()).digest()
