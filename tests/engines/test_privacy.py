"""Other users of the machine get at nothing: tried as another user, not read off the modes."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from rockdove.engines import Engines
from rockdove.engines.postgres import SOCKET_NAME

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become someone else")

NOBODY = 65534


def as_user(uid: int, attempt: Callable[[], object]) -> str:
    """What comes of `attempt` as that user: "done", or the name of the exception."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover  another process
        try:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            attempt()
            outcome = "done"
        except BaseException as error:
            outcome = type(error).__name__
        os.write(writing, outcome.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        outcome = answer.read()
    os.waitpid(child, 0)
    return outcome


def folder_of(engines: Engines) -> Path:
    return engines.settings.data_folder


def secrets_below(folder: Path) -> Iterator[Path]:
    """Every file and folder but the top, and copies of programs."""
    return (path for path in folder.rglob("*") if path.relative_to(folder).parts[0] != "engines")


def read(path: Path) -> None:
    if path.is_dir():
        list(path.iterdir())
    else:
        path.read_bytes()


def test_nobody_else_reads_or_writes_anything(engines: Engines) -> None:
    paths = [path for path in secrets_below(folder_of(engines)) if not stat.S_ISSOCK(path.stat().st_mode)]
    assert len(paths) > 100  # a cluster, keys, logs

    def try_all() -> None:
        for path in paths:
            for attempt in (lambda: read(path), lambda: os.open(path, os.O_WRONLY), lambda: os.rename(path, "/tmp/x")):  # noqa: B023, PTH104
                try:
                    attempt()
                except OSError:
                    continue
                raise AssertionError(path)

    assert as_user(NOBODY, try_all) == "done"


def test_nobody_else_reaches_the_socket(engines: Engines) -> None:
    path = folder_of(engines) / "socket" / SOCKET_NAME
    assert stat.S_ISSOCK(path.stat().st_mode)

    def connect() -> None:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))

    assert as_user(NOBODY, connect) == "PermissionError"
    assert as_user(0, connect) == "done"


def test_the_engines_do_not_run_as_root(engines: Engines) -> None:
    for engine in (engines.postgres, engines.nats):
        assert engine is not None
        assert engine.child is not None
        assert Path(f"/proc/{engine.child.pid}").stat().st_uid != 0


def test_the_engines_can_not_read_our_keys_nor_change_their_configuration(engines: Engines) -> None:
    assert engines.postgres is not None
    assert engines.postgres.child is not None
    uid = Path(f"/proc/{engines.postgres.child.pid}").stat().st_uid
    folder = folder_of(engines)
    assert as_user(uid, lambda: read(folder / "keys/nats.json")) == "PermissionError"
    assert as_user(uid, lambda: read(folder / "run")) == "PermissionError"
    assert as_user(uid, (folder / "conf/new").touch) == "PermissionError"
    assert as_user(uid, (folder / "new").touch) == "PermissionError"


def test_even_at_the_socket_a_password_is_asked_for(engines: Engines) -> None:
    assert engines.postgres is not None
    sockets = folder_of(engines) / "socket"
    for user in ("postgres", "rockdove"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgresql://{user}@/rockdove?host={sockets}")
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            psycopg.connect(f"postgresql://{user}:wrong@/rockdove?host={sockets}")


def test_the_product_is_no_superuser(engines: Engines) -> None:
    with psycopg.connect(engines.settings.postgres.url) as connection:
        row = connection.execute("SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user").fetchone()
        assert row == (False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("COPY pg_database TO PROGRAM 'cat'")


def test_no_secret_is_in_arguments_environments_or_logs(engines: Engines) -> None:
    folder, settings = folder_of(engines), engines.settings.nats
    words = [settings.account_seed, settings.system_user_seed]
    words += [text for text in (folder / "keys/postgres.json").read_text().split('"') if len(text) > 30]
    assert len(words) == 4
    seen = [path.read_bytes() for name in ("cmdline", "environ") for path in _of_processes(name)]
    seen += [path.read_bytes() for part in ("log", "conf") for path in (folder / part).iterdir()]
    assert not [word for word in words for text in seen if word.encode() in text]


def _of_processes(name: str) -> Iterator[Path]:
    for path in Path("/proc").glob(f"[0-9]*/{name}"):
        try:
            path.read_bytes()
        except OSError:  # it ended, or is the kernel's
            continue
        yield path
