"""`rockdove plan`: push plans, the labels that pushes are grouped under for statistics and daily caps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from rockdove.cli.local import ConfigFile, DataFolder, running_settings
from rockdove.cli.terminal import fail, out
from rockdove.devices import applications
from rockdove.domain.controls import DEFAULT_PLAN
from rockdove.pushes import plans
from rockdove.storage.database import Connection, Database

cli = typer.Typer(no_args_is_help=True, help="Push plans: what pushes are grouped under.")

AccessId = Annotated[int, typer.Option("--access-id", "--app", envvar="ROCKDOVE_ACCESS_ID")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Result = TypeVar("Result")

BY_HAND: Literal["web"] = "web"
"""What the statistics' readers know of a plan's origin is `api` or `web`; a command line is no program of theirs."""


@cli.command("list")
def list_(access_id: AccessId, as_json: AsJson = False, data: DataFolder = None, config: ConfigFile = None) -> None:
    """List the push plans of an application, newest first; pushes that name none are in plan 0."""

    async def found(connection: Connection) -> list[plans.Plan]:
        return await plans.of_application(connection, access_id)

    every = _run(access_id, data, config, found)
    if as_json:
        typer.echo(msgspec.json.encode([_public(plan) for plan in every]))
        return
    table = Table("Plan", "Name", "Description", box=None)
    for plan in every:
        table.add_row(str(plan.plan_id), escape(plan.name), escape(plan.description))
    table.add_row(DEFAULT_PLAN, "", "[dim]the default plan: pushes that name none[/dim]")
    out.print(table)


@cli.command()
def add(
    name: Annotated[str, typer.Argument(help=f"At most {plans.MAX_NAME} characters.")],
    access_id: AccessId,
    description: Annotated[str, typer.Option(help=f"At most {plans.MAX_DESCRIPTION}; the name if not given.")] = "",
    as_json: AsJson = False,
    data: DataFolder = None,
    config: ConfigFile = None,
) -> None:
    """Make a push plan; prints the number that pushes name it by (`rockdove push --plan`, `plan_id`)."""

    async def made(connection: Connection) -> plans.Plan:
        return await plans.add(connection, access_id, name, description or name, BY_HAND)

    try:
        plan = _run(access_id, data, config, made)
    except plans.PlanError as error:
        fail(str(error), 2)
    if as_json:
        typer.echo(msgspec.json.encode(_public(plan)))
    else:
        out.print(f"plan {plan.plan_id}")


def _run(
    access_id: int, data: Path | None, config: Path | None, deed: Callable[[Connection], Awaitable[Result]]
) -> Result:
    """In one transaction on the database of the server; ends the command where there is no such application."""

    async def run() -> Result:
        settings = running_settings(data, config)
        async with Database(settings.postgres.url, 1) as database, database.transaction() as connection:
            if await applications.find(connection, access_id) is None:
                fail(f"There is no application {access_id} here; `rockdove app list` shows them.")
            return await deed(connection)

    return asyncio.run(run())


def _public(plan: plans.Plan) -> dict[str, Any]:
    return {**plan._asdict(), "plan_id": str(plan.plan_id)}
