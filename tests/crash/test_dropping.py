"""Devices that are gone in the middle of a push, without a word, and come back: each shows every message once."""

from __future__ import annotations

from tests.crash.law import CONNECTED, Crowd

DROPPING = CONNECTED // 20
ROUNDS = 3


async def test_devices_drop_while_messages_are_on_their_way(crowd: Crowd) -> None:
    shown = crowd.fleet.counters.received
    for _ in range(ROUNDS):
        push_id = await crowd.push_under_way(0.3)
        await crowd.fleet.go_offline(DROPPING, abruptly=True)
        await crowd.published_to(push_id, 0.8)
        await crowd.fleet.go_online(CONNECTED)
        await crowd.check(push_id, repeats=0)
    assert crowd.fleet.counters.received - shown == ROUNDS * CONNECTED
