"""The only code that changes the state of a push."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rockdove.lifecycle.states import MOVES, IllegalMoveError, State, UnknownPushError
from rockdove.storage.database import Connection, fetch_all, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "moves.sql")


async def move(connection: Connection, push_id: int, to: State, *, failure: str = "") -> State:
    """Move a push within the surrounding transaction and give the state it was in.

    Raises UnknownPushError, or IllegalMoveError where the table has no such move. Releases the lease on the push.
    """
    row = await fetch_one(connection, _sql.lock, push_ids=[push_id])
    if row is None:
        raise UnknownPushError(push_id)
    current = State(row.state)
    if to not in MOVES[current]:
        raise IllegalMoveError(push_id, current, to)
    values = {"push_ids": [push_id], "origins": [current], "state": to, "failure": failure}
    await connection.execute(_sql.move, values)
    return current


async def move_many(connection: Connection, push_ids: Sequence[int], to: State) -> list[Any]:
    """Move those of the pushes for which the table has the move, and leave the others as they are.

    Gives the ones that moved, in no order: push_id, send_seq, expires_at. Pushes that start are sent in the order in
    which they are named.
    """
    await connection.execute(_sql.lock, {"push_ids": list(push_ids)})
    origins = [state for state in State if to in MOVES[state]]
    return await fetch_all(connection, _sql.move, push_ids=list(push_ids), origins=origins, state=to, failure="")
