"""`rockdove demo`: the product's story on this machine, through nothing but its public doors.

A server in a temporary folder, an application, 10,000 imported devices of 8,000 accounts, 3,000 of them online; then
a package of 12,000 lines becomes notifications, and 500 devices that were away come back for what they are owed.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from rockdove.cli.devices import import_with_progress, summary
from rockdove.cli.pushes import funnel, show_stages, upload
from rockdove.cli.rest import RestClient
from rockdove.cli.terminal import errors, fail, out
from rockdove.config import PREFIX
from rockdove.domain.token import new_token

if TYPE_CHECKING:
    from rockdove.testing.fleet import Fleet

DEVICES, ACCOUNTS, ONLINE, RETURNING = 10_000, 8_000, 3_000, 500
LINES = 12_000
START_SECONDS = 120
SETTLE_SECONDS = 30
"""How long the funnel may take to come to rest."""
TITLE, CONTENT = "Congrats on winning in the campaign", "Get online to claim your prize!"


def demo(keep: Annotated[bool, typer.Option("--keep", help="Keep serving afterwards, until Ctrl-C.")] = False) -> None:
    """Watch a package of accounts become notifications on virtual devices. Takes about a minute; needs nothing."""
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="rockdove-demo-"))
    folder.chmod(0o711)
    try:
        with _server(folder / "data") as addresses:
            _step("server", f"PostgreSQL, NATS, API, worker and gateway answer at {addresses['http']}")
            application = _create_application(folder / "data")
            client = RestClient(addresses["http"], application["access_id"], application["secret_key"])
            asyncio.run(_story(client, application, folder))
            _curl_lines(addresses["http"], application, folder)
            out.print(f"[dim]{time.monotonic() - began:.0f} seconds in all[/dim]")
            if keep:
                _console_links(addresses, application)
                out.print(f"Still serving at {addresses['http']} (data in {folder}). Ctrl-C ends it.")
                signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _story(client: RestClient, application: dict[str, Any], folder: Path) -> None:
    from rockdove.testing.fleet import Fleet, FleetOptions
    from rockdove.testing.virtual_device import Habits

    tokens = _write_devices(folder / "devices.csv")
    _write_package(folder / "accounts.txt")
    report = await asyncio.to_thread(
        import_with_progress, folder / "data", application["access_id"], folder / "devices.csv"
    )
    _step("import", summary(report))
    options = FleetOptions(
        url=client.url,
        access_id=application["access_id"],
        access_key=application["access_key"],
        count=ONLINE + RETURNING,
        online=ONLINE / (ONLINE + RETURNING),
        tokens=tokens,
        habits=Habits(click=0.2, clear=0.1),
    )
    fleet = Fleet(options)
    try:
        await _bring_online(fleet, fleet.start(), ONLINE)
        _step("devices", f"{fleet.counters.online:,} virtual devices are connected over MQTT")
        package = await asyncio.to_thread(upload, client, folder / "accounts.txt")
        _verdict(package)
        push_id = await asyncio.to_thread(_push, client, package["uploadId"])
        _step("push", f"{push_id} to all devices of each account")
        await _watch(client, push_id)
        await _bring_online(fleet, fleet.go_online(ONLINE + RETURNING), ONLINE + RETURNING)
        _step("offline", f"{RETURNING:,} devices that were away came back for what they are owed")
        await _watch(client, push_id)
        show_stages((await asyncio.to_thread(client.progress, push_id))["total"])
    finally:
        await fleet.stop()


async def _bring_online(fleet: Fleet, bringing: Coroutine[Any, Any, None], count: int) -> None:
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=errors) as progress:
        task = progress.add_task("connecting", total=count)
        started = asyncio.create_task(bringing)
        while not started.done():
            progress.update(task, completed=fleet.counters.online)
            await asyncio.sleep(0.1)
        await started
        progress.update(task, completed=fleet.counters.online)


def _push(client: RestClient, upload_id: int) -> str:
    body = {
        "audience_type": "package_account_push",
        "upload_id": upload_id,
        "account_push_type": 1,
        "message_type": "notify",
        "message": {"title": TITLE, "content": CONTENT},
        "platform": "android",
    }
    push_id: str = client.post("/v3/push/app", body)["push_id"]
    return push_id


async def _watch(client: RestClient, push_id: str) -> None:
    """Live bars until nothing has changed for a while."""
    columns = (TextColumn("{task.description:>8}"), BarColumn(bar_width=50), MofNCompleteColumn())
    names = {"pushActiveUv": "planned", "pushOnlineUv": "sent", "arrivalUv": "reached", "clickUv": "clicked"}
    deadline, quiet = time.monotonic() + SETTLE_SECONDS, 0
    last: dict[str, int] = {}
    with Progress(*columns, console=errors) as progress:
        tasks = {key: progress.add_task(name, total=None) for key, name in names.items()}
        while time.monotonic() < deadline and quiet < 8:
            state = await asyncio.to_thread(funnel, client, push_id)
            for key, task in tasks.items():
                progress.update(task, completed=state[key], total=state["pushActiveUv"] or None)
            quiet = quiet + 1 if state == last and state["arrivalUv"] else 0
            last = state
            await asyncio.sleep(0.25)


def _verdict(answer: dict[str, Any]) -> None:
    for example in answer.get("invalidExamples", [])[:5]:
        out.print(f"  [dim]line {example['line']}: {example['reason']}[/dim]")


def _write_devices(file: Path) -> list[str]:
    """10,000 devices for 8,000 accounts: two thousand accounts have two. Gives the tokens."""
    tokens = [new_token() for _ in range(DEVICES)]
    with file.open("w", newline="") as target:
        rows = csv.writer(target)
        rows.writerow(["token", "platform", "account", "account_type", "bound_at"])
        now = int(time.time())
        for number, token in enumerate(tokens):
            rows.writerow([token, "android", f"user-{number % ACCOUNTS:05}", 0, now - number])
    return tokens


def _write_package(file: Path) -> None:
    """12,000 lines: accounts we know, strangers, duplicates, and lines no account can be."""
    chance = random.Random(20261123)  # noqa: S311  a demo that looks the same every time
    known = [f"user-{number:05}" for number in range(7_500)]
    strangers = [f"stranger-{number:05}" for number in range(3_700)]
    bad = ["x"] * 60 + ["much too long " * 10] * 20 + ["tab\there"] * 20
    lines = known + strangers + bad
    lines += chance.choices(known, k=LINES - len(lines))
    chance.shuffle(lines)
    file.write_text("\n".join(lines) + "\n", "utf-8")


@contextmanager
def _server(data: Path) -> Iterator[dict[str, str]]:
    """`rockdove serve` on free ports; ends with the demo. Nothing that is set for a server of yours concerns it."""
    data.parent.mkdir(exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {"ROCKDOVE_LIMITS__STATISTICS_PER_HOUR": "0", "ROCKDOVE_LOG_LEVEL": "warning"}
    ports = [f"--{name}=0" for name in ("port", "mqtt-port", "ws-port", "nats-port")]
    log = (data.parent / "serve.log").open("wb")
    with errors.status("starting PostgreSQL, NATS and the server"):
        process = subprocess.Popen(
            [sys.executable, "-m", "rockdove", "serve", "--data", str(data), *ports],
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
            start_new_session=True,
        )
        assert process.stdout  # noqa: S101  asked for above
        line = process.stdout.readline()
    try:
        if not line:
            fail(f"the server did not start:\n{(data.parent / 'serve.log').read_text('utf-8', 'replace')}")
        yield json.loads(line)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def _create_application(data: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "rockdove", "app", "create", "Demo", "--platform", "android", "--json"]
    done = subprocess.run([*command, "--data", str(data)], capture_output=True, text=True, check=False)
    if done.returncode:
        fail(done.stderr)
    return msgspec.json.decode(done.stdout, type=dict[str, Any])


def _step(name: str, text: str) -> None:
    out.print(f"[bold green]{name:>8}[/bold green]  {text}")


def _console_links(addresses: dict[str, str], application: dict[str, Any]) -> None:
    """The first link works once, the second one when it was followed."""
    phone = f"{addresses['http']}/console/apps/{application['access_id']}/phone"
    out.print(Panel.fit("The same in the console", border_style="dim"))
    lines = {"choose a name and a password": addresses["setup"], "then push to a virtual phone": phone}
    for what, link in lines.items():
        out.print(f"{what:>28}  {link}", soft_wrap=True, markup=False)
    out.print()


def _curl_lines(url: str, application: dict[str, Any], folder: Path) -> None:
    credentials = f"{application['access_id']}:{application['secret_key']}"
    body = (
        '{"audience_type":"package_account_push","upload_id":UPLOAD_ID,"account_push_type":1,'
        f'"message_type":"notify","message":{{"title":"{TITLE}","content":"{CONTENT}"}}}}'
    )
    text = (
        f"curl -u {credentials} -F file=@{folder}/accounts.txt {url}/v3/push/package/upload\n\n"
        f"curl -u {credentials} {url}/v3/push/app -d '{body}'\n\n"
        f'curl -u {credentials} {url}/v3/statistics/get_push_task_stat_channel -d \'{{"pushId":"PUSH_ID"}}\''
    )
    out.print(Panel.fit("The same by hand (with --keep the server goes on)", border_style="dim"))
    out.print(text, soft_wrap=True, markup=False)
