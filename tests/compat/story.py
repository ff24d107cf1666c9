"""One story for clients of every language: bind, query, tag, upload, push in all eight audiences, look, stop.

A driver in the client's own language tells it: it reads where and as whom from ROCKDOVE_ variables and prints one JSON
object, what each call gave, by the names below. Here are the phones it pushes to, and what must have come of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from rockdove.cli.pushes import funnel
from rockdove.testing.fleet import Fleet, FleetOptions
from tests.server import Server, wait_until

DEVICES = 3
"""user-1 owns the first, user-2 the second; the first and the third are tagged vip."""
REACHED = {
    "all": 3,
    "tag": 2,
    "token": 1,
    "token_list": 2,
    "account": 1,
    "account_list": 2,
    "package_account_push": 2,
    "package_token_push": 3,
}
"""Devices by audience."""
TELL_SECONDS, BUILD_SECONDS = 120, 200
TITLE = "Congrats on winning in the campaign"


def needs(*programs: str) -> None:
    """Without its toolchain a client can't be run: a skip on somebody's laptop, in CI a failure, for CI must see it."""
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        reason = f"this client was not run: no {' and no '.join(missing)} on this machine"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)


def run(*command: str, folder: Path, seconds: int, **variables: str) -> str:
    """What it prints. Fails the test with everything it said."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-8000:]}\n{done.stderr[-8000:]}"
    return done.stdout


@dataclass
class Stage:
    """An application nobody else uses, and its phones, which are on."""

    server: Server
    name: str
    fleet: Fleet

    @property
    def tokens(self) -> list[str]:
        return [device.token for device in self.fleet.devices]

    async def tell(self, *command: str, folder: Path, **variables: str) -> dict[str, Any]:
        """Let the driver tell the story. `folder` is where it runs and writes what it uploads."""
        application = self.server.app(self.name)
        where = {
            "ROCKDOVE_URL": self.server.url,
            "ROCKDOVE_ACCESS_ID": str(application["access_id"]),
            "ROCKDOVE_SECRET_KEY": application["secret_key"],
            "ROCKDOVE_TOKENS": ",".join(self.tokens),
            "ROCKDOVE_FOLDER": str(folder),
            "ROCKDOVE_TOMORROW": (date.today() + timedelta(days=2)).isoformat(),  # noqa: DTZ011  in any zone ahead
        }
        printed = await asyncio.to_thread(run, *command, folder=folder, seconds=TELL_SECONDS, **where, **variables)
        story: dict[str, Any] = json.loads(printed.splitlines()[-1])  # the libraries print, too
        return story

    async def received(self, *push_ids: str, reached: list[int]) -> None:
        """Every push has come to as many phones as it should, and says so."""
        client = self.server.rest(self.name)

        def states() -> list[int]:
            return [funnel(client, push_id)["arrivalUv"] for push_id in push_ids]

        await asyncio.to_thread(wait_until, lambda: states() == reached, f"arrivals {reached} of pushes {push_ids}")
        assert [funnel(client, push_id)["pushActiveUv"] for push_id in push_ids] == reached
        await asyncio.to_thread(wait_until, lambda: self.fleet.counters.received >= sum(reached), "the phones to know")


@asynccontextmanager
async def stage(server: Server, name: str) -> AsyncIterator[Stage]:
    application = server.app(name)
    options = FleetOptions(
        url=server.url, access_id=application["access_id"], access_key=application["access_key"], count=DEVICES
    )
    async with Fleet(options) as fleet:
        yield Stage(server, name, fleet)


def accounts_and_tags(story: dict[str, Any], tokens: list[str]) -> None:
    """What binding, querying and tagging must have given."""
    assert story["bind"] == {"code": 0, "result": ["0", "0"]}
    assert story["query by account"] == {"code": 0, "tokens": {"user-1": [tokens[0]], "user-2": [tokens[1]]}}
    assert story["query by token"] == {"code": 0, "account": "user-2"}
    assert story["tag"] == {"code": 0, "text": "NO_ERROR"}


def packages(story: dict[str, Any]) -> None:
    """Two uploads, two ids that any client's integer can hold."""
    ids = [story[f"upload {name}.txt"]["id"] for name in ("accounts", "devices")]
    assert [story[f"upload {name}.txt"]["code"] for name in ("accounts", "devices")] == [0, 0]
    assert 0 < ids[0] < ids[1] < 2**31


def pushes(story: dict[str, Any]) -> list[str]:
    """The ids of the eight, in the order of REACHED; each answer is one."""
    for audience in REACHED:
        answer = story[f"push {audience}"]
        assert (answer["code"], answer["text"], answer["environment"]) == (0, "NO_ERROR", "product"), audience
        assert isinstance(answer["push_id"], str)
        assert int(answer["push_id"]) > 0
        assert isinstance(answer["result"], str)
    return [story[f"push {audience}"]["push_id"] for audience in REACHED]


def looking_and_stopping(story: dict[str, Any]) -> None:
    """Statistics of a push that arrived; record and statistics of one for tomorrow, that is then cancelled, cancelled
    again, and stopped too late; one stopped when it had begun.
    """
    counts = ("pushActiveUv", "pushOnlineUv", "arrivalUv", "verifySvcUv", "clickUv")
    assert [story["arrived"][name] for name in counts] == [1, 1, 1, 1, 0]
    (record,) = story["record"]["pushRecordData"]
    assert (record["status"], record["title"], record["pushType"]) == ("PUSH_WAIT", TITLE, "token_list")
    assert {row["channel"] for row in story["statistics"]["pushStatDataAll"]} >= {"xg", "all"}
    names = ("cancel", "cancel again", "stop too late", "stop unknown", "stop")
    codes = {name: story[name]["retCode"] for name in names}
    assert codes == {
        "cancel": 0,
        "cancel again": 1008007,
        "stop too late": 1008007,
        "stop unknown": 1008015,
        "stop": 0,
    }
    (record,) = story["record of stopped"]["pushRecordData"]
    assert record["status"] == "PUSH_DELETED_PUSH_MSG"
