"""How soon a push is on its device: single pushes, one after the other and in a crowd, and a package of 3 M accounts.

    ./dev bench latency [--seconds S] [--scale X] [--without singles|package] [--keep FOLDER] [--json]

- single    200 token pushes a second, devices online: from the call to the device
- crowd     token pushes at CROWD_RATE a second for a minute: how many were accepted, and how many were on their
            devices five seconds after the last answer
- package   3 M accounts against 6 M bindings: from the call to the first device, for all and for the most recent device
            of each account. The index is warm, as that of a running server is

Each against a whole `rockdove serve` with real MQTT connections, called with Basic authentication over kept
connections. PostgreSQL, NATS, API, worker, gateway, the callers and the devices share this machine's cores. Beside them
the floor: the same HTTP server refusing an unknown path, and commits of one row like a push's into the same PostgreSQL.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec
import psycopg
from tests.server import Server, start_server

from benchmarks._engines import temporary_folder
from benchmarks._load import Round, Setup, Summary
from benchmarks._machine import Business
from benchmarks._must import Must, judged, verdict
from benchmarks._population import ACCESS_ID, BINDINGS, Population, application

SINGLE_RATE, CROWD_RATE = 200.0, 820.0
DEVICES = 100
PACKAGE_ACCOUNTS = 3_000_000
PACKAGE_RUNS = 3
FIRST_DEVICES = 50
"""Played in the package's row: the first by id, so the first to be sent to."""
INSERTERS = 8
MUST: Must = {
    "single_p50_ms": ("at most", 10.0),
    "single_p99_ms": ("at most", 60.0),
    "crowd_accepted_per_second": ("at least", 800.0),
    "crowd_undelivered": ("at most", 0.0),
    "package_all_seconds": ("at most", 1.5),
    "package_recent_seconds": ("at most", 2.0),
}


def main() -> None:
    chosen = _options()
    business = Business()
    result: dict[str, Any] = {}
    if "singles" not in chosen.without:
        with temporary_folder() as folder:
            result |= measure_singles(folder / "data", chosen.seconds)
    if "package" not in chosen.without:
        result |= measure_package(chosen)
    result = judged(result | business.result(), MUST)
    print(json.dumps(result) if chosen.json else _table(result))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="of the crowd; the others take a third")
    parser.add_argument("--scale", type=float, default=1.0, help="of the package and its bindings")
    parser.add_argument("--keep", type=Path, help="a folder for the package's database, used again by the next run")
    parser.add_argument("--without", action="append", default=[], choices=["singles", "package"], help="leave rows out")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


# ── single pushes ───────────────────────────────────────────────────────────────────────────────────────────


def measure_singles(data: Path, seconds: float) -> dict[str, Any]:
    with start_server(data) as server, Load(_setup(server, server.app("Bench"), count=DEVICES)) as load:
        load.round(Round(rate=50, seconds=2))  # connections, statements and caches are warm afterwards
        single = load.round(Round(rate=SINGLE_RATE, seconds=seconds / 3))
        crowd = load.round(Round(rate=CROWD_RATE, seconds=seconds))
        nothing = load.round(Round(path="/v3/nothing", rate=10_000, seconds=0.5, grace=0))
        commits = asyncio.run(_commits_per_second(server.settings.postgres.url, seconds / 12))
    return {
        "single_calls": single.calls,
        "single_delivered": single.delivered,
        "single_repeated": single.repeated,
        "single_answer_p50_ms": _percentile(single.answer_ms, 50),
        "single_p50_ms": _percentile(single.device_ms, 50),
        "single_p99_ms": _percentile(single.device_ms, 99),
        "crowd_calls": crowd.calls,
        "crowd_accepted_per_second": round(crowd.accepted / crowd.calling_seconds, 1),
        "crowd_undelivered": crowd.accepted - crowd.delivered,
        "crowd_repeated": crowd.repeated,
        "crowd_refusal": crowd.refusal,
        "crowd_answer_p99_ms": _percentile(crowd.answer_ms, 99),
        "crowd_p50_ms": _percentile(crowd.device_ms, 50),
        "crowd_p99_ms": _percentile(crowd.device_ms, 99),
        "crowd_callers_cores": round(crowd.cpu_seconds / crowd.calling_seconds, 2),
        "floor_http_per_second": round(nothing.calls / nothing.calling_seconds),
        "floor_commits_per_second": round(commits),
    }


async def _commits_per_second(url: str, seconds: float) -> float:
    """One row of a push's size a commit, over as many connections as a pool of ours has."""
    table = b"CREATE TABLE IF NOT EXISTS bench_floor (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, row text)"
    insert = b"INSERT INTO bench_floor (row) VALUES (repeat('x', 500))"

    async def insert_until(deadline: float) -> int:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            count = 0
            while time.perf_counter() < deadline:
                await connection.execute(insert)
                count += 1
            return count

    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(table)
        deadline = time.perf_counter() + seconds
        counts = await asyncio.gather(*(insert_until(deadline) for _ in range(INSERTERS)))
        await connection.execute(b"DROP TABLE bench_floor")
    return sum(counts) / seconds


# ── a package ───────────────────────────────────────────────────────────────────────────────────────────────


