"""The data folder: what lies where, whose it is, and that only one server uses it.

    DIR/            0711 as root, else 0700
    ├── lock        held (flock) while a server uses the folder; holds its pid
    ├── keys/       0700, ours           passwords and seeds, files 0600
    ├── log/        0700, ours           what the engines say
    ├── run/        0700, ours           what the running server notes for later: ports, settings of its processes
    ├── conf/       0750, ours, readable by the engines' group: written at every start
    ├── postgres/   0700, the engines'   the database cluster
    ├── nats/       0700, the engines'   JetStream's store (MQTT sessions)
    ├── socket/     0700, the engines'   PostgreSQL's socket
    └── engines/    copies of the programs, only where the installed ones can't be run by the engines' user

The folder is never opened further than this, and nothing above it is ever changed: a parent that the engines' user
can't pass is an error that says so.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from rockdove.engines.engine_user import EngineUser, engine_user
from rockdove.engines.errors import DataFolderError
from rockdove.engines.processes import run_as


class DataFolder(NamedTuple):
    """An opened data folder; valid while `open_data_folder` is entered."""

    path: Path
    user: EngineUser

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def conf(self) -> Path:
        return self.path / "conf"

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def nats(self) -> Path:
        return self.path / "nats"

    @property
    def socket(self) -> Path:
        return self.path / "socket"

    @property
    def engines(self) -> Path:
        return self.path / "engines"

    def write_conf(self, name: str, text: str) -> Path:
        """A configuration file that the engines can read and only we can write; replaced atomically."""
        path = self.conf / name
        write_atomically(path, text.encode(), 0o640, self.user.gid)
        return path


@contextmanager
def open_data_folder(path: Path, *, embedded: bool = True) -> Iterator[DataFolder]:
    """Create what is missing, check what is there, and hold the lock.

    `embedded`: engines will run in it, so their user must exist and reach it.
    Raises DataFolderError: in use, not ours, open to others, or out of the engines' reach.
    """
    user = engine_user(path) if embedded else EngineUser("", os.geteuid(), os.getegid())
    _make_top(path)
    lock = _lock(path / "lock")
    try:
        folder = DataFolder(path, user)
        _check_reach(folder)
        for ours in (folder.keys, folder.log, folder.run):
            _make(ours, 0o700, os.geteuid(), os.getegid())
        if embedded:
            _make(folder.conf, 0o750, os.geteuid(), user.gid)
            for theirs in (folder.postgres, folder.nats, folder.socket):
                _make(theirs, 0o700, user.uid, user.gid)
        yield folder
    finally:
        os.close(lock)


def write_atomically(path: Path, content: bytes, mode: int, gid: int | None = None) -> None:
    """Whole or not at all, and on the disk when this returns."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if gid is not None and gid != os.getegid():
            os.fchown(descriptor, -1, gid)
        os.fchmod(descriptor, mode)
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make a rename in it last."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_top(path: Path) -> None:
    if not path.exists():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir(mode=0o700)
            path.chmod(0o711 if os.geteuid() == 0 else 0o700)
        except OSError as error:
            raise DataFolderError(f"the data folder {path} can't be created: {error.strerror}") from None
    if not path.is_dir():
        raise DataFolderError(f"{path} is not a folder; set `data` to one")
    state = path.stat()
    if os.geteuid() not in (0, state.st_uid):
        raise DataFolderError(f"the data folder {path} belongs to another user; run as its owner or set `data`")
    if state.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise DataFolderError(f"the data folder {path} can be written to by others: chmod go-w {path}")


def _lock(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        raise DataFolderError(f"the data folder {path.parent} is already in use by pid {holder}") from None
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def is_in_use(path: Path) -> bool:
    """Whether a server that lives holds the lock."""
    try:
        descriptor = os.open(path / "lock", os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _check_reach(folder: DataFolder) -> None:
    if folder.user.is_us or _passes(folder.user, folder.path):
        return
    way = [*reversed(folder.path.parents), folder.path]
    barrier = next((place for place in way if not _passes(folder.user, place)), folder.path)
    raise DataFolderError(
        f"the engines run as user {folder.user.name!r}, who can't pass {barrier}: "
        f"chmod o+x {barrier}, or put the data folder elsewhere (setting `data`)"
    )


def _passes(user: EngineUser, path: Path) -> bool:
    """Tried as that user: modes alone would miss access lists, mounts and security modules."""
    return run_as(user, ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(path)]).returncode == 0


def _make(path: Path, mode: int, uid: int, gid: int) -> None:
    """Create the folder, or check that the one there is real and as private as it must be."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        _check(path, mode, uid)
        return
    if (uid, gid) != (os.geteuid(), os.getegid()):
        os.chown(path, uid, gid, follow_symlinks=False)
    path.chmod(mode)


def _check(path: Path, mode: int, uid: int) -> None:
    state = path.lstat()
    if not stat.S_ISDIR(state.st_mode):
        raise DataFolderError(f"{path} must be a folder, and not a symbolic link")
    if state.st_uid not in (uid, path.parent.stat().st_uid):
        raise DataFolderError(f"{path} belongs to user id {state.st_uid} instead of {uid}: chown -R {uid} {path}")
    if stat.S_IMODE(state.st_mode) & ~mode & 0o777:
        raise DataFolderError(f"{path} is open to others: chmod {mode:o} {path}")
