"""`rockdove plan`, and pushes of a plan from the command line: made, listed, named, and capped by plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rockdove.domain.token import new_token
from tests.api.console.test_console import Console
from tests.server import Server


def plan(server: Server, app: str, *arguments: str, check: bool = True) -> Any:
    access_id = str(server.app(app)["access_id"])
    return server.cli("plan", *arguments, "--app", access_id, check=check)


def made(server: Server, app: str, *arguments: str) -> str:
    answer = json.loads(plan(server, app, "add", *arguments, "--json").stdout)
    return str(answer["plan_id"])


def test_made_and_listed(server: Server) -> None:
    first = made(server, "Planned by hand", "Spring [sale]", "--description", "All of spring")
    shown = plan(server, "Planned by hand", "add", "Autumn").stdout
    second = shown.split()[-1]
    assert shown == f"plan {second}\n"
    listed = json.loads(plan(server, "Planned by hand", "list", "--json").stdout)
    assert [(each["plan_id"], each["name"], each["description"], each["source"]) for each in listed] == [
        (second, "Autumn", "Autumn", "web"),
        (first, "Spring [sale]", "All of spring", "web"),
    ]
    lines = plan(server, "Planned by hand", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["Plan", second, first, "0"]
    assert "Spring [sale]" in lines[2]
    assert json.loads(plan(server, "Planned by nobody", "list", "--json").stdout) == []


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["  "], "the name of a plan has 1 to 60"),
        (["x", "--description", "x" * 301], "description of a plan has 1 to 300"),
    ],
)
def test_refused(server: Server, arguments: list[str], text: str) -> None:
    done = plan(server, "Planned by nobody", "add", *arguments, check=False)
    assert done.returncode == 2
    assert text in done.stderr
    assert json.loads(plan(server, "Planned by nobody", "list", "--json").stdout) == []


@pytest.mark.parametrize("arguments", [["list"], ["add", "Spring"]])
def test_an_unknown_application(server: Server, arguments: list[str]) -> None:
    done = server.cli("plan", *arguments, "--app", "4711", check=False)
    assert done.returncode == 1
    assert "no application 4711" in done.stderr


def test_a_push_of_a_plan_and_what_is_left_of_its_cap(server: Server, tmp_path: Path) -> None:
    """One notification a day for each device, in one plan only: the dry run tells the plans apart."""
    app = server.app("Capped by plan")
    access_id = str(app["access_id"])
    rows = [f"{new_token()},android,user-{n}" for n in range(3)]
    (tmp_path / "devices.csv").write_text("\n".join(["token,platform,account", *rows]) + "\n")
    (tmp_path / "all.txt").write_text("user-0\nuser-1\nuser-2\n")
    (tmp_path / "one.txt").write_text("user-0\n")
    server.cli("import", "devices", str(tmp_path / "devices.csv"), "--app", access_id)
    capped, free = made(server, "Capped by plan", "Capped"), made(server, "Capped by plan", "Free")
    server.cli("app", "controls", access_id, "--daily-cap", "1", "--plans", capped)

    def push(file: str, *options: str, check: bool = True) -> Any:
        return server.cli("push", str(tmp_path / file), "--app", access_id, *options, check=check)

    push("one.txt", "--title", "t", "--content", "c", "--plan", capped)
    assert "1 capped" in push("all.txt", "--dry-run", "--plan", capped).stdout
    for other in (["--plan", free], []):
        shown = push("all.txt", "--dry-run", *other).stdout
        assert "capped" not in shown
        assert "xg 3" in shown
    for mode in (["--dry-run"], ["--title", "t", "--content", "c"]):
        refused = push("all.txt", *mode, "--plan", "4711", check=False)
        assert refused.returncode == 1
        assert "'4711' is not a known plan" in refused.stderr


def test_the_console_previews_a_plan(server: Server) -> None:
    """It refuses a plan that a push can't have."""
    console = Console(server.rest("Planned by hand"))
    known = made(server, "Planned by hand", "Known")
    body = {"audience_type": "all", "plan_id": known}
    assert console.call("POST", "/previews", body).json["result"]["every"]["planned"] == 0
    foreign = made(server, "Planned by another", "Foreign")
    for plan_id in (foreign, "spring", "007"):
        answer = console.call("POST", "/previews", {**body, "plan_id": plan_id})
        assert (answer.status, answer.json["detail"]) == (422, f"plan_id: {plan_id!r} is not a known plan")
