"""Become another user, tie our life to the parent's, and turn into an engine.

Run as a script (`python -I -S launch.py JSON PROGRAM ARGUMENT…`), never imported: the steps must happen in the child,
in this order, and Python code between fork and exec of a process with threads may deadlock. A whole interpreter costs
20 ms and is safe.
"""

import ctypes
import json
import os
import resource
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    task = json.loads(sys.argv[1])
    program = sys.argv[2:]
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_NOFILE, (task["open_files"], task["open_files"]))
    if task["uid"] != os.geteuid():
        os.setgroups([])
        os.setgid(task["gid"])
        os.setuid(task["uid"])
    _die_with(task["parent"], task["parent_death_signal"])
    try:
        os.execv(program[0], program)  # noqa: S606  # no shell is the point
    except OSError as error:
        sys.exit(f"{program[0]}: {error.strerror}")


def _die_with(parent: int, death_signal: int) -> None:
    """Have the kernel send `death_signal` when the parent dies. Changing the user clears this, so it comes after;
    exec keeps it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the parent died first")


main()
