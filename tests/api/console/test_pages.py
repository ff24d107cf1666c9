"""How the console's files are served: what is kept for good, what is asked for each time, who may run scripts."""

from __future__ import annotations

import gzip
import http.client
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette

from rockdove.api.console.pages import routes
from tests.server import Server

SCRIPT = b"console.log('coo')"
INDEX = b"<!doctype html><title>Rockdove</title>"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Pages:
    """Asks the application directly, so that a path arrives as written."""

    def __init__(self, folder: Path, device_address: str = "") -> None:
        self.app = Starlette(routes=routes(device_address, folder))

    async def get(self, path: str, accept_encoding: str = "") -> Answer:
        headers = [(b"accept-encoding", accept_encoding.encode())] if accept_encoding else []
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": headers,
        }
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b""}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        fields = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], fields, b"".join(message.get("body", b"") for message in sent[1:]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Built pages with a secret beside them."""
    (tmp_path / "secret.json").write_bytes(b"{}")
    assets = tmp_path / "pages/assets"
    assets.mkdir(parents=True)
    (assets.parent / "index.html").write_bytes(INDEX)
    (assets.parent / ".stamp").write_bytes(b"1")
    (assets / "main-a1b2.js").write_bytes(SCRIPT)
    (assets / "main-a1b2.js.gz").write_bytes(gzip.compress(SCRIPT))
    (assets / "main-a1b2.js.br").write_bytes(b"as brotli")
    return assets.parent


async def test_assets_are_kept_for_good(folder: Path) -> None:
    answer = await Pages(folder).get("/console/assets/main-a1b2.js")
    assert (answer.status, answer.body) == (200, SCRIPT)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("gzip, deflate, br", "br"),
        ("br;q=0, GZIP;q=0.5", "gzip"),
        ("br;q=0.0", None),
    ],
)
async def test_the_smallest_copy_that_the_client_takes(folder: Path, accepted: str, encoding: str | None) -> None:
    answer = await Pages(folder).get("/console/assets/main-a1b2.js", accepted)
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    bodies = {None: SCRIPT, "br": b"as brotli", "gzip": SCRIPT}
    assert (gzip.decompress(answer.body) if encoding == "gzip" else answer.body) == bodies[encoding]


@pytest.mark.parametrize("path", ["/console/", "/console/products", "/console/apps/15/pushes/70001", "/console/.stamp"])
async def test_every_address_of_the_console_is_its_page(folder: Path, path: str) -> None:
    answer = await Pages(folder).get(path)
    assert (answer.status, answer.body) == (200, INDEX)
    assert answer.headers["cache-control"] == "no-cache"


async def test_a_script_of_an_older_build_is_gone(folder: Path) -> None:
    assert (await Pages(folder).get("/console/assets/main-0000.js")).status == 404


@pytest.mark.parametrize(
    "path", ["/console/../secret.json", "/console/assets/../../secret.json", "/console//../secret.json"]
)
async def test_nothing_beside_the_pages_is_served(folder: Path, path: str) -> None:
    assert b"{}" not in (await Pages(folder).get(path)).body


async def test_an_absolute_path_is_not_followed(folder: Path) -> None:
    assert b"{}" not in (await Pages(folder).get(f"/console/{folder.parent}/secret.json")).body


async def test_scripts_are_ours_alone_and_devices_may_be_reached(folder: Path) -> None:
    answer = await Pages(folder, "wss://push.example.com:8443/mqtt").get("/console/")
    policy = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["connect-src"] == "'self' wss://push.example.com:8443"
    assert policy["frame-ancestors"] == "'none'"


async def test_pages_that_are_not_built_say_how(tmp_path: Path) -> None:
    answer = await Pages(tmp_path).get("/console/products")
    assert answer.status == 503
    assert b"./dev console" in answer.body


def test_on_a_whole_server(server: Server) -> None:
    """The root leads to the console, and the console's API answers for itself."""

    def get(path: str) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
        connection.request("GET", path)
        answer = connection.getresponse()
        connection.close()
        return answer.status, answer.headers["content-type"] or "", answer.headers["location"] or ""

    assert get("/")[::2] == (307, "/console/")
    assert get("/console")[::2] == (307, "/console/")
    assert get("/console/api/nothing")[:2] == (404, "application/json")
    assert get("/console/api/session")[:2] == (200, "application/json")
