"""schemathesis makes requests from the document, good and bad ones, and sends them to a server over a real database.

Nothing may be answered with HTTP 5xx, nothing may hang, every answer must parse in both dialects and be as described.
Which requests it makes is fixed by its seed; how many is fixed too, so that the time it has decides nothing. For a
longer look: SCHEMATHESIS_EXAMPLES=500 SCHEMATHESIS_SEED=2 ./dev test tests/api/tpns/openapi/test_schemathesis.py -s
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from rockdove.api.context import ApiContext
from rockdove.api.tpns.openapi.document import all_operations, document
from rockdove.config import Settings
from rockdove.storage.database import Connection, fetch_one
from tests.api.tpns.openapi.days import moved
from tests.api.tpns.openapi.test_examples import APP, IOS, prepare
from tests.api.tpns.rest import Client
from tests.rows import SECRET_KEY

HERE = Path(__file__).parent
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "8"))
SEED = os.environ.get("SCHEMATHESIS_SEED", "1")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "both_spellings_agree",
)
"""Not whether bad requests are refused: TPNS's clients are loose, and what is taken of them is tested elsewhere."""
ANSWER_SECONDS = 10
STARTED = next(one for one in all_operations(Settings()) if one.path == "/push/stop_push_msg")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Nothing is refused for being one too many."""
    unlimited = {"statistics_per_hour": 0, "plans_per_day": 0, "repeat_window_seconds": 0}
    return replace(settings, limits=replace(settings.limits, **unlimited))


@pytest.mark.timeout(240 if EXAMPLES < 50 else 7200)
async def test_requests_made_from_the_document(client: Client, context: ApiContext, tmp_path: Path) -> None:
    """As two applications: iOS differs in pushes only. That it was worth it shows in what they have left behind."""
    async with context.database.connection() as connection:
        await prepare(connection, STARTED)
        for access_id in (APP, IOS):
            await the_package_of_the_examples(connection, access_id, 11231 if access_id == APP else 11232)
    file = tmp_path / "openapi.json"
    file.write_bytes(msgspec.json.encode(moved(document(context.settings))))
    await send(client, file, "examples,coverage,fuzzing")
    await send(Client(client.port, IOS), file, "examples,fuzzing", "--include-path", "/v3/push/app")
    async with context.database.connection() as connection:
        for table, least in {"pushes": 200, "packages": 3, "push_plans": 10, "tags": 1}.items():
            row = await fetch_one(connection, f"SELECT count(*) AS n FROM {table}".encode())
            assert row.n >= least, f"hardly a request got through to {table}"


async def test_it_sees_what_is_not_as_described(client: Client, context: ApiContext, tmp_path: Path) -> None:
    lie = document(context.settings)
    path = "/v3/toolbox/getPushListByToken"
    answer = lie["paths"][path]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    answer["properties"]["err_msg"] = {"type": "string", "maxLength": 8}
    file = tmp_path / "openapi.json"
    file.write_bytes(msgspec.json.encode(lie))
    with pytest.raises(AssertionError, match="is longer than 8 characters"):
        await send(client, file, "examples", "--include-path", path)


async def send(client: Client, file: Path, phases: str, *only: str) -> None:
    program = str(Path(sys.executable).with_name("schemathesis"))
    process = await asyncio.create_subprocess_exec(
        *(program, "run", str(file), "--url", f"http://127.0.0.1:{client.port}", *only),
        *("--auth", f"{client.access_id}:{SECRET_KEY}", "--request-timeout", str(ANSWER_SECONDS)),
        *("--checks", ",".join(CHECKS), "--phases", phases, "--continue-on-failure", "--suppress-health-check", "all"),
        *("--max-examples", str(EXAMPLES), "--seed", SEED, "--generation-database", "none", "--workers", "1"),
        *("--warnings", "off", "--no-color"),
        env={**os.environ, "SCHEMATHESIS_HOOKS": "schemathesis_checks", "PYTHONPATH": str(HERE)},
        cwd=file.parent,  # it leaves a folder of its own there
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    print(output.decode())
    assert process.returncode == 0, output.decode()


async def the_package_of_the_examples(connection: Connection, access_id: int, package_id: int) -> None:
    await connection.execute(
        "INSERT INTO packages (access_id, package_id, state, file_name, file_bytes, file_sha256, verdict,"
        " object_prefix) OVERRIDING SYSTEM VALUE VALUES (%s, %s, 'ready', 'a.txt', 1, %s, '{}', '')",
        (access_id, package_id, hashlib.sha256(b"").digest()),
    )
