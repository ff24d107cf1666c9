"""`rockdove push`: say whom (a package to upload, accounts, tokens, tags, everybody), push, watch it go out."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.table import Table

from rockdove.cli.local import ConfigFile, DataFolder, check_url, local_application, own_url, running_settings
from rockdove.cli.rest import RestClient, RestError
from rockdove.cli.terminal import byte_progress, count_progress, errors, fail, out

FIRST_POLL_SECONDS, LONGEST_POLL_SECONDS = 0.3, 30.0
CONFIRM_PAUSE_SECONDS, CONFIRM_SECONDS = 1.5, 15.0
"""What is shown at the end waits for devices that are just about to confirm, at most so long."""
FOLLOW_SECONDS = 24 * 3600
FOR_IOS = {"ios": {"aps": {"sound": "default"}}}
"""An application for iOS takes no push without; Android devices leave it alone."""
ENDED = {"PUSH_FINISHED", "PUSH_FAILED", "PUSH_CANCELED", "PUSH_REVOKED", "PUSH_COLLAPSED", "PUSH_DELETED_PUSH_MSG"}


def push(
    access_id: Annotated[int, typer.Option("--access-id", "--app", envvar="ROCKDOVE_ACCESS_ID")],
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="A package: .txt, .csv or .zip of accounts.")
    ] = None,
    title: Annotated[str, typer.Option(help="Title of the notification.")] = "",
    content: Annotated[str, typer.Option(help="Its text.")] = "",
    of_tokens: Annotated[bool, typer.Option("--of-tokens", help="The package's lines are tokens.")] = False,
    account: Annotated[list[str] | None, typer.Option(help="An account, instead of a file. Several times.")] = None,
    token: Annotated[list[str] | None, typer.Option(help="A device. Several times.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Devices with this tag. Several times: any of them.")] = None,
    everybody: Annotated[bool, typer.Option("--everybody", help="All devices of the application.")] = False,
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
    """Push one message to a package of accounts (uploaded first), or to accounts, tokens, tags or everybody."""
    if not dry_run and not (title and content):
        fail("Give --title and --content (or --dry-run, to see only whom it would reach).", 2)
    if [bool(way) for way in (file, account, token, tag, everybody)].count(True) != 1:
        fail("Say whom: a FILE, or --account, --token, --tag or --everybody.", 2)
    if of_tokens and not file:
        fail("--of-tokens says what a FILE holds.", 2)
    client = rest_client(access_id, url, secret_key, data, config)
    common = {"account_type": account_type, "environment": environment, "plan_id": plan}
    try:
        if file:
            whom = _package(upload(client, file)["uploadId"], of_tokens=of_tokens)
        else:
            whom = _listed(account or [], token or [], tag or [])
        if dry_run:
            by_token = bool(token) or of_tokens
            show_preview(client.preview({**whom.preview, **common}), all_devices=all_devices, by_token=by_token)
            return
        body = {
            **whom.push,
            **common,
            "account_push_type": int(all_devices),
            "message_type": "notify",
            "message": {"title": title, "content": content, **FOR_IOS},
        }
        push_id = client.post("/v3/push/app", body)["push_id"]
        out.print(f"push {push_id}")
    except RestError as error:
        fail(str(error))
    if follow:
        try:
            show_stages(follow_push(client, push_id))
        except RestError as error:  # not a failure: who repeats the command pushes twice
            errors.print(f"push {push_id} is on its way, but can't be watched: {error}", soft_wrap=True)


class _Whom(NamedTuple):
    """An audience in the words of /v3/push/app, and in those of a preview."""

    push: dict[str, Any]
    preview: dict[str, Any]


def _package(package_id: int, *, of_tokens: bool) -> _Whom:
    kind = {"audience_type": "package_token_push" if of_tokens else "package_account_push"}
    return _Whom({**kind, "upload_id": package_id}, {**kind, "package_id": package_id})


def _listed(accounts: list[str], tokens: list[str], tags: list[str]) -> _Whom:
    """One of the three; everybody, where none is given."""
    if accounts:
        kind = {"audience_type": "account" if len(accounts) == 1 else "account_list"}
        return _Whom({**kind, "account_list": accounts}, {**kind, "accounts": accounts})
    if tokens:
        kind = {"audience_type": "token" if len(tokens) == 1 else "token_list"}
        return _Whom({**kind, "token_list": tokens}, {**kind, "tokens": tokens})
    if tags:
        rules = {"audience_type": "tag", "tag_rules": [{"tag_items": [{"tags": tags, "tag_type": "xg_user_define"}]}]}
        return _Whom(rules, rules)
    return _Whom({"audience_type": "all"}, {"audience_type": "all"})


def rest_client(
    access_id: int, url: str | None, secret_key: str | None, data: Path | None, config: Path | None
) -> RestClient:
    """The application's API: at `url`, or of the server running on this machine, whose database knows the secret."""
    check_url(url)
    if url and secret_key:
        return RestClient(url, access_id, secret_key)
    settings = running_settings(data, config)
    secret_key = secret_key or local_application(access_id, settings).secret_key
    return RestClient(url or own_url(settings), access_id, secret_key)


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
    """Watch a push until it has ended and the devices that are connected have confirmed. Gives its stages."""
    with count_progress() as progress:
        task = progress.add_task("waiting", total=None)

        def look() -> dict[str, Any]:
            push = client.progress(push_id)
            planned, sent = push["total"]["planned"], push["total"]["sent"]
            progress.update(task, description=push["state"], total=planned or None, completed=sent)
            return push

        deadline, pause = time.monotonic() + FOLLOW_SECONDS, FIRST_POLL_SECONDS
        while (push := look())["state"] not in ENDED:
            if time.monotonic() > deadline:
                errors.print("still not ended after a day; stopped watching")
                break
            time.sleep(pause)
            pause = min(pause * 1.1, LONGEST_POLL_SECONDS)
        return _confirmed(push["total"], look)


