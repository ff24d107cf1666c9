"""The console API on a whole server: packages with their verdicts, previews, lists for download."""

from __future__ import annotations

import base64
import http.client
import json
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from rockdove.cli.rest import RestClient, RestError
from rockdove.domain.token import new_token
from tests.console import administrator, member
from tests.server import Server, wait_until

ACCOUNTS = 50


class Answer(NamedTuple):
    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Console:
    """Calls the console API as one application."""

    def __init__(self, client: RestClient) -> None:
        self.client = client
        self.base = f"/console/api/apps/{client.access_id}"

    def call(self, method: str, path: str, body: Any = None, secret: str | None = None) -> Answer:
        credentials = f"{self.client.access_id}:{self.client.secret_key if secret is None else secret}"
        headers = {"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()}
        connection = http.client.HTTPConnection(urlsplit(self.client.url).netloc, timeout=60)
        try:
            raw = None if body is None else json.dumps(body).encode()
            connection.request(method, self.base + path, raw, headers | {"Content-Type": "application/json"})
            response = connection.getresponse()
            return Answer(response.status, response.read())
        finally:
            connection.close()


@pytest.fixture(scope="module")
def console(server: Server) -> Console:
    """An application with 50 accounts; account 0 has two devices, account 1 only one that opted out."""
    app = server.app("Console")
    rows = [f"{new_token()},android,user-{n},{1_760_000_000 + n},{'false' if n == 1 else ''}" for n in range(ACCOUNTS)]
    rows += [f"{new_token()},android,user-0,1760000000,"]
    server.import_devices(app["access_id"], "token,platform,account,bound_at,notifications", rows)
    return Console(server.rest("Console"))


@pytest.fixture(scope="module")
def package(console: Console, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("console") / "campaign.txt"
    lines = [*(f"user-{n}" for n in range(10)), "stranger-1", "=cmd|calc", "user-3", "x", "y"]
    file.write_text("\n".join(lines) + "\n")
    return console.client.upload(file)


def test_a_package_has_its_verdict(console: Console, package: dict[str, Any]) -> None:
    found = console.call("GET", f"/packages/{package['uploadId']}").json
    assert (found["lines"], found["accounts"], found["duplicates"], found["invalid"]) == (15, 12, 1, 2)
    assert [example["line"] for example in found["examples"]] == [14, 15]
    assert found["file_name"] == "campaign.txt"
    assert found["same_as"] is None


def test_the_file_and_its_refused_lines_are_downloads(console: Console, package: dict[str, Any]) -> None:
    original = console.call("GET", f"/packages/{package['uploadId']}/file").body
    assert original.startswith(b"user-0\n")
    refused = console.call("GET", f"/packages/{package['uploadId']}/refused").body.decode().splitlines()
    assert len(refused) == 3
    assert refused[1].startswith("14,")


def test_the_same_content_is_recognised(console: Console, package: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "again.txt"
    file.write_bytes(console.call("GET", f"/packages/{package['uploadId']}/file").body)
    again = console.client.upload(file)
    assert again["uploadId"] != package["uploadId"]
    assert console.call("GET", f"/packages/{again['uploadId']}").json["same_as"] == package["uploadId"]


def test_a_refused_file_keeps_its_verdict_and_is_no_package(console: Console, tmp_path: Path) -> None:
    file = tmp_path / "latin.txt"
    file.write_bytes(b"user-1\nm\xfcller\n")
    with pytest.raises(RestError, match="1008011"):
        console.client.upload(file)
    newest = console.call("GET", "/packages?limit=1").json[0]
    assert newest["state"] == "rejected"
    assert "UTF-8" in newest["fault"]
    body = {
        "audience_type": "package_account_push", "upload_id": newest["package_id"],
        "message": {"title": "t", "content": "c"},
    }  # fmt: skip
    with pytest.raises(RestError, match="10010005"):
        console.client.post("/v3/push/app", body)


def test_who_uploaded_a_refused_file_is_known(server: Server, console: Console) -> None:
    olga = member(server, "Olga uploads", {console.client.access_id: "operator"})
    refused = olga.call("POST", f"/apps/{console.client.access_id}/packages?name=list.pdf", "user-1")
    assert refused.status == 422
    newest = console.call("GET", "/packages?limit=1").json[0]
    assert (newest["state"], newest["file_name"], newest["uploaded_by"]) == ("rejected", "list.pdf", "Olga uploads")
    path = f"/audit?access_id={console.client.access_id}&action=UploadPushPackage"
    assert administrator(server).get(path)[0]["detail"]["refused"] == newest["fault"]


def test_a_preview_says_whom_it_would_reach(console: Console, package: dict[str, Any]) -> None:
    preview = console.client.preview({"package_id": package["uploadId"]})
    assert (preview["accounts"], preview["matched"], preview["unmatched"]) == (12, 10, 2)
    assert preview["recent"]["planned"] == 9
    assert preview["every"]["planned"] == 10
    assert preview["every"]["filtered"] == {"opted_out": 1}
    assert preview["every"]["channels"] == {"xg": 10}


def test_unmatched_accounts_are_a_download(console: Console, package: dict[str, Any]) -> None:
    asked = console.call("POST", "/previews", {"package_id": package["uploadId"]}).json
    unmatched = console.call("GET", f"/previews/{asked['preview_id']}/unmatched").body.decode().split()
    assert unmatched[0] == "account"
    assert len(unmatched) == 3
    assert "stranger-1" in unmatched


def test_after_a_push_every_account_has_its_outcome(console: Console, package: dict[str, Any]) -> None:
    body = {
        "audience_type": "package_account_push", "upload_id": package["uploadId"], "account_push_type": 1,
        "message": {"title": "t", "content": "c"},
    }  # fmt: skip
    push_id = console.client.post("/v3/push/app", body)["push_id"]

    def finished() -> bool:
        record = console.client.post("/v3/statistics/get_push_record", {"pushId": push_id})
        return bool(record["pushRecordData"][0]["status"] == "PUSH_FINISHED")

    wait_until(finished, "the push to finish")
    lines = console.call("GET", f"/pushes/{push_id}/outcome").body.decode().splitlines()
    assert lines[0] == "account,token,channel,state,time"
    assert len(lines) == 1 + 10 + 3, "ten targets; two accounts are bound to nothing, one opted out"
    assert console.call("GET", "/pushes/1/outcome").status == 404


def test_only_the_applications_own_keys_open_it(console: Console, server: Server) -> None:
    assert console.call("GET", "/packages", secret="wrong").status == 401
    other = Console(server.rest("Another"))
    other.base = console.base
    assert other.call("GET", "/packages").status == 401


def test_a_package_can_be_deleted_unless_a_push_waits_for_it(console: Console, tmp_path: Path) -> None:
    file = tmp_path / "waiting.txt"
    file.write_text("user-1\n")
    package_id = console.client.upload(file)["uploadId"]
    body = {
        "audience_type": "package_account_push", "upload_id": package_id, "send_time": _tomorrow(),
        "message": {"title": "t", "content": "c"},
    }  # fmt: skip
    wait_until(lambda: _accepted(console.client, body), "the rate limit of one a second")
    assert console.call("DELETE", f"/packages/{package_id}").status == 409
    second = console.client.upload(file)["uploadId"]
    assert console.call("DELETE", f"/packages/{second}").status == 204
    assert console.call("GET", f"/packages/{second}").status == 404


def test_the_openapi_document_describes_it(server: Server) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    connection.request("GET", "/console/api/openapi.json")
    document = json.loads(connection.getresponse().read())
    connection.close()
    assert "/apps/{access_id}/previews" in document["paths"]


def _accepted(client: RestClient, body: dict[str, Any]) -> bool:
    try:
        client.post("/v3/push/app", body)
    except RestError as error:
        if "1008028" in str(error):
            return False
        raise
    return True


def _tomorrow() -> str:
    from datetime import UTC, datetime, timedelta

    return (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S")
