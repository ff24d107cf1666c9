"""Pushes in the console: upload, confirm once, follow, hold and end, find again; drafts and test devices."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from rockdove.domain.token import new_token
from tests.console import Answer, Browser, administrator, member
from tests.server import Server, wait_until

MESSAGE = {"title": "Hello", "content": "World"}


@pytest.fixture(scope="module")
def base(server: Server) -> str:
    """The path of an application with twenty devices of as many accounts."""
    app = server.app("Console pushes")
    rows = [f"{new_token()},android,user-{n:02}" for n in range(20)]
    server.import_devices(app["access_id"], "token,platform,account", rows)
    return f"/apps/{app['access_id']}"


@pytest.fixture(scope="module")
def otto(server: Server, base: str) -> Browser:
    return member(server, "Otto pushes", {int(base.rpartition("/")[2]): "operator"})


def upload(browser: Browser, path: str, content: bytes, name: str = "accounts.txt") -> Answer:
    connection = http.client.HTTPConnection(urlsplit(browser.url).netloc, timeout=60)
    headers = {"X-CSRF-Token": browser.csrf_token, "Cookie": f"rockdove_session={browser.cookie}"}
    connection.request("POST", f"/console/api{path}/packages?name={name}", content, headers)
    response = connection.getresponse()
    answer = Answer(response.status, dict(response.getheaders()), response.read())
    connection.close()
    return answer


def push(browser: Browser, base: str, key: str = "", **members: Any) -> Answer:
    browser.headers = {"Idempotency-Key": key or uuid4().hex}
    try:
        return browser.call("POST", f"{base}/pushes", {"message": MESSAGE, "audience_type": "all", **members})
    finally:
        browser.headers = {}


def made(answer: Answer) -> int:
    assert answer.status == 201, answer
    (push_id,) = answer.json["push_ids"]
    return int(push_id)


def test_the_whole_way_of_batch_accounts(otto: Browser, base: str) -> None:
    package = upload(otto, base, b"user-00\nuser-01\nuser-01\nnobody\nx\n").json
    assert (package["accounts"], package["duplicates"], package["invalid"], package["source"]) == (3, 1, 1, "web")
    audience = {"audience_type": "package_account_push", "package_id": package["package_id"]}
    preview = otto.post(f"{base}/previews", audience)["result"]
    assert (preview["matched"], preview["unmatched"], preview["recent"]["planned"]) == (2, 1, 2)
    push_id = made(push(otto, base, **audience))

    def planned() -> bool:
        return bool(otto.get(f"{base}/pushes/{push_id}/progress")["total"]["planned"] == 2)

    wait_until(planned, "both devices are planned")
    progress = otto.get(f"{base}/pushes/{push_id}/progress")
    assert (progress["accounts"], progress["matched"], progress["unmatched"]) == (3, 2, 1)
    task = otto.get(f"{base}/pushes/{push_id}")
    assert (task["source"], task["package_name"], task["every_device"]) == ("web", "accounts.txt", False)


def test_a_double_click_sends_once(otto: Browser, base: str) -> None:
    key = uuid4().hex
    clicks = [push(otto, base, key, audience_type="account", accounts=["user-03"]) for _ in range(2)]
    assert made(clicks[0]) == made(clicks[1])


def test_a_refused_file_says_which_lines(otto: Browser, base: str) -> None:
    refused = upload(otto, base, b"x\ny\n")
    assert refused.status == 422
    assert [line["line"] for line in refused.json["verdict"]["examples"]] == [1, 2]
    named = upload(otto, base, b"user-00\n", "accounts.xlsx")
    assert (named.status, ".txt" in named.json["detail"] or "txt" in named.json["detail"]) == (422, True)


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"audience_type": "package_account_push"}, "upload_id"),
        ({"message": {"title": "", "content": "x"}}, "title"),
        ({"expire_seconds": 300_000}, "expire_time"),
        ({"audience_type": "account", "accounts": ["stranger"]}, "available device"),
        ({"plan_id": "999"}, "plan"),
        ({"send_at": "tomorrow"}, "send_time"),
    ],
)
def test_what_is_wrong_with_a_push_is_said(otto: Browser, base: str, members: dict[str, Any], named: str) -> None:
    refused = push(otto, base, **members)
    assert refused.status == 422
    assert named in refused.json["detail"]
    assert refused.json["code"]


def test_a_viewer_makes_no_push(server: Server, base: str) -> None:
    viewer = member(server, "Vera pushes", {int(base.rpartition("/")[2]): "viewer"})
    assert push(viewer, base, audience_type="account", accounts=["user-01"]).status == 403
    assert viewer.call("GET", f"{base}/pushes").status == 200
    assert upload(viewer, base, b"user-00\n").status == 403


def test_a_loop_makes_a_push_each_and_one_can_be_cancelled(otto: Browser, base: str) -> None:
    from datetime import date, timedelta

    first = date.today() + timedelta(days=2)  # noqa: DTZ011  two days ahead, in whichever zone
    loop = {
        "start_date": f"{first}", "end_date": f"{first + timedelta(days=2)}", "rhythm": "daily", "times": ["09:00:00"],
    }  # fmt: skip
    answer = push(otto, base, audience_type="account", accounts=["user-04"], loop=loop)
    push_ids = answer.json["push_ids"]
    assert len(push_ids) == 3
    assert otto.call("POST", f"{base}/pushes/{push_ids[1]}/cancel").status == 200
    states = [otto.get(f"{base}/pushes/{push_id}")["state"] for push_id in push_ids]
    assert states == ["PUSH_WAIT", "PUSH_CANCELED", "PUSH_WAIT"]
    again = otto.call("POST", f"{base}/pushes/{push_ids[1]}/cancel")
    assert (again.status, "PUSH_CANCELED" in again.json["detail"]) == (409, True)
    newest = otto.get(f"{base}/pushes?limit=1&before={push_ids[1]}")
    assert newest[0]["push_id"] == push_ids[0]


def test_the_task_list_filters_and_searches(server: Server, otto: Browser, base: str) -> None:
    by_hand = made(
        push(otto, base, audience_type="account", accounts=["user-05"], message={**MESSAGE, "title": "Sale 50%"})
    )
    client = server.rest("Console pushes")
    body = {
        "audience_type": "account",
        "account_list": ["user-06"],
        "message": {"title": "Sale by API", "content": "x"},
    }
    by_api = int(client.post("/v3/push/app", body)["push_id"])

    def found(query: str) -> list[int]:
        return [row["push_id"] for row in otto.get(f"{base}/pushes?{query}")]

    assert found("search=sale&source=web") == [by_hand]
    assert found("search=SALE&source=api") == [by_api]
    assert found(f"search={by_api}") == [by_api]
    assert found("search=50%25") == [by_hand]
    assert by_hand not in found("state=PUSH_CANCELED")
    assert found("audience_type=all&search=sale") == []


def test_a_page_follows_a_push(otto: Browser, base: str) -> None:
    push_id = made(push(otto, base, audience_type="account", accounts=["user-07"]))
    connection = http.client.HTTPConnection(urlsplit(otto.url).netloc, timeout=30)
    headers = {"Cookie": f"rockdove_session={otto.cookie}", "Accept": "text/event-stream"}
    connection.request("GET", f"/console/api{base}/pushes/{push_id}/events", headers=headers)
    response = connection.getresponse()
    assert response.getheader("content-type", "").startswith("text/event-stream")
    seen: list[dict[str, Any]] = []
    while not seen or seen[-1]["state"] != "PUSH_FINISHED":
        line = response.readline()
        if line.startswith(b"data: "):
            seen.append(json.loads(line[6:]))
    connection.close()
    assert seen[-1]["total"]["planned"] == 1
    assert otto.call("GET", f"{base}/pushes/1/events").status == 404


def test_the_call_a_program_would_make(otto: Browser, base: str) -> None:
    wanted = {"message": MESSAGE, "audience_type": "package_account_push", "package_id": 7, "every_device": True}
    call = otto.post(f"{base}/pushes/rest-call", wanted)
    assert call["body"] == {
        "audience_type": "package_account_push", "upload_id": 7, "account_push_type": 1, "message_type": "notify",
        "message": MESSAGE, "environment": "product", "expire_time": 86_400,
    }  # fmt: skip


def test_a_draft_is_its_writers(server: Server, otto: Browser, base: str) -> None:
    assert otto.get(f"{base}/draft")["draft"] is None
    otto.call("PUT", f"{base}/draft", {"draft": {"title": "half a"}})
    otto.call("PUT", f"{base}/draft", {"draft": {"title": "half a sentence"}})
    assert otto.get(f"{base}/draft")["draft"] == {"title": "half a sentence"}
    assert administrator(server).get(f"{base}/draft")["draft"] is None
    otto.call("DELETE", f"{base}/draft")
    assert otto.get(f"{base}/draft")["draft"] is None


def test_test_devices_are_tokens_with_a_remark(otto: Browser, base: str) -> None:
    token = new_token()
    assert otto.call("PUT", f"{base}/test-devices/{token}", {"remark": "Ada's phone"}).status == 204
    assert otto.get(f"{base}/test-devices") == [{"token": token, "remark": "Ada's phone", "registered": False}]
    assert otto.call("PUT", f"{base}/test-devices/short", {}).status == 422
    assert otto.call("DELETE", f"{base}/test-devices/{token}").status == 204
    assert otto.get(f"{base}/test-devices") == []


def test_what_was_done_is_in_the_log(server: Server, otto: Browser, base: str, tmp_path: Path) -> None:
    push_id = made(push(otto, base, audience_type="account", accounts=["user-08"], is_test=True))
    entries = [(one["actor"], one["action"], one["object"]) for one in otto.get(f"{base}/audit?limit=5")]
    assert entries[0] == ("Otto pushes", "CreateTestPush", str(push_id))
