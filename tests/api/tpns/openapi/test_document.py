"""The document itself: its paths are the routes, its codes are the errors, its limits are the configuration's, and what
is published is what is served."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from msgspec.structs import replace

from rockdove.api.tpns import errors
from rockdove.api.tpns.openapi import document, reference
from rockdove.api.tpns.openapi.document import all_errors, all_operations
from rockdove.api.tpns.routes import JSON, UPLOAD
from rockdove.api.tpns.upload import FIELD, UploadEndpoint
from rockdove.config import Limits, Packages, Settings
from tests.api.tpns.described import Described, members
from tests.api.tpns.rest import Client
from tests.server import Server

REFERENCE = Path(__file__).parents[4] / "docs" / "reference"
DESCRIBED = Described(Settings())
PATHS = sorted(DESCRIBED.document["paths"])
OF_NO_CALL = {"registrations_at_once"}
"""Limits that no endpoint of the dialect knows."""
SWITCHES = {name for name in Limits.__struct_fields__ if isinstance(getattr(Limits(), name), bool)}


def test_its_paths_are_the_routes() -> None:
    described = {operation.path: operation.family for operation in all_operations(Settings())}
    assert described == {path: family for path, (family, _) in JSON.items()} | {UPLOAD: UploadEndpoint.family}
    assert sorted(f"/v3{path}" for path in described) == PATHS
    aliases = {path: one.alias_of for one in all_operations(Settings()) if (path := one.path) and one.alias_of}
    assert {path: JSON[path] for path in aliases} == {path: JSON[of] for path, of in aliases.items()}


def test_its_codes_are_the_errors() -> None:
    code = DESCRIBED.document["components"]["schemas"]["Code"]
    assert dict(zip(code["enum"], code["x-enum-descriptions"], strict=True)) == {
        0: "NO_ERROR",
        **{number: error.__doc__ for number, error in all_errors().items()},
    }
    tree = re.findall(r"── (\w+Error) +(\d+)", str(errors.__doc__))
    assert {int(number): name for name, number in tree} == {
        number: error.__name__ for number, error in all_errors().items()
    }


async def test_what_is_published_is_what_is_served(server: Server) -> None:
    """By a whole server, which the tests start without the limit on statistics."""
    stranger = Client(int(server.url.rpartition(":")[2]))
    served = (await stranger.post("/v3/openapi.json", b"", {}, "GET")).body
    assert reference.published().replace(b" 200 calls an hour.", b"") == served
    assert f"{server.url}/v3/push/app" in (await stranger.post("/v3/docs", b"", {}, "GET")).body.decode()


def test_what_is_published_is_new() -> None:
    assert (REFERENCE / "openapi.json").read_bytes() == reference.published(), "run: ./dev reference"
    guide = (REFERENCE / "rest.md").read_text("utf-8")
    assert reference.with_tables(guide) == guide, "run: ./dev reference"
    assert all(f"| {code} | {error.__doc__} |" in guide for code, error in all_errors().items())


async def test_the_curl_lines_of_the_guide_work(client: Client) -> None:
    """Both authentications, run by a shell as they are printed, but for the port."""
    guide = (REFERENCE / "rest.md").read_text("utf-8")
    blocks = [block for block in re.findall(r"```\n(.*?)```", guide, re.DOTALL) if "curl" in block]
    assert len(blocks) == 2
    for number, block in enumerate(blocks):
        body = f'"Hello {number}"'  # not the same push within the hour
        script = block.replace("127.0.0.1:8080", f"127.0.0.1:{client.port}").replace('"Hello"', body)
        script = script.replace("ACCESS_ID:SECRET_KEY", "$ACCESS_ID:$SECRET_KEY")
        process = await asyncio.create_subprocess_exec(
            *("sh", "-euc", script),
            env={**os.environ, "ACCESS_ID": str(client.access_id), "SECRET_KEY": client.secret_key},
            stdout=asyncio.subprocess.PIPE,
        )
        answer, _ = await process.communicate()
        assert msgspec.json.decode(answer)["ret_code"] == 0, answer


async def test_it_is_there_for_everybody(client: Client) -> None:
    for path in ("/v3/openapi.json", "//v3/openapi.json", "/v3/openapi.json/"):
        reply = await client.post(path, b"", headers={}, method="GET")
        assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
        assert reply.json["paths"].keys() == set(PATHS)
    assert (await client.post("/v3/openapi.json", b"", headers={}, method="HEAD")).status == 200
    refused = await client.post("/v3/openapi.json", {})
    assert (refused.status, refused.headers["allow"], refused.code) == (405, "GET", 1008007)


async def test_a_server_gives_its_own_limits(client: Client, settings: Settings) -> None:
    """The tests' server takes any number of pushes a second, and says so."""
    served = (await client.post("/v3/openapi.json", b"", method="GET")).json
    assert served == msgspec.json.decode(msgspec.json.encode(document(settings)))
    assert "a second is taken" not in served["paths"]["/v3/push/app"]["post"]["description"]
    assert "1 a second is taken" in DESCRIBED.operation("/v3/push/app")["description"]


