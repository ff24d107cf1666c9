"""PostgreSQL under the data folder: our own initdb, a socket nobody else can reach, patience while it recovers.

Of the wheel only the programs are used; its start-up helper opens parent folders and trusts every local user. There
is no TCP port. Whoever connects needs the socket's folder (0700) *and* a password (keys/, 0600).

The whole configuration is ours, in conf/, where the engine can read but not write: a database that was broken into
can't make us, perhaps root, write elsewhere for it. The administrator's own settings go to conf/local.conf, which is
read last.

Failures. It dies while it starts: EngineStartError with the end of its log. It recovers from a crash: we wait as long
as it lives and says so; a database that comes back late is better than one declared dead. We were killed: it stops by
itself (`launch.py`); what an earlier run still left is stopped first, found by the data folder in its command line
or, for PostgreSQL's own children, by our cluster name in their titles.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import msgspec
import psycopg
from psycopg import sql

from rockdove.engines.binaries import POSTGRES_MAJOR, Binaries
from rockdove.engines.data_folder import DataFolder, sync_folder, write_atomically
from rockdove.engines.errors import DataFolderError, EngineStartError
from rockdove.engines.postgres_settings import ACCESS_RULES, LOCAL_SETTINGS, configuration
from rockdove.engines.processes import Child, LogFile, Patience, processes_of, start_child, stop_orphans
from rockdove.observe import log

DATABASE = "rockdove"
ROLE = "rockdove"
SUPERUSER = "postgres"
LONGEST_SOCKET_PATH = 107
"""Bytes; the kernel's limit."""
SOCKET_NAME = ".s.PGSQL.5432"
REPORT_SECONDS = 5.0
STOP = (Patience(signal.SIGINT, 20), Patience(signal.SIGQUIT, 6))
"""Fast shutdown: ends sessions, writes a checkpoint. Then immediate: no checkpoint, the next start recovers; nothing
committed is lost. PostgreSQL kills its own children 5 s after that."""
ORPHAN_STOP = (Patience(signal.SIGINT, 60), Patience(signal.SIGQUIT, 10))
"""For what an earlier run left. It may already be writing its checkpoint, since it was told of our death."""

ATTACHED_SECONDS = 30.0


class _Passwords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    superuser: str
    role: str


