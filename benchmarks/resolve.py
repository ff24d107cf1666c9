"""From an account package to slices, with the same join in SQL beside it.

    ./dev bench resolve [--scale X] [--keep FOLDER] [--json]

3 M accounts against 6 M bindings of 6 M devices with 3 tags each, on the PostgreSQL of the wheels on this machine.
What is timed begins with a mapped package file and ends with serialised slices: text compared, changes since the
snapshot laid over it, unavailable devices dropped, split by channel, cut. Medians of three.

Limits are judged at scale 1 and above.

- index        what the product does
- sql join     the same question to PostgreSQL as a hash join with 256 MB work_mem (only counted, nothing fetched: a
  lower
               bound for that way)
- text join    polars joins the texts themselves, everything in memory already, no freshness (a floor for the simple
  way)
"""

from __future__ import annotations

import asyncio
import json
import resource
import shutil
import statistics
import time
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import psycopg

from benchmarks._population import ACCESS_ID, Population, application, options, write_package
from rockdove.audience.audience import Audience
from rockdove.audience.hashed_texts import HashedTexts
from rockdove.audience.index import Index
from rockdove.audience.request import AudienceRequest
from rockdove.audience.resolve import Packages, resolve
from rockdove.audience.slices import Slice, cut
from rockdove.domain.push import AudienceType
from rockdove.storage.accounts_file import AccountsFile

MUST = {
    "all_seconds": 1.2,
    "recent_seconds": 1.5,
    "overlay_adds_seconds": 0.3,
    "rebuild_seconds": 30.0,
}
"""At most, at scale 1 on two cores."""
MUST_TIMES_FASTER = 10
PACKAGE = 3_000_000
CHANGED = 100_000
SLICE_DEVICES = 50_000
RUNS = 3
WORK_MEM = "256MB"

SQL_JOIN = """
SELECT count(*) FROM (
    SELECT DISTINCT device_id FROM (
        SELECT {distinct} device.device_id, device.notifications
        FROM package JOIN account_bindings AS binding ON binding.account = package.account
            AND binding.access_id = {access_id} AND binding.account_type = 0
        JOIN devices AS device ON device.access_id = {access_id} AND device.device_id = binding.device_id
        WHERE device.unregistered_at IS NULL AND device.uninstalled_at IS NULL
          AND device.last_seen_day >= (now() AT TIME ZONE 'UTC')::date - 90
        {order}
    ) AS chosen WHERE notifications
) AS target
"""


def main() -> None:
    chosen = options(__doc__ or "")
    result = asyncio.run(_run(chosen))
    print(json.dumps(result) if chosen.json else _table(result))


async def _run(chosen: Namespace) -> dict[str, Any]:
    async with application(chosen) as (population, url, folder):
        return await asyncio.to_thread(_measure, chosen.scale, population, url, folder)


def _measure(scale: float, population: Population, url: str, folder: Path) -> dict[str, Any]:
    texts = population.package(int(PACKAGE * scale))
    write_package(folder / "package.arrow", texts)
    index = Index(url, folder / f"index-{time.time_ns()}")
    rebuild = _seconds(lambda: _view(index))
    results: dict[str, Any] = {
        "scale": scale,
        "accounts": len(texts),
        "bindings": population.bindings,
        "devices": population.bindings,
        "largest_device_id": population.bindings - 1,
        "rebuild_seconds": rebuild,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "work_mem": WORK_MEM,
    }
    for name, every in (("all", True), ("recent", False)):
        results |= _index(index, folder / "package.arrow", name, every=every)
    results |= _sql(url, texts)
    results |= _texts(url, texts)
    results |= _overlay(index, url, folder, int(CHANGED * scale))
    results["times_faster_all"] = round(results["sql_all_seconds"] / results["all_seconds"], 1)
    results["times_faster_recent"] = round(results["sql_recent_seconds"] / results["recent_seconds"], 1)
    results["met"] = {name: results[name] <= limit for name, limit in MUST.items()} | {
        "peers_agree": all(results[f"sql_{name}_targets"] == results[f"{name}_targets"] for name in ("all", "recent")),
        "times_faster": min(results["times_faster_all"], results["times_faster_recent"]) >= MUST_TIMES_FASTER,
    }
    return results


def _index(index: Index, package: Path, name: str, *, every: bool) -> dict[str, Any]:
    counted: dict[str, Any] = {}

    def once() -> None:
        audience, slices = _package_to_slices(index, package, every=every)
        counted[f"{name}_targets"] = audience.counts.planned
        counted[f"{name}_slices"] = len(slices)
        counted[f"{name}_slice_bytes"] = sum(len(slice_.targets) for slice_ in slices)

    return {f"{name}_seconds": _median(once), f"{name}_cpu_seconds": _median(once, time.process_time)} | counted


def _package_to_slices(index: Index, package: Path, *, every: bool) -> tuple[Audience, list[Slice]]:
    request = AudienceRequest(
        access_id=ACCESS_ID, audience_type=AudienceType.PACKAGE_ACCOUNT, package_id=1, every_device=every
    )
    file = AccountsFile.open(package)
    with index.view(ACCESS_ID) as view:
        audience = resolve(view, request, Packages(HashedTexts(file.hashes, file.accounts)))
    return audience, list(cut(audience, SLICE_DEVICES))


