"""What became of each account of a package after its push."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest
from pyroaring import BitMap

from rockdove.audience.audience import AudienceError
from rockdove.audience.hashed_texts import HashedTexts, hashed
from rockdove.audience.outcome import Outcome, csv_of, outcomes
from rockdove.dispatch.slices import Cause, Departure, SliceQueue, Work
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.stats.funnel import Funnel, funnel
from rockdove.storage.database import Connection, Database, fetch_all
from tests.audience.conftest import PACKAGE_ID
from tests.rows import a_binding, a_device, a_push, a_slice

MINUTES = [datetime(2026, 1, 1, 12, minute, tzinfo=UTC) for minute in range(5)]


async def open_package(access_id: int, package_id: int) -> HashedTexts:
    return hashed(["anna", "ben", "carl", "dora", "nobody"])


async def gone(access_id: int, package_id: int) -> HashedTexts:
    raise AudienceError("deleted")


async def a_receipt(
    connection: Connection, push_id: int, event: str, devices: list[int], minute: datetime, slice_no: int = 0
) -> None:
    await connection.execute(
        "INSERT INTO receipt_deltas (push_id, slice_no, event, minute, devices) VALUES (%s, %s, %s, %s, %s)",
        (push_id, slice_no, event, minute, BitMap(devices).serialize()),
    )


@pytest.fixture
async def push_id(database: Database, app: int) -> int:
    """anna clicked, ben's arrived twice, carl's was sent, dora's waits; one more device of anna's was no target."""
    async with database.connection() as connection:
        devices = [await a_device(connection, app, token=letter * 36) for letter in "abcdx"]
        for device_id, account in zip(devices, ["anna", "ben", "carl", "dora", "anna"], strict=True):
            await a_binding(connection, app, device_id, account)
        anna, ben, carl, dora = devices[:4]
        push_id = await a_push(connection, app, package_id=PACKAGE_ID)
        await a_slice(connection, push_id, app, 0, BitMap([anna, ben, carl]))
        await a_slice(connection, push_id, app, 1, BitMap([dora]))
        await connection.execute("UPDATE push_slices SET sent_upto = last_device WHERE slice_no = 0")
        await a_receipt(connection, push_id, "clicked", [anna], MINUTES[2])
        await a_receipt(connection, push_id, "arrived", [ben], MINUTES[4])
        await a_receipt(connection, push_id, "arrived", [anna, ben], MINUTES[1])
        return push_id


async def test_each_target_and_each_account_without_one(database: Database, app: int, push_id: int) -> None:
    pieces = [piece async for piece in outcomes(database, open_package, app, push_id)]
    assert pieces == [
        [
            Outcome("anna", "a" * 36, "xg", "clicked", MINUTES[2]),
            Outcome("ben", "b" * 36, "xg", "arrived", MINUTES[1]),
            Outcome("carl", "c" * 36, "xg", "sent", None),
        ],
        [Outcome("dora", "d" * 36, "xg", "waiting", None)],
        [Outcome("nobody", "", "", "no_target", None)],
    ]


async def test_as_csv_without_the_package(database: Database, app: int, push_id: int) -> None:
    pieces = [piece async for piece in csv_of(outcomes(database, gone, app, push_id))]
    lines = b"".join(pieces).decode().splitlines()
    assert lines[0] == "account,token,channel,state,time"
    assert lines[1] == f"anna,{'a' * 36},xg,clicked,2026-01-01T12:02:00+00:00"
    assert lines[-1] == f"dora,{'d' * 36},xg,waiting,"
    assert len(lines) == 5


async def test_a_push_of_another_application(database: Database, app: int, push_id: int) -> None:
    with pytest.raises(AudienceError):
        [piece async for piece in outcomes(database, open_package, app + 1, push_id)]


Departures = Mapping[tuple[int, Work], Sequence[Departure]]
"""What leaves a slice, by its number and what is done with it."""


async def dispatched(database: Database, departures: Departures, offline: Mapping[int, BitMap]) -> None:
    """Send every slice to its end through the real queue."""
    queue = SliceQueue(database, "w", 60, confirm_seconds=0.0)
    while slice_ := await queue.claim() or await queue.claim(vendors=True):
        leaving = departures.get((slice_.slice_no, slice_.work), ())
        if slice_.work is Work.CONFIRM:
            await queue.end_confirming(slice_, leaving)
            continue
        slice_.sent_upto = slice_.targets.max()
        slice_.offline = offline.get(slice_.slice_no, BitMap())
        await queue.advance(slice_, leaving)
        await queue.leave(slice_)


async def told(database: Database, app: int, push_id: int) -> tuple[list[Outcome], Funnel]:
    rows = [row async for piece in outcomes(database, open_package, app, push_id) for row in piece]
    async with database.connection() as connection:
        return rows, await funnel(connection, push_id)


async def test_moved_failed_and_reached_devices_show_up_once(database: Database, app: int) -> None:
    """anna was taken; ben refused, and reached over the own channel; carl looked connected, did not confirm and went
    back; dora the same, but confirmed too late; ed's token is gone; flo is tried again later; gus was refused, was
    reached all the same, and clicked where he had gone; hal's token is gone, and yet he has it; ida was offline, jon
    was reached."""
    letters = "abcdefghij"
    async with database.transaction() as connection:
        ids = {letter: await a_device(connection, app, token=letter * 36) for letter in letters}
        push_id = await a_push(connection, app)
        a, b, c, d, e, f, g, h, i, j = ids.values()
        await a_slice(connection, push_id, app, 0, BitMap([a, b, c, d, e, f, g, h]), channel="hw")
        await a_slice(connection, push_id, app, 1, BitMap([i, j]))
        await move(connection, push_id, State.STARTED)
    leaving = {
        (0, Work.SEND): [
            Departure(devices=BitMap([c, d]), reason="connected", channel="xg", cause=Cause.ONLINE, fallback="hw"),
            Departure(devices=BitMap([f]), reason="try again", channel="hw", cause=Cause.RETRY, round=1, due_in=3600),
            Departure(devices=BitMap([e, h]), reason="token gone"),
            Departure(devices=BitMap([b, g]), reason="not allowed", channel="xg"),
        ],
        (2, Work.CONFIRM): [
            Departure(devices=BitMap([c, d]), reason="not confirmed", channel="hw", cause=Cause.UNCONFIRMED)
        ],
    }
    await dispatched(database, leaving, {1: BitMap([i])})
    async with database.connection() as connection:
        for event, device, slice_no, minute in [
            ("arrived", b, 4, 1), ("arrived", d, 2, 3), ("arrived", g, 0, 1), ("arrived", g, 4, 2),
            ("clicked", g, 4, 2), ("arrived", h, 0, 4), ("arrived", j, 1, 1), ("shown", j, 1, 2),
        ]:  # fmt: skip
            await a_receipt(connection, push_id, event, [device], MINUTES[minute], slice_no)
    rows, counted = await told(database, app, push_id)
    assert sorted((row.token[0], row.channel, row.state, row.time) for row in rows if row.token) == [
        ("a", "hw", "sent", None),
        ("b", "xg", "arrived", MINUTES[1]),
        ("c", "hw", "sent", None),
        ("d", "xg", "arrived", MINUTES[3]),
        ("e", "hw", "failed", None),
        ("f", "hw", "waiting", None),
        ("g", "xg", "clicked", MINUTES[2]),
        ("h", "hw", "arrived", MINUTES[4]),
        ("i", "xg", "waiting", None),
        ("j", "xg", "shown", MINUTES[2]),
    ]
    sent = Counter(row.channel for row in rows if row.state not in {"waiting", "failed", "no_target"})
    of_channel = {channel: stages.sent for channel, stages in counted.channels.items()}
    assert of_channel == {"hw": sent["hw"] + 1, "xg": sent["xg"]}, "gus counts on both channels, and is one row"


@pytest.mark.parametrize("seed", range(5))
async def test_however_devices_move_each_shows_up_once(database: Database, app: int, seed: int) -> None:
    """Against the plain truth: the furthest stage anywhere, else what the last slice of the device says."""
    generator = random.Random(seed)
    devices = range(1, 121)
    async with database.transaction() as connection:
        for device_id in devices:
            await a_device(connection, app, device_id=device_id, token=f"{device_id:036}")
        push_id = await a_push(connection, app)
        for slice_no in range(4):
            targets = BitMap(range(30 * slice_no + 1, 30 * slice_no + 31))
            await a_slice(connection, push_id, app, slice_no, targets, channel=generator.choice(["hw", "xg"]))
        await move(connection, push_id, State.STARTED)
    last, failed, offline = dict[int, int](), set[int](), set[int]()
    queue = SliceQueue(database, "w", 60)
    while slice_ := await queue.claim() or await queue.claim(vendors=True):
        slice_.sent_upto, left, leaving = slice_.targets.max(), list(slice_.targets), []
        last |= dict.fromkeys(left, slice_.slice_no)
        generator.shuffle(left)
        if slice_.round < 4:
            for channel in ("hw", "xg", ""):
                going, left = BitMap(left[: len(left) // 3]), left[len(left) // 3 :]
                if going:
                    leaving.append(Departure(devices=going, reason="x", channel=channel, round=slice_.round + 1))
            failed |= set(leaving[-1].devices) if leaving and not leaving[-1].channel else set()
        slice_.offline = BitMap(left[::3])
        offline |= set(slice_.offline)
        await queue.advance(slice_, leaving)
        await queue.leave(slice_)
    stages = dict[int, str]()
    async with database.connection() as connection:
        slices = await fetch_all(connection, b"SELECT slice_no, channel, targets FROM push_slices")
        targets_of = {row.slice_no: list(BitMap.deserialize(row.targets)) for row in slices}
        for event in ("arrived", "shown", "clicked", "cleared"):
            for _ in range(4):
                slice_no = generator.choice(list(targets_of))
                some = generator.sample(targets_of[slice_no], min(5, len(targets_of[slice_no])))
                await a_receipt(connection, push_id, event, some, MINUTES[1], slice_no)
                stages |= dict.fromkeys(some, event)
    rows, _ = await told(database, app, push_id)
    channels = {row.slice_no: row.channel for row in slices}
    found = {int(row.token): (row.channel, row.state) for row in rows if row.token}
    assert len(found) == sum(bool(row.token) for row in rows) == len(devices)
    for device_id in devices:
        channel, state = found[device_id]
        without = "failed" if device_id in failed else "waiting" if device_id in offline else "sent"
        assert state == stages.get(device_id, without), device_id
        if device_id not in stages:
            assert channel == channels[last[device_id]], device_id
