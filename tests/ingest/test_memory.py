"""Memory stays bounded by the parser's pieces, however unlucky or hostile the file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SIZE = 32_000_000
PARSER = """
import sys
from pathlib import Path
from rockdove.ingest.parse import check

def resident(field):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(field)) // 1024

warm = Path(sys.argv[1]).with_name("warm.txt")
warm.write_text("ab\\r\\n \\u3000cd\\nx\\n")
check(warm)
before = resident("VmRSS")
verdict = check(Path(sys.argv[1]))
print(resident("VmHWM") - before, verdict.lines)
"""


@pytest.mark.parametrize(
    ("name", "data", "lines", "most_mb"),
    [
        ("newlines.txt", b"\n", 0, 100),
        ("one-character.txt", b"a\n", SIZE // 2, 200),
        ("one-line.txt", b"x", 1, 100),
        ("spaces.txt", b" " * 60_000 + b"\n", 0, 150),
        ("quotes.csv", b'"', 0, 100),
        ("commas.csv", b",", 1, 100),
        ("open-quote.csv", b'"ab\n', 0, 100),
        ("duplicates.txt", b"ab\n", SIZE // 3, 350),  # kept, its rows would take 256 MB, and twice that when sorted
    ],
)
def test_memory_is_bounded(tmp_path: Path, name: str, data: bytes, lines: int, most_mb: int) -> None:
    path = tmp_path / name
    path.write_bytes(data * (SIZE // len(data)))
    done = subprocess.run([sys.executable, "-c", PARSER, str(path)], check=True, capture_output=True, text=True)
    peak, counted = map(int, done.stdout.split())
    assert counted == lines
    assert peak < most_mb