@pytest.mark.parametrize("limit", sorted({*Limits.__struct_fields__} - OF_NO_CALL - SWITCHES))
def test_limits_are_the_configurations(limit: str) -> None:
    """Another limit is another document, in which the old one is not left standing somewhere."""
    before = getattr(Limits(), limit)
    number = re.compile(rf"\b({before}|{before:,})\b")
    was, now = _lines(Settings()), _lines(Settings(limits=replace(Limits(), **{limit: 7654321})))
    differing = [(old, new) for old, new in zip(was, now, strict=True) if old != new]
    assert differing
    for old, new in differing:
        assert re.search(r"\b7,?654,?321\b", new)
        assert len(number.findall(new)) < len(number.findall(old))


@pytest.mark.parametrize("switch", sorted(SWITCHES))
def test_switches_are_the_configurations(switch: str) -> None:
    off, on = (_lines(Settings(limits=replace(Limits(), **{switch: value}))) for value in (False, True))
    assert on != off


def test_without_limits_it_names_none() -> None:
    counts = [name for name, kind in Limits.__annotations__.items() if kind in ("Count",) and name not in OF_NO_CALL]
    unlimited = "\n".join(_lines(Settings(limits=replace(Limits(), **dict.fromkeys(counts, 0)))))
    assert "4096 bytes" not in unlimited
    assert not re.search(r"(most|than) 0\b|\b0 (a|an) (second|hour|day)\b|: 0,?\n *\"maxItems", unlimited)


def test_packages_limits_are_the_configurations() -> None:
    packages = Packages(max_file_bytes=7 * 2**20, max_uncompressed_bytes=9 * 2**20, max_accounts=7654321)
    text = Described(Settings(packages=packages)).operation(f"/v3{UPLOAD}")["description"]
    assert all(part in text for part in ("7,340,032 bytes (7 MiB; what is in a zip, 9 MiB)", "7,654,321"))
    assert "skipped" in text
    assert (
        "refuses the file"
        in Described(Settings(packages=Packages(line_policy="strict"))).operation(f"/v3{UPLOAD}")["description"]
    )


@pytest.mark.parametrize("status", [200, 401])
def test_refusals_have_the_configured_status(status: int) -> None:
    described = Described(Settings(http=replace(Settings().http, auth_failure_status=status)))
    refusal = {"retCode": 1008003, "errMsg": "auth failure", "ret_code": 1008003, "err_msg": "auth failure"}
    assert not described.judge("/v3/push/stop_push_msg", status, refusal)
    assert described.judge("/v3/push/stop_push_msg", 403, refusal)


@pytest.mark.parametrize("path", PATHS)
def test_schemas_are_sound(path: str) -> None:
    """They are JSON Schema, everything in them is described, and the examples fit."""
    operation = DESCRIBED.operation(path)
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    for schema in (DESCRIBED.request_schema(path), answer):
        jsonschema_rs.meta.validate(schema)
    assert not [name for name, member in members(DESCRIBED.request_schema(path)) if not member.get("description")]
    request = DESCRIBED.compiled(DESCRIBED.request_schema(path))
    for name, (sent, answered) in DESCRIBED.examples(path).items():
        wrong = answered["ret_code"] in (1008001, 1008002, 1008007, 1008016)
        assert wrong or not [error.message for error in request.iter_errors(sent)], name
        assert not DESCRIBED.judge(path, 200, answered), name


def test_undescribed_answers_are_caught() -> None:
    path = "/v3/push/stop_push_msg"
    good: dict[str, Any] = {"retCode": 0, "errMsg": "", "sent": 1, "notSent": 0, "ret_code": 0, "err_msg": ""}
    assert not DESCRIBED.judge(path, 200, good)
    for bad in (good | {"more": 1}, {**good, "sent": "1"}, good | {"ret_code": 1008028}, {**good, "retCode": None}):
        assert DESCRIBED.judge(path, 200, bad)
    del good["notSent"]
    assert DESCRIBED.judge(path, 200, good)
    assert DESCRIBED.judge(path, 404, good)


def test_the_upload_reads_the_part_that_is_described() -> None:
    assert list(DESCRIBED.request_schema(f"/v3{UPLOAD}")["properties"]) == [FIELD]


def _lines(settings: Settings) -> list[str]:
    """Of everything but the examples, which are the same everywhere."""
    described = document(settings)
    for item in described["paths"].values():
        for media in item["post"]["requestBody"]["content"].values():
            media.pop("examples", None)
    return msgspec.json.format(msgspec.json.encode(described), indent=1).decode().splitlines()
