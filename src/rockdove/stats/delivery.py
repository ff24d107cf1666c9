"""What became of one push on one device: the answer to "why did it not arrive?".

Read from the same sets as every figure. A device is in one slice that is still its own, or in none; what it passed
before that (a channel that refused it, another try) is told as well, in the order it happened.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from pyroaring import BitMap

from rockdove.lifecycle.states import OWED, STARTABLE, State, UnknownPushError
from rockdove.storage.database import Connection, fetch_all, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "delivery.sql")

STAGES = ("arrived", "shown", "clicked", "cleared")


class Standing(StrEnum):
    """Where a push stands on a device."""

    NOT_STARTED = "not_started"
    NOT_MADE = "not_made"
    """The push was cancelled, or failed, before anything was sent."""
    NO_TARGET = "no_target"
    """The push has started, and the device is not among its targets."""
    UNDER_WAY = "under_way"
    """Its turn has not come."""
    WAITING = "waiting"
    """Not connected when it was sent; gets it when it comes back in time."""
    SENT = "sent"
    """Handed to the channel, and not confirmed."""
    FAILED = "failed"
    """Nobody will try again."""
    MISSED = "missed"
    """Was not connected until the push had expired."""
    WITHDRAWN = "withdrawn"
    """The push was ended before it got there."""
    ARRIVED = "arrived"
    SHOWN = "shown"
    CLICKED = "clicked"
    CLEARED = "cleared"


class Step(NamedTuple):
    """A channel the device left on the way, and why."""

    channel: str
    reason: str


class Delivery(NamedTuple):
    standing: Standing
    state: State
    """Of the push."""
    channel: str
    """Which one it is on, or was; empty: none."""
    reason: str
    """In the channel's words, or why the push failed."""
    at: datetime | None
    """When the device confirmed, to the minute; of a push that has not started, when it is due."""
    until: datetime | None
    """Until when a device that is away is still owed it."""
    steps: list[Step]


async def of_device(connection: Connection, access_id: int, push_id: int, device_id: int) -> Delivery:
    """Raises UnknownPushError."""
    push = await fetch_one(connection, _sql.push, access_id=access_id, push_id=push_id)
    if push is None:
        raise UnknownPushError(f"this application has no push {push_id}")
    state = State(push.state)
    if push.started_at is None:
        standing = Standing.NOT_STARTED if state in STARTABLE else Standing.NOT_MADE
        return Delivery(standing, state, "", push.failure, push.due, None, [])
    slices = [
        row
        for row in await fetch_all(connection, _sql.slices, push_id=push_id, device_id=device_id)
        if device_id in BitMap.deserialize(row.targets)
    ]
    if not slices:
        return Delivery(Standing.NO_TARGET, state, "", push.failure, None, None, [])
    asked: dict[str, Any] = {"push_id": push_id, "slice_nos": [row.slice_no for row in slices]}
    left = await _rows_with(connection, _sql.exceptions, device_id, asked)
    moved = {row.slice_no: row.reason for row in left if row.kind == "moved"}
    steps = [Step(row.channel, moved[row.slice_no]) for row in slices if row.slice_no in moved]
    if confirmed := await _rows_with(connection, _sql.receipts, device_id, asked):
        furthest = max(confirmed, key=lambda row: STAGES.index(row.event))
        channel = next(row.channel for row in slices if row.slice_no == furthest.slice_no)
        return Delivery(Standing(furthest.event), state, channel, "", furthest.minute, push.expires_at, steps)
    here = next((row for row in slices if row.slice_no not in moved), slices[-1])
    reason = next((row.reason for row in left if row.kind == "failed" and row.slice_no == here.slice_no), None)
    standing = _unconfirmed(push, state, here, device_id) if reason is None else Standing.FAILED
    return Delivery(standing, state, here.channel, reason or "", None, push.expires_at, steps)


async def _rows_with(connection: Connection, statement: bytes, device_id: int, asked: dict[str, Any]) -> list[Any]:
    rows = await fetch_all(connection, statement, **asked)
    return [row for row in rows if device_id in BitMap.deserialize(row.devices)]


def _unconfirmed(push: Any, state: State, slice_: Any, device_id: int) -> Standing:
    offline = slice_.offline is not None and device_id in BitMap.deserialize(slice_.offline)
    if device_id <= slice_.sent_upto and not offline:
        return Standing.SENT
    if state is not State.PAUSED and state not in OWED:
        return Standing.WITHDRAWN
    if not offline:
        return Standing.UNDER_WAY
    expired = push.expires_at is not None and push.expires_at < datetime.now(push.expires_at.tzinfo)
    return Standing.MISSED if expired else Standing.WAITING
