"""Random histories: at any moment, whatever writers are in the middle of, the index resolves what SQL resolves.

`ROCKDOVE_HISTORIES=200` runs more of them than the suite does.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from pathlib import Path

import pytest

from rockdove.audience.hashed_texts import hashed
from rockdove.audience.index import Index
from rockdove.audience.resolve import Packages, resolve
from rockdove.domain.push import AudienceType
from tests.audience import oracle
from tests.audience.world import ACCESS_ID, World, one_snapshot

HISTORIES = int(os.environ.get("ROCKDOVE_HISTORIES", "4"))
MOMENTS = 25
LARGE = [
    AudienceType.PACKAGE_ACCOUNT,
    AudienceType.PACKAGE_ACCOUNT,
    AudienceType.TAG,
    AudienceType.TAG,
    AudienceType.ALL,
    AudienceType.PACKAGE_TOKEN,
]


@pytest.mark.parametrize("seed", range(HISTORIES))
async def test_every_resolution_is_what_sql_says(database_url: str, tmp_path: Path, seed: int) -> None:
    world = World(database_url, seed, platform="ios" if seed % 4 == 3 else "android")
    workers = [Index(database_url, tmp_path) for _ in range(2)]
    happened: Counter[str] = Counter()
    for moment in range(MOMENTS):
        for _ in range(world.random.randrange(25)):
            world.step()
        if world.random.random() < 0.1:
            world.purge()
        _compare(world, database_url, world.random.choice(workers), happened)
        if moment % 4 == 3:
            _compact_at_once(workers)
    world.close()
    assert happened["resolutions"] == MOMENTS * len(LARGE)
    assert happened["targets"] > 0


def _compare(world: World, url: str, index: Index, happened: Counter[str]) -> None:
    with one_snapshot(url) as (connection, name), index.view(ACCESS_ID, name) as view:
        for audience_type in LARGE:
            request = world.request(audience_type)
            package = world.tokens() if audience_type == AudienceType.PACKAGE_TOKEN else world.package()
            excluded = world.package()[:3] if world.random.random() < 0.3 else []
            packages = Packages(hashed(package), hashed(excluded) if excluded else None)
            audience = resolve(view, request, packages)
            oracle.check(audience, oracle.resolve(connection, request, package=package, excluded=excluded))
            happened["resolutions"] += 1
            happened["targets"] += audience.counts.planned


def _compact_at_once(workers: list[Index]) -> None:
    """Two workers on one folder, each with its own view, merge at the same time: exactly one of them does it."""
    done: list[bool] = []

    def compact(index: Index) -> None:
        with index.view(ACCESS_ID) as view:
            pass
        ready.wait()
        done.append(index.compact(view))

    ready = threading.Barrier(len(workers))
    threads = [threading.Thread(target=compact, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, True]
