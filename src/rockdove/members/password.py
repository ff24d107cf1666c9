"""Passwords of members, kept as Argon2id hashes.

A hash takes 64 MB and a tenth of a second on purpose, so at most AT_ONCE are made at the same time in a process: a
storm of log-ins waits instead of eating the machine.
"""

from __future__ import annotations

import asyncio

from nacl import pwhash
from nacl.exceptions import InvalidkeyError

SHORTEST, LONGEST = 10, 200
"""Characters."""
AT_ONCE = 2
_OPERATIONS, _MEMORY = pwhash.argon2id.OPSLIMIT_INTERACTIVE, pwhash.argon2id.MEMLIMIT_INTERACTIVE
_turns = asyncio.Semaphore(AT_ONCE)

NOBODY = "$argon2id$v=19$m=65536,t=2,p=1$cm9ja2RvdmVyb2NrZG92ZQ$" + "A" * 43
"""Compared with where there is no such member: an answer takes as long as for one who exists."""


class PasswordError(ValueError):
    """Nobody may have this password; the text says why."""


def check(password: str, name: str) -> None:
    """Length is what makes a password strong; rules about digits do not. Raises PasswordError."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordError(f"a password has {SHORTEST} to {LONGEST} characters")
    if password.strip().lower() == name.strip().lower() or len(set(password)) < 4:
        raise PasswordError("this password is too easy to guess")


async def hash_of(password: str) -> str:
    """The hash with its parameters and salt, as one text."""
    async with _turns:
        kept = await asyncio.to_thread(pwhash.argon2id.str, password.encode(), opslimit=_OPERATIONS, memlimit=_MEMORY)
    return kept.decode()


async def matches(password: str, kept: str | None) -> bool:
    """None: there is nothing to match; found out as slowly as a wrong password."""
    async with _turns:
        try:
            await asyncio.to_thread(pwhash.verify, (kept or NOBODY).encode(), password.encode()[: LONGEST * 4])
        except InvalidkeyError:
            return False
    return kept is not None
