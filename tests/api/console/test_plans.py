"""Push plans in the console."""

from __future__ import annotations

import pytest

from tests.console import Browser, administrator, member
from tests.server import Server


@pytest.fixture(scope="module")
def base(server: Server) -> str:
    return f"/apps/{server.app('Console plans')['access_id']}"


@pytest.fixture(scope="module")
def otto(server: Server, base: str) -> Browser:
    return member(server, "Otto plans", {int(base.rpartition("/")[2]): "operator"})


def test_a_plan_is_made_renamed_and_deleted(otto: Browser, base: str) -> None:
    made = otto.post(f"{base}/plans", {"name": "Weekly", "description": "What is new this week"})
    assert (made["name"], made["source"], made["plan_id"].isdecimal()) == ("Weekly", "web", True)
    path = f"{base}/plans/{made['plan_id']}"
    changed = otto.call("PUT", path, {"name": "Every week", "description": "What is new"})
    assert (changed.status, changed.json["name"]) == (200, "Every week")
    assert [plan["name"] for plan in otto.get(f"{base}/plans")] == ["Every week"]
    assert otto.call("DELETE", path).status == 204
    assert otto.get(f"{base}/plans") == []
    gone = otto.call("DELETE", path)
    assert (gone.status, made["plan_id"] in gone.json["detail"]) == (404, True)
    entries = [(one["action"], one["object"]) for one in otto.get(f"{base}/audit?limit=3")]
    assert entries == [(f"{deed}PushPlan", made["plan_id"]) for deed in ("Delete", "Update", "Create")]


@pytest.mark.parametrize("wanted", [{"name": "", "description": "x"}, {"name": "x" * 61, "description": "x"}])
def test_what_a_plan_can_not_be_called(otto: Browser, base: str, wanted: dict[str, str]) -> None:
    refused = otto.call("POST", f"{base}/plans", wanted)
    assert (refused.status, "name" in refused.json["detail"]) == (422, True)
    assert otto.get(f"{base}/plans") == []


def test_a_viewer_looks_and_a_stranger_does_not(server: Server, base: str) -> None:
    viewer = member(server, "Vera plans", {int(base.rpartition("/")[2]): "viewer"})
    assert viewer.get(f"{base}/plans") == []
    assert viewer.call("POST", f"{base}/plans", {"name": "x", "description": "x"}).status == 403
    assert member(server, "Sam plans", {}).call("GET", f"{base}/plans").status == 404


def test_plans_of_another_application_are_not_there(server: Server, base: str) -> None:
    ada = administrator(server)
    other = f"/apps/{server.app('Other plans')['access_id']}"
    plan = ada.post(f"{other}/plans", {"name": "theirs", "description": "x"})
    assert ada.get(f"{base}/plans") == []
    assert ada.call("PUT", f"{base}/plans/{plan['plan_id']}", {"name": "x", "description": "x"}).status == 404
