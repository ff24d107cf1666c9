"""Ending a push early: `stop_push_msg`, `revoke_push_msg`, `cancel_timing_task`; and, ours, `pause_push_msg` and
`resume_push_msg`. All take one `pushId`. A push that has started answers with how many devices it was sent to, and how
many not.
"""

from __future__ import annotations

from rockdove.api import ending
from rockdove.api.tpns.answers import Answer
from rockdove.api.tpns.endpoint import Call
from rockdove.api.tpns.errors import InvalidParameterError, UnknownPushError
from rockdove.api.tpns.fields import Fields, as_integer
from rockdove.lifecycle import states

MAX_PUSH_ID = 2**63 - 1


async def stop_push_msg(call: Call) -> Answer:
    return await _end(call, ending.stop)


async def revoke_push_msg(call: Call) -> Answer:
    return await _end(call, ending.revoke)


async def pause_push_msg(call: Call) -> Answer:
    return await _end(call, ending.pause)


async def resume_push_msg(call: Call) -> Answer:
    return await _end(call, ending.resume)


async def cancel_timing_task(call: Call) -> Answer:
    await _end(call, ending.cancel)
    return Answer()


def read_push_id(fields: Fields) -> int:
    """The member `pushId`, which the examples also spell `pushid`. Raises MissingParameterError or UnknownPushError."""
    fields.require("pushId")
    push_id = as_integer(fields.raw("pushId"))
    if push_id is None or not 0 < push_id <= MAX_PUSH_ID:
        raise UnknownPushError(f"{fields.raw('pushId')!r}")
    return push_id


async def _end(call: Call, end: ending.End) -> Answer:
    push_id = read_push_id(call.fields)
    try:
        cut = await ending.carry_out(call.context.database, end, call.application.access_id, push_id)
    except states.UnknownPushError:
        raise UnknownPushError(str(push_id)) from None
    except states.IllegalMoveError as error:
        raise InvalidParameterError(f"push {push_id} is {error.current}") from None
    return Answer({"sent": cut.sent, "notSent": cut.not_sent})
