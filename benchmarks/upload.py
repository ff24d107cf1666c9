"""A full package over HTTP: from its last byte to the answer, and what other callers feel meanwhile.

    ./dev bench upload [--json] [--megabytes N]

A whole `rockdove serve` is started; one client uploads 100 MB of clean accounts, another one calls the account query
20 times a second all the time. The file is on disk and in the page cache, the network is loopback.
"""

from __future__ import annotations

import argparse
import json
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tests.server import start_server

from benchmarks._engines import temporary_folder
from benchmarks._must import Must, judged, verdict
from rockdove.cli.rest import RestClient

MUST: Must = {"answer_seconds": ("at most", 2.5), "others_p99_seconds": ("at most", 0.05)}
LINE_BYTES = 12
PAUSE = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with temporary_folder() as folder:
        file = folder / "accounts.txt"
        lines = write_accounts(file, options.megabytes * 1024 * 1024 // LINE_BYTES)
        with start_server(folder / "data") as server:
            client = server.rest("Bench")
            runs = [measure(client, file) for _ in range(options.runs)]
    answer = statistics.median(seconds for seconds, _ in runs)
    others = sorted(latency for _, latencies in runs for latency in latencies)
    result = {
        "lines": lines,
        "answer_seconds": round(answer, 2),
        "others_p50_seconds": round(others[len(others) // 2], 4),
        "others_p99_seconds": round(others[int(len(others) * 0.99)], 4),
        "others_calls": len(others),
    }
    result = judged(result, MUST)
    print(json.dumps(result) if options.json else _table(result))


def _table(result: dict[str, Any]) -> str:
    figures = {name: value for name, value in result.items() if name not in {"must", "missed"}}
    return "\n".join(f"{name:20} {value}{verdict(result, name)}" for name, value in figures.items())


def write_accounts(file: Path, lines: int) -> int:
    """Different accounts of 11 characters, in random order, from a seed."""
    numbers = np.random.default_rng(1).permutation(lines)
    with file.open("wb") as target:
        for start in range(0, lines, 500_000):
            target.write(b"".join(b"user%07d\n" % number for number in numbers[start : start + 500_000]))
    return lines


def measure(client: RestClient, file: Path) -> tuple[float, list[float]]:
    """Seconds from the last byte to the answer, and how long other calls took from the first byte on."""
    latencies: list[float] = []
    done = threading.Event()
    caller = threading.Thread(target=_call_others, args=(client, latencies, done))
    caller.start()
    last_byte = 0.0

    def sent(count: int) -> None:
        nonlocal last_byte
        if count == file.stat().st_size:
            last_byte = time.perf_counter()

    try:
        client.upload(file, sent)
        return time.perf_counter() - last_byte, latencies
    finally:
        done.set()
        caller.join()


def _call_others(client: RestClient, latencies: list[float], done: threading.Event) -> None:
    for body in _queries():
        if done.wait(PAUSE):
            return
        began = time.perf_counter()
        client.post("/v3/device/account/batchoperate", body)
        latencies.append(time.perf_counter() - began)


def _queries() -> Iterator[dict[str, Any]]:
    """A call that reads and writes, and always succeeds."""
    while True:
        yield {"operator_type": 5, "account_list": [{"account": "nobody", "account_type": 0}]}


if __name__ == "__main__":
    main()
