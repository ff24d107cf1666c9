"""`rockdove app`: applications and their keys."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from rockdove.cli.local import ConfigFile, DataFolder, running_settings
from rockdove.cli.terminal import fail, out
from rockdove.devices import applications
from rockdove.storage.database import Database

cli = typer.Typer(no_args_is_help=True, help="Applications and their keys.")


@cli.command()
def create(
    name: str,
    platform: Annotated[str, typer.Option(help="android or ios")],
    access_id: Annotated[int | None, typer.Option(help="Keep the id of a former TPNS application.")] = None,
    access_key: Annotated[str | None, typer.Option(help="Keep its Access Key (devices register with it).")] = None,
    secret_key: Annotated[str | None, typer.Option(help="Keep its Secret Key (servers sign with it).")] = None,
    main_package: Annotated[str, typer.Option(help="Android: the main package name; empty: any.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the application as JSON.")] = False,
    data: DataFolder = None,
    config: ConfigFile = None,
) -> None:
    """Create an application; prints the three keys that clients and devices need."""

    async def run() -> applications.Application:
        settings = running_settings(data, config)
        async with Database(settings.postgres.url, 1) as database, database.transaction() as connection:
            return await applications.create(
                connection,
                name,
                platform,
                access_id=access_id,
                access_key=access_key,
                secret_key=secret_key,
                main_package=main_package,
                timezone=settings.default_timezone,
            )

    try:
        application = asyncio.run(run())
    except applications.ApplicationError as error:
        fail(str(error))
    if as_json:
        typer.echo(msgspec.json.encode(application))
        return
    table = Table.grid(padding=(0, 2))
    for title, value in (
        ("AccessID", str(application.access_id)),
        ("AccessKey", application.access_key),
        ("SecretKey", application.secret_key),
    ):
        table.add_row(title, value)
    out.print(table)


@cli.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, without secrets.")] = False,
    data: DataFolder = None,
    config: ConfigFile = None,
) -> None:
    """List the applications."""

    async def run() -> list[applications.Application]:
        settings = running_settings(data, config)
        async with Database(settings.postgres.url, 1) as database, database.connection() as connection:
            return await applications.list_all(connection)

    found = asyncio.run(run())
    if as_json:
        public = [{"access_id": a.access_id, "name": a.name, "platform": a.platform} for a in found]
        typer.echo(msgspec.json.encode(public))
        return
    table = Table("AccessID", "Name", "Platform", box=None)
    for application in found:
        table.add_row(str(application.access_id), application.name, application.platform)
    out.print(table)