def _overlay(index: Index, url: str, folder: Path, rows: int) -> dict[str, Any]:
    """`rows` devices are bound anew. What that costs: a snapshot under the changes and one that has them, in turns."""
    _change(url, rows)
    with index.view(ACCESS_ID):
        pass
    copy = folder / f"merged-{time.time_ns()}"
    shutil.copytree(index.folder, copy)
    merged = Index(url, copy)
    with merged.view(ACCESS_ID) as view:
        merging = _seconds(lambda: merged.compact(view))
    package = folder / "package.arrow"
    pairs = [
        [_seconds(partial(_package_to_slices, one, package, every=True)) for one in (index, merged)]
        for _ in range(2 * RUNS + 1)
    ]
    adds = statistics.median(over - without for over, without in pairs)
    return {"changed_bindings": rows, "overlay_adds_seconds": round(adds, 3), "merge_seconds": merging}


def _sql(url: str, texts: pl.Series) -> dict[str, Any]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"SET work_mem = '{WORK_MEM}'".encode())
        connection.execute("SET hash_mem_multiplier = 1")
        connection.execute('CREATE TEMP TABLE package (account text COLLATE "C" NOT NULL)')
        with connection.cursor().copy("COPY package FROM STDIN (FORMAT csv)") as copy:
            copy.write(texts.to_frame().write_csv(include_header=False).encode())
        connection.execute("ANALYZE package")
        answers = {}
        for name, distinct, order in (
            ("all", "", ""),
            (
                "recent",
                "DISTINCT ON (package.account)",
                "ORDER BY package.account, bound_at DESC, device.device_id DESC",
            ),
        ):
            statement = SQL_JOIN.format(access_id=ACCESS_ID, distinct=distinct, order=order).encode()
            started = time.perf_counter()
            (answers[f"sql_{name}_targets"],) = connection.execute(statement).fetchone() or (0,)
            answers[f"sql_{name}_seconds"] = round(time.perf_counter() - started, 3)
        return answers


def _texts(url: str, texts: pl.Series) -> dict[str, Any]:
    """Bindings and available devices are in memory before the clock starts."""
    bindings = pl.read_database_uri(_BINDINGS, url, engine="adbc")
    available = pl.read_database_uri(_AVAILABLE, url, engine="adbc")

    def once() -> int:
        joined = texts.to_frame().join(bindings, on="account").join(available, on="device_id", how="semi")
        return joined["device_id"].n_unique()

    return {"text_join_all_seconds": _median(once)}


_BINDINGS = f"SELECT account, device_id FROM account_bindings WHERE access_id = {ACCESS_ID} AND account IS NOT NULL"
_AVAILABLE = f"""SELECT device_id FROM devices WHERE access_id = {ACCESS_ID} AND unregistered_at IS NULL
    AND uninstalled_at IS NULL AND notifications AND last_seen_day >= (now() AT TIME ZONE 'UTC')::date - 90"""


def _change(url: str, rows: int) -> None:
    """So many devices are bound anew, through the triggers."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "UPDATE account_bindings SET bound_at = clock_timestamp() WHERE access_id = %s AND device_id %% %s = 0"
            " AND device_id < %s", (ACCESS_ID, 7, rows * 7),
        )  # fmt: skip


def _view(index: Index) -> None:
    with index.view(ACCESS_ID):
        pass


def _median(once: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> float:
    return round(statistics.median(_seconds(once, clock) for _ in range(RUNS)), 3)


def _seconds(once: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> float:
    started = clock()
    once()
    return round(clock() - started, 3)


def _table(result: dict[str, Any]) -> str:
    met = {
        name: ("met" if value else "NOT MET") if result["scale"] >= 1 else "not judged"
        for name, value in result["met"].items()
    }
    lines = [
        f"{result['accounts']:,} accounts x {result['bindings']:,} bindings, ids up to {result['largest_device_id']:,}",
        "                                 all    recent",
        f"index: package to slices    {_pair(result, 'seconds')}  at most {MUST['all_seconds']} and"
        f" {MUST['recent_seconds']} s: {met['all_seconds']}, {met['recent_seconds']}",
        f"  processor seconds         {_pair(result, 'cpu_seconds')}",
        f"sql join, work_mem {result['work_mem']}    {_pair(result, 'seconds', 'sql_')}",
        f"  times slower              {result['times_faster_all']:8.1f}  {result['times_faster_recent']:8.1f}"
        f"  at least {MUST_TIMES_FASTER}: {met['times_faster']}",
        f"text join in memory         {result['text_join_all_seconds']:8.2f}",
        f"targets                  {result['all_targets']:11,} {result['recent_targets']:10,}"
        f"  peers agree: {met['peers_agree']}",
        f"slices                      {result['all_slices']:8,}  {result['recent_slices']:8,}",
        f"{result['changed_bindings']:,} bindings changed since add {result['overlay_adds_seconds']:.2f} s,"
        f" at most {MUST['overlay_adds_seconds']} s: {met['overlay_adds_seconds']}",
        f"merging them into the next snapshot takes {result['merge_seconds']:.1f} s",
        f"a new snapshot from the tables takes {result['rebuild_seconds']:.1f} s,"
        f" at most {MUST['rebuild_seconds']:.0f} s: {met['rebuild_seconds']}",
    ]
    return "\n".join(lines)


def _pair(result: dict[str, Any], what: str, whose: str = "") -> str:
    return f"{result[f'{whose}all_{what}']:8.2f}  {result[f'{whose}recent_{what}']:8.2f}"


if __name__ == "__main__":
    main()
