"""`rockdove push`: upload a package, push to it, watch it go out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from rockdove.cli.local import ConfigFile, DataFolder, local_application, running_settings
from rockdove.cli.rest import RestClient, RestError
from rockdove.cli.terminal import byte_progress, count_progress, errors, fail, out

FIRST_POLL_SECONDS, LONGEST_POLL_SECONDS = 0.3, 30.0
"""Looking becomes rarer with time: the statistics may be asked 200 times an hour."""
FOLLOW_SECONDS = 24 * 3600
ENDED = {"PUSH_FINISHED", "PUSH_FAILED", "PUSH_CANCELED", "PUSH_REVOKED", "PUSH_COLLAPSED", "PUSH_DELETED_PUSH_MSG"}


def push(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A .txt, .csv or .zip of accounts.")],
    access_id: Annotated[int, typer.Option("--access-id", "--app", envvar="ROCKDOVE_ACCESS_ID")],
    title: Annotated[str, typer.Option(help="Title of the notification.")] = "",
    content: Annotated[str, typer.Option(help="Its text.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say whom it would reach.")] = False,
    url: Annotated[str | None, typer.Option(envvar="ROCKDOVE_URL", help="A server elsewhere.")] = None,
    secret_key: Annotated[str | None, typer.Option(envvar="ROCKDOVE_SECRET_KEY", help="Needed with --url.")] = None,
    account_type: Annotated[int, typer.Option(help="The type the accounts were bound under.")] = 0,
    all_devices: Annotated[
        bool, typer.Option("--all/--recent", help="All devices of an account, or its newest.")
    ] = False,
    environment: Annotated[str, typer.Option(help="iOS: product or dev.")] = "product",
    plan: Annotated[str, typer.Option(help="Its push plan, by number (`rockdove plan list`).")] = "",
    follow: Annotated[bool, typer.Option(help="Watch until it is sent.")] = True,
    data: DataFolder = None,
    config: ConfigFile = None,
) -> None:
    """Upload a package of accounts and push one message to the devices bound to them."""
    if not dry_run and not (title and content):
        fail("Give --title and --content (or --dry-run, to see only whom it would reach).", 2)
    client = rest_client(access_id, url, secret_key, data, config)
    try:
        answer = upload(client, file)
        if dry_run:
            wanted = {"package_id": answer["uploadId"], "account_type": account_type, "environment": environment}
            show_preview(client.preview({**wanted, "plan_id": plan}), all_devices=all_devices)
            return
        body = {
            "audience_type": "package_account_push",
            "upload_id": answer["uploadId"],
            "account_type": account_type,
            "account_push_type": int(all_devices),
            "message_type": "notify",
            "environment": environment,
            "plan_id": plan,
            "message": {"title": title, "content": content},
        }
        push_id = client.post("/v3/push/app", body)["push_id"]
        out.print(f"push {push_id}")
        if follow:
            show_funnel(follow_push(client, push_id))
    except RestError as error:
        fail(str(error))


def rest_client(
    access_id: int, url: str | None, secret_key: str | None, data: Path | None, config: Path | None
) -> RestClient:
    """The application's API: at `url`, or of the server running on this machine, whose database knows the secret."""
    if url and secret_key:
        return RestClient(url, access_id, secret_key)
    settings = running_settings(data, config)
    return RestClient(
        url or settings.http.public_url, access_id, secret_key or local_application(access_id, settings).secret_key
    )


def upload(client: RestClient, file: Path) -> dict[str, Any]:
    """Upload with a progress bar; prints the counts of the verdict."""
    with byte_progress() as progress:
        task = progress.add_task(f"upload {file.name}", total=file.stat().st_size)
        answer = client.upload(file, lambda sent: progress.update(task, completed=sent))
    out.print(
        f"package {answer['uploadId']}: {answer['lineCount']:,} lines, {answer['accountCount']:,} accounts, "
        f"{answer['duplicateCount']:,} duplicates, {answer['invalidCount']:,} invalid"
    )
    return answer


def funnel(client: RestClient, push_id: str) -> dict[str, int]:
    """The row `all` of the push's statistics."""
    rows = client.post("/v3/statistics/get_push_task_stat_channel", {"pushId": push_id})["pushStatDataAll"]
    state: dict[str, int] = next(row["pushState"] for row in rows if row["channel"] == "all")
    return state


def follow_push(client: RestClient, push_id: str) -> dict[str, int]:
    """Watch a push until it has ended; a progress bar of devices sent to."""
    deadline = time.monotonic() + FOLLOW_SECONDS
    with count_progress() as progress:
        task, pause = progress.add_task("waiting", total=None), FIRST_POLL_SECONDS
        while time.monotonic() < deadline:
            record = client.post("/v3/statistics/get_push_record", {"pushId": push_id})["pushRecordData"][0]
            state = funnel(client, push_id)
            planned = state["pushActiveUv"]
            progress.update(task, description=record["status"], total=planned or None, completed=state["pushOnlineUv"])
            if record["status"] in ENDED:
                return state
            time.sleep(pause)
            pause = min(pause * 1.1, LONGEST_POLL_SECONDS)
    errors.print("still not ended after a day; stopped watching")
    return funnel(client, push_id)


def show_preview(preview: dict[str, Any], *, all_devices: bool) -> None:
    """Whom the push would reach: accounts first, then devices both ways, the chosen one marked."""
    table = Table.grid(padding=(0, 2))
    for name in ("accounts", "matched", "unmatched", "unavailable"):
        table.add_row(name, f"{preview[name]:,}")
    for name, key, chosen in (("recent", "recent", not all_devices), ("all devices", "every", all_devices)):
        reach = preview[key]
        away = ", ".join(f"{count:,} {reason}" for reason, count in reach["filtered"].items() if count)
        channels = ", ".join(f"{channel} {count:,}" for channel, count in reach["channels"].items())
        note = " · ".join(part for part in (channels, f"not: {away}" if away else "") if part)
        table.add_row(f"{'▶ ' if chosen else '  '}{name}", f"{reach['planned']:,}", f"[dim]{note}[/dim]")
    out.print(table)


def show_funnel(state: dict[str, int]) -> None:
    """Planned, sent, reached, clicked, cleared, as a small picture."""
    planned = max(state["pushActiveUv"], 1)
    table = Table.grid(padding=(0, 2))
    for name, key in (
        ("planned", "pushActiveUv"),
        ("sent", "pushOnlineUv"),
        ("reached", "arrivalUv"),
        ("clicked", "clickUv"),
        ("cleared", "cleanupUv"),
    ):
        count = state.get(key, 0)
        table.add_row(name, f"{count:,}", "█" * round(40 * count / planned))
    out.print(table)
