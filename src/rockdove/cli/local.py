"""Finding the server that runs on this machine: its data folder holds the configuration its processes run with."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rockdove import config
from rockdove.cli.terminal import fail

if TYPE_CHECKING:
    from rockdove.devices.applications import Application

RUNNING = Path("run/settings.json")
"""Below the data folder: the effective configuration of a running `rockdove serve`, readable only by its owner."""

DataFolder = Annotated[
    Path | None, typer.Option("--data", envvar="ROCKDOVE_DATA", help="The data folder of `rockdove serve`.")
]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", envvar="ROCKDOVE_CONFIG", dir_okay=False, help="A rockdove.toml.")
]


def running_settings(data: Path | None, file: Path | None) -> config.Settings:
    """The configuration to reach the database and NATS with: an explicit one that names a database, else the one of the
    server running on `data`."""
    settings = config.load(file)
    if settings.postgres.url:
        _check_database(settings.postgres.url)
        return settings
    folder = data.absolute() if data else settings.data_folder
    running = folder / RUNNING
    try:
        settings = config.load(running, {})
    except config.ConfigError:
        fail(
            f"No server is running on {folder} (or it belongs to another user). Start one with "
            f"`rockdove serve --data {folder}`, or name your database with --config."
        )
    _check_database(settings.postgres.url)
    return settings


def check_url(url: str | None) -> None:
    """Ends the command where `--url` is none."""
    if url and not url.startswith(("http://", "https://")):
        fail(f"--url is http:// or https:// and the server's name, with a port if need be, not {url!r}.", 2)


def own_url(settings: config.Settings) -> str:
    """Where commands on this machine call the API: past a proxy in front of it, whose name this machine may not find
    and whose certificate it need not trust."""
    try:
        http = config.load(settings.data_folder / RUNNING, {}).http
    except config.ConfigError:  # the API is on another machine
        http = settings.http
        return http.public_url or f"http://{http.host}:{http.port}"
    if http.tls_certificate:  # it is for the public name
        return http.public_url
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(http.host, http.host)  # noqa: S104  what is listened on, not listening
    return f"http://{f'[{host}]' if ':' in host else host}:{http.port}"


def _check_database(url: str) -> None:
    """Ends the command with the reason at once where a pool would try for a minute and then say that it gave up."""
    import psycopg

    psycopg.connect(url, connect_timeout=10).close()


def local_application(access_id: int, settings: config.Settings) -> Application:
    """The application's row, keys included, straight from the database; ends the command where there is none."""
    from rockdove.devices import applications
    from rockdove.storage.database import Database

    async def find() -> Application | None:
        async with Database(settings.postgres.url, 1) as database, database.connection() as connection:
            return await applications.find(connection, access_id)

    found = asyncio.run(find())
    if found is None:
        fail(f"There is no application {access_id} here; `rockdove app list` shows them.")
    return found
