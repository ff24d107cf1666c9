"""The time line of a push: how many devices were sent to, and reported something for the first time, by the minute in
its first hour, by the hour after that.

    sent      see `sending`
    arrived   the first report of whatever kind, for a click proves the arrival too
    shown, clicked, cleared   the first report of that kind

So the points of a line add up to that stage of the funnel.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from pyroaring import BitMap

from rockdove.lifecycle.states import UnknownPushError
from rockdove.stats.funnel import EVENTS
from rockdove.stats.sending import sent_in
from rockdove.storage.database import Connection, fetch_all, fetch_one
from rockdove.storage.sql import load

_sql = load(__package__, "timeline.sql")

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

Span = tuple[datetime, timedelta]
"""When it begins, and how long it is."""


class Point(NamedTuple):
    """Devices, each where it reported first."""

    at: datetime
    """When the span begins."""
    seconds: int
    """How long it is: 60 within the first hour, then 3600."""
    sent: int
    arrived: int
    shown: int
    clicked: int
    cleared: int


async def timeline(connection: Connection, access_id: int, push_id: int) -> list[Point]:
    """In the order of time, without the spans in which nothing came. Raises UnknownPushError."""
    push = await fetch_one(connection, _sql.started, access_id=access_id, push_id=push_id)
    if push is None:
        raise UnknownPushError(f"this application has no push {push_id}")
    if push.started_at is None:
        return []
    rows = [await fetch_all(connection, one, push_id=push_id) for one in (_sql.slices, _sql.receipts, _sql.exceptions)]
    return await asyncio.to_thread(points_of, push.started_at, *rows)


def points_of(started_at: datetime, slices: Iterable[Any], receipts: Sequence[Any], left: Iterable[Any]) -> list[Point]:
    """`slices` and who `left` them as read; `receipts`: slice, event, minute and devices, in the order of time."""
    begin = started_at.replace(second=0, microsecond=0)
    span_of = partial(_span, begin)
    reported: defaultdict[Span, dict[str, list[BitMap]]] = defaultdict(dict)
    for row in receipts:
        reported[span_of(row.minute)].setdefault(row.event, []).append(BitMap.deserialize(row.devices))
    sent = sent_in(span_of, begin, slices, receipts, left)
    seen = {event: BitMap() for event in EVENTS}
    found = []
    for span in sorted(reported.keys() | sent.keys()):
        at, length = span
        new = _first_seen(reported.get(span, {}), seen)
        found.append(Point(at, int(length.total_seconds()), sent[span], **new))
    return [point for point in found if any(point[2:])]


def _span(begin: datetime, minute: datetime) -> Span:
    """Where a minute belongs. One before the start is another machine's clock."""
    since = max(minute - begin, timedelta())
    length = MINUTE if since < HOUR else HOUR
    return begin + since // length * length, length


def _first_seen(span: Mapping[str, list[BitMap]], seen: dict[str, BitMap]) -> dict[str, int]:
    """How many of each kind are new; `seen` then knows them."""
    sets = {event: BitMap().union(*span.get(event, ())) for event in EVENTS}
    sets["arrived"] = BitMap().union(*sets.values())
    new = {event: len(devices - seen[event]) for event, devices in sets.items()}
    for event, devices in sets.items():
        seen[event] |= devices
    return new
