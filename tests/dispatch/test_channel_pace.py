"""Rates, quotas, pauses and stops of a vendor's channel, and what becomes of the devices meanwhile."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from rockdove.channels.channel import Quota
from rockdove.dispatch.channel_pace import ChannelPace, Drawn, Standing, resume, standing
from rockdove.storage.database import Database, fetch_all
from rockdove.testing.fake_channel import FakeChannel
from tests.dispatch.vendor_push import Own, a_vendor_push, counted
from tests.dispatch.world import a_dispatcher, run_until
from tests.rows import an_app


async def an_application(database: Database) -> int:
    async with database.transaction() as connection:
        return await an_app(connection)


async def test_a_turn_is_worth_its_devices(database: Database) -> None:
    pace, app = ChannelPace(database), await an_application(database)
    taken = [await pace.take_turn(app, "hw", 500, 1000) for _ in range(2)]
    assert taken == [Standing(), Standing()], "a second's worth is saved up"
    assert await pace.take_turn(app, "hw", 500_000, 1000) == Standing(), "and one may go over"
    assert 400 < (await pace.take_turn(app, "hw", 1, 1000)).wait <= 500
    assert await pace.take_turn(app, "xm", 1, 1000) == Standing(), "another channel has its own"


async def test_many_workers_keep_the_rate_together(database: Database) -> None:
    pace, app, sent = ChannelPace(database), await an_application(database), 0
    began = datetime.now(UTC)

    async def worker() -> None:
        nonlocal sent
        while (datetime.now(UTC) - began).total_seconds() < 2:
            turn = await pace.take_turn(app, "hw", 50, 1000)
            sent += 0 if turn.wait else 50
            await asyncio.sleep(turn.wait)

    await asyncio.gather(*(worker() for _ in range(6)))
    seconds = (datetime.now(UTC) - began).total_seconds()
    assert sent <= 1000 * (seconds + 1) + 50, "the rate, a second saved up, and the turn in progress"


async def test_a_quota_is_drawn_and_given_back(database: Database) -> None:
    pace, app, quota = ChannelPace(database), await an_application(database), Quota("marketing", 100)
    first = await pace.draw(app, "vivo", quota, 80)
    second = await pace.draw(app, "vivo", quota, 80)
    assert (first.granted, second.granted) == (80, 20)
    await pace.give_back(app, "vivo", quota, second, 5)
    assert (await pace.draw(app, "vivo", quota, 80)).granted == 5
    assert await pace.draw(app, "vivo", None, 80) == Drawn(80)
    assert (await pace.draw(app, "vivo", Quota("system", 7), 80)).granted == 7


async def test_a_lowered_quota_grants_nothing_and_forgets_nothing(database: Database) -> None:
    pace, app = ChannelPace(database), await an_application(database)
    await pace.draw(app, "vivo", Quota("marketing", 100), 80)
    assert (await pace.draw(app, "vivo", Quota("marketing", 50), 10)).granted == 0
    assert (await pace.draw(app, "vivo", Quota("marketing", 90), 80)).granted == 10


async def test_a_stop_lasts_until_it_is_over_or_lifted(database: Database) -> None:
    pace, app = ChannelPace(database), await an_application(database)
    await pace.stop(app, "hw", 600, "wrong secret")
    turn = await pace.take_turn(app, "hw", 1, 0)
    assert 500 < turn.stopped <= 600
    assert turn.stop_reason == "wrong secret"
    async with database.connection() as connection:
        await resume(connection, app, "hw")
        assert await standing(connection, app, "hw") == Standing()


@pytest.fixture
def ok_tokens() -> list[str]:
    return ["ok-"] * 30


async def test_a_push_is_sent_at_the_vendor_s_rate(database: Database, own: Own, ok_tokens: list[str]) -> None:
    push_id, _ = await a_vendor_push(database, own, ok_tokens)
    vendor = FakeChannel(devices_per_request=10, in_flight=1, devices_per_second=10)
    began = datetime.now(UTC)
    await run_until(database, push_id, a_dispatcher(database, own.channel, channels={"hw": vendor}))
    assert (vendor.accepted.total(), max(vendor.accepted.values())) == (30, 1)
    assert (datetime.now(UTC) - began).total_seconds() > 0.9, "a second was saved up, one turn was taken ahead"


async def test_over_the_quota_goes_out_over_the_own_channel(database: Database, own: Own, ok_tokens: list[str]) -> None:
    push_id, devices = await a_vendor_push(database, own, ok_tokens)
    vendor = FakeChannel(devices_per_request=10, in_flight=1, quota=12)
    await run_until(database, push_id, a_dispatcher(database, own.channel, channels={"hw": vendor}))
    await own.all_here()
    assert (vendor.accepted.total(), own.received) == (12, dict.fromkeys(devices[12:], 1))
    found = await counted(database, push_id)
    assert found.moved == {"the day's quota of hw for marketing messages is used up": 18}


async def test_what_the_vendor_did_not_take_is_not_counted(database: Database, own: Own) -> None:
    push_id, _ = await a_vendor_push(database, own, ["bad-"] * 5 + ["retry1-", "ok-", "ok-"])
    vendor = FakeChannel(devices_per_request=8, in_flight=1, quota=100)
    await run_until(database, push_id, a_dispatcher(database, own.channel, channels={"hw": vendor}))
    async with database.connection() as connection:
        (row,) = await fetch_all(connection, b"SELECT used FROM channel_quota_days")
    assert (vendor.accepted.total(), row.used) == (3, 3)


async def test_a_vendor_that_stops_is_not_asked_again(database: Database, own: Own) -> None:
    push_id, devices = await a_vendor_push(database, own, ["ok-"] * 10 + ["stop-"] + ["ok-"] * 40)
    vendor = FakeChannel(devices_per_request=10, in_flight=1)
    await run_until(database, push_id, a_dispatcher(database, own.channel, channels={"hw": vendor}))
    await own.all_here()
    assert len(vendor.requests) == 2
    assert own.received == dict.fromkeys(devices[10:], 1)
    assert (await counted(database, push_id)).moved == {"the fake vendor's day is over": 41}


async def test_patience_is_everybody_s(database: Database, own: Own) -> None:
    push_id, _ = await a_vendor_push(database, own, ["slow1-"] + ["ok-"] * 29)
    vendor = FakeChannel(devices_per_request=10, in_flight=1)
    await run_until(database, push_id, a_dispatcher(database, own.channel, channels={"hw": vendor}))
    assert set(vendor.accepted.values()) == {1}
    assert len(vendor.accepted) == 30
    async with database.connection() as connection:
        (row,) = await fetch_all(connection, b"SELECT next_send_at > '-infinity' AS paused FROM channel_pace")
    assert row.paused


async def test_a_message_the_vendor_would_refuse_is_not_sent_to_it(
    database: Database, own: Own, ok_tokens: list[str]
) -> None:
    push_id, devices = await a_vendor_push(database, own, ok_tokens)
    vendor = FakeChannel(longest_title=0)
    await run_until(database, push_id, a_dispatcher(database, own.channel, channels={"hw": vendor}))
    await own.all_here()
    assert (vendor.requests, own.received) == ([], dict.fromkeys(devices, 1))


async def test_a_paced_push_that_waits_for_its_channel_takes_no_second_turn(
    database: Database, own: Own, ok_tokens: list[str]
) -> None:
    """A slow vendor must not slow the push's other channels down: the slice's turn of the push is taken once."""
    push_id, _ = await a_vendor_push(database, own, ok_tokens, push_speed=1)
    vendor = FakeChannel(devices_per_request=10, in_flight=1, devices_per_second=20)
    await run_until(database, push_id, a_dispatcher(database, own.channel, channels={"hw": vendor}))
    async with database.connection() as connection:
        (row,) = await fetch_all(
            connection, b"SELECT extract(epoch FROM next_send_at - started_at)::float8 AS seconds FROM pushes"
        )
    assert vendor.accepted.total() == 30
    assert 30 <= row.seconds < 45, "one turn of 30 devices at one a second"
