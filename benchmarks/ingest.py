"""A package file on disk: how long until its verdict and its stored accounts, with the floor and a peer beside it.

    ./dev bench ingest [--lines N] [--runs N] [--json]

- clean    different accounts of 11 digits, LF (8.7 M lines are 100 MB)
- dirty    as large: CRLF, a tenth not ASCII, white space around some, 5 % duplicates, 1 % bad lines
- zip      18 M lines for 8.7 M: as many as a zip of 100 MB holds

Each is parsed by the product (`rockdove.ingest.parse`), read and strictly decoded at once (the floor: what any
validating reader has to do) and read line by line into a set under the same rules (the peer: what one writes first).
Every measurement is a process of its own, whose imports and first small file are not counted, and they take turns, so
that a busy machine is busy for all. Seconds are medians; memory is the highest resident size above that of the process
before it began.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from benchmarks._engines import temporary_folder
from benchmarks._machine import Business
from benchmarks._must import Must, judged, verdict
from rockdove.config import Packages
from rockdove.domain.text import has_control_character, strip_white_space
from rockdove.ingest.name import kind_of
from rockdove.ingest.parse import parse
from rockdove.storage.package_store import ACCOUNTS

LINES: Final = 8_738_133
"""100 MB of 12 bytes."""
ZIP_LINES: Final = 18 / 8.738_133
"""For each line of the text."""
FIRST_ACCOUNT: Final = 13_000_000_000
MEGABYTE: Final = 1 << 20

MUST: Final[Must] = {
    "clean_to_floor": ("at most", 7.0),
    "clean_faster_than_loop": ("at least", 6.0),
    "clean_peak_mb": ("at most", 800.0),
    "dirty_to_floor": ("at most", 13.0),
    "zip_line_to_clean_line": ("at most", 1.5),
    "zip_peak_mb": ("at most", 1200.0),
}


def main() -> None:
    options = _options()
    if options.measure:
        print(json.dumps(measure(options.measure, Path(options.file))))
        return
    with temporary_folder() as folder:
        files = write_files(folder, options.lines)
        business = Business()
        found = run_all(files, options.runs)
        result = judged(summary(files, found) | business.result(), MUST)
    print(json.dumps(result) if options.json else _table(result))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--measure", choices=MEASURED, help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    return parser.parse_args()


# ── the files ───────────────────────────────────────────────────────────────────────────────────────────────


def write_files(folder: Path, lines: int) -> dict[str, Path]:
    chance = np.random.default_rng(1)
    files = {"clean": folder / "clean.txt", "dirty": folder / "dirty.txt", "zip": folder / "many.zip"}
    files["clean"].write_bytes(_clean(chance, lines))
    files["dirty"].write_bytes(_dirty(chance, lines * 12))
    with zipfile.ZipFile(files["zip"], "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        archive.writestr("many.txt", _clean(chance, round(lines * ZIP_LINES)))
    return files


def _clean(chance: np.random.Generator, lines: int) -> bytes:
    text = np.full((lines, 12), ord("\n"), np.uint8)
    text[:, :11] = (chance.permutation(lines) * 7 + FIRST_ACCOUNT).astype("S11").view(np.uint8).reshape(-1, 11)
    return text.tobytes()


def _dirty(chance: np.random.Generator, size: int) -> bytes:
    lines = size // 13
    account = pl.Series(chance.permutation(lines) * 7 + FIRST_ACCOUNT).cast(pl.String)
    kind = pl.Series(chance.random(lines))
    which = pl.Series(np.arange(lines) % 3)
    frame = pl.DataFrame({"account": account, "kind": kind, "which": which}).with_columns(
        pl.when(pl.col("kind") < 0.10)
        .then("用户" + pl.col("account").str.slice(5))
        .otherwise("account")
        .alias("account")
    )
    bad = pl.when(pl.col("which") == 0).then(pl.lit("x")).when(pl.col("which") == 1).then(pl.lit("y" * 101))
    dirty = (
        pl.when(pl.col("kind") > 0.99)
        .then(bad.otherwise("a\t" + pl.col("account")))
        .when(pl.col("kind") > 0.94)
        .then(pl.col("account").shift(1000).fill_null("duplicate"))
        .when(pl.col("kind") > 0.80)
        .then(" " + pl.col("account") + "  ")
        .when(pl.col("kind") > 0.78)
        .then("\u3000" + pl.col("account"))
        .otherwise("account")
    )
    text = "\r\n".join(frame.select(dirty).to_series().to_list()).encode()[:size]
    return text[: text.rfind(b"\n") + 1]


# ── one measurement, in a process of its own ────────────────────────────────────────────────────────────────


def measure(name: str, file: Path) -> dict[str, float]:
    warm_up()
    before = _resident("VmRSS")
    seconds, accounts = MEASURED[name](file)
    return {"seconds": seconds, "accounts": accounts, "peak_mb": (_resident("VmHWM") - before) / MEGABYTE}


def warm_up() -> None:
    with tempfile.TemporaryDirectory(prefix="rockdove-bench-") as folder:
        small = Path(folder) / "small.txt"
        small.write_bytes("account\r\n 用户 \nx\n".encode())
        product(small)


def product(file: Path) -> tuple[float, int]:
    with tempfile.TemporaryDirectory(prefix="rockdove-bench-", dir=file.parent) as folder:
        began = time.perf_counter()
        verdict = parse(file, kind_of(file.name), Packages(max_file_bytes=1 << 40), Path(folder))
        seconds = time.perf_counter() - began
        assert verdict.accepted, verdict.fault
        assert (Path(folder) / ACCOUNTS).stat().st_size > 24 * verdict.accounts
    return seconds, verdict.accounts


def floor(file: Path) -> tuple[float, int]:
    began = time.perf_counter()
    with _opened(file) as stream:
        text = stream.read().decode("utf-8")
    seconds = time.perf_counter() - began
    assert text
    return seconds, 0


def loop(file: Path) -> tuple[float, int]:
    began = time.perf_counter()
    accounts, bad = set(), 0
    with _opened(file) as stream:
        for line in stream:
            account = strip_white_space(line.decode("utf-8"))
            if not account:
                continue
            if 2 <= len(account) <= 100 and not has_control_character(account):
                accounts.add(account)
            else:
                bad += 1
    return time.perf_counter() - began, len(accounts)


MEASURED: Final[dict[str, Callable[[Path], tuple[float, int]]]] = {"product": product, "floor": floor, "loop": loop}


def _opened(file: Path) -> Any:
    if file.suffix == ".zip":
        return zipfile.ZipFile(file).open("many.txt")
    return file.open("rb")


def _resident(field: str) -> int:
    """VmRSS or VmHWM of this process, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))


