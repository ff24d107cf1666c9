"""The command line: `rockdove COMMAND`. One module a group of commands."""

from __future__ import annotations

import sys

import typer
from rich.markup import escape

from rockdove import __version__
from rockdove.cli import apps, backup, channels, demo, devices, ending, members, packages, plans, pushes, serve
from rockdove.cli.terminal import errors
from rockdove.config import ConfigError

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Self-hosted push notification that speaks TPNS's REST API: upload a package of accounts, push to it.",
)
cli.add_typer(apps.cli, name="app")
cli.add_typer(channels.cli, name="channel")
cli.add_typer(members.cli, name="member")
cli.add_typer(packages.cli, name="package")
cli.add_typer(plans.cli, name="plan")
cli.add_typer(devices.cli, name="devices")
cli.add_typer(devices.import_cli, name="import")
cli.command("push")(pushes.push)
ending.add_to(cli)
cli.command("serve")(serve.serve)
cli.command("api")(serve.api)
cli.command("worker")(serve.worker)
cli.command("gateway")(serve.gateway)
cli.command("backup")(backup.backup)
cli.command("restore")(backup.restore)
cli.command("psql", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(backup.psql)
cli.command("demo")(demo.demo)


@cli.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    """Entry point. A fault the user can mend ends with one line on standard error and exit code 1 or 2."""
    try:
        cli()
    except Exception as error:
        text = _what_to_mend(error)
        if not text:
            raise
        errors.print(f"[red]{escape(text)}[/red]", soft_wrap=True)
        sys.exit(2)


def _what_to_mend(error: Exception) -> str:
    """For whoever runs the command; empty: the fault is ours. Imported here: it takes longer than many a command."""
    from psycopg import OperationalError

    from rockdove.engines.errors import EngineError
    from rockdove.storage.migrations import NewerSchemaError

    if isinstance(error, ConfigError | EngineError | NewerSchemaError):
        return str(error)
    if isinstance(error, OperationalError):
        return f"PostgreSQL can't be used (postgres.url): {str(error).strip()}"
    return ""
