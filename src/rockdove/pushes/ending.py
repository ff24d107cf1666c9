"""Holding a push, and ending it before its time: pause, resume, cancel, stop, revoke, collapse.

Each is one move of the state; dispatch, gateway and sync look at the state and stop handing out. All work in the
caller's transaction. A push of another application is as unknown as one that never was.
"""

from __future__ import annotations

from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import IllegalMoveError, State, UnknownPushError
from rockdove.storage.database import Connection, fetch_all, fetch_one
from rockdove.storage.sql import load
from rockdove.storage.wake import notify

_sql = load(__package__, "ending.sql")


async def cancel(connection: Connection, access_id: int, push_id: int) -> None:
    """Before it starts. Raises UnknownPushError or IllegalMoveError."""
    await _end(connection, access_id, push_id, State.CANCELED)


async def stop(connection: Connection, access_id: int, push_id: int) -> None:
    """Discard what was not delivered, and end the sending. Raises UnknownPushError or IllegalMoveError."""
    await _end(connection, access_id, push_id, State.STOPPED)


async def revoke(connection: Connection, access_id: int, push_id: int) -> None:
    """Stop, and recall what is shown. Raises UnknownPushError or IllegalMoveError."""
    await _end(connection, access_id, push_id, State.REVOKED)


async def pause(connection: Connection, access_id: int, push_id: int) -> None:
    """Hold it where it is. Raises UnknownPushError or IllegalMoveError."""
    await _end(connection, access_id, push_id, State.PAUSED)


async def resume(connection: Connection, access_id: int, push_id: int) -> None:
    """Go on with a paused one. Raises UnknownPushError or IllegalMoveError."""
    before = await _end(connection, access_id, push_id, State.STARTED)
    if before is not State.PAUSED:  # the move from INIT is legal too, but not ours: undone with the transaction
        raise IllegalMoveError(push_id, before, State.STARTED)


async def delete(connection: Connection, access_id: int, push_id: int) -> None:
    """Take its record out of the console's lists, when it is over. Raises UnknownPushError or IllegalMoveError."""
    await _end(connection, access_id, push_id, State.DELETED)


async def finish(connection: Connection, push_id: int) -> None:
    """Everything had been sent before it was paused."""
    await move(connection, push_id, State.FINISHED)


async def collapse_earlier(connection: Connection, push_id: int) -> list[int]:
    """Collapse the pushes this one replaces; call it in the transaction that starts it. Gives their ids.

    One that was made before and still waits is cancelled: starting later, it would replace what replaces it.
    """
    rows = await fetch_all(connection, _sql.collapsible, push_id=push_id)
    waiting = {row.push_id for row in rows if row.state in (State.INIT, State.WAIT)}
    for row in rows:
        await move(connection, row.push_id, State.CANCELED if row.push_id in waiting else State.COLLAPSED)
    return [row.push_id for row in rows if row.push_id not in waiting]


async def _end(connection: Connection, access_id: int, push_id: int, to: State) -> State:
    """Gives the state before."""
    if not (await fetch_one(connection, _sql.belongs, push_id=push_id, access_id=access_id)).found:
        raise UnknownPushError(push_id)
    before = await move(connection, push_id, to)
    await notify(connection)
    return before
