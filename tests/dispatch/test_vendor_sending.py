"""Vendors' channels: every device ends at exactly one place, whatever its vendor says."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from pyroaring import BitMap

from rockdove.channels.channel import Batch, Outcome, Rejected
from rockdove.dispatch.vendor_sending import MOST_CHARACTERS
from rockdove.domain.device import OWN_CHANNEL
from rockdove.stats.funnel import Stages
from rockdove.storage.database import Database, fetch_one
from rockdove.testing.fake_channel import FakeChannel
from tests.dispatch.vendor_push import Own, a_vendor_push, counted
from tests.dispatch.world import a_dispatcher, run_until
from tests.rows import a_receipt


async def test_each_outcome_has_its_consequence(database: Database, own: Own) -> None:
    kinds = ["ok-", "ok-", "bad-", "gone-", "retry2-", "ok-"]
    push_id, devices = await a_vendor_push(database, own, kinds)
    connected = BitMap([devices[5]])
    vendor = FakeChannel()
    async with database.connection() as connection:
        await connection.execute("UPDATE devices SET channel = '' WHERE device_id = %s", (devices[1],))
    dispatcher = a_dispatcher(database, own.channel, lambda _: connected, {"hw": vendor})
    await run_until(database, push_id, dispatcher, until=lambda: _taken(database, vendor, 3))
    await own.all_here()

    assert vendor.accepted == {"ok-0": 1, "retry2-4": 1, "ok-5": 1}, "the last one did not confirm in time"
    assert own.received == {devices[1]: 1, devices[2]: 1, devices[5]: 1}
    async with database.connection() as connection:
        gone = await (
            await connection.execute("SELECT device_id FROM devices WHERE uninstalled_at > now() - '1 min'::interval")
        ).fetchall()
    assert [row.device_id for row in gone] == [devices[3]]
    found = await counted(database, push_id)
    assert found.total.planned == 6
    assert found.failed == {"token gone": 1}
    assert found.moved == {
        "connected": 1,
        "bad token": 1,
        "not on this channel any more": 1,
        "try again": 2,
        "not confirmed": 1,
    }
    assert found.channels["xg"] == Stages(planned=2, sent=0, retried=2), "nobody is connected to be sent to"
    assert found.channels["hw"] == Stages(planned=4, sent=3)


async def _taken(database: Database, vendor: FakeChannel, devices: int) -> bool:
    """So many, and what became of everybody is written down: the push is finished before the last ones are tried."""
    async with database.connection() as connection:
        row = await fetch_one(connection, b"SELECT bool_and(state = 'done') AS done FROM push_slices")
    return vendor.accepted.total() >= devices and bool(row.done)


async def test_whoever_confirms_stays_on_the_own_channel(database: Database, own: Own) -> None:
    push_id, devices = await a_vendor_push(database, own, ["ok-"] * 4)
    vendor, connected = FakeChannel(), BitMap(devices)
    sending = a_dispatcher(database, own.channel, lambda _: connected, {"hw": vendor}, confirm_seconds=60)
    await run_until(database, push_id, sending)
    async with database.transaction() as connection:
        await a_receipt(connection, push_id, "arrived", BitMap(devices[:3]), slice_no=1)
        await connection.execute("UPDATE push_slices SET due = now() WHERE state = 'confirming'")
    confirming = a_dispatcher(database, own.channel, lambda _: connected, {"hw": vendor})
    await run_until(database, push_id, confirming, until=lambda: _taken(database, vendor, 1))
    assert vendor.accepted == {"ok-3": 1}

    async with database.connection() as connection:
        await a_receipt(connection, push_id, "arrived", BitMap(devices[3:]), slice_no=1)
    found = await counted(database, push_id)
    assert found.channels == {"xg": Stages(planned=4, sent=4, arrived=4), "hw": Stages()}, "late, but here it arrived"


async def test_without_the_own_channel_a_refusal_is_final(database: Database, own: Own) -> None:
    push_id, devices = await a_vendor_push(database, own, ["bad-", "ok-"], disabled_channels=[OWN_CHANNEL])
    vendor = FakeChannel()
    await run_until(database, push_id, a_dispatcher(database, own.channel, lambda _: BitMap(devices), {"hw": vendor}))
    await own.all_here()
    assert not own.received
    found = await counted(database, push_id)
    assert found.failed == {"bad token": 1}
    assert found.channels == {"hw": Stages(planned=2, sent=1)}


async def test_a_push_may_prefer_the_vendor(database: Database, own: Own) -> None:
    push_id, devices = await a_vendor_push(database, own, ["ok-"] * 3, online_first=False)
    vendor = FakeChannel()
    await run_until(database, push_id, a_dispatcher(database, own.channel, lambda _: BitMap(devices), {"hw": vendor}))
    await own.all_here()
    assert (vendor.accepted.total(), own.received.total()) == (3, 0)


async def test_a_vendor_that_is_away_costs_no_device_and_no_repeat(database: Database, own: Own) -> None:
    push_id, _ = await a_vendor_push(database, own, ["away2-", *["ok-"] * 30])
    vendor = FakeChannel(devices_per_request=10, in_flight=2)
    await run_until(database, push_id, a_dispatcher(database, own.channel, channels={"hw": vendor}))
    assert set(vendor.accepted.values()) == {1}
    assert len(vendor.accepted) == 31


class Wordy(FakeChannel):
    """Of a vendor that names all tokens where it gives its reason."""

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        return [Rejected("Huawei: " + "token " * 1000)] * len(batch.targets)


async def test_a_reason_is_a_sentence_not_a_list(database: Database, own: Own) -> None:
    push_id, _ = await a_vendor_push(database, own, ["ok-"])
    await run_until(database, push_id, a_dispatcher(database, own.channel, channels={"hw": Wordy()}))
    (reason,) = (await counted(database, push_id)).moved
    assert (reason[:14], len(reason)) == ("Huawei: token ", MOST_CHARACTERS)


async def test_what_no_channel_is_configured_for_goes_out_over_the_own_one(database: Database, own: Own) -> None:
    push_id, devices = await a_vendor_push(database, own, ["ok-"] * 3)
    await run_until(database, push_id, a_dispatcher(database, own.channel))
    await own.all_here()
    assert own.received == dict.fromkeys(devices, 1)
    assert (await counted(database, push_id)).moved == {"channel hw is not configured": 3}


async def test_retries_end_when_the_push_expires(database: Database, own: Own) -> None:
    push_id, _ = await a_vendor_push(database, own, ["retry1000-", "ok-"], expire_seconds=3)
    vendor = FakeChannel()
    await run_until(database, push_id, a_dispatcher(database, own.channel, channels={"hw": vendor}))
    assert vendor.accepted == {"ok-1": 1}
    found = await counted(database, push_id)
    assert (found.total.planned, found.channels["hw"].sent) == (2, 1)
    assert found.moved["try again"] > 1


@pytest.mark.parametrize("seed", range(4))
async def test_every_device_ends_at_one_place(database: Database, own: Own, seed: int) -> None:
    """Random tokens, small requests, two workers: taken by the vendor once, or published once, or failed with a
    reason."""
    chance = random.Random(seed)
    kinds = [chance.choice(["ok-", "bad-", "gone-", "retry1-", "retry3-", "away1-"]) for _ in range(300)]
    push_id, devices = await a_vendor_push(database, own, kinds)
    vendor = FakeChannel(devices_per_request=chance.randint(1, 40), in_flight=chance.randint(1, 5))
    dispatchers = [
        a_dispatcher(database, own.channel, channels={"hw": vendor}, owner=f"w{number}") for number in (1, 2)
    ]
    await run_until(database, push_id, *dispatchers)
    await own.all_here()
    taken = BitMap(devices[int(token.partition("-")[2])] for token in vendor.accepted)
    published = BitMap(own.received)
    failed = BitMap(device for device, kind in zip(devices, kinds, strict=True) if kind == "gone-")
    assert set(vendor.accepted.values()) | set(own.received.values()) <= {1}
    assert not taken & published
    assert not failed & (taken | published)
    assert taken | published | failed == BitMap(devices)
    assert published == BitMap(device for device, kind in zip(devices, kinds, strict=True) if kind == "bad-")
    found = await counted(database, push_id)
    assert (found.total.planned, found.channels["hw"].sent) == (300, len(taken))
