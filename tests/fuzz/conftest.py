"""One server for the whole folder: the law is also that it outlives everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.law import ENVIRONMENT, World, open_world
from tests.server import start_server


@pytest.fixture(scope="package")
def world(reachable_folder: Path) -> Iterator[World]:
    with start_server(reachable_folder / "fuzzed", environment=ENVIRONMENT) as server:
        world = open_world(server)
        yield world
        world.rows.close()
