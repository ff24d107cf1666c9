"""`rockdove backup`, `rockdove restore`: the database, the keys and the package files as one folder. `rockdove psql`.

    FOLDER/
    ├── database.dump   pg_dump's custom format: pg_restore and every other tool of PostgreSQL's read it
    ├── keys/           passwords, the seeds that devices' credentials are signed with, the key that seals vendors' ones
    └── packages/       uploaded files, unless they are kept elsewhere (packages.store)

The database first, the files after it: what the dump speaks of is there. It gets its name when it is complete.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from rockdove import config as configuration
from rockdove.cli.local import ConfigFile, DataFolder, running_settings
from rockdove.cli.terminal import errors, fail, out
from rockdove.observe import set_up_logging

DUMP = "database.dump"
COPIED = ("keys", "packages")
_TABLES = b"SELECT FROM pg_tables WHERE schemaname = 'public'"
_UNENDED = b"""
SELECT push_id, state, due FROM pushes WHERE state IN ('PUSH_INIT', 'PUSH_WAIT', 'PUSH_STARTED') ORDER BY push_id
"""


def backup(
    folder: Annotated[Path, typer.Argument(help="Made by this; must not exist.")],
    data: DataFolder = None,
    config: ConfigFile = None,
) -> None:
    """Back up the running server: database, keys and package files, into a new folder. It goes on serving meanwhile."""
    from rockdove.engines.dump import dump

    if folder.exists():
        fail(f"{folder} is there already; name a folder that is not.", 2)
    settings = running_settings(data, config)
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        unfinished.mkdir(mode=0o700, parents=True)
        with errors.status("dumping the database"):
            dump(settings.postgres.url, unfinished / DUMP)
        with errors.status("copying keys and packages"):
            for name in COPIED:
                _copy(settings.data_folder / name, unfinished / name)
        unfinished.rename(folder)
    except (OSError, shutil.Error) as error:
        fail(f"{unfinished}: {error}")
    out.print(f"{folder}: {sum(file.stat().st_size for file in folder.rglob('*') if file.is_file()):,} bytes")


def restore(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="What `rockdove backup` has made.")],
    data: DataFolder = None,
    config: ConfigFile = None,
) -> None:
    """Put a backup into a new data folder (or an empty database of your own), for `rockdove serve` to start on."""
    if not (folder / DUMP).is_file():
        fail(f"{folder} is no backup: there is no {DUMP} in it.", 2)
    settings = configuration.load(config)
    if data:
        settings = msgspec.structs.replace(settings, data=str(data.absolute()))
    target = settings.data_folder
    if target.exists() and any(target.iterdir()):
        fail(f"{target} is not empty; name another --data, or move it away.", 2)
    ports = {"port": 0, "mqtt_port": 0, "websocket_port": 0}  # another server may have the usual ones
    settings = msgspec.structs.replace(settings, nats=msgspec.structs.replace(settings.nats, **ports))
    set_up_logging("error", "restore")
    try:
        target.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        for name in COPIED:
            _copy(folder / name, target / name)
        with errors.status("restoring the database"):
            unended = asyncio.run(_restored(settings, folder / DUMP))
    except BaseException as error:
        shutil.rmtree(target, ignore_errors=True)  # half of it would be served as if it were all
        if isinstance(error, OSError | shutil.Error):
            fail(f"{target}: {error}")
        raise
    out.print(f"{target} is ready for `rockdove serve`.")
    for push in unended:
        due = push.due.astimezone(UTC)
        out.print(f"  push {push.push_id} ({push.state}, due {due:%Y-%m-%d %H:%M} UTC) goes on when it starts")


def psql(context: typer.Context, data: DataFolder = None, config: ConfigFile = None) -> None:
    """A prompt on the running server's database; what else is given goes to psql, e.g. -c "SELECT …"."""
    from rockdove.engines.dump import prompt

    prompt(running_settings(data, config).postgres.url, context.args)


async def _restored(settings: configuration.Settings, dump: Path) -> list[Any]:
    """Gives the pushes that had not ended."""
    from rockdove.engines import start_engines
    from rockdove.engines.dump import restore as restore_database
    from rockdove.storage.database import Database, fetch_all

    async with start_engines(settings) as engines:
        url = engines.settings.postgres.url
        async with Database(url, 1) as database, database.connection() as connection:
            if await fetch_all(connection, _TABLES):
                raise configuration.ConfigError("postgres.url: that database is not empty; make another one")
            await asyncio.to_thread(restore_database, url, dump)
            return await fetch_all(connection, _UNENDED)


def _copy(source: Path, target: Path) -> None:
    """A package that is deleted meanwhile is no loss; uploads on their way are left out."""
    if not source.is_dir():
        return
    ignore = shutil.ignore_patterns("incoming") if source.name == "packages" else None
    try:
        shutil.copytree(source, target, ignore=ignore, dirs_exist_ok=True)
    except shutil.Error as error:
        if any(Path(file).exists() for file, _, _ in error.args[0]):
            raise
