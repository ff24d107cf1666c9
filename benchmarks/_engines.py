"""PostgreSQL and NATS of the wheels for as long as a benchmark runs, and the folder they lie in."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec

from rockdove.config import Settings
from rockdove.engines import Engines, start_engines
from rockdove.storage.migrations import migrate

FREE_PORTS = {"port": 0, "mqtt_port": 0, "websocket_port": 0}


@contextmanager
def temporary_folder(keep: Path | None = None) -> Iterator[Path]:
    """That the engines' own user can pass through; gone at the end, unless it is one to `keep`."""
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        keep.chmod(0o711)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="rockdove-bench-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@asynccontextmanager
async def migrated_engines(folder: Path) -> AsyncIterator[Engines]:
    """With our schema, on free ports."""
    wanted = msgspec.convert({"data": str(folder / "data"), "nats": FREE_PORTS}, Settings)
    async with start_engines(wanted) as engines:
        await migrate(engines.settings.postgres.url)
        yield engines
