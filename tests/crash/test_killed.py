"""What must hold when processes are killed: no push lost, no target skipped, repeats bounded by the batch in flight."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from rockdove.cli.rest import RestClient
from rockdove.config import Settings
from rockdove.domain.token import new_token
from rockdove.runtime.connections import open_client
from tests.server import Server, start_server, wait_until

DEVICES, BATCH = 20_000, 200


@pytest.fixture(scope="module")
def own_server(reachable_folder: Path) -> Iterator[Server]:
    """A server whose pushes take long enough to be killed in their middle: many small batches."""
    environment = {"ROCKDOVE_DISPATCH__BATCH_DEVICES": str(BATCH), "ROCKDOVE_DISPATCH__SLICES_AT_ONCE": "2"}
    with start_server(reachable_folder / "crash", environment=environment) as server:
        yield server


@pytest.fixture(scope="module")
def app(own_server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    app = own_server.app("Crash")
    file = tmp_path_factory.mktemp("crash") / "devices.csv"
    file.write_text("token,platform\n" + "".join(f"{new_token()},android\n" for _ in range(DEVICES)))
    own_server.cli("import", "devices", str(file), "--app", str(app["access_id"]))
    return app


def status(client: RestClient, push_id: str) -> str:
    return str(client.post("/v3/statistics/get_push_record", {"pushId": push_id})["pushRecordData"][0]["status"])


async def test_a_worker_killed_in_mid_push_skips_nobody_and_repeats_at_most_its_batches(
    own_server: Server, app: dict[str, Any]
) -> None:
    settings, client = own_server.settings, own_server.rest("Crash")
    received: Counter[int] = Counter()
    kills = 0
    async with listening(settings, app["access_id"], received) as listener:
        body = {"audience_type": "all", "message_type": "notify", "message": {"title": "Crash", "content": "test"}}
        push_id = client.post("/v3/push/app", body)["push_id"]
        deadline = time.monotonic() + 60
        while status(client, push_id) != "PUSH_FINISHED" and time.monotonic() < deadline:
            await listener.flush()
            if kills < 3 and len(received) > kills * DEVICES // 4:
                kills += kill_all(own_server.children("worker"))
        await listener.flush()
    assert kills, "the push must not be through before the first kill"
    assert status(client, push_id) == "PUSH_FINISHED"
    assert len(received) == DEVICES, "every target was published to"
    repeats = received.total() - DEVICES
    assert repeats <= kills * BATCH * settings.dispatch.slices_at_once


def kill_all(processes: list[int]) -> int:
    for process in processes:
        os.kill(process, signal.SIGKILL)
    return len(processes)


def test_api_and_gateway_come_back_by_themselves(own_server: Server, app: dict[str, Any]) -> None:
    for kind in ("api", "gateway"):
        (old,) = own_server.children(kind)
        os.kill(old, signal.SIGKILL)
        wait_until(lambda kind=kind, old=old: own_server.children(kind) not in ([], [old]), f"a new {kind}")
    client = own_server.rest("Crash")
    wait_until(lambda: status_or_none(client), "the API to answer again")


def status_or_none(client: RestClient) -> bool:
    try:
        client.post("/v3/device/account/query", {"operator_type": 1, "account_list": [{"account": "nobody"}]})
    except Exception as error:
        return "code" in str(error)
    return True


@asynccontextmanager
async def listening(settings: Settings, access_id: int, received: Counter[int]) -> AsyncIterator[Client]:
    """Hears every message to the application's devices; a flush brings what was published before it."""

    async def count(message: Msg) -> None:
        received[int(message.subject.rsplit(".", 1)[1])] += 1

    async with open_client(settings, "listener") as client:
        await client.subscribe(f"d.{access_id}.*", cb=count, pending_msgs_limit=0, pending_bytes_limit=0)
        await client.flush()
        yield client