# ── all of them, and what they say ──────────────────────────────────────────────────────────────────────────

Measurements = dict[str, dict[str, list[dict[str, float]]]]


def run_all(files: dict[str, Path], runs: int) -> Measurements:
    """By file and way, one entry a run."""
    found: Measurements = {file: {way: [] for way in MEASURED} for file in files}
    for run in range(runs):
        for file, path in files.items():
            for way in MEASURED:
                if way == "loop" and (run or file != "clean"):
                    continue  # ten seconds once are enough
                found[file][way].append(_in_a_process(way, path))
    return found


def _in_a_process(way: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.ingest", "--measure", way, "--file", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def summary(files: dict[str, Path], found: Measurements) -> dict[str, Any]:
    def seconds(file: str, way: str) -> float:
        return statistics.median(run["seconds"] for run in found[file][way])

    def accounts(file: str) -> float:
        return found[file]["product"][0]["accounts"]

    figures = {
        "clean_to_floor": seconds("clean", "product") / seconds("clean", "floor"),
        "clean_faster_than_loop": seconds("clean", "loop") / seconds("clean", "product"),
        "clean_peak_mb": max(run["peak_mb"] for run in found["clean"]["product"]),
        "dirty_to_floor": seconds("dirty", "product") / seconds("dirty", "floor"),
        "zip_line_to_clean_line": (seconds("zip", "product") / accounts("zip"))
        / (seconds("clean", "product") / accounts("clean")),
        "zip_peak_mb": max(run["peak_mb"] for run in found["zip"]["product"]),
    }
    return {
        "bytes": {file: path.stat().st_size for file, path in files.items()},
        "accounts": {file: int(accounts(file)) for file in files},
        "seconds": {
            file: {way: round(seconds(file, way), 3) for way in MEASURED if found[file][way]} for file in files
        },
        **{name: round(value, 2) for name, value in figures.items()},
    }


def _table(result: dict[str, Any]) -> str:
    rows = [f"{'':10}{'bytes':>14}{'accounts':>12}{'product':>10}{'floor':>10}{'loop':>10}   (seconds)"]
    for file, seconds in result["seconds"].items():
        times = "".join(f"{seconds[way]:>10.3f}" if way in seconds else f"{'':>10}" for way in MEASURED)
        rows.append(f"{file:10}{result['bytes'][file]:>14,}{result['accounts'][file]:>12,}{times}")
    rows.append("")
    rows += [f"{name:26}{result[name]:>10.2f}{verdict(result, name)}" for name in MUST]
    rows.append(
        f"\nmeanwhile {result['cores_busy_elsewhere']} of {result['cores']} cores were busy with something else"
    )
    rows.append(
        "(the floor and the loop use one core, the product two: without a free second core its ratios grow by half)"
    )
    return "\n".join(rows)


if __name__ == "__main__":
    main()
