"""`rockdove push` to each of the eight audiences: what the dry run says is what the push then plans."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from rockdove.domain.token import new_token
from tests.server import Server, start_server

APP = "Pushed by hand"
TOKENS = [new_token() for _ in range(4)]
"""Of user-0 the first two, the second one bound later; of user-1 and user-2 one each."""


class Case(NamedTuple):
    options: list[str]
    push_type: str
    planned: int


CASES = {
    "package_account_push": Case(["accounts.txt"], "package_account_push", 2),
    "all devices": Case(["accounts.txt", "--all"], "package_account_push", 3),
    "package_token_push": Case(["tokens.txt", "--of-tokens"], "package_token_push", 2),
    "account": Case(["--account", "user-0", "--all"], "account_list", 2),
    "account_list": Case(["--account", "user-0", "--account", "user-1"], "account_list", 2),
    "token": Case(["--token", TOKENS[3]], "token_list", 1),
    "token_list": Case(["--token", TOKENS[2], "--token", TOKENS[3]], "token_list", 2),
    "tag": Case(["--tag", "vip", "--tag", "nobody"], "tag", 2),
    "all": Case(["--everybody"], "all", 4),
}


@pytest.fixture(scope="module")
def folder(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The application with its devices, and files of accounts and tokens."""
    folder = tmp_path_factory.mktemp("pushed")
    accounts = ["user-0", "user-0", "user-1", "user-2"]
    rows = [f"{token},{name},{1_760_000_000 + n}" for n, (token, name) in enumerate(zip(TOKENS, accounts, strict=True))]
    (folder / "devices.csv").write_text("\n".join(["token,account,bound_at", *rows]) + "\n")
    (folder / "accounts.txt").write_text("user-0\nuser-1\nstranger\n")
    (folder / "tokens.txt").write_text(f"{TOKENS[0]}\n{TOKENS[2]}\nno token\n")
    server.cli("import", "devices", str(folder / "devices.csv"), "--app", str(server.app(APP)["access_id"]))
    server.rest(APP).post("/v3/device/tag", {"operator_type": 7, "tag_list": ["vip"], "token_list": TOKENS[:2]})
    return folder


def push(server: Server, folder: Path, *options: str) -> str:
    named = [str(folder / option) if option.endswith(".txt") else option for option in options]
    return server.cli("push", *named, "--app", str(server.app(APP)["access_id"])).stdout


@pytest.mark.parametrize("name", CASES)
def test_each_audience(server: Server, folder: Path, name: str) -> None:
    case = CASES[name]
    shown = push(server, folder, *case.options, "--dry-run")
    chosen = next(line for line in shown.splitlines() if line.startswith("▶"))
    assert chosen.split()[-1 - chosen.count("xg") * 2] == str(case.planned), shown
    assert ("tokens" in shown) == ("token" in name)
    pushed = push(server, folder, *case.options, "--title", name, "--content", "c")
    assert re.search(rf"^planned +{case.planned} ", pushed, re.MULTILINE), pushed
    push_id = pushed.split("push ")[1].split()[0]
    [record] = server.rest(APP).post("/v3/statistics/get_push_record", {"pushId": push_id})["pushRecordData"]
    assert (record["pushType"], record["title"]) == (case.push_type, name)


def test_an_application_for_ios(server: Server) -> None:
    """It takes no push without `message.ios.aps`."""
    access_id = server.app("Pushed to phones", platform="ios")["access_id"]
    pushed = server.cli("push", "--everybody", "--title", "t", "--content", "c", "--app", str(access_id)).stdout
    assert re.search(r"^planned +0 ", pushed, re.MULTILINE), pushed


@pytest.mark.parametrize(
    "options",
    [
        ["--title", "t", "--content", "c"],
        ["accounts.txt", "--everybody", "--dry-run"],
        ["--account", "user-0", "--tag", "vip", "--dry-run"],
        ["--everybody", "--of-tokens", "--dry-run"],
        ["--everybody", "--title", "t"],
    ],
)
def test_whom_and_what_must_be_said_once(server: Server, folder: Path, options: list[str]) -> None:
    named = [str(folder / option) if option.endswith(".txt") else option for option in options]
    done = server.cli("push", *named, "--app", str(server.app(APP)["access_id"]), check=False)
    assert (done.returncode, done.stdout) == (2, "")


@contextmanager
def door_to(server: Server, *closed: str) -> Iterator[str]:
    """The server's URL, but 502 for paths that begin with one of `closed`, as a proxy in front of it may say."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path.startswith(closed):
                self.send_error(502)
                return
            passed = HTTPConnection(urlsplit(server.url).netloc, timeout=30)
            passed.request(self.command, self.path, body, dict(self.headers))
            answer = passed.getresponse()
            self.send_response(answer.status)
            self.end_headers()
            self.wfile.write(answer.read())
            passed.close()

        do_POST = do_GET  # noqa: N815  http.server's name

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as door:
        thread = Thread(target=door.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{door.server_address[1]}"
        finally:
            door.shutdown()
            thread.join()


def push_through(server: Server, folder: Path, *closed: str) -> subprocess.CompletedProcess[str]:
    app = server.app(APP)
    options = ["--app", str(app["access_id"]), "--secret-key", app["secret_key"], "--title", "t", "--content", "c"]
    with door_to(server, *closed) as url:
        return server.cli("push", "--account", "user-1", "--url", url, *options)


def test_watching_takes_no_turn_from_the_statistics_of_programs(server: Server, folder: Path) -> None:
    """They may be asked 200 times an hour."""
    done = push_through(server, folder, "/v3/statistics/")
    assert re.search(r"^planned +1 ", done.stdout, re.MULTILINE), done


def test_a_push_that_cannot_be_watched_is_no_failure(server: Server, folder: Path) -> None:
    """Who repeats a command that failed would push twice."""
    done = push_through(server, folder, "/v3/statistics/", "/console/")
    assert done.stdout.startswith("push 7"), done
    assert "is on its way, but can't be watched: HTTP 502" in done.stderr


def test_an_address_without_a_scheme(server: Server, folder: Path) -> None:
    app = server.app(APP)
    options = ["--app", str(app["access_id"]), "--secret-key", app["secret_key"], "--title", "t", "--content", "c"]
    done = server.cli("push", "--everybody", "--url", "push.example.com", *options, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "http:// or https://" in done.stderr


def test_on_the_servers_machine_nothing_goes_out_to_its_public_name(reachable_folder: Path) -> None:
    """Behind a proxy that name may not be found, or not be trusted, from here."""
    public = {"ROCKDOVE_HTTP__PUBLIC_URL": "https://push.invalid"}
    with start_server(reachable_folder / "behind", "--host=0.0.0.0", environment=public) as behind:
        assert behind.url == "https://push.invalid"
        shown = behind.cli("push", "--everybody", "--dry-run", "--app", str(behind.app("Behind")["access_id"])).stdout
    assert shown.startswith("▶ devices  0")
