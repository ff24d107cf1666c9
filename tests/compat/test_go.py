"""The story told by Go: its strict JSON into the types of TPNS's Go libraries, its multipart writer, its HTTP client.

No registry serves those libraries, so the driver is our own in their form; docs/reference/clients.md says which of them
have been run by hand.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.compat import story
from tests.server import Server

SOURCES = Path(__file__).parent / "go"


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    story.needs("go")
    folder = tmp_path_factory.mktemp("go")
    shutil.copytree(SOURCES, folder, dirs_exist_ok=True)
    story.run("go", "build", "-o", "story", ".", folder=folder, seconds=story.BUILD_SECONDS, GOTOOLCHAIN="local")
    return folder / "story"


async def test_the_story(server: Server, driver: Path, tmp_path: Path) -> None:
    async with story.stage(server, "Go") as stage:
        told = await stage.tell(str(driver), folder=tmp_path)
        story.accounts_and_tags(told, stage.tokens)
        story.packages(told)
        push_ids = story.pushes(told)
        story.looking_and_stopping(told)
        assert len(told["loop"]) == 2
        assert told["no such account"] == 10010005
        await stage.received(*push_ids, reached=list(story.REACHED.values()))
