"""A database into a file and back, and a prompt on it, by the PostgreSQL programs that come with the wheel; they speak
to older servers, too.

The password goes over in the environment of the program, which only its user can read, never in its arguments.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NoReturn

from psycopg.conninfo import conninfo_to_dict

from rockdove.engines.binaries import client_program
from rockdove.engines.errors import EngineError

_VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}


def dump(url: str, file: Path) -> None:
    """All of the database as of now, while it is in use. Raises EngineError with what pg_dump says."""
    _run("pg_dump", url, ["--format=custom", f"--file={file}"])


def restore(url: str, file: Path) -> None:
    """Into an empty database, whole or not at all. Raises EngineError with what pg_restore says."""
    database = str(conninfo_to_dict(url)["dbname"])
    _run(
        "pg_restore", url, ["--no-owner", "--no-privileges", "--single-transaction", f"--dbname={database}", str(file)]
    )


def prompt(url: str, arguments: list[str]) -> NoReturn:
    """psql in place of this process."""
    os.execve(client_program("psql"), ["psql", "--no-password", *arguments], _environment(url))  # noqa: S606  none is wanted


def _run(program: str, url: str, arguments: list[str]) -> None:
    command = [str(client_program(program)), "--no-password", *arguments]
    done = subprocess.run(command, env=_environment(url), capture_output=True, text=True, check=False)
    if done.returncode:
        raise EngineError(done.stderr.strip() or f"{program} ended with {done.returncode}")


def _environment(url: str) -> dict[str, str]:
    named = {_VARIABLES[name]: str(value) for name, value in conninfo_to_dict(url).items() if name in _VARIABLES}
    return {**os.environ, **named}
