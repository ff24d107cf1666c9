"""Pause half way and count, go on, stop, count again: the numbers of the answer are what the devices have seen."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rockdove.cli.pushes import funnel
from rockdove.cli.rest import RestClient
from rockdove.domain.token import new_token
from rockdove.testing.fleet import Fleet, FleetOptions
from tests.server import Server, wait_until

ONLINE, AWAY, A_SECOND = 1500, 6000, 1000
"""The slowest push there is takes seven seconds for all of them; who is connected comes in the first two slices."""


@pytest.fixture(scope="module")
def app(server: Server) -> dict[str, Any]:
    return server.app("Holding")


def end(client: RestClient, endpoint: str, push_id: str) -> tuple[int, int]:
    """What the call answers: sent, not sent."""
    answer = client.post(f"/v3/push/{endpoint}", {"pushId": push_id})
    return answer["sent"], answer["notSent"]


def record(client: RestClient, push_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/v3/statistics/get_push_record", {"pushId": push_id})
    return dict(answer["pushRecordData"][0])


def a_slow_push(client: RestClient, title: str) -> str:
    message = {"title": title, "content": "slowly"}
    body = {"audience_type": "all", "message_type": "notify", "message": message, "push_speed": A_SECOND}
    return str(client.post("/v3/push/app", body)["push_id"])


async def until(condition: Callable[[], object]) -> None:
    """The devices live on this thread: whoever waits does so on another."""
    await to_thread(wait_until, condition, "what the devices or the server were to show")


async def test_paused_resumed_stopped(server: Server, app: dict[str, Any], tmp_path: Path) -> None:
    client = server.rest("Holding")
    options = FleetOptions(url=server.url, access_id=app["access_id"], access_key=app["access_key"], count=ONLINE)
    async with Fleet(options) as fleet:
        others = tmp_path / "others.csv"
        others.write_text("token,platform\n" + "".join(f"{new_token()},android\n" for _ in range(AWAY)))
        await to_thread(server.cli, "import", "devices", str(others), "--app", str(app["access_id"]))

        push_id = await to_thread(a_slow_push, client, "paused")
        await until(lambda: fleet.counters.received > 0)
        sent, left = await to_thread(end, client, "pause_push_msg", push_id)
        assert sent in {1000, 1500}, "whole slices, for each is one batch"
        assert left == ONLINE + AWAY - sent
        await until(lambda: fleet.counters.received == sent)
        shown = await to_thread(record, client, push_id)
        assert (shown["status"], shown["sent"], shown["notSent"]) == ("PUSH_STARTED", sent, left)

        await to_thread(server.cli, "resume", push_id, "--app", str(app["access_id"]))
        await until(lambda: record(client, push_id)["status"] == "PUSH_FINISHED")
        await until(lambda: funnel(client, push_id)["arrivalUv"] == ONLINE)
        assert (fleet.counters.received, fleet.counters.repeated) == (ONLINE, 0)

        push_id = await to_thread(a_slow_push, client, "stopped")
        await until(lambda: fleet.counters.received > ONLINE)
        sent, left = await to_thread(end, client, "stop_push_msg", push_id)
        assert left == ONLINE + AWAY - sent
        await until(lambda: fleet.counters.received == ONLINE + sent)
        shown = await to_thread(record, client, push_id)
        assert (shown["status"], shown["sent"], shown["notSent"]) == ("PUSH_DELETED_PUSH_MSG", sent, left)
        await fleet.go_offline(200)
        await fleet.go_online(ONLINE)
        assert fleet.counters.received == ONLINE + sent, "what was stopped is not owed either"


async def test_a_recall_takes_it_off_every_screen(server: Server, app: dict[str, Any]) -> None:
    client = server.rest("Holding")
    options = FleetOptions(url=server.url, access_id=app["access_id"], access_key=app["access_key"], count=50)
    async with Fleet(options) as fleet:
        message = {"title": "A mistake", "content": "sorry"}
        tokens = [device.token for device in fleet.devices]
        body = {"audience_type": "token_list", "token_list": tokens, "message_type": "notify", "message": message}
        push_id = (await to_thread(client.post, "/v3/push/app", body))["push_id"]
        await until(lambda: fleet.counters.received == 50)
        await to_thread(server.cli, "recall", push_id, "--app", str(app["access_id"]))
        await until(lambda: fleet.counters.recalled == 50)
        assert (await to_thread(record, client, push_id))["status"] == "PUSH_REVOKED"
