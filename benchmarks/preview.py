"""How long an operator waits for "whom would this reach?" after the upload of a full package.

    ./dev bench preview [--scale X] [--keep FOLDER] [--json]

100 MB of accounts (8.74 M of 11 digits) against 6 M bindings of 6 M devices: accounts matched and not, devices by
channel for the most recent device of each account and for all of them, asked and answered through the table as the
console does. Medians of three. Beside it the two SQL statements that would answer the same with a hash join (256 MB
work_mem).
"""

from __future__ import annotations

import asyncio
import json
import resource
import statistics
import time
from argparse import Namespace
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from benchmarks._population import ACCESS_ID, Population, application, options, write_package
from benchmarks.resolve import WORK_MEM, _sql
from rockdove.audience import previews
from rockdove.audience.hashed_texts import HashedTexts
from rockdove.audience.request import AudienceRequest
from rockdove.audience.resolver import Resolver
from rockdove.domain.push import AudienceType
from rockdove.storage.accounts_file import AccountsFile
from rockdove.storage.database import Database
from rockdove.storage.package_store import PackageStore

MUST_SECONDS = 2.0
"""At most, at scale 1 on two cores, for a package of 100 MB."""
PACKAGE_BYTES = 104_857_600
LINE_BYTES = 12
RUNS = 3


def main() -> None:
    chosen = options(__doc__ or "")
    result = asyncio.run(_run(chosen))
    print(json.dumps(result) if chosen.json else _table(result))


async def _run(chosen: Namespace) -> dict[str, Any]:
    async with application(chosen) as (population, url, folder), Database(url, 4) as database:
        return await _measure(chosen.scale, population, database, folder)


async def _measure(scale: float, population: Population, database: Database, folder: Path) -> dict[str, Any]:
    texts = population.package(int(PACKAGE_BYTES * scale) // LINE_BYTES)
    write_package(folder / "large.arrow", texts)

    async def open_package(access_id: int, package_id: int) -> HashedTexts:
        file = AccountsFile.open(folder / "large.arrow")
        return HashedTexts(file.hashes, file.accounts)

    store = PackageStore.open("", folder)
    resolver = Resolver(database, folder / f"index-{time.time_ns()}", open_package)
    await asyncio.to_thread(resolver.index.refresh, ACCESS_ID)
    request = AudienceRequest(access_id=ACCESS_ID, audience_type=AudienceType.PACKAGE_ACCOUNT, package_id=1)
    answers: list[previews.PreviewAnswer] = []

    async def ask() -> None:
        async with database.transaction() as connection:
            preview_id = await previews.ask(connection, request)
        await previews.answer_one(database, resolver, store, "bench")
        async with database.connection() as connection:
            answers.append(await previews.get(connection, ACCESS_ID, preview_id) or answers[0])

    async def download() -> None:
        async for _ in resolver.unmatched(request):
            pass

    seconds = await _median(ask)
    preview = answers[-1].result
    assert preview
    assert preview.recent
    sql = await asyncio.to_thread(_sql, database.url, texts)
    return {
        "package_bytes": len(texts) * LINE_BYTES,
        "bindings": population.bindings,
        "accounts": preview.accounts,
        "matched": preview.matched,
        "unmatched": preview.unmatched,
        "unavailable": preview.unavailable,
        "recent_planned": preview.recent.planned,
        "all_planned": preview.every.planned,
        "seconds": seconds,
        "unmatched_csv_seconds": await _median(download),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "work_mem": WORK_MEM,
        "sql_seconds": round(sql["sql_all_seconds"] + sql["sql_recent_seconds"], 2),
        "met": {"seconds": seconds <= MUST_SECONDS},
    }


async def _median(once: Callable[[], Awaitable[None]]) -> float:
    taken = []
    for _ in range(RUNS):
        started = time.perf_counter()
        await once()
        taken.append(time.perf_counter() - started)
    return round(statistics.median(taken), 3)


def _table(result: dict[str, Any]) -> str:
    met = "met" if result["met"]["seconds"] else "NOT MET"
    lines = [
        f"package of {result['package_bytes'] / 2**20:.0f} MB, {result['accounts']:,} accounts"
        f" x {result['bindings']:,} bindings",
        f"matched {result['matched']:,}, not {result['unmatched']:,}, unavailable {result['unavailable']:,}",
        f"would reach {result['recent_planned']:,} (recent), {result['all_planned']:,} (all)",
        f"preview, asked and answered       {result['seconds']:6.2f} s, at most {MUST_SECONDS} s: {met}",
        f"unmatched accounts as CSV         {result['unmatched_csv_seconds']:6.2f} s",
        f"two sql joins, work_mem {result['work_mem']}     {result['sql_seconds']:6.2f} s",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
