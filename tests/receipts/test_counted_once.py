"""Whatever devices send, how often, to whom, and whatever dies in between: each counts once in each column."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict

from psycopg.types.json import Jsonb
from pyroaring import BitMap

from rockdove.engines.wire import Message
from rockdove.gateway.targets import Targets
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.receipts.compaction import Compaction
from rockdove.receipts.fold import Fold
from rockdove.receipts.report import EVENTS
from rockdove.stats.funnel import funnel
from rockdove.storage.database import Database
from tests.gateway.world import locked
from tests.rows import a_push, a_slice, an_app

APP = 7


async def a_started_push(database: Database) -> int:
    """To devices 1 to 30, in two slices."""
    async with database.transaction() as connection:
        push_id = await a_push(connection, APP, counts=Jsonb({"planned": 30}))
        await move(connection, push_id, State.STARTED)
        for number, devices in enumerate((range(1, 16), range(16, 31))):
            await a_slice(connection, push_id, APP, number, BitMap(devices), sent_upto=100)
    return push_id


async def columns(database: Database, push_id: int) -> dict[str, int]:
    async with database.connection() as connection:
        stages = (await funnel(connection, push_id)).total
    return {event: getattr(stages, event) for event in EVENTS}


def some_reports(chance: random.Random, push_ids: list[int]) -> list[tuple[int, list[tuple[int, str]]]]:
    """Devices (some of them no targets) and what they report, in one go or one by one."""
    return [
        (chance.randint(1, 33), [(chance.choice(push_ids), chance.choice(EVENTS)) for _ in range(chance.randint(1, 4))])
        for _ in range(chance.randint(1, 20))
    ]


def as_sent(device: int, receipts: list[tuple[int, str]]) -> Message:
    said = ",".join(f'{{"push_id":"{push_id}","event":"{event}"}}' for push_id, event in receipts)
    return Message(b"r.%d.%d" % (APP, device), f"[{said}]".encode())


async def test_against_plain_sets(database: Database) -> None:
    """Two processes fold; one dies with what it has collected and is replaced; receipts come again; rows are merged."""
    chance = random.Random(3)
    async with database.transaction() as connection:
        await an_app(connection, APP)
    push_ids = [await a_started_push(database) for _ in range(2)]
    folds = [Fold(database, Targets(2**20)) for _ in range(2)]
    told: defaultdict[tuple[int, str], set[int]] = defaultdict(set)
    for _ in range(40):
        reports = some_reports(chance, push_ids)
        messages = [as_sent(device, receipts) for device, receipts in reports]
        if chance.random() < 0.2:  # dies: nobody was told that it has them, so they come again
            folds[0].receive(messages)
            folds[0] = Fold(database, Targets(2**20))
        for fold in chance.sample(folds, chance.randint(1, 2)):
            fold.receive(messages)
            await fold.flush()
        if chance.random() < 0.3:
            await minutes_pass(database)
            await Compaction(database).compact()
        for device, receipts in reports:
            for push_id, event in receipts:
                told[push_id, event] |= {device} & set(range(1, 31))
                told[push_id, "arrived"] |= {device} & set(range(1, 31))
        for push_id in push_ids:
            assert await columns(database, push_id) == {event: len(told[push_id, event]) for event in EVENTS}


async def minutes_pass(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute("UPDATE receipt_deltas SET minute = minute - interval '5 minutes'")


async def test_a_process_that_is_stopped_while_it_writes_writes_it_all_the_same(database: Database) -> None:
    async with database.transaction() as connection:
        await an_app(connection, APP)
    push_id = await a_started_push(database)
    fold = Fold(database, Targets(2**20))
    async with locked(database, "receipt_deltas") as waiters:
        running = asyncio.create_task(fold.run())
        await asyncio.sleep(0)
        fold.receive([as_sent(1, [(push_id, "clicked")])])
        await waiters(1)
        running.cancel()
        fold.receive([as_sent(2, [(push_id, "clicked")])])
    await asyncio.wait({running})
    assert (await columns(database, push_id))["clicked"] == 2
