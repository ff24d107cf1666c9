"""The device client in TypeScript, built from its lock file, against a whole server."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.compat.story import needs, run
from tests.server import Server

CLIENTS = Path(__file__).parents[2] / "clients"
BUILD_SECONDS, TEST_SECONDS = 180, 180


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, built: nothing is left in the tree, and nothing that lies about there is used."""
    needs("node", "npm")
    folder = tmp_path_factory.mktemp("clients")
    shutil.copy(CLIENTS / "conformance.json", folder)
    shutil.copytree(
        CLIENTS / "typescript", folder / "typescript", ignore=shutil.ignore_patterns("node_modules", "dist")
    )
    run("npm", "ci", "--no-audit", "--no-fund", folder=folder / "typescript", seconds=BUILD_SECONDS)
    run("npm", "run", "build", folder=folder / "typescript", seconds=BUILD_SECONDS)
    return folder / "typescript"


def test_conformance_and_what_the_core_imports(client: Path) -> None:
    run("npm", "test", folder=client, seconds=TEST_SECONDS)


def test_the_whole_story_over_tcp_and_websocket(client: Path, server: Server) -> None:
    application = server.app("TypeScript")
    variables = {
        f"ROCKDOVE_{name.upper()}": str(application[name]) for name in ("access_id", "access_key", "secret_key")
    }
    run("npm", "run", "test:server", folder=client, seconds=TEST_SECONDS, ROCKDOVE_URL=server.url, **variables)


def test_the_lock_names_no_registry() -> None:
    assert '"resolved"' not in (CLIENTS / "typescript/package-lock.json").read_text("utf-8")
