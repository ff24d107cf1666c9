"""The only code that changes the state of a push."""

from __future__ import annotations

from rockdove.lifecycle.states import MOVES, IllegalMoveError, State, UnknownPushError
from rockdove.storage.database import Connection
from rockdove.storage.sql import load

_sql = load(__package__, "moves.sql")


async def move(connection: Connection, push_id: int, to: State, *, failure: str = "") -> State:
    """Move a push within the surrounding transaction and give the state it was in.

    Raises UnknownPushError, or IllegalMoveError where the table has no such move. Releases the lease on the push.
    """
    row = await (await connection.execute(_sql.lock, {"push_id": push_id})).fetchone()
    if row is None:
        raise UnknownPushError(push_id)
    current = State(row.state)
    if to not in MOVES[current]:
        raise IllegalMoveError(push_id, current, to)
    await connection.execute(_sql.move, {"push_id": push_id, "state": to, "failure": failure})
    return current
