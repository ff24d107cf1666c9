"""`rockdove app controls`: what is given is changed, the rest stays, and bad values are refused with a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.server import Server


def controls(server: Server, *options: str) -> dict[str, Any]:
    access_id = server.app("Controlled by hand")["access_id"]
    shown: dict[str, Any] = json.loads(server.cli("app", "controls", str(access_id), *options, "--json").stdout)
    return shown


def test_one_after_the_other(server: Server) -> None:
    assert controls(server) == {}
    cap = {"notifications": 5, "plans": ["0", "12"]}
    assert controls(server, "--daily-cap", "5", "--plans", "0, 12") == {"daily_cap": cap}
    hours = {"start": "08:00", "end": "22:00"}
    assert controls(server, "--allowed", "08:00-22:00", "--dedup") == {
        "daily_cap": cap, "deduplicate": True, "allowed_hours": hours,
    }  # fmt: skip
    cap["notifications"] = 6
    assert controls(server, "--no-dedup", "--daily-cap", "6") == {"daily_cap": cap, "allowed_hours": hours}
    cap["plans"] = []
    assert controls(server, "--plans", "", "--allowed", "always")["daily_cap"]["plans"] == []
    assert controls(server, "--daily-cap", "0") == {}


def test_shown_for_people(server: Server) -> None:
    access_id = str(server.app("Controlled by hand")["access_id"])
    shown = server.cli("app", "controls", access_id, "--daily-cap", "4", "--allowed", "22:00-06:00").stdout
    assert "4 notifications a device" in shown
    assert "22:00 to 06:00 (Asia/Shanghai)" in shown
    shown = server.cli("app", "controls", access_id, "--daily-cap", "0", "--allowed", "always").stdout
    assert "always" in shown


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--daily-cap", "101"], "1 to 100 notifications, not 101"),
        (["--daily-cap", "1", "--plans", "spring"], "'spring' can't be a push plan"),
        (["--plans", "1"], "there is none"),
        (["--allowed", "08:00"], "write HH:MM-HH:MM"),
        (["--allowed", "08:00-24:00"], "'24:00' is no time of day"),
        (["--allowed", "08:00-08:00"], "no time at all"),
    ],
)
def test_refused(server: Server, options: list[str], text: str) -> None:
    access_id = str(server.app("Not controlled")["access_id"])
    done = server.cli("app", "controls", access_id, *options, check=False)
    assert done.returncode == 2
    assert text in done.stderr
    assert json.loads(server.cli("app", "controls", access_id, "--json").stdout) == {}


def test_an_unknown_application(server: Server) -> None:
    done = server.cli("app", "controls", "4711", "--dedup", check=False)
    assert done.returncode == 1
    assert "no application 4711" in done.stderr
