"""How the command line talks: results on standard output, everything else on standard error."""

from __future__ import annotations

from typing import NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

out = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def fail(text: str, code: int = 1) -> NoReturn:
    """End with a reason the user can act on."""
    errors.print(f"[red]{text}[/red]", soft_wrap=True)
    raise typer.Exit(code)


def byte_progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn(), console=errors
    )


def count_progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=errors
    )
