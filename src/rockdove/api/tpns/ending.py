"""Ending a push early: `stop_push_msg`, `revoke_push_msg`, `cancel_timing_task`. All take one `pushId`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from rockdove.api.tpns.answers import Answer
from rockdove.api.tpns.endpoint import Call
from rockdove.api.tpns.errors import InvalidParameterError, UnknownPushError
from rockdove.api.tpns.fields import Fields, as_integer
from rockdove.lifecycle import states
from rockdove.pushes import ending
from rockdove.storage.database import Connection

MAX_PUSH_ID = 2**63 - 1


async def stop_push_msg(call: Call) -> Answer:
    return await _end(call, ending.stop)


async def revoke_push_msg(call: Call) -> Answer:
    return await _end(call, ending.revoke)


async def cancel_timing_task(call: Call) -> Answer:
    return await _end(call, ending.cancel)


def read_push_id(fields: Fields) -> int:
    """The member `pushId`, which the examples also spell `pushid`. Raises MissingParameterError or UnknownPushError."""
    fields.require("pushId")
    push_id = as_integer(fields.raw("pushId"))
    if push_id is None or not 0 < push_id <= MAX_PUSH_ID:
        raise UnknownPushError(f"{fields.raw('pushId')!r}")
    return push_id


async def _end(call: Call, end: Callable[[Connection, int, int], Awaitable[None]]) -> Answer:
    push_id = read_push_id(call.fields)
    try:
        async with call.context.database.transaction() as connection:
            await end(connection, call.application.access_id, push_id)
    except states.UnknownPushError:
        raise UnknownPushError(str(push_id)) from None
    except states.IllegalMoveError as error:
        raise InvalidParameterError(f"push {push_id} is {error.current}") from None
    return Answer()
