"""How long the console's lists take on the server, whatever they are filtered by.

    ./dev bench console [--scale X] [--keep FOLDER] [--json]

6 M devices of one application, 10,000 pushes with their totals, 2,000 packages, 50 plans, an audit log of 32,000 deeds.
Each list as its endpoint asks for it: the first page, one far down, each filter, searches for what is rare and what is
not there. And what a push's page asks for, of a push with receipts of 50,000 devices. Of each the median and the
slowest of twenty, on one connection, so that PostgreSQL's generic plans are among them.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from argparse import Namespace
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import _history
from benchmarks._population import ACCESS_ID, application, options
from rockdove.config import Settings
from rockdove.ingest.packages import Packages
from rockdove.members import audit
from rockdove.members.audit import PUSH_ACTIONS, Action
from rockdove.pushes import plans
from rockdove.stats import tasks, totals
from rockdove.stats.funnel import funnel
from rockdove.stats.timeline import timeline
from rockdove.storage.database import Connection, Database

MUST_SECONDS = 0.2
"""At most, at scale 1 on two cores, for every one of them."""
PUSHES = 10_000
RUNS = 20
PAGE = 26
"""As the pages ask: one more than they show."""

Ask = Callable[[Connection], Awaitable[Any]]


def main() -> None:
    chosen = options(__doc__ or "")
    result = asyncio.run(_run(chosen))
    print(json.dumps(result) if chosen.json else table(result))


async def _run(chosen: Namespace) -> dict[str, Any]:
    async with application(chosen) as (population, url, folder):
        await asyncio.to_thread(_history.fill, url, PUSHES)
        async with Database(url, 1) as database:
            return {"devices": population.bindings, "pushes": PUSHES, **await measure(database, folder)}


async def measure(database: Database, folder: Path, runs: int = RUNS) -> dict[str, Any]:
    seconds: dict[str, dict[str, float]] = {}
    async with database.connection() as connection:
        asked = await _asked(connection)
        for name, ask in asked.items():
            seconds[name] = await _times(partial(ask, connection), runs)
    packages = Packages(Settings().packages, folder, database)
    newest = await packages.list(ACCESS_ID, None, PAGE)
    ids = [package.package_id for package in newest]

    async def uploaders() -> None:
        async with database.connection() as connection:
            await audit.about(connection, ACCESS_ID, [Action.UPLOAD_PACKAGE], ids)

    others: dict[str, Callable[[], Awaitable[Any]]] = {
        "packages, first page": partial(packages.list, ACCESS_ID, None, PAGE),
        "packages, last page": partial(packages.list, ACCESS_ID, PAGE, PAGE),
        "packages, who uploaded them": uploaders,
    }
    for name, once in others.items():
        seconds[name] = await _times(once, runs)
    slowest = max(one["slowest"] for one in seconds.values())
    return {"seconds": seconds, "slowest_seconds": slowest, "met": {"slowest_seconds": slowest <= MUST_SECONDS}}


async def _asked(connection: Connection) -> dict[str, Ask]:
    """Everything the pages ask the database for, by name."""
    page = partial(_page, maximum=PAGE)
    everything = await tasks.page(connection, ACCESS_ID, maximum=PUSHES)
    deep, far = everything[len(everything) * 9 // 10].push_id, everything[-PAGE].push_id
    busy = next(row.push_id for row in everything if row.started_at)
    since = datetime.now(UTC) - timedelta(days=30)
    until = datetime.max.replace(tzinfo=UTC)
    return {
        "task list, first page": page(source="web"),
        "task list, nine tenths down": page(source="web", before=deep),
        "task list, last page": page(before=far),
        "task list, by status (rare)": page(source="web", states=["PUSH_DELETED_PUSH_MSG"]),
        "task list, by status (none)": page(source="web", states=["PUSH_REVOKED"]),
        "task list, by target": page(source="web", audience_types=["package_account_push"]),
        "task list, by type": page(source="api", message_type="message"),
        "task list, by plan": page(source="web", plan_id="7"),
        "task list, by plan (default)": page(source="web", plan_id=""),
        "task list, by package": page(package_id=7),
        "task list, search an id": page(search=str(deep)),
        "task list, search a title (rare)": page(source="web", search=f"tide at 14:20 {PUSHES // 2}"),
        "task list, search a content (none)": page(source="web", search="nowhere to be found"),
        "task list, search and filters": page(
            source="api", states=["PUSH_FINISHED"], audience_types=["tag"], plan_id="9", search="harbour"
        ),
        "plans": lambda on: plans.of_application(on, ACCESS_ID),
        "plans, their totals": lambda on: totals.of_plans(on, ACCESS_ID, since),
        "plan, its funnel": lambda on: totals.of_plan(on, ACCESS_ID, "", since, until),
        "push": lambda on: tasks.find(on, ACCESS_ID, busy),
        "push, its history": lambda on: audit.about(on, ACCESS_ID, PUSH_ACTIONS, [busy]),
        "push, its funnel": lambda on: funnel(on, busy),
        "push, its time line": lambda on: timeline(on, ACCESS_ID, busy),
    }


def _page(**wanted: Any) -> Ask:
    return lambda connection: tasks.page(connection, ACCESS_ID, **wanted)


async def _times(once: Callable[[], Awaitable[Any]], runs: int) -> dict[str, float]:
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        await once()
        taken.append(time.perf_counter() - started)
    return {"median": round(statistics.median(taken), 4), "slowest": round(max(taken), 4)}


def table(result: dict[str, Any]) -> str:
    lines = [f"{result['devices']:,} devices, {result['pushes']:,} pushes; median and slowest of {RUNS}, in ms"]
    for name, seconds in result["seconds"].items():
        late = "" if seconds["slowest"] <= MUST_SECONDS else "  NOT MET"
        lines.append(f"{name:<40} {1000 * seconds['median']:8.1f} {1000 * seconds['slowest']:8.1f}{late}")
    met = "met" if result["met"]["slowest_seconds"] else "NOT MET"
    lines.append(f"each at most {1000 * MUST_SECONDS:.0f} ms: {met}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
