"""Who the engines run as.

PostgreSQL refuses to run as root, and a broker open to the world should not. Started by root, both run as the owner
of the data folder, or as the system user `rockdove` when root owns it. Started by anyone else, they run as that user.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from rockdove.engines.errors import DataFolderError
from rockdove.observe import log

SYSTEM_USER = "rockdove"


class EngineUser(NamedTuple):
    name: str
    uid: int
    gid: int

    @property
    def is_us(self) -> bool:
        return self.uid == os.geteuid()


def engine_user(folder: Path) -> EngineUser:
    """The user for the engines of this data folder, which need not exist yet; may create the system user."""
    if os.geteuid() != 0:
        return _user(os.geteuid(), os.getegid())
    owner = folder.stat() if folder.exists() else None
    if owner is not None and owner.st_uid != 0:
        return _user(owner.st_uid, owner.st_gid)
    try:
        return _system_user()
    except KeyError:
        _create_system_user()
        return _system_user()


def _user(uid: int, gid: int) -> EngineUser:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:  # usual in containers: a number without an entry in /etc/passwd
        return EngineUser(str(uid), uid, gid)
    return EngineUser(entry.pw_name, uid, entry.pw_gid)


def _system_user() -> EngineUser:
    entry = pwd.getpwnam(SYSTEM_USER)
    return EngineUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _create_system_user() -> None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    advice = f"create a system user {SYSTEM_USER!r}, or make the data folder another user's, or run as an ordinary user"
    if useradd is None:
        raise DataFolderError(
            f"running as root, the engines need an unprivileged user, and there is no useradd: {advice}"
        )
    command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DataFolderError(f"useradd failed ({done.stderr.strip()}): {advice}")
    log.info("system user created: the engines run as it", user=SYSTEM_USER)
