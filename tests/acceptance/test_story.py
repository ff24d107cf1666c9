"""The product's story through its public doors: import, upload, push, receive, confirm, come back, look."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from rockdove.cli.pushes import funnel
from rockdove.domain.token import new_token
from rockdove.testing.fleet import Fleet, FleetOptions
from rockdove.testing.virtual_device import Habits
from tests.server import Server, wait_until

TODAY = {"startDate": f"{date.today() - timedelta(days=1)}", "endDate": f"{date.today() + timedelta(days=1)}"}  # noqa: DTZ011
ACCOUNTS, DEVICES, ONLINE, RETURNING = 120, 150, 60, 20
"""Account number n is bound to device n, and for n < 30 also, earlier, to device 120 + n."""


@pytest.fixture(scope="module")
def app(server: Server) -> dict[str, Any]:
    return server.app("Story")


@pytest.fixture(scope="module")
def tokens(server: Server, app: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Imported devices, as from a former service."""
    tokens = [new_token() for _ in range(DEVICES)]
    rows = ["token,platform,account,account_type,bound_at"]
    rows += [
        f"{token},android,user-{number % ACCOUNTS},0,{1_760_000_000 - number}" for number, token in enumerate(tokens)
    ]
    file = tmp_path_factory.mktemp("story") / "devices.csv"
    file.write_text("\n".join(rows) + "\n")
    done = server.cli("import", "devices", str(file), "--app", str(app["access_id"]))
    assert f"{DEVICES} devices" in done.stdout
    return tokens


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """100 of our accounts, 5 strangers, 7 duplicates, 2 lines no account can be; blank lines, which do not count."""
    known = [f"user-{number}" for number in range(100)]
    lines = [*known, *(f"stranger-{n}" for n in range(5)), *known[:7], "x", "tab\there", "", "  "]
    file = tmp_path / "accounts.txt"
    file.write_bytes("\r\n".join(lines).encode())
    return file


def push(server: Server, package_id: int, every_device: bool) -> str:
    """The body of a user's own document, letter by letter but for the id and the kind."""
    body = (
        '{"audience_type":"package_account_push",\t"upload_id":%d,"account_push_type":%d,"message_type":"notify",'
        '"message":{"title":"Congrats on winning in the campaign","content":"Get online to claim your prize!"},'
        '"platform":"android"}'
    )
    raw = (body % (package_id, every_device)).encode()
    answer = server.rest("Story").post("/v3/push/app", raw)
    assert isinstance(answer["push_id"], str)
    return str(answer["push_id"])


async def settled(server: Server, push_id: str, **wanted: int) -> None:
    """Until the funnel says so; the virtual devices live in this event loop, so it must not wait."""
    client = server.rest("Story")

    def reached() -> bool:
        state = funnel(client, push_id)
        return all(state[key] == value for key, value in wanted.items())

    await asyncio.to_thread(
        wait_until, reached, f"push {push_id} to reach {wanted}; it is at {funnel(client, push_id)}"
    )


async def test_a_package_becomes_notifications_confirmed_by_devices(
    server: Server, app: dict[str, Any], tokens: list[str], package: Path
) -> None:
    answer = server.rest("Story").upload(package)
    assert answer["retCode"] == 0
    counts = {key: answer[key] for key in ("lineCount", "accountCount", "duplicateCount", "invalidCount")}
    assert counts == {"lineCount": 114, "accountCount": 105, "duplicateCount": 7, "invalidCount": 2}

    options = FleetOptions(
        url=server.url, access_id=app["access_id"], access_key=app["access_key"], count=ONLINE + RETURNING,
        online=ONLINE / (ONLINE + RETURNING), tokens=tokens, habits=Habits(click=1.0, reaction=(0.0, 0.1)),
    )  # fmt: skip
    async with Fleet(options) as fleet:
        assert fleet.counters.online == ONLINE

        every = push(server, answer["uploadId"], every_device=True)
        await settled(server, every, pushActiveUv=130, pushOnlineUv=ONLINE, arrivalUv=ONLINE, clickUv=ONLINE)
        record = server.rest("Story").post("/v3/statistics/get_push_record", {"pushId": every})["pushRecordData"][0]
        assert record["status"] == "PUSH_FINISHED"

        await fleet.go_online(ONLINE + RETURNING)
        back = ONLINE + RETURNING
        await settled(server, every, pushActiveUv=130, pushOnlineUv=back, arrivalUv=back, clickUv=back)
        assert fleet.counters.received == back
        assert fleet.counters.repeated == 0

        recent = push(server, answer["uploadId"], every_device=False)
        await settled(server, recent, pushActiveUv=100, arrivalUv=back)


def test_package_check_says_without_a_server_what_the_upload_says(server: Server, package: Path) -> None:
    verdict = json.loads(server.cli("package", "check", str(package), "--json").stdout)
    assert (verdict["lines"], verdict["accounts"], verdict["duplicates"], verdict["invalid"]) == (114, 105, 7, 2)
    assert [example["line"] for example in verdict["examples"]] == [113, 114]


def test_push_from_the_command_line(server: Server, app: dict[str, Any], tokens: list[str], package: Path) -> None:
    done = server.cli(
        "push", str(package), "--app", str(app["access_id"]), "--title", "Hello", "--content", "World", "--all"
    )
    assert "105 accounts" in done.stdout
    assert "planned" in done.stdout


def test_a_dry_run_says_whom_it_would_reach_and_sends_nothing(
    server: Server, app: dict[str, Any], tokens: list[str], package: Path
) -> None:
    client = server.rest("Story")
    before = client.post("/v3/statistics/get_push_record", TODAY)["count"]
    done = server.cli("push", str(package), "--app", str(app["access_id"]), "--dry-run")
    counts = dict(re.findall(r"(matched|unmatched|recent|all devices) +([\d,]+)", done.stdout))
    assert counts == {"matched": "100", "unmatched": "5", "recent": "100", "all devices": "130"}
    assert client.post("/v3/statistics/get_push_record", TODAY)["count"] == before
