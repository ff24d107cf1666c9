"""The header `Idempotency-Key` (ours, not TPNS's): a call sent again under its key gets the first one's answer, and
nothing happens twice.

A client that lost the answer of an upload or a push can't know whether to repeat it; with a key it just does. The key
is kept in the transaction of what the call did: a call that was refused, or failed, has left none, and its repetition
is a first call. Another request under a used key is refused, for it is a mistake of the caller's.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from psycopg.types.json import Json
from starlette.datastructures import Headers

from rockdove.api.tpns.errors import InvalidParameterError
from rockdove.storage.database import Connection, Database, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "idempotency.sql")

HEADER = "Idempotency-Key"
_FORM = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


class AnsweredError(Exception):
    """The call happened before; `members` is what it was answered."""

    def __init__(self, members: dict[str, Any]) -> None:
        super().__init__("answered before")
        self.members = members


@dataclass(frozen=True, slots=True)
class Key:
    """A key together with what it is used for. It answers for `hours`."""

    access_id: int
    endpoint: Literal["push", "upload"]
    text: str
    request: tuple[Any, ...]
    """What makes two calls the same call; JSON values."""
    hours: int

    async def check(self, database: Database) -> None:
        """Before anything is done. Raises AnsweredError, or InvalidParameterError for another request's key."""
        async with database.connection() as connection:
            await self._find(connection)

    async def claim(self, connection: Connection) -> None:
        """The same in the transaction that does it: callers with the same key wait here, for its end."""
        name = f"{self.access_id} {self.endpoint} {self.text}".encode()
        lock = int.from_bytes(hashlib.sha256(name).digest()[:8], signed=True)
        await connection.execute(_sql.lock, {"lock": lock})
        await self._find(connection)

    async def keep(self, connection: Connection, members: dict[str, Any]) -> None:
        """At the end of that transaction."""
        row = {**self._columns(), "request_hash": self._hash(), "answer": Json(members, dumps=msgspec.json.encode)}
        await connection.execute(_sql.keep, row)

    async def _find(self, connection: Connection) -> None:
        row = await fetch_one(connection, _sql.find, **self._columns(), hours=self.hours)
        if row is None:
            return
        if row.request_hash != self._hash():
            raise InvalidParameterError(f"{HEADER} {self.text} was used for another request; give each its own")
        raise AnsweredError(row.answer)

    def _columns(self) -> dict[str, Any]:
        return {"access_id": self.access_id, "endpoint": self.endpoint, "key": self.text}

    def _hash(self) -> bytes:
        return hashlib.sha256(msgspec.json.encode(self.request, order="sorted")).digest()


def read(headers: Headers) -> str | None:
    """The text of the key, None where none is given. Raises InvalidParameterError."""
    text = headers.get(HEADER)
    return None if text is None else checked(text)


def checked(text: str) -> str:
    """The text, if it can be a key. Raises InvalidParameterError."""
    if not _FORM.fullmatch(text):
        raise InvalidParameterError(f"{HEADER} must be 1 to 255 visible ASCII characters")
    return text


async def expire(database: Database, hours: int) -> None:
    """Forget keys that don't answer any more. To be called now and then."""
    async with database.connection() as connection:
        await connection.execute(_sql.expire, {"hours": hours})
