"""`rockdove import devices` and `rockdove devices simulate`."""

from __future__ import annotations

import asyncio
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.live import Live
from rich.table import Table

from rockdove.cli.local import ConfigFile, DataFolder, check_url, local_application, running_settings
from rockdove.cli.terminal import count_progress, errors, fail, out

if TYPE_CHECKING:
    from rockdove.devices.importing import ImportReport
    from rockdove.testing.fleet import Fleet, FleetOptions

EXAMPLES_SHOWN = 20

EXAMPLES_SHOWN = 20

cli = typer.Typer(no_args_is_help=True, help="Devices.")
import_cli = typer.Typer(no_args_is_help=True, help="Bring data along from elsewhere.")


@import_cli.callback()
@cli.callback()
def group() -> None:
    """Devices and their accounts."""


@import_cli.command("devices")
def import_command(
    file: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False, help="CSV with a header row.")] = None,
    access_id: Annotated[int | None, typer.Option("--app", "--access-id", help="The application.")] = None,
    refused: Annotated[Path | None, typer.Option(help="Write refused rows here, as CSV.")] = None,
    example: Annotated[bool, typer.Option("--example", help="Print a sample file and stop.")] = False,
    data: DataFolder = None,
    config: ConfigFile = None,
) -> None:
    """Load devices with their accounts and bind times; a million in one pass."""
    from rockdove.devices.importing import EXAMPLE

    if example:
        typer.echo(EXAMPLE, nl=False)
        return
    if file is None or access_id is None:
        fail("Give a file and --app; `rockdove import devices --example` prints a sample.", 2)
    report = import_with_progress(data, access_id, file, refused, config)
    out.print(summary(report))
    if report.refused:
        errors.print(f"[yellow]{report.refused:,} rows refused[/yellow]")
        for refusal in report.refusals[:EXAMPLES_SHOWN]:
            errors.print(f"  row {refusal.row}: {refusal.column}: {refusal.reason}", markup=False)
        raise typer.Exit(1)


def summary(report: ImportReport) -> str:
    """The counts of an import in one line."""
    devices = report.new_devices + report.updated_devices
    return f"{devices:,} devices ({report.new_devices:,} new), {report.bindings:,} bindings, {report.seconds:.1f} s"


def import_with_progress(
    data: Path | None, access_id: int, file: Path, refused: Path | None = None, config: Path | None = None
) -> ImportReport:
    """Import with a progress bar over the bytes of the file."""
    from rockdove.devices.importing import ImportFileError, import_devices
    from rockdove.storage.database import Database

    settings = running_settings(data, config)

    async def run() -> ImportReport:
        with count_progress() as progress:
            task = progress.add_task(f"import {file.name}", total=None)

            def show(step: str, done: int, total: int) -> None:
                progress.update(task, description=step.replace("_", " "), completed=done, total=total)

            async with Database(settings.postgres.url, 2) as database:
                return await import_devices(database, access_id, file, show, refused)

    try:
        return asyncio.run(run())
    except ImportFileError as error:
        fail(str(error))


@cli.command()
def simulate(
    access_id: Annotated[int, typer.Option("--app", "--access-id", help="The application.")],
    count: Annotated[int, typer.Option(min=1, max=1_000_000, help="Devices to register.")] = 1000,
    online: Annotated[float, typer.Option(min=0, max=1, help="Share of them that connects.")] = 1.0,
    click: Annotated[float, typer.Option(min=0, max=1, help="Share of messages clicked.")] = 0.2,
    account_prefix: Annotated[
        str, typer.Option(help="Bind account PREFIX<number> to each device; empty: none.")
    ] = "user-",
    seconds: Annotated[float, typer.Option(min=0, help="Stop after so long; 0: at Ctrl-C.")] = 0,
    url: Annotated[str | None, typer.Option(envvar="ROCKDOVE_URL", help="A server elsewhere.")] = None,
    access_key: Annotated[str | None, typer.Option(envvar="ROCKDOVE_ACCESS_KEY", help="Needed with --url.")] = None,
    data: DataFolder = None,
    config: ConfigFile = None,
) -> None:
    """Run virtual devices: they register, connect over MQTT, receive, confirm, and some of them click."""
    from rockdove.testing.device_api import DeviceApiError
    from rockdove.testing.fleet import FleetOptions
    from rockdove.testing.virtual_device import Habits

    check_url(url)
    if not (url and access_key):
        settings = running_settings(data, config)
        url = url or settings.http.public_url
        access_key = access_key or local_application(access_id, settings).access_key
    options = FleetOptions(
        url=url,
        access_id=access_id,
        access_key=access_key,
        count=count,
        online=online,
        account_prefix=account_prefix,
        habits=Habits(click=click),
    )
    try:
        asyncio.run(_run(options, seconds))
    except KeyboardInterrupt:
        errors.print("stopped")
    except DeviceApiError as error:
        fail(f"{url} says {error}")
    except OSError as error:
        fail(f"{url}, or the MQTT address that it gives, can't be reached: {error}")


async def _run(options: FleetOptions, seconds: float) -> None:
    from rockdove.testing.fleet import Fleet

    deadline = time.monotonic() + seconds if seconds else math.inf
    fleet = Fleet(options)
    starting = asyncio.create_task(fleet.start())
    try:
        with Live(_counters(fleet), console=errors, refresh_per_second=4) as live:
            while time.monotonic() < deadline:
                live.update(_counters(fleet))
                if starting.done():
                    starting.result()
                await asyncio.sleep(0.25)
    finally:
        starting.cancel()
        await fleet.stop()


def _counters(fleet: Fleet) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, count in fleet.counters.as_dict().items():
        table.add_row(name, f"{count:,}")
    return table
