"""The device client in TypeScript, built from its lock file, against a whole server."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.server import Server

CLIENTS = Path(__file__).parents[2] / "clients"
BUILD_SECONDS, TEST_SECONDS = 180, 180

pytestmark = pytest.mark.skipif(
    not (shutil.which("node") and shutil.which("npm")), reason="node or npm is not installed"
)


def run(folder: Path, *command: str, seconds: int, **variables: str) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-8000:]}\n{done.stderr[-4000:]}"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, built: nothing is left in the tree, and nothing that lies about there is used."""
    folder = tmp_path_factory.mktemp("clients")
    shutil.copy(CLIENTS / "conformance.json", folder)
    shutil.copytree(
        CLIENTS / "typescript", folder / "typescript", ignore=shutil.ignore_patterns("node_modules", "dist")
    )
    run(folder / "typescript", "npm", "ci", "--no-audit", "--no-fund", seconds=BUILD_SECONDS)
    run(folder / "typescript", "npm", "run", "build", seconds=BUILD_SECONDS)
    return folder / "typescript"


def test_conformance_and_what_the_core_imports(client: Path) -> None:
    run(client, "npm", "test", seconds=TEST_SECONDS)


def test_the_whole_story_over_tcp_and_websocket(client: Path, server: Server) -> None:
    application = server.app("TypeScript")
    variables = {
        f"ROCKDOVE_{name.upper()}": str(application[name]) for name in ("access_id", "access_key", "secret_key")
    }
    run(client, "npm", "run", "test:server", seconds=TEST_SECONDS, ROCKDOVE_URL=server.url, **variables)


def test_the_lock_names_no_registry() -> None:
    assert '"resolved"' not in (CLIENTS / "typescript/package-lock.json").read_text("utf-8")
