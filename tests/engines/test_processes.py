"""Children: they end when asked, when not, and when we do."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rockdove.engines.engine_user import EngineUser
from rockdove.engines.processes import (
    LOG_BYTES,
    Child,
    LogFile,
    Patience,
    processes_of,
    run_as,
    start_child,
    stop_orphans,
)

US = EngineUser("us", os.geteuid(), os.getegid())


def shell(script: str, log_file: LogFile) -> Child:
    return start_child("sh", ["/bin/sh", "-c", script], user=US, log_file=log_file, death_signal=signal.SIGKILL)


@pytest.fixture
def log_file(tmp_path: Path) -> LogFile:
    return LogFile(tmp_path / "log")


async def test_output_goes_to_the_log_and_the_exit_code_comes_back(log_file: LogFile) -> None:
    child = shell("echo one; echo two >&2; exit 3", log_file)
    assert await child.wait() == 3
    assert not child.alive
    assert log_file.tail() == "one\ntwo"
    assert "ended with code 3" in str(child.died())
    assert "two" in str(child.died())


async def test_a_child_gets_none_of_our_environment(log_file: LogFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROCKDOVE_POSTGRES__URL", "secret")
    await shell("env", log_file).wait()
    assert "secret" not in log_file.tail()
    assert "PATH=" in log_file.tail()


async def test_a_child_that_ignores_its_signal_is_killed(log_file: LogFile) -> None:
    child = shell('trap "" TERM; exec 3<>/dev/null; echo ready; sleep 60 & wait; sleep 60', log_file)
    while log_file.tail() != "ready":
        assert child.alive
    await child.stop([Patience(signal.SIGTERM, 0.1)])
    assert child.exit_code == -signal.SIGKILL


async def test_a_program_that_is_not_there_is_named(log_file: LogFile) -> None:
    child = start_child("x", ["/nowhere/x"], user=US, log_file=log_file, death_signal=signal.SIGKILL)
    assert await child.wait() == 1
    assert log_file.tail() == "/nowhere/x: No such file or directory"


PARENT = """
import asyncio, signal, sys, time
from pathlib import Path
from rockdove.engines.processes import *
from tests.engines.test_processes import US
async def main():
    child = start_child("sleep", ["/bin/sleep", sys.argv[1]], user=US, log_file=LogFile(Path(sys.argv[2])),
                        death_signal=signal.SIGTERM)
    print(child.pid, flush=True)
    await child.wait()
asyncio.run(main())
"""


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, "86399.25", str(tmp_path / "log")], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        child = os.pidfd_open(pid)
        parent.kill()
    ended, _, _ = select.select([child], [], [], 10)
    os.close(child)
    assert ended


async def test_orphans_are_found_by_their_command_line_and_stopped() -> None:
    marker = f"86398.{os.getpid()}"
    with subprocess.Popen(["/bin/sleep", marker]) as orphan:

        def find() -> list[int]:
            return processes_of(US, lambda command: command.endswith(f"sleep {marker}"))

        try:
            while not find():  # between the kernel's exec and its command line lie some microseconds
                assert orphan.poll() is None
            assert find() == [orphan.pid]
            await stop_orphans(find, [Patience(signal.SIGTERM, 10)])
            assert find() == []
        finally:
            orphan.kill()
    assert orphan.returncode == -signal.SIGTERM


def test_a_log_is_cut_before_it_grows_without_end(log_file: LogFile) -> None:
    log_file.path.write_bytes(b"old\n" * (LOG_BYTES // 4) + b"newest\n")
    descriptor = log_file.open()
    try:
        assert log_file.path.stat().st_size == 0
        os.write(descriptor, b"x" * (LOG_BYTES + 1))
        log_file.bound()
        os.write(descriptor, b"after the cut")
    finally:
        os.close(descriptor)
    assert log_file.path.read_bytes() == b"after the cut"
    assert Path(f"{log_file.path}.1").stat().st_size == LOG_BYTES


def test_a_short_command_runs_as_the_user() -> None:
    assert run_as(US, ["/usr/bin/id", "-u"]).stdout.strip() == str(os.geteuid())
