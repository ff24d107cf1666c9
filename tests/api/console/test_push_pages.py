"""What the pages of pushes, packages and plans ask for beside the lists: time line, history, totals; deleting."""

from __future__ import annotations

from pathlib import Path

import pytest

from rockdove.domain.token import new_token
from tests.api.console.test_pushes import made, push, upload
from tests.console import Browser, member
from tests.server import Server, wait_until


@pytest.fixture(scope="module")
def base(server: Server) -> str:
    app = server.app("Console push pages")
    rows = [f"{new_token()},android,user-{n:02}" for n in range(20)]
    server.import_devices(app["access_id"], "token,platform,account", rows)
    return f"/apps/{app['access_id']}"


@pytest.fixture(scope="module")
def olga(server: Server, base: str) -> Browser:
    return member(server, "Olga push pages", {int(base.rpartition("/")[2]): "operator"})


@pytest.fixture(scope="module")
def finished(olga: Browser, base: str) -> int:
    push_id = made(push(olga, base, audience_type="account", accounts=["user-01"]))
    wait_until(lambda: olga.get(f"{base}/pushes/{push_id}")["state"] == "PUSH_FINISHED", "the push is finished")
    return push_id


def test_who_did_what_with_a_push(olga: Browser, base: str, finished: int) -> None:
    assert olga.call("POST", f"{base}/pushes/{finished}/cancel").status == 409  # not done, so not in the history
    history = olga.get(f"{base}/pushes/{finished}/history")
    assert [(deed["actor"], deed["action"]) for deed in history] == [("Olga push pages", "CreatePush")]
    assert olga.get(f"{base}/pushes/{finished}/timeline") == []
    for path in ("history", "timeline"):
        assert olga.call("GET", f"{base}/pushes/1/{path}").status == 404


def test_another_applications_push_is_unknown_however_often_it_is_looked_at(
    server: Server, olga: Browser, base: str, finished: int
) -> None:
    app = server.app("Console push pages, another one")
    stranger = member(server, "Stella push pages", {app["access_id"]: "viewer"})
    for path in ("progress", "timeline", "events", "history"):
        if path != "events":
            olga.get(f"{base}/pushes/{finished}/{path}")  # counted, and shared for a moment
        assert stranger.call("GET", f"/apps/{app['access_id']}/pushes/{finished}/{path}").status == 404


def test_a_record_is_deleted_when_the_push_is_over(server: Server, olga: Browser, base: str) -> None:
    push_id = made(push(olga, base))
    wait_until(lambda: olga.get(f"{base}/pushes/{push_id}")["state"] == "PUSH_FINISHED", "the push is finished")
    viewer = member(server, "Vito push pages", {int(base.rpartition("/")[2]): "viewer"})
    assert viewer.call("DELETE", f"{base}/pushes/{push_id}").status == 403
    assert olga.call("DELETE", f"{base}/pushes/{push_id}").status == 204
    assert olga.call("GET", f"{base}/pushes/{push_id}").status == 404
    assert push_id not in [row["push_id"] for row in olga.get(f"{base}/pushes")]
    assert olga.get(f"{base}/audit?limit=1")[0]["action"] == "DeletePush"


def test_packages_say_who_uploaded_them_and_what_was_pushed_to_them(
    server: Server, olga: Browser, base: str, tmp_path: Path
) -> None:
    by_hand = upload(olga, base, b"user-02\nuser-03\n").json
    assert by_hand["uploaded_by"] == "Olga push pages"
    by_api = int(server.rest("Console push pages").upload(_written(tmp_path / "accounts.txt"))["uploadId"])
    listed = {package["package_id"]: package for package in olga.get(f"{base}/packages")}
    assert listed[by_hand["package_id"]]["uploaded_by"] == "Olga push pages"
    assert (listed[by_api]["uploaded_by"], listed[by_api]["source"]) == ("", "api")
    audience = {"audience_type": "package_account_push", "package_id": by_hand["package_id"]}
    push_id = made(push(olga, base, **audience))
    assert [row["push_id"] for row in olga.get(f"{base}/pushes?package_id={by_hand['package_id']}")] == [push_id]
    assert olga.get(f"{base}/pushes?package_id={by_api}") == []


def test_plans_are_added_up(olga: Browser, base: str, finished: int) -> None:
    (default,) = olga.get(f"{base}/plan-totals")
    assert (default["plan_id"], default["pushes"] >= 1) == ("", True)
    funnel = olga.get(f"{base}/plan-totals/funnel?plan_id=")
    assert set(funnel["total"]) == {"planned", "sent", "arrived", "shown", "clicked", "cleared", "retried"}
    assert olga.call("GET", f"{base}/plan-totals?days=91").status == 422


def _written(file: Path) -> Path:
    file.write_text("user-04\n")
    return file
