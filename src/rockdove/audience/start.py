"""What a worker calls once it has claimed a push that is due."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from rockdove.audience.audience import AudienceError
from rockdove.audience.request import of_push
from rockdove.audience.resolver import Resolver
from rockdove.audience.slices import write_slices
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import IllegalMoveError, State
from rockdove.observe import log
from rockdove.storage.database import Connection, Database

OnStart = Callable[[Connection, int], Awaitable[object]]
"""What else has to happen in the transaction that starts a push (its id)."""


async def resolve_and_start(
    database: Database, resolver: Resolver, push: Any, slice_devices: int, on_start: OnStart | None = None
) -> State:
    """Resolve `push` (a whole row of `pushes`), write its slices, move it to STARTED; gives the state it is in now.

    May be called again after a crash at any point, and by two workers at the same time: slices and state are written
    in one transaction, and the state table lets only one of them begin. FINISHED: there was nobody to send to.
    FAILED: there is nothing to resolve from, e.g. its package was deleted.
    """
    try:
        return await _start(database, resolver, push, slice_devices, on_start)
    except IllegalMoveError as error:
        log.info("push not started: it was cancelled, or another worker was faster", push_id=push.push_id)
        return error.current


async def _start(
    database: Database, resolver: Resolver, push: Any, slice_devices: int, on_start: OnStart | None
) -> State:
    try:
        audience = await resolver.resolve(of_push(push))
    except AudienceError as error:
        async with database.transaction() as connection:
            await move(connection, push.push_id, State.FAILED, failure=str(error))
        return State.FAILED
    async with database.transaction() as connection:
        planned = await write_slices(connection, push, audience, slice_devices)
        if on_start:
            await on_start(connection, push.push_id)
    log.info("push started", push_id=push.push_id, planned=planned)
    return State.STARTED if planned else State.FINISHED
