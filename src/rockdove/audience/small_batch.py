"""Hundreds of small pushes resolved and started together: a handful of statements for all of them.

The result is that of `start.resolve_and_start` for each, in the order given. What needs more than the tables of
devices and bindings to be resolved, or more than a slice to be sent, is not plain and goes that way: see `is_plain`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from psycopg.types.json import Jsonb
from pyroaring import BitMap

from rockdove.audience.audience import Audience
from rockdove.audience.request import of_push
from rockdove.audience.slices import Slice, cut
from rockdove.audience.small import audience_of, candidates
from rockdove.domain.device import OWN_CHANNEL
from rockdove.domain.personalisation import is_personal
from rockdove.domain.push import SMALL_PUSH_TARGETS
from rockdove.lifecycle.moves import move_many
from rockdove.lifecycle.states import State
from rockdove.storage.database import Connection
from rockdove.storage.sql import load
from rockdove.storage.wake import notify

_sql = load(__package__, "small_batch.sql")


class Lease(NamedTuple):
    """Who sends the slices, and how long it has before they are due for everybody."""

    owner: str
    seconds: float


class StartedSlice(NamedTuple):
    """A slice of the own channel that was written under the lease, with what sending it needs."""

    push: Any
    """Its row, as it was given."""
    slice_no: int
    targets: BitMap
    send_seq: int
    expire_at: int
    """Unix seconds."""


class _Planned(NamedTuple):
    push: Any
    slice_no: int
    slice: Slice
    leased: bool


def is_plain(push: Any) -> bool:
    """Can a row of `pushes` be started with others? Not where it counts against a daily cap (see `caps`), excludes
    somebody, replaces an earlier push, is paced or personalised, or may be delivered at certain hours only.
    """
    return not (
        push.capped
        or "exclude_package_id" in push.audience
        or "exclude_push_id" in push.audience
        or push.message.get("accept_time")
        or is_personal(push.message)
        or push.collapse_id
        or push.push_speed
    )


async def start_all(
    connection: Connection,
    pushes: Sequence[Any],
    vendor_channels: Mapping[int, frozenset[str]],
    lease: Lease,
    slice_devices: int,
) -> list[StartedSlice]:
    """Resolve and start plain pushes that the surrounding transaction has locked; gives the slices to send now.
    `vendor_channels`: those that can be sent to, by application.

    Slices on other channels, and those of a push with very many targets, are due for every worker instead. A push that
    has nobody to go to is FINISHED.
    """
    audiences = await resolve_all(connection, pushes, vendor_channels)
    started = {row.push_id: row for row in await move_many(connection, [p.push_id for p in pushes], State.STARTED)}
    planned = [slice_ for push in pushes for slice_ in _slices(push, audiences[push.push_id], slice_devices)]
    await connection.execute(_sql.write, {**_columns(pushes, audiences), **_slice_columns(planned, lease)})
    nobody = [push_id for push_id, audience in audiences.items() if not audience.counts.planned]
    if nobody:
        await move_many(connection, nobody, State.FINISHED)
    if not all(slice_.leased for slice_ in planned):
        await notify(connection, "slices")
    return [_started(slice_, started[slice_.push.push_id]) for slice_ in planned if slice_.leased]


async def resolve_all(
    connection: Connection, pushes: Sequence[Any], vendor_channels: Mapping[int, frozenset[str]]
) -> dict[int, Audience]:
    """By push id: what `small.resolve` says of each."""
    requests = {push.push_id: of_push(push).over(vendor_channels[push.access_id]) for push in pushes}
    rows = await candidates(connection, requests)
    return {push_id: audience_of(request, rows[push_id], BitMap()) for push_id, request in requests.items()}


def _slices(push: Any, audience: Audience, slice_devices: int) -> Iterator[_Planned]:
    small = audience.counts.planned <= SMALL_PUSH_TARGETS
    for number, slice_ in enumerate(cut(audience, slice_devices)):
        yield _Planned(push, number, slice_, small and slice_.channel == OWN_CHANNEL)


def _columns(pushes: Sequence[Any], audiences: dict[int, Audience]) -> dict[str, Any]:
    """What the pushes themselves get, and the targets that are found by device."""
    small = [
        (push.access_id, device_id, push.push_id)
        for push in pushes
        if audiences[push.push_id].counts.planned <= SMALL_PUSH_TARGETS
        for device_id in audiences[push.push_id].targets
    ]
    return {
        "push_ids": [push.push_id for push in pushes],
        "counts": [Jsonb(msgspec.to_builtins(audiences[push.push_id].counts)) for push in pushes],
        "small_apps": [access_id for access_id, _, _ in small],
        "small_devices": [device_id for _, device_id, _ in small],
        "small_pushes": [push_id for _, _, push_id in small],
    }


def _slice_columns(planned: list[_Planned], lease: Lease) -> dict[str, Any]:
    return {
        "slice_pushes": [each.push.push_id for each in planned],
        "slice_nos": [each.slice_no for each in planned],
        "access_ids": [each.push.access_id for each in planned],
        "channels": [each.slice.channel for each in planned],
        "firsts": [each.slice.first_device for each in planned],
        "lasts": [each.slice.last_device for each in planned],
        "target_counts": [each.slice.target_count for each in planned],
        "targets": [each.slice.targets for each in planned],
        "leased": [each.leased for each in planned],
        "owner": lease.owner,
        "seconds": lease.seconds,
    }


def _started(planned: _Planned, moved: Any) -> StartedSlice:
    targets = BitMap.deserialize(planned.slice.targets)
    expire_at = int(moved.expires_at.timestamp()) if planned.push.expire_seconds else 0
    return StartedSlice(planned.push, planned.slice_no, targets, moved.send_seq, expire_at)
