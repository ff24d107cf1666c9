"""Parser processes are renewed, and there are always some, however many files came at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from rockdove.config import Packages as Limits
from rockdove.ingest import parser_processes
from rockdove.ingest.name import Kind
from rockdove.ingest.parser_processes import ParserProcesses

AT_ONCE = 2
WAITED_FOR_SECONDS = 60
"""Before there was an end to a file that no process was there for."""


async def test_files_that_wait_do_not_cost_the_later_ones_their_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parser_processes, "FILES_A_PROCESS", 4)
    parsers = ParserProcesses(AT_ONCE)
    await parsers.start()
    pools = {id(parsers._pool)}

    async def parse(number: int) -> int:
        folder = tmp_path / str(number)
        folder.mkdir()
        file = folder / "original"
        file.write_bytes(b"user-0001\nuser-0002\n")
        async with asyncio.timeout(WAITED_FOR_SECONDS):
            verdict = await parsers.parse(file, Kind.TXT, Limits(), folder)
        pools.add(id(parsers._pool))
        return verdict.accounts

    at_once = await asyncio.gather(*map(parse, range(12)))
    one_by_one = [await parse(number) for number in range(12, 100)]
    await parsers.stop()
    assert [*at_once, *one_by_one] == [2] * 100
    assert len(pools) > 1
