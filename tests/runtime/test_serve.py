"""`rockdove serve` as its operator sees it: starts, says so, stops, comes back."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.server import PORTS, ROCKDOVE, Server, start_server, wait_until


def get(url: str) -> tuple[int, bytes]:
    with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310  our own server's address
        return response.status, response.read()


def processes_of(data: Path) -> list[int]:
    """Everything on this machine that was started for this data folder, engines included."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and os.fsencode(data) in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def test_the_ready_line_names_what_listens_and_only_here(server: Server) -> None:
    assert server.addresses["event"] == "ready"
    for name, scheme in (("http", "http"), ("mqtt", "mqtt"), ("ws", "ws"), ("nats", "nats")):
        url = urlsplit(server.addresses[name])
        assert (url.scheme, url.hostname) == (scheme, "127.0.0.1")
        socket.create_connection((url.hostname, url.port), timeout=5).close()


def test_health_and_readiness(server: Server) -> None:
    assert get(f"{server.url}/healthz")[0] == 200
    assert get(f"{server.url}/readyz")[0] == 200


def test_the_configuration_with_its_secrets_is_ours_alone(server: Server) -> None:
    mode = stat.S_IMODE((server.data / "run/settings.json").stat().st_mode)
    assert mode == 0o600


def test_a_second_server_on_the_same_folder_is_refused_in_words(server: Server) -> None:
    done = subprocess.run(
        [*ROCKDOVE, "serve", "--data", str(server.data), *PORTS],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_named(server: Server, reachable_folder: Path) -> None:
    port = str(urlsplit(server.url).port)
    done = subprocess.run(
        [*ROCKDOVE, "serve", "--data", str(reachable_folder / "taken"), "--port", port],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert port in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_within_seconds_and_leaves_nothing_running(reachable_folder: Path, end: signal.Signals) -> None:
    with start_server(reachable_folder / "stopped") as server:
        assert processes_of(server.data)
        server.process.send_signal(end)
        assert server.process.wait(20) == 0
        assert not processes_of(server.data)


def test_after_everything_was_killed_it_starts_again_with_all_it_knew(reachable_folder: Path) -> None:
    data = reachable_folder / "killed"
    with start_server(data) as server:
        app = server.app("Survivor")
        for process in processes_of(data):
            os.kill(process, signal.SIGKILL)
        server.process.wait(10)
    wait_until(lambda: not processes_of(data), "the killed processes to be gone")
    with start_server(data) as server:
        assert str(app["access_id"]) in server.cli("app", "list").stdout


def test_our_processes_end_when_the_supervisor_is_killed(reachable_folder: Path) -> None:
    """And the next server, started at once, waits for the addresses they still have."""
    data = reachable_folder / "orphans"
    with start_server(data) as server:
        left, port = set(processes_of(data)), urlsplit(server.url).port
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(10)
    with start_server(data, f"--port={port}"):
        wait_until(lambda: not left & set(processes_of(data)), "API, worker, gateway and engines to end by themselves")


def test_a_database_of_a_newer_version_is_refused_in_words(reachable_folder: Path) -> None:
    """Who goes back to an earlier version reads what to do."""
    data = reachable_folder / "newer"
    with start_server(data) as server, psycopg.connect(server.settings.postgres.url) as connection:
        connection.execute("INSERT INTO schema_migrations (number) VALUES (9999)")
    done = subprocess.run(
        [*ROCKDOVE, "serve", "--data", str(data), *PORTS], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "migration 9999" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [["app", "list"], ["serve", *PORTS]])
def test_a_database_that_is_not_there_is_said_at_once(reachable_folder: Path, command: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    url = f"postgresql://rockdove:secret@127.0.0.1:{port}/rockdove"
    done = subprocess.run(
        [*ROCKDOVE, *command],
        env={**os.environ, "ROCKDOVE_POSTGRES__URL": url, "ROCKDOVE_DATA": str(reachable_folder / "elsewhere")},
        capture_output=True, text=True, timeout=40, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "PostgreSQL can't be used (postgres.url)" in done.stderr
    assert "refused" in done.stderr
    assert not {"Traceback", "secret"} & set(done.stderr.replace(":", " ").split())
