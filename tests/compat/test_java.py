"""TPNS's own Java library from Maven Central, unmodified: only its `domainUrl` is ours."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.compat import story
from tests.server import Server

SOURCES = Path(__file__).parent / "java"


@pytest.fixture(scope="module")
def jars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library and what it needs, byte for byte those we know."""
    story.needs("java", "javac", "mvn")
    folder = tmp_path_factory.mktemp("java")
    shutil.copy(SOURCES / "pom.xml", folder)
    copy = ("dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder / 'jars'}")
    story.run("mvn", "--batch-mode", "--quiet", *copy, folder=folder, seconds=story.BUILD_SECONDS)
    found = sorted((jar.name, hashlib.sha256(jar.read_bytes()).hexdigest()) for jar in (folder / "jars").iterdir())
    assert [f"{digest}  {name}" for name, digest in found] == (SOURCES / "jars.sha256").read_text().splitlines()
    return folder / "jars"


async def test_the_story(server: Server, jars: Path, tmp_path: Path) -> None:
    async with story.stage(server, "Java") as stage:
        told = await stage.tell("java", "-cp", f"{jars}/*", str(SOURCES / "Story.java"), folder=tmp_path)
        story.accounts_and_tags(told, stage.tokens)
        story.packages(told)
        push_ids = story.pushes(told)
        assert told["push account_list"]["result"] == "[0,0]"
        assert {told[f"push {audience}"]["seq"] for audience in story.REACHED} == {7}
        story.looking_and_stopping(told)
        loops_signs_and_faults(told)
        signed = told["signed push"]["push_id"]
        await stage.received(*push_ids, signed, reached=[*story.REACHED.values(), 1])


def loops_signs_and_faults(told: dict[str, Any]) -> None:
    first, second = told["loop"]["push_id"]
    assert int(first) < int(second)
    assert told["signed query"]["token_accounts"][0]["account_list"] == [{"account": "user-2", "account_type": 0}]
    assert told["signed push"]["ret_code"] == 0
    assert told["no such account"]["ret_code"] == 10010005
    assert told["wrong key"] == {"ret_code": 10101, "err_msg": "CallApiError,HttpStatus Code:403"}
