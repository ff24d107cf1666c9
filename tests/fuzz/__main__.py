"""`./dev fuzz`: the targets of the test suite for as long as you like, each round with new cases.

    ./dev fuzz [--minutes N] [--seed S] [--target NAME]
    ./dev fuzz --replay FILE

Starts a server of its own. What breaks the law is made as small as possible, written to a file, and shown by --replay
again. Exits with 1 where something was found.
"""

from __future__ import annotations

import argparse
import logging
import pickle
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.fuzz import large
from tests.fuzz.hunt import FoundError, hunt
from tests.fuzz.law import ENVIRONMENT, GROWTH_MB, World, open_world
from tests.fuzz.targets import TARGETS
from tests.fuzz.wire import Case, converse
from tests.server import start_server


def main() -> int:
    options = _options()
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # it says what it refuses
    with tempfile.TemporaryDirectory(prefix="rockdove-fuzz-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the engines run as a user of their own
        with start_server(folder / "data", environment=ENVIRONMENT) as server:
            world = open_world(server)
            if options.replay:
                return _replay(world, options.replay)
            found = _run(world, options)
            _say(f"server log: {_complaints(server.log)}")
            return 1 if found else 0


def _run(world: World, options: argparse.Namespace) -> int:
    """Gives how many laws were broken."""
    counts = dict.fromkeys([options.target] if options.target else TARGETS, 0)
    deadline = time.monotonic() + options.minutes * 60
    found = number = 0
    resident = 0
    while time.monotonic() < deadline and found < options.finds:
        for name in counts:
            try:
                counts[name] += hunt(world, name, options.seed + number)
            except FoundError as error:
                traceback.print_exc()
                counts[name] += error.ran
                found += 1
        resident = resident or world.resident_mb()
        number += 1
        _say(
            f"round {number} (seed {options.seed + number - 1}): "
            + ", ".join(f"{name} {count}" for name, count in counts.items())
            + f"; {world.resident_mb()} MB, at most {world.resident_mb(peak=True)} MB; found {found}"
        )
    if not options.target:
        for name, stream in large.STREAMS.items():
            _say(f"large: {name}")
            try:
                large.obey(world, stream)
            except AssertionError:
                traceback.print_exc()
                found += 1
    world.check_store()
    if world.resident_mb() > resident + GROWTH_MB:
        _say(f"the API process has grown from {resident} to {world.resident_mb()} MB")
        found += 1
    _say(f"answers (HTTP status, code): {dict(sorted(world.statuses.items()))}")
    _say(f"{sum(counts.values())} cases; {found} found")
    return found


def _replay(world: World, file: Path) -> int:
    if file.read_bytes().startswith(b"{"):
        case = Case.load(file)
        _say(repr(case))
        for reply in converse(world.port, case.pieces, case.wire, case.pause).answers:
            _say(f"{reply.status} {reply.body[:1000]!r}")
        world.obey(case)
    else:
        name, case = pickle.loads(file.read_bytes())  # noqa: S301  our own file
        _say(repr(case)[:3000])
        TARGETS[name].law(world)(case)
    _say("the law holds")
    return 0


def _complaints(log: Path) -> str:
    """What the server itself thought was wrong, by how often."""
    text = log.read_text("utf-8", "replace")
    shown = text[text.rfind("Traceback") :][-2500:] if "Traceback" in text else ""
    return f"{text.count('call failed')} failed calls, {text.count('Traceback')} tracebacks\n{shown}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dev fuzz", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=5.0, help="how long; default 5")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="the first round's; default: any")
    parser.add_argument("--target", choices=list(TARGETS), help="only this one; default: all")
    parser.add_argument("--finds", type=int, default=3, help="stop after so many; default 3")
    parser.add_argument("--replay", type=Path, help="a file written before")
    return parser.parse_args()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
