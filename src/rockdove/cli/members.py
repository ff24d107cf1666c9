"""`rockdove member`: who may use the console. For whoever runs the server, also when nobody can log in any more."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.table import Table

from rockdove.cli.local import ConfigFile, DataFolder, running_settings
from rockdove.cli.terminal import fail, out
from rockdove.members import members
from rockdove.members.members import Member, MemberError
from rockdove.storage.database import Database

cli = typer.Typer(no_args_is_help=True, help="Who may use the console.")


@cli.command("list")
def list_(data: DataFolder = None, config: ConfigFile = None) -> None:
    """List the members."""

    async def run() -> list[Member]:
        settings = running_settings(data, config)
        async with Database(settings.postgres.url, 1) as database, database.connection() as connection:
            return await members.all_members(connection)

    table = Table("Name", "Role", "State", "Last seen", box=None)
    for member in asyncio.run(run()):
        role = "administrator" if member.administrator else f"in {len(member.roles)} applications"
        state = "disabled" if member.disabled else "invited" if member.invited else ""
        table.add_row(member.name, role, state, f"{member.seen_at:%Y-%m-%d %H:%M}" if member.seen_at else "")
    out.print(table)


@cli.command()
def link(
    name: Annotated[str, typer.Argument(help="Whose password the link sets; a member is made where there is none.")],
    administrator: Annotated[bool, typer.Option("--administrator", help="Make them one, if not yet.")] = False,
    data: DataFolder = None,
    config: ConfigFile = None,
) -> None:
    """Print a link that works once, within a week, and sets this member's password."""

    async def run() -> str:
        settings = running_settings(data, config)
        async with Database(settings.postgres.url, 1) as database, database.transaction() as connection:
            member_id = await members.find_by_name(connection, name) or await members.add(connection, name)
            if administrator:
                await members.set_administrator(connection, member_id, True)
            return members.link_of(settings.http.public_url, await members.invite(connection, member_id))

    try:
        out.print(asyncio.run(run()), soft_wrap=True, highlight=False)
    except MemberError as error:
        fail(str(error))
