"""kill -9 of any process in the middle of a push: the law holds, and everything comes back by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.crash.faults import kill
from tests.crash.law import IN_FLIGHT, Crowd
from tests.crash.traffic import PATIENCE_SECONDS, traffic
from tests.server import wait_until


async def test_a_worker_killed_again_and_again(crowd: Crowd) -> None:
    push_id = await crowd.push()
    for share in (0.1, 0.4, 0.7):
        await crowd.published_to(push_id, share)
        await killed_and_back(lambda: crowd.server.children("worker"))
    await crowd.check(push_id, repeats=3 * IN_FLIGHT)


async def test_the_gateway_killed(crowd: Crowd) -> None:
    push_id = await crowd.push_under_way()
    await killed_and_back(lambda: crowd.server.children("gateway"))
    await crowd.check(push_id, repeats=0)


async def test_the_api_killed(crowd: Crowd) -> None:
    """Who was being answered is not; who calls meanwhile waits for the next process, and a push it took is not lost."""
    push_id = await crowd.push_under_way()
    async with traffic(crowd, push_id) as answers:
        await killed_and_back(lambda: crowd.server.children("api"))
        await crowd.check(push_id, repeats=0)
    await answers.check(within=PATIENCE_SECONDS, lost=len(answers.kinds))


async def test_postgresql_killed(crowd: Crowd) -> None:
    push_id = await crowd.push_under_way()
    async with traffic(crowd, push_id) as answers:
        await killed_and_back(lambda: crowd.server.postgres()[:1])
        await crowd.check(push_id, repeats=IN_FLIGHT)
    await answers.check()


async def test_nats_killed(crowd: Crowd) -> None:
    push_id = await crowd.push_under_way()
    async with traffic(crowd, push_id) as answers:
        await killed_and_back(crowd.server.nats)
        await crowd.check(push_id, repeats=None)
    await answers.check()


async def killed_and_back(processes: Callable[[], list[int]]) -> None:
    """Kill what `processes` finds; returns when there is another in its place."""
    old = processes()
    assert kill(old)
    await asyncio.to_thread(wait_until, lambda: processes() not in ([], old), "another process in its place")
