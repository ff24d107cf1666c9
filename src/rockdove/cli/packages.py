"""`rockdove package`: the verdict on a file, without a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.table import Table

from rockdove.cli.terminal import errors, out

if TYPE_CHECKING:
    from rockdove.ingest.verdict import Verdict

cli = typer.Typer(no_args_is_help=True, help="Package files of accounts.")


@cli.callback()
def group() -> None:
    """Package files of accounts."""


@cli.command()
def check(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A .txt, .csv or .zip file.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
    refused: Annotated[Path | None, typer.Option(help="Write the complete list of refused lines here, as CSV.")] = None,
) -> None:
    """Say what would become of every line, exactly as an upload would. Exit code 1 if the file would be refused."""
    from rockdove.ingest.parse import check as check_file

    with errors.status(f"reading {file.name}"):
        verdict = check_file(file, refused)
    if as_json:
        typer.echo(msgspec.json.encode(verdict))
    else:
        show(verdict)
    if verdict.fault:
        raise typer.Exit(1)


def show(verdict: Verdict) -> None:
    """The verdict as people read it: counts, then the first refused lines."""
    if verdict.fault:
        errors.print(f"[red]refused:[/red] {verdict.fault}")
        return
    table = Table.grid(padding=(0, 2))
    for name, count in (
        ("lines", verdict.lines),
        ("accounts", verdict.accounts),
        ("duplicates", verdict.duplicates),
        ("invalid", verdict.invalid),
    ):
        table.add_row(name, f"{count:,}")
    for reason, count in verdict.invalid_by_reason.items():
        table.add_row("", f"[dim]{count:,} {reason}[/dim]")
    out.print(table)
    for line in verdict.examples:
        out.print(f"  line {line.line}: {line.reason}: {line.text!r}", markup=False, style="dim")
    if verdict.header_warning:
        errors.print(f"[yellow]warning:[/yellow] {verdict.header_warning}")
