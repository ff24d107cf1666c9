"""Push controls over the console API, and that they are in force."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from rockdove.cli.rest import RestError
from rockdove.domain.token import new_token
from tests.api.console.test_console import Console
from tests.server import Server, wait_until

OFF = {"daily_cap": None, "deduplicate": False, "allowed_hours": None}


@pytest.fixture
def console(server: Server) -> Iterator[Console]:
    console = Console(server.rest("Controlled by console"))
    yield console
    console.call("PUT", "/controls", {})


def test_set_and_shown(console: Console) -> None:
    assert console.call("GET", "/controls").json == OFF
    wanted = {
        "daily_cap": {"notifications": 5, "plans": ["0"]},
        "deduplicate": True,
        "allowed_hours": {"start": "22:00", "end": "06:00"},
    }
    answer = console.call("PUT", "/controls", wanted)
    assert (answer.status, answer.json) == (200, wanted)
    assert console.call("GET", "/controls").json == wanted
    assert console.call("PUT", "/controls", {"daily_cap": {}}).json["daily_cap"] == {"notifications": 3, "plans": []}
    assert console.call("PUT", "/controls", {}).json == OFF


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ({"daily_cap": {"notifications": 101}}, "1 to 100 notifications, not 101"),
        ({"daily_cap": {"plans": ["spring"]}}, "can't be a push plan"),
        ({"allowed_hours": {"start": "8", "end": "22:00"}}, "'8' is no time of day"),
        ({"dedup": True}, "dedup"),
    ],
)
def test_refused(console: Console, wanted: dict[str, Any], text: str) -> None:
    answer = console.call("PUT", "/controls", wanted)
    assert answer.status == 422
    assert text in str(answer.json["detail"])
    assert console.call("GET", "/controls").json == OFF


def test_in_force(console: Console) -> None:
    console.call("PUT", "/controls", {"deduplicate": True})

    def refused() -> bool:
        """Two calls a second are too many, and the second one that counts has to say 10010018."""
        body = {"audience_type": "tag", "tag_list": {"tags": ["a"]}, "message": {"title": "t", "content": "c"}}
        try:
            console.client.post("/v3/push/app", body)
        except RestError as error:
            return "10010018" in str(error)
        return False

    wait_until(refused, "the same content to be refused")


def test_a_cap_holds_for_single_pushes_that_come_together(console: Console, server: Server) -> None:
    """They start in one transaction where there is no cap."""
    token = new_token()
    server.import_devices(console.client.access_id, "token,platform,account,bound_at", [f"{token},android,user-1,"])
    console.call("PUT", "/controls", {"daily_cap": {"notifications": 2}})
    body = {"audience_type": "token", "token_list": [token], "message": {"title": "t", "content": "c"}}
    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(lambda _: console.client.post("/v3/push/app", body), range(12)))
    ids = [int(answer["push_id"]) for answer in answers]
    with psycopg.connect(server.settings.postgres.url, autocommit=True) as connection:

        def filtered() -> list[int]:
            """How many devices of each push were filtered, when all of them have started."""
            rows = connection.execute(
                "SELECT coalesce((counts->'filtered'->>'capped')::integer, 0) FROM pushes"
                " WHERE push_id = ANY (%s) AND started_at IS NOT NULL", (ids,),
            ).fetchall()  # fmt: skip
            return [count for (count,) in rows] if len(rows) == len(ids) else []

        assert sorted(wait_until(filtered, "all pushes to start")) == [0] * 2 + [1] * 10
