"""Benchmarks still run, at a size that says nothing about speed: figures come out, and nothing was lost on the way."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from pathlib import Path

from benchmarks._must import judged
from benchmarks._population import ACCESS_ID

from benchmarks import _history, console, end_to_end, fanout, providers
from rockdove.engines import Engines
from rockdove.storage.database import Database
from tests.rows import an_app


async def test_fanout(engines: Engines, database: Database, tmp_path: Path) -> None:
    result = judged(await fanout.measure(engines.settings, database, tmp_path, devices=2000, runs=1), fanout.MUST)
    assert result["payload_bytes"] == 300
    assert result["uncounted_messages"] == 0
    assert result["name_to_plain"] > 0
    assert "dispatch_per_second" in fanout.table(result)


def test_end_to_end(reachable_folder: Path) -> None:
    options = Namespace(devices=20, pushes=2, virtual=200, virtual_pushes=1)
    folder = reachable_folder / "benchmarked"
    folder.mkdir()
    with end_to_end.serving(folder) as server:
        connections = end_to_end.measure_connections(server, options)
        virtual = end_to_end.measure_virtual(server, options)
    result = judged(connections | virtual, end_to_end.MUST)
    assert result["connections_per_second"] > 0
    assert result["virtual_connections_lost"] == 0
    assert "virtual_per_second" in end_to_end.table(result)


async def test_console(database: Database, tmp_path: Path) -> None:
    async with database.connection() as connection:
        await an_app(connection, ACCESS_ID)
    await asyncio.to_thread(_history.fill, database.url, pushes=300)
    result = await console.measure(database, tmp_path, runs=1)
    assert len(result["seconds"]) > 20
    assert "task list, first page" in console.table({"devices": 0, "pushes": 300, **result})


async def test_providers() -> None:
    result = providers.judged(await providers.measure(devices=40, runs=1, channels=["apns", "fcm", "webpush", "xm"]))
    for name in ("raw", "apns", "aioapns", "fcm", "httpx", "webpush", "pywebpush", "xm"):
        assert result[f"{name}_per_core"] > 0
    assert "per_core is what counts" in providers.table(result)
