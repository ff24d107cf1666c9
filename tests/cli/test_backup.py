"""`rockdove backup` of a running server, `rockdove restore` into a new folder: the same server again."""

from __future__ import annotations

import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.server import ROCKDOVE, Server, start_server


@pytest.fixture(scope="module")
def saved(server: Server, reachable_folder: Path) -> tuple[Path, int]:
    """A backup of a server with an application, a device, its account and a package, and a push that waits."""
    client, access_id = server.rest("Kept"), str(server.app("Kept")["access_id"])
    devices, accounts = reachable_folder / "kept.csv", reachable_folder / "kept.txt"
    devices.write_text(f"token,account\n{'a' * 36},user-1\n")
    accounts.write_text("user-1\nuser-2\n")
    server.cli("import", "devices", str(devices), "--app", access_id)
    package_id = client.upload(accounts)["uploadId"]
    soon = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d %H:%M:%S}"
    message = {"title": "t", "content": "c"}
    client.post("/v3/push/app", {"audience_type": "all", "message": message, "send_time": soon})
    folder = reachable_folder / "saved"
    assert str(folder) in server.cli("backup", str(folder)).stdout
    return folder, package_id


def test_a_restored_server_knows_and_has_it_all(
    server: Server, saved: tuple[Path, int], reachable_folder: Path
) -> None:
    folder, package_id = saved
    app, data = server.app("Kept"), reachable_folder / "restored"
    done = subprocess.run(
        [*ROCKDOVE, "restore", str(folder), "--data", str(data)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "PUSH_WAIT" in done.stdout
    with start_server(data) as restored:
        restored.apps["Kept"] = app
        client = restored.rest("Kept")
        query = {"operator_type": 1, "account_list": [{"account": "user-1"}]}
        [account] = client.post("/v3/device/account/query", query)["account_tokens"]
        assert account["token_list"] == ["a" * 36]
        assert client.preview({"package_id": package_id})["matched"] == 1


def test_only_its_owner_reads_it(saved: tuple[Path, int]) -> None:
    folder, _ = saved
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name for path in folder.iterdir()} == {"database.dump", "keys", "packages"}


def test_nothing_is_overwritten(server: Server, saved: tuple[Path, int]) -> None:
    for command in (["backup", str(saved[0])], ["restore", str(saved[0])]):
        done = server.cli(*command, check=False)
        assert (done.returncode, done.stdout) == (2, ""), done
        assert "name another" in done.stderr or "name a folder" in done.stderr


def test_a_restore_that_fails_leaves_nothing_that_could_be_served(server: Server, reachable_folder: Path) -> None:
    broken, data = reachable_folder / "broken", reachable_folder / "from-broken"
    broken.mkdir()
    (broken / "database.dump").write_bytes(b"")
    done = server.cli("restore", str(broken), "--data", str(data), check=False)
    assert done.returncode == 2
    assert "pg_restore: " in done.stderr
    assert not data.exists()


def test_a_database_of_yours_has_to_be_empty(
    server: Server, saved: tuple[Path, int], reachable_folder: Path, tmp_path: Path
) -> None:
    config = tmp_path / "elsewhere.toml"
    config.write_text(f'data = "{reachable_folder / "beside"}"\n[postgres]\nurl = "{server.settings.postgres.url}"\n')
    done = server.cli("restore", str(saved[0]), "--config", str(config), check=False)
    assert done.returncode == 2
    assert "not empty" in done.stderr
    assert not (reachable_folder / "beside").exists()


def test_what_is_no_backup_is_refused(server: Server, tmp_path: Path) -> None:
    done = server.cli("restore", str(tmp_path), "--data", str(tmp_path / "new"), check=False)
    assert done.returncode == 2
    assert "no backup" in done.stderr
    assert not (tmp_path / "new").exists()


def test_a_look_into_the_database(server: Server) -> None:
    server.app("Kept")
    done = server.cli("psql", "-At", "-c", "SELECT count(*) > 0 FROM apps")
    assert done.stdout.strip() == "t"