def measure_package(chosen: argparse.Namespace) -> dict[str, Any]:
    with temporary_folder(chosen.keep) as folder:
        app = asyncio.run(_fill(argparse.Namespace(scale=chosen.scale, keep=folder)))
        environment = {"ROCKDOVE_LIMITS__BULK_PUSHES_PER_SECOND": "0", "ROCKDOVE_LIMITS__REPEAT_WINDOW_SECONDS": "0"}
        with start_server(folder / "data", environment=environment) as server:
            server.apps["bench"] = app
            size = int(PACKAGE_ACCOUNTS * chosen.scale)
            package_id = _upload(server, folder / "accounts.txt", Population(int(BINDINGS * chosen.scale)), size)
            with Load(_setup(server, app, tokens=_first_tokens(server, size))) as load:
                seconds = {
                    name: _first_device_seconds(server, load, package_id, every) for name, every in _CHOICES.items()
                }
    return {"package_accounts": size, "package_bindings": int(BINDINGS * chosen.scale)} | {
        f"package_{name}_seconds": median for name, median in seconds.items()
    }


_CHOICES = {"recent": 0, "all": 1}


async def _fill(chosen: argparse.Namespace) -> dict[str, Any]:
    """The database of an application, in a data folder that a server can take over."""
    keys = {"access_key": "ABENCH000001", "secret_key": "0123456789abcdef0123456789abcdef"}
    async with (
        application(chosen) as (population, url, _),
        await psycopg.AsyncConnection.connect(url, autocommit=True) as connection,
    ):
        await connection.execute("UPDATE apps SET access_key = %(access_key)s, secret_key = %(secret_key)s", keys)
        await connection.execute("UPDATE devices SET secret_hash = NULL WHERE secret_hash IS NOT NULL")
        first = population.bindings + 1
        await connection.execute(f"CREATE SEQUENCE IF NOT EXISTS device_ids_{ACCESS_ID} START {first}".encode())
    return {"access_id": ACCESS_ID, **keys}


def _upload(server: Server, file: Path, population: Population, size: int) -> int:
    file.write_text("\n".join(population.package(size)) + "\n")
    return int(server.rest("bench").upload(file)["uploadId"])


def _first_tokens(server: Server, size: int) -> list[str]:
    """Of available devices that every push to the package reaches: the first by id."""
    statement = """
        SELECT token FROM devices JOIN account_bindings AS binding USING (access_id, device_id)
        WHERE unregistered_at IS NULL AND last_seen_day >= current_date - 90 AND notifications
          AND binding.account IN (SELECT account FROM bench_package)
        ORDER BY device_id LIMIT %s
    """
    with psycopg.connect(server.settings.postgres.url) as connection:
        connection.execute('CREATE TEMPORARY TABLE bench_package (account text COLLATE "C")')
        with connection.cursor().copy("COPY bench_package FROM STDIN") as copy:
            copy.write((server.data.parent / "accounts.txt").read_bytes())
        connection.execute("ANALYZE bench_package")
        return [token for (token,) in connection.execute(statement, (FIRST_DEVICES,))]


def _first_device_seconds(server: Server, load: Load, package_id: int, every_device: int) -> float:
    """The median of PACKAGE_RUNS, after one that warms up; each begins when the one before is through."""
    body = {"audience_type": "package_account_push", "upload_id": package_id, "account_push_type": every_device}
    taken = []
    for _ in range(PACKAGE_RUNS + 1):
        summary = load.round(Round(body=body, grace=60))
        assert summary.device_ms, summary.refusal or "no device got it"
        taken.append(summary.device_ms[0] / 1000)
        _wait_until_sent(server)
    return round(statistics.median(taken[1:]), 3)


def _wait_until_sent(server: Server) -> None:
    with psycopg.connect(server.settings.postgres.url, autocommit=True) as connection:
        while connection.execute("SELECT 1 FROM pushes WHERE state <> 'PUSH_FINISHED'").fetchone():
            time.sleep(0.2)


# ── callers and devices ─────────────────────────────────────────────────────────────────────────────────────


class Load:
    """The process that calls and plays the devices."""

    def __init__(self, setup: Setup) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks._load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._ask(setup)

    def __enter__(self) -> Load:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()

    def round(self, wanted: Round) -> Summary:
        return msgspec.json.decode(self._ask(wanted), type=Summary)

    def _ask(self, question: msgspec.Struct) -> bytes:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(msgspec.json.encode(question) + b"\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the callers' process has ended: its last words are above"
        return answer


def _setup(server: Server, app: dict[str, Any], **devices: Any) -> Setup:
    keys = {name: app[name] for name in ("access_id", "access_key", "secret_key")}
    return Setup(url=server.url, **keys, **devices)


# ── what it says ────────────────────────────────────────────────────────────────────────────────────────────


def _percentile(ascending: list[float], percent: int) -> float:
    return ascending[min(len(ascending) * percent // 100, len(ascending) - 1)] if ascending else float("inf")


def _table(result: dict[str, Any]) -> str:
    rows = []
    for name, value in result.items():
        if name not in {"must", "missed"}:
            shown = f"{value:>12,}" if name in MUST else f"{value!s:>12}"
            rows.append(f"{name:28}{shown}{verdict(result, name)}")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