class Postgres:
    """One PostgreSQL server. `url` is valid after the first `start` and stays the same over restarts."""

    name = "PostgreSQL"

    def __init__(self, folder: DataFolder, binaries: Binaries) -> None:
        self._folder = folder
        self._binaries = binaries
        self._data = folder.postgres / "data"
        self._passwords = _passwords(folder.keys / "postgres.json")
        self._sockets = folder.socket
        self._log_file = LogFile(folder.log / "postgres.log")
        self.child: Child | None = None

    @property
    def url(self) -> str:
        """For the product: the owner of its database, no superuser. Holds the password."""
        return self._url(ROLE, self._passwords.role, DATABASE)

    @property
    def superuser_url(self) -> str:
        """For administration and for tests that make their own databases."""
        return self._url(SUPERUSER, self._passwords.superuser, "postgres")

    async def start(self) -> None:
        """Returns when the product's database answers. Raises EngineStartError or DataFolderError."""
        await self._clear_earlier_run()
        if not self._data.exists():
            await self._initialise()
        self._check_version()
        self._choose_socket_folder()
        self.child = self._spawn()
        try:
            await self._ready(self.child)
            await self._ensure_database()
        except BaseException:
            await self._halt()
            raise

    async def stop(self) -> None:
        """Nothing of it is left when this returns."""
        await self._halt()
        if self._sockets != self._folder.socket:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = self._folder.socket

    async def _halt(self) -> None:
        if self.child:
            await self.child.stop(STOP)
        await stop_orphans(self._processes, STOP[1:])

    async def _clear_earlier_run(self) -> None:
        """Stop what it left, then remove its lock files: their pids may be anybody's by now, or a zombie's for ever.

        PostgreSQL warns against removing them, since two servers on one cluster destroy it. So this asks twice: nobody
        with our name in its title lives, and nobody is attached to the shared memory that the lock file notes.
        """
        await stop_orphans(self._processes, ORPHAN_STOP)
        lock = self._data / "postmaster.pid"
        try:
            async with asyncio.timeout(ATTACHED_SECONDS):
                while _attached(lock):  # noqa: ASYNC110  nothing reports it
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise EngineStartError(f"{self._data} is still in use by processes we can't find; see {lock}") from None
        lock.unlink(missing_ok=True)
        for left in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
            (self._folder.socket / left).unlink(missing_ok=True)

    @property
    def _cluster_name(self) -> str:
        """In the title of every PostgreSQL process; tells the clusters of one machine apart."""
        return f"rockdove {hashlib.sha256(os.fsencode(self._data)).hexdigest()[:12]}"

    def _processes(self) -> list[int]:
        title, folder = f"postgres: {self._cluster_name}: ", f" -D {self._data} "
        return processes_of(self._folder.user, lambda command: command.startswith(title) or folder in f"{command} ")

    async def _initialise(self) -> None:
        """Into another folder, renamed when complete: an initdb that was cut off leaves no half cluster."""
        log.info("creating the database cluster (once)", folder=str(self._data))
        unfinished = self._folder.postgres / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        command = [
            str(self._binaries.initdb),
            f"--pgdata={unfinished}",
            f"--username={SUPERUSER}",
            "--pwfile=/dev/stdin",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-instructions",
        ]
        with _readable_by(self._folder.user.uid, self._passwords.superuser) as password:
            child = start_child(
                "initdb",
                command,
                user=self._folder.user,
                log_file=self._log_file,
                death_signal=signal.SIGKILL,
                stdin=password,
            )
        try:
            if await child.wait() != 0:
                raise child.died()
        finally:
            await child.stop(())
        unfinished.rename(self._data)
        sync_folder(self._folder.postgres)

    def _check_version(self) -> None:
        found = (self._data / "PG_VERSION").read_text().strip()
        if found != str(POSTGRES_MAJOR):
            raise DataFolderError(
                f"{self._data} was written by PostgreSQL {found}, this is {POSTGRES_MAJOR}: "
                f"dump it with the version of Rockdove that wrote it, and restore it into a new data folder"
            )

    def _choose_socket_folder(self) -> None:
        """The data folder's, or a private temporary one where that path is too long for a socket."""
        if self._sockets != self._folder.socket:  # chosen at the first start: everybody knows it by now
            return
        note = self._folder.run / "socket-folder"
        if note.exists():  # of a run that was killed
            shutil.rmtree(note.read_text(), ignore_errors=True)
            note.unlink()
        if len(os.fsencode(self._folder.socket / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            return
        self._sockets = Path(tempfile.mkdtemp(prefix="rockdove-", dir="/tmp"))
        if not self._folder.user.is_us:
            os.chown(self._sockets, self._folder.user.uid, self._folder.user.gid)
        write_atomically(note, os.fsencode(self._sockets), 0o600)

    def _spawn(self) -> Child:
        conf = self._folder.write_conf("postgresql.conf", configuration(self._data, self._sockets))
        access = self._folder.write_conf("pg_hba.conf", ACCESS_RULES)
        names = self._folder.write_conf("pg_ident.conf", "")
        if not (self._folder.conf / LOCAL_SETTINGS).exists():
            self._folder.write_conf(LOCAL_SETTINGS, "# Your own settings. Read last, never overwritten.\n")
        command = [str(self._binaries.postgres), "-D", str(self._data), "-c", f"config_file={conf}"]
        command += ["-c", f"hba_file={access}", "-c", f"ident_file={names}"]
        command += ["-c", f"cluster_name={self._cluster_name}"]  # here, since local.conf must not change it
        return start_child(
            self.name, command, user=self._folder.user, log_file=self._log_file, death_signal=signal.SIGINT
        )

    async def _ready(self, child: Child) -> None:
        """As pg_ctl waits: the server writes its state into postmaster.pid."""
        loop = asyncio.get_running_loop()
        began = reported = loop.time()
        while not self._says_ready(child.pid):
            if not child.alive:
                raise child.died()
            if loop.time() - reported > REPORT_SECONDS:
                reported = loop.time()
                log.info("waiting for PostgreSQL", seconds=round(reported - began), says=self._log_file.last_line())
            await asyncio.sleep(0.02)

    def _says_ready(self, pid: int) -> bool:
        with suppress(OSError):
            lines = (self._data / "postmaster.pid").read_text().splitlines()
            return len(lines) >= 8 and int(lines[0]) == pid and lines[7].strip() == "ready"
        return False

    async def _ensure_database(self) -> None:
        """The product's role and its database; the role's password is what keys/ says."""
        try:
            async with await psycopg.AsyncConnection.connect(self.superuser_url, autocommit=True) as connection:
                await _ensure_role(connection, self._passwords.role)
                if not await _found(connection, "SELECT FROM pg_database WHERE datname = %s", DATABASE):
                    names = sql.Identifier(DATABASE), sql.Identifier(ROLE)
                    await connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))
        except psycopg.Error as error:
            keys = self._folder.keys / "postgres.json"
            raise EngineStartError(f"the database can't be used with the passwords in {keys}: {error}") from None

    def _url(self, user: str, password: str, database: str) -> str:
        return f"postgresql://{user}:{password}@/{database}?host={quote(str(self._sockets), safe='')}"


def _attached(lock: Path) -> bool:
    """Is any process attached to the shared memory segment of the server that wrote this lock file?"""
    with suppress(OSError, IndexError):
        segment = lock.read_text().splitlines()[6].split()[1]
        for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]:
            fields = line.split()  # key shmid perms size cpid lpid nattch …
            if fields[1] == segment:
                return fields[6] != "0"
    return False


async def _ensure_role(connection: psycopg.AsyncConnection[tuple[object, ...]], password: str) -> None:
    """The password goes over as its verifier: no log ever shows it."""
    role = sql.Identifier(ROLE)
    if not await _found(connection, "SELECT FROM pg_roles WHERE rolname = %s", ROLE):
        await connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
    verifier = connection.pgconn.encrypt_password(password.encode(), ROLE.encode(), b"scram-sha-256")
    change = sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(verifier.decode()))
    await connection.execute(change)


async def _found(connection: psycopg.AsyncConnection[tuple[object, ...]], query: str, name: str) -> bool:
    cursor = await connection.execute(query.encode(), (name,))
    return cursor.rowcount > 0


def _passwords(file: Path) -> _Passwords:
    if not file.exists():
        passwords = _Passwords(secrets.token_urlsafe(32), secrets.token_urlsafe(32))
        write_atomically(file, msgspec.json.encode(passwords), 0o600)
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Passwords)
    except (OSError, msgspec.DecodeError) as error:
        raise DataFolderError(f"{file} can't be used ({error}): restore it from a backup") from None


@contextmanager
def _readable_by(uid: int, secret: str) -> Iterator[int]:
    """A descriptor of an unnamed file with the secret, which that user may open again as /dev/stdin. Never on a
    disk."""
    descriptor = os.memfd_create("secret")
    try:
        os.fchmod(descriptor, 0o600)
        os.write(descriptor, secret.encode() + b"\n")
        if uid != os.geteuid():
            os.fchown(descriptor, uid, -1)
        yield descriptor
    finally:
        os.close(descriptor)
