"""Child processes that are not our own code: as another user, with a log file, stopped with growing firmness.

A child runs in its own session, so Ctrl-C on the terminal reaches us alone and we stop the engines last. The kernel
tells it when we die, however we die (`launch.py`), and it stops by itself; whoever starts next still looks for
orphans (`processes_of`) and waits for them. The kernel ties this to the *thread* that started the child: start
children from a thread that lives as long as the product does, in practice the main one.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from rockdove.engines.engine_user import EngineUser
from rockdove.engines.errors import EngineStartError

LAUNCHER = Path(__file__).with_name("launch.py")
LOG_BYTES = 8 * 1024 * 1024
"""A log file that has grown past this is moved to `….1`, which is overwritten."""
TAIL_BYTES = 4000
OPEN_FILES = 16_384
SHORT_COMMAND_SECONDS = 30

_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
"""All an engine gets: our own environment may hold secrets."""


class Patience(NamedTuple):
    """Send `signal`, then give the process `seconds` to go."""

    signal: signal.Signals
    seconds: float


class LogFile:
    """Where a child's standard output and error go; bounded while it is being written to."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self) -> int:
        """For appending: whoever writes goes on at the new end after `bound` cut the file."""
        self.bound()
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    def bound(self) -> None:
        """When the file is too long: keep its newest LOG_BYTES in `….1` and start again."""
        if not self.path.exists() or self.path.stat().st_size <= LOG_BYTES:
            return
        descriptor = os.open(f"{self.path}.1", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as older:
            older.write(self._last(LOG_BYTES))
        os.truncate(self.path, 0)

    def tail(self) -> str:
        return self._last(TAIL_BYTES).decode("utf-8", "replace").strip() if self.path.exists() else ""

    def last_line(self) -> str:
        return self.tail().rpartition("\n")[2]

    def _last(self, count: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek(max(0, self.path.stat().st_size - count))
            return file.read(count)


class Child:
    """A running (or ended) child process."""

    def __init__(self, name: str, popen: subprocess.Popen[bytes], log_file: LogFile) -> None:
        self.name = name
        self.pid = popen.pid
        self.log_file = log_file
        self._popen = popen
        self._exit_code: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._pidfd = os.pidfd_open(popen.pid)
        asyncio.get_running_loop().add_reader(self._pidfd, self._reap)

    @property
    def alive(self) -> bool:
        return not self._exit_code.done()

    @property
    def exit_code(self) -> int | None:
        """Negative: the signal that ended it. None: still alive."""
        return self._exit_code.result() if self._exit_code.done() else None

    async def wait(self) -> int:
        """Until it ends; the exit code."""
        return await asyncio.shield(self._exit_code)

    async def stop(self, steps: Sequence[Patience]) -> None:
        """Each signal in turn, the next one when the patience for it runs out; at last SIGKILL. Returns when it is
        gone."""
        for step in steps:
            if not self.alive:
                return
            self._popen.send_signal(step.signal)
            with suppress(TimeoutError):
                async with asyncio.timeout(step.seconds):
                    await self.wait()
        if self.alive:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            await self.wait()

    def died(self) -> EngineStartError:
        """What to raise when it ended during its start."""
        return EngineStartError(
            f"{self.name} ended with code {self.exit_code}; the end of {self.log_file.path}:\n{self.log_file.tail()}"
        )

    def _reap(self) -> None:
        asyncio.get_running_loop().remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._exit_code.set_result(self._popen.wait())


def start_child(
    name: str,
    command: Sequence[str],
    *,
    user: EngineUser,
    log_file: LogFile,
    death_signal: signal.Signals,
    stdin: int = subprocess.DEVNULL,
    open_files: int = OPEN_FILES,
) -> Child:
    """Start `command` (an absolute path and its arguments) as `user`. `death_signal` is what it gets when we die."""
    output = log_file.open()
    try:
        popen = subprocess.Popen(
            _launched(command, user, death_signal, open_files),
            stdin=stdin,
            stdout=output,
            stderr=output,
            cwd="/",
            env=_ENVIRONMENT,
            start_new_session=True,
        )
    finally:
        os.close(output)
    return Child(name, popen, log_file)


def allowed_open_files(wanted: int) -> int:
    """How many files a child may have open, at most `wanted`; raises our own hard limit where we have the privilege."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or wanted <= hard:
        return wanted
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, wanted))
    except (OSError, ValueError):
        return hard
    return wanted


def run_as(user: EngineUser, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a short command as `user` and wait for it."""
    return subprocess.run(
        _launched(command, user, signal.SIGKILL, OPEN_FILES),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd="/",
        env=_ENVIRONMENT,
        start_new_session=True,
        timeout=SHORT_COMMAND_SECONDS,
        check=False,
    )


def _launched(command: Sequence[str], user: EngineUser, death_signal: signal.Signals, open_files: int) -> list[str]:
    task = {
        "uid": user.uid,
        "gid": user.gid,
        "parent": os.getpid(),
        "parent_death_signal": int(death_signal),
        "open_files": allowed_open_files(open_files),
    }
    return [sys.executable, "-I", "-S", str(LAUNCHER), msgspec.json.encode(task).decode(), *command]


def processes_of(user: EngineUser, ours: Callable[[str], bool]) -> list[int]:
    """The pids of the live processes of `user` whose command line `ours` recognises.

    Command lines, since root without CAP_SYS_PTRACE (any container) may not read other users' /proc/…/exe and cwd.
    """
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with suppress(OSError):  # it may end while we look
            if entry.stat().st_uid == user.uid and ours(_command_line(entry)) and not _is_zombie(entry):
                found.append(int(entry.name))
    return found


def _command_line(entry: Path) -> str:
    return (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()


def _is_zombie(entry: Path) -> bool:
    return (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0] == "Z"


async def stop_orphans(find: Callable[[], list[int]], steps: Sequence[Patience]) -> None:
    """Stop processes that are not our children, and return when none is found any more."""
    for step in [*steps, Patience(signal.SIGKILL, 10)]:
        for pid in find():
            with suppress(ProcessLookupError):
                os.kill(pid, step.signal)
        with suppress(TimeoutError):
            async with asyncio.timeout(step.seconds):
                while find():  # noqa: ASYNC110  nothing reports the end of a process that is not our child
                    await asyncio.sleep(0.05)
            return
    raise EngineStartError(f"processes {find()} of an earlier run can't be stopped")