def _confirmed(stages: dict[str, int], look: Callable[[], dict[str, Any]]) -> dict[str, int]:
    """The stages when no more devices confirm: they do so a moment after they were sent to."""
    deadline, before = time.monotonic() + CONFIRM_SECONDS, -1
    while before != stages["arrived"] < stages["sent"] and time.monotonic() < deadline:
        before = stages["arrived"]
        time.sleep(CONFIRM_PAUSE_SECONDS)
        stages = look()["total"]
    return stages


def show_preview(preview: dict[str, Any], *, all_devices: bool, by_token: bool = False) -> None:
    """Whom the push would reach: accounts or tokens first, then devices; of accounts both ways.."""
    table = Table.grid(padding=(0, 2))
    if preview["accounts"]:
        table.add_row("tokens" if by_token else "accounts", f"{preview['accounts']:,}")
        for name in ("matched", "unmatched", "unavailable"):
            table.add_row(name, f"{preview[name]:,}")
    if preview["invalid"]:
        table.add_row("invalid", f"{preview['invalid']:,}")
    ways = [("devices", "every", True)]
    if preview["accounts"] and not by_token:
        ways = [("recent", "recent", not all_devices), ("all devices", "every", all_devices)]
    for name, key, chosen in ways:
        reach = preview[key]
        away = ", ".join(f"{count:,} {reason}" for reason, count in reach["filtered"].items() if count)
        channels = ", ".join(f"{channel} {count:,}" for channel, count in reach["channels"].items())
        note = " · ".join(part for part in (channels, f"not: {away}" if away else "") if part)
        table.add_row(f"{'▶ ' if chosen else '  '}{name}", f"{reach['planned']:,}", f"[dim]{note}[/dim]")
    out.print(table)


def show_stages(stages: dict[str, int]) -> None:
    """Planned, sent, reached, clicked, cleared, as a small picture."""
    planned = max(stages["planned"], 1)
    table = Table.grid(padding=(0, 2))
    for name, key in (
        ("planned", "planned"),
        ("sent", "sent"),
        ("reached", "arrived"),
        ("clicked", "clicked"),
        ("cleared", "cleared"),
    ):
        table.add_row(name, f"{stages[key]:,}", "█" * round(40 * stages[key] / planned))
    out.print(table)
