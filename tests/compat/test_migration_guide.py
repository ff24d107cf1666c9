"""docs/migrate-from-tpns.md: the check list for the day of the switch is run as it stands, by a shell, with curl."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from rockdove.devices.import_file import COLUMNS, EXAMPLE
from tests.server import Server

TEXT = (Path(__file__).parents[2] / "docs/migrate-from-tpns.md").read_text("utf-8")
SECONDS = 120


def steps() -> str:
    blocks = re.findall(r"^( *)```sh\n(.*?)^ *```", TEXT, re.DOTALL | re.MULTILINE)
    return "\n".join(re.sub(f"^{indent}", "", block, flags=re.MULTILINE) for indent, block in blocks)


def test_the_check_list_is_run(server: Server, tmp_path: Path) -> None:
    script = steps().replace("http://127.0.0.1:8080", server.url)
    assert script.count("curl ") == 9, "all of them are here"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path, env={**os.environ, "PATH": path, "ROCKDOVE_DATA": str(server.data)},
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert '"device_secret":"' in said, "the token was claimed"
    assert said.count('"ret_code":0') == 4, said
    assert "PUSH_FINISHED" in said
    [reached, nobody, opted_out] = done.stdout.splitlines()[-3:]
    assert reached.startswith("user-10001,05a8ea6924590dfe3eb4d3d8ea4fd43d7be1,xg,")
    assert {nobody, opted_out} == {"nobody,,,no_target,", "user-10002,,,no_target,"}


def test_the_format_is_all_there() -> None:
    assert EXAMPLE in TEXT
    for column in COLUMNS:
        assert f"`{column}`" in TEXT, column
