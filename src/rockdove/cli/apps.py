"""`rockdove app`: applications and their keys."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from rockdove.cli.local import ConfigFile, DataFolder, running_settings
from rockdove.cli.terminal import fail, out
from rockdove.devices import applications, attributes
from rockdove.domain.controls import AllowedHours, Controls, DailyCap
from rockdove.storage.database import Database

cli = typer.Typer(no_args_is_help=True, help="Applications, their keys and what they allow.")

ALWAYS = "always"


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


@cli.command()
def controls(
    access_id: int,
    daily_cap: Annotated[
        int | None, typer.Option(help="Notifications a device may get a day, 1 to 100. 0: any number.")
    ] = None,
    plans: Annotated[
        str | None, typer.Option(help="Push plans that are capped, e.g. 0,12 (0: the default plan). Empty: all.")
    ] = None,
    dedup: Annotated[
        bool | None, typer.Option("--dedup/--no-dedup", help="Refuse the same to the same recipients within an hour.")
    ] = None,
    allowed: Annotated[
        str | None, typer.Option(help="When pushes may be created, e.g. 08:00-22:00 or 22:00-06:00; or: always.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
    data: DataFolder = None,
    config: ConfigFile = None,
) -> None:
    """Show what an application allows of its pushes, and change what is given; a second later it is in force."""

    def changed(application: applications.Application) -> Controls:
        current = application.controls
        return msgspec.structs.replace(
            current,
            daily_cap=_daily_cap(current.daily_cap, daily_cap, plans),
            deduplicate=current.deduplicate if dedup is None else dedup,
            allowed_hours=current.allowed_hours if allowed is None else _hours(allowed),
        )

    async def run() -> tuple[applications.Application, Controls]:
        settings = running_settings(data, config)
        async with Database(settings.postgres.url, 1) as database, database.transaction() as connection:
            application = await applications.find(connection, access_id)
            if application is None:
                fail(f"There is no application {access_id} here; `rockdove app list` shows them.")
            if (wanted := changed(application)) != application.controls:
                await applications.set_controls(connection, access_id, wanted)
            return application, wanted

    try:
        application, found = asyncio.run(run())
    except ValueError as error:
        fail(str(error), 2)
    if as_json:
        typer.echo(msgspec.json.encode(found))
        return
    table = Table.grid(padding=(0, 2))
    for title, text in _described(found, application.timezone):
        table.add_row(title, text)
    out.print(table)


@cli.command("attributes")
def attribute_names(
    access_id: int,
    add: Annotated[
        list[str] | None, typer.Option(help="A name to make, e.g. level. May be given several times.")
    ] = None,
    remove: Annotated[list[str] | None, typer.Option(help="A name to take away.")] = None,
    data: DataFolder = None,
    config: ConfigFile = None,
) -> None:
    """Show the user attributes that texts of an application may name, after adding and removing some."""

    async def run() -> frozenset[str]:
        settings = running_settings(data, config)
        async with Database(settings.postgres.url, 1) as database, database.transaction() as connection:
            if await applications.find(connection, access_id) is None:
                fail(f"There is no application {access_id} here; `rockdove app list` shows them.")
            await attributes.remove_names(connection, access_id, remove or [])
            await attributes.add_names(connection, access_id, add or [], settings.limits.attribute_bytes)
            return await attributes.names(connection, access_id)

    try:
        found = asyncio.run(run())
    except attributes.BadAttributeError as error:
        fail(str(error), 2)
    for name in sorted(found):
        out.print(name, markup=False)


def _daily_cap(current: DailyCap | None, notifications: int | None, plans: str | None) -> DailyCap | None:
    """Raises ValueError."""
    if notifications == 0 or (current is None and notifications is None):
        if plans is not None:
            raise ValueError("--plans says what a --daily-cap is for, and there is none")
        return None
    cap = current or DailyCap()
    return DailyCap(
        notifications=cap.notifications if notifications is None else notifications,
        plans=cap.plans if plans is None else tuple(plan.strip() for plan in plans.split(",") if plan.strip()),
    )


def _hours(text: str) -> AllowedHours | None:
    """Raises ValueError."""
    if text == ALWAYS:
        return None
    start, dash, end = text.partition("-")
    if not dash:
        raise ValueError(f"--allowed {text!r}: write HH:MM-HH:MM, e.g. 08:00-22:00, or {ALWAYS}")
    return AllowedHours(start=start.strip(), end=end.strip())


def _described(controls: Controls, timezone: str) -> list[tuple[str, str]]:
    cap, hours = controls.daily_cap, controls.allowed_hours
    plans = f", plans {', '.join(cap.plans)}" if cap and cap.plans else ""
    return [
        ("Daily cap", f"{cap.notifications} notifications a device{plans}" if cap else "off"),
        ("Same content to the same recipients", "once an hour" if controls.deduplicate else "off (but for all)"),
        ("Pushes may be created", f"{hours.start} to {hours.end} ({timezone})" if hours else ALWAYS),
    ]
