"""An engine that takes what it is sent and does not answer for half a minute: callers are told so in time, pushes wait,
nothing is lost, and everything goes on by itself.
"""

from __future__ import annotations

import asyncio

from tests.crash.faults import stopped
from tests.crash.law import IN_FLIGHT, Crowd
from tests.crash.traffic import traffic

AWAY_SECONDS = 30.0


async def test_postgresql_of_one_server_and_nats_of_another(crowd: Crowd, other_crowd: Crowd) -> None:
    """Side by side: half a minute is long."""
    await asyncio.gather(postgresql_does_not_answer(crowd), nats_does_not_answer(other_crowd))


async def postgresql_does_not_answer(crowd: Crowd) -> None:
    push_id = await crowd.push_under_way()
    async with traffic(crowd, push_id) as answers:
        with stopped(crowd.server.postgres):
            await asyncio.sleep(AWAY_SECONDS)
        await crowd.check(push_id, repeats=IN_FLIGHT)
    await answers.check()
    for kind in answers.kinds:
        assert 503 in {answer.status for answer in kind}


async def nats_does_not_answer(crowd: Crowd) -> None:
    """Pushes are taken all the same: the database has them."""
    push_id = await crowd.push_under_way()
    async with traffic(crowd, push_id) as answers:
        with stopped(crowd.server.nats):
            await asyncio.sleep(AWAY_SECONDS)
        await crowd.check(push_id, repeats=IN_FLIGHT)
    await answers.check()
    assert 503 in {answer.status for answer in answers.ready}
    assert {answer.status for answer in answers.push} == {200}
