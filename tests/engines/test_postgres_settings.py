"""PostgreSQL's configuration follows what the machine, or its container, allows."""

from __future__ import annotations

from pathlib import Path

import pytest

from rockdove.engines.memory import usable_bytes
from rockdove.engines.postgres_settings import disk_settings, memory_settings, quoted

GB = 1024**3


@pytest.mark.parametrize(
    ("memory", "shared", "work"),
    [(GB // 4, "64MB", "4MB"), (4 * GB, "1024MB", "16MB"), (24 * GB, "6144MB", "96MB"), (1024 * GB, "8192MB", "128MB")],
)
def test_memory_is_shared_out_within_bounds(memory: int, shared: str, work: str) -> None:
    settings = memory_settings(memory)
    assert (settings["shared_buffers"], settings["work_mem"]) == (shared, work)


def test_a_small_disk_gets_a_small_log() -> None:
    assert disk_settings(20 * GB)["max_wal_size"] == "1024MB"
    assert disk_settings(GB)["max_wal_size"] == "256MB"


@pytest.mark.parametrize("file", ["memory.max", "memory/memory.limit_in_bytes"])
def test_a_container_counts_by_its_limit(tmp_path: Path, file: str) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("104857600\n")
    assert usable_bytes(tmp_path) == 100 * 1024 * 1024


def test_no_limit_is_the_machine(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("max\n")
    assert usable_bytes(tmp_path) == usable_bytes(tmp_path / "absent") > GB // 4


def test_a_value_can_hold_quotes() -> None:
    assert quoted(r"it's a \ path") == r"'it''s a \\ path'"
