"""A wall clock that jumps: leases, expiry and order go by the database's clock, so nobody who gets messages notices.

The machine's clock is not ours to change. What jumps is the clock of our own processes, see clock/sitecustomize.py;
PostgreSQL and NATS stay right, which is the worse case: everybody disagrees with somebody.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rockdove.testing.fleet import Fleet, FleetOptions
from tests.crash.law import Crowd, seen, until

HOUR = 3600.0
NEWCOMERS = 3


@pytest.mark.parametrize("hours", [30, -2])
async def test_a_clock_that_jumps_in_the_middle_of_a_push(
    other_crowd: Crowd, set_clock_wrong: Callable[[float], None], hours: int
) -> None:
    push_id = await other_crowd.push_under_way()
    set_clock_wrong(hours * HOUR)
    await other_crowd.check(push_id, repeats=0)
    await other_crowd.check(await other_crowd.push(), repeats=0)
    await newcomers_get_what_is_sent(other_crowd)


async def newcomers_get_what_is_sent(crowd: Crowd) -> None:
    """Devices that register now are given credentials by the wrong clock, and NATS looks at them by the right one."""
    app = crowd.server.app("Newcomers")
    options = FleetOptions(
        url=crowd.server.url, access_id=app["access_id"], access_key=app["access_key"], count=NEWCOMERS
    )
    async with Fleet(options) as fleet:
        push_id = await crowd.push(app="Newcomers")

        async def reached() -> int:
            return sum(push_id in seen(device) for device in fleet.devices)

        await until(reached, "newcomers that got it", is_now=NEWCOMERS)
