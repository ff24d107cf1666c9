"""`rockdove pause`, `resume`, `stop`, `recall`, `cancel`: what can be done to a push that is on its way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from rockdove.cli.local import ConfigFile, DataFolder
from rockdove.cli.pushes import rest_client
from rockdove.cli.rest import RestError
from rockdove.cli.terminal import fail, out

COMMANDS = {
    "pause": ("pause_push_msg", "Hold a push where it is; `resume` lets it go on."),
    "resume": ("resume_push_msg", "Let a paused push go on."),
    "stop": ("stop_push_msg", "End a push: nothing more leaves, and who is offline does not get it any more."),
    "recall": ("revoke_push_msg", "Stop a push, and take it off the screens it is still shown on."),
    "cancel": ("cancel_timing_task", "Cancel a push that has not started."),
}


def _command(endpoint: str) -> Callable[..., None]:
    def command(
        push_id: Annotated[str, typer.Argument(metavar="PUSH_ID")],
        access_id: Annotated[int, typer.Option("--access-id", "--app", envvar="ROCKDOVE_ACCESS_ID")],
        url: Annotated[str | None, typer.Option(envvar="ROCKDOVE_URL", help="A server elsewhere.")] = None,
        secret_key: Annotated[str | None, typer.Option(envvar="ROCKDOVE_SECRET_KEY", help="Needed with --url.")] = None,
        data: DataFolder = None,
        config: ConfigFile = None,
    ) -> None:
        client = rest_client(access_id, url, secret_key, data, config)
        try:
            answer = client.post(f"/v3/push/{endpoint}", {"pushId": push_id})
        except RestError as error:
            fail(str(error))
        if "sent" in answer:
            out.print(f"sent to {answer['sent']:,} devices, not sent to {answer['notSent']:,}")

    return command


def add_to(cli: typer.Typer) -> None:
    """One command each."""
    for name, (endpoint, text) in COMMANDS.items():
        cli.command(name, help=text)(_command(endpoint))
