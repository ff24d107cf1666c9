"""Both engines over their lives: side by side, killed, killed with their parent, refused, restarted where they were."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from rockdove.config import ConfigError, Settings
from rockdove.engines import Engines, binaries, start_engines
from rockdove.engines.binaries import Binaries
from rockdove.engines.data_folder import open_data_folder
from rockdove.engines.errors import DataFolderError, EngineStartError
from rockdove.engines.jwt import device_jwt
from rockdove.engines.keys import key_pair
from rockdove.engines.postgres import LONGEST_SOCKET_PATH, SOCKET_NAME
from rockdove.engines.processes import Child
from tests.engines.fixtures import settings_in
from tests.engines.mqtt_device import MqttDevice

ROOT = Path(__file__).parents[2]


@contextmanager
def served(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Engines whose parent is another process, and what it printed."""
    command = [sys.executable, "-m", "tests.engines.served", str(folder), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:
        assert parent.stdout
        try:
            yield parent, json.loads(parent.stdout.readline())
        finally:
            parent.kill()


def engine_processes(folder: Path) -> list[str]:
    """Command lines that name the folder, and PostgreSQL's children with the cluster name of that folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in command and "tests.engines.served" not in command:
            found.append(command)
    return found


def answer(url: str, query: str = "SELECT 1") -> Any:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
        return row and row[0]


async def test_two_data_folders_live_side_by_side(engines: Engines, reachable_folder: Path) -> None:
    folder = reachable_folder / "used"
    async with start_engines(settings_in(folder)) as other:
        assert other.settings.postgres.url != engines.settings.postgres.url
        assert other.settings.nats.url != engines.settings.nats.url
        assert answer(other.settings.postgres.url) == answer(engines.settings.postgres.url) == 1
        with pytest.raises(psycopg.OperationalError):
            answer(other.settings.postgres.url.replace("used", "shared"))  # the one's password at the other's socket
        assert engine_processes(folder)
    assert engine_processes(folder) == []
    assert answer(engines.settings.postgres.url) == 1


async def test_what_dies_is_started_again_where_it_was(reachable_folder: Path) -> None:
    async with start_engines(settings_in(reachable_folder / "used")) as engines:
        assert engines.postgres is not None
        assert engines.nats is not None
        ports = engines.nats.ports
        with psycopg.connect(engines.settings.postgres.url) as connection:
            connection.execute("DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 1 AS n")
        for engine in (engines.postgres, engines.nats):
            before = engine.child
            assert before is not None
            os.kill(before.pid, signal.SIGKILL)
            await _until_up(engine, before)
        assert engines.nats.ports == ports
        assert answer(engines.settings.postgres.url, "SELECT n FROM kept") == 1


async def test_devices_are_served_after_any_number_of_unclean_stops(reachable_folder: Path) -> None:
    """Each leaves something of the server's own in JetStream; no limit of ours may run out by that."""
    async with start_engines(settings_in(reachable_folder / "used")) as engines:
        assert engines.nats is not None
        account = key_pair(engines.settings.nats.account_seed)
        token = device_jwt(account, 15, 7, int(time.time()) + 60)
        for life in range(4):
            async with MqttDevice(engines.nats.ports.mqtt, token, f"life-{life}", clean_session=False) as phone:
                assert await phone.subscribe("d/15/7") == [0]
            before = engines.nats.child
            assert before is not None
            os.kill(before.pid, signal.SIGKILL)
            await _until_up(engines.nats, before)


async def _until_up(engine: Any, before: Child) -> None:
    """Until the engine is another process than before, and answers."""
    async with asyncio.timeout(30):
        while engine.child is before or not await _is_up(engine):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def _is_up(engine: Any) -> bool:
    port = engine.ports.mqtt if hasattr(engine, "ports") else 0
    try:
        if port:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
        else:
            answer(engine.url)
    except (OSError, psycopg.OperationalError):
        return False
    return True


@pytest.mark.parametrize("scene", ["parent killed", "everything killed", "parent killed, engines never told"])
async def test_killed_and_started_again(reachable_folder: Path, scene: str) -> None:
    """No committed row is lost, the ports stay the same, and no process of the first life is left."""
    folder = reachable_folder / "killed"
    with served(folder, *(["abandoned"] if "never told" in scene else [])) as (parent, first):
        with psycopg.connect(first["url"], autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
            busy = subprocess.Popen(  # an old session that does not look whether its server lives
                [sys.executable, "-c", BUSY, first["url"]], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            assert busy.stdout
            busy.stdout.readline()
        parent.kill()
        parent.wait()
        if scene == "everything killed":
            for name in ("postgres", "nats"):
                os.kill(first[name], signal.SIGKILL)
        async with start_engines(settings_in(folder)) as second:
            assert answer(second.settings.postgres.url, "SELECT count(*) FROM kept") == 1000
            assert second.nats is not None
            assert list(second.nats.ports) == first["ports"]
            assert second.postgres is not None
            assert second.postgres.child is not None
            assert second.postgres.child.pid != first["postgres"]
        busy.wait(10)
        busy.stdout.close()
    assert engine_processes(folder) == []


BUSY = """
import sys, psycopg
with psycopg.connect(sys.argv[1]) as connection:
    connection.execute("SELECT 1")
    print("busy", flush=True)
    connection.execute("SELECT count(*) FROM generate_series(1, 1000000000000)")
"""


async def test_a_stale_pid_that_someone_else_has_now_is_no_obstacle(reachable_folder: Path) -> None:
    settings = settings_in(reachable_folder / "used")
    async with start_engines(settings) as engines:
        assert engines.postgres is not None
    for lock in ("postgres/data/postmaster.pid", f"socket/{SOCKET_NAME}.lock"):
        (reachable_folder / "used" / lock).write_text(f"{os.getpid()}\n")
    async with start_engines(settings) as engines:
        assert answer(engines.settings.postgres.url) == 1


async def test_a_path_too_long_for_a_socket(reachable_folder: Path) -> None:
    folder = reachable_folder / ("long" * 30)
    assert len(os.fsencode(folder)) > LONGEST_SOCKET_PATH
    async with start_engines(settings_in(folder)) as engines:
        assert answer(engines.settings.postgres.url) == 1
        sockets = Path((folder / "run/socket-folder").read_text())
        assert sockets.stat().st_mode & 0o777 == 0o700
        assert engines.postgres is not None
        before = engines.postgres.child
        assert before is not None
        os.kill(before.pid, signal.SIGKILL)
        await _until_up(engines.postgres, before)
        assert answer(engines.settings.postgres.url) == 1  # where it was
    assert not sockets.exists()


async def test_the_folder_of_a_socket_of_a_killed_run_is_removed(reachable_folder: Path) -> None:
    folder = reachable_folder / ("long" * 30)
    with served(folder) as (parent, _):
        parent.kill()
        parent.wait()
        left = Path((folder / "run/socket-folder").read_text())
        async with start_engines(settings_in(folder)):
            assert not left.exists()


async def test_a_taken_port_is_refused_by_its_setting(reachable_folder: Path) -> None:
    settings = settings_in(reachable_folder / "used")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        nats = msgspec.structs.replace(settings.nats, mqtt_port=port)
        with pytest.raises(ConfigError, match=f"nats.mqtt_port: 127.0.0.1:{port} can't be listened on"):
            await start_engines(msgspec.structs.replace(settings, nats=nats)).__aenter__()
    assert engine_processes(reachable_folder / "used") == []


async def test_a_database_that_does_not_start_says_why(reachable_folder: Path) -> None:
    settings = settings_in(reachable_folder / "used")
    async with start_engines(settings):
        pass
    local = reachable_folder / "used/conf/local.conf"
    before = local.read_text()
    local.write_text("shared_buffers = nonsense\n")
    with pytest.raises(EngineStartError, match='invalid value for parameter "shared_buffers"'):
        await start_engines(settings).__aenter__()
    local.write_text(before)
    assert engine_processes(reachable_folder / "used") == []


async def test_an_older_database_is_not_touched(reachable_folder: Path) -> None:
    settings = settings_in(reachable_folder / "old")
    with open_data_folder(settings.data_folder) as folder:
        (folder.postgres / "data").mkdir()
        (folder.postgres / "data/PG_VERSION").write_text("16\n")
    with pytest.raises(DataFolderError, match="was written by PostgreSQL 16, this is 18"):
        await start_engines(settings).__aenter__()


async def test_a_start_that_was_cut_off_is_begun_anew(reachable_folder: Path) -> None:
    settings = settings_in(reachable_folder / "cut")
    with open_data_folder(settings.data_folder) as folder:
        (folder.postgres / "unfinished/base").mkdir(parents=True)
    async with start_engines(settings) as engines:
        assert answer(engines.settings.postgres.url) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the engines as someone else")
async def test_programs_their_user_can_not_run_are_copied_once(
    reachable_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = binaries._installed()
    private = reachable_folder / "private"
    private.mkdir(mode=0o700)
    (private / "package").symlink_to(installed.postgres.parents[2])
    (private / binaries._LIBRARIES).symlink_to(installed.postgres.parents[3] / binaries._LIBRARIES)
    (private / "nats-server").symlink_to(installed.nats_server)
    programs = private / "package" / installed.postgres.parents[1].name / "bin"
    hidden = Binaries(programs / "postgres", programs / "initdb", private / "nats-server")
    monkeypatch.setattr(binaries, "_installed", lambda: hidden)
    with open_data_folder(reachable_folder / "used") as folder:
        first = binaries.usable_binaries(folder)
        assert first.postgres.is_relative_to(folder.engines)
        made = first.postgres.stat().st_ctime_ns
        assert binaries.usable_binaries(folder) == first
        assert first.postgres.stat().st_ctime_ns == made
    async with start_engines(settings_in(reachable_folder / "used")) as engines:
        assert answer(engines.settings.postgres.url) == 1
    shutil.rmtree(reachable_folder / "used/engines")


@pytest.fixture
def certificate(reachable_folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key, readable by us only."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    files = reachable_folder / "tls.pem", reachable_folder / "tls.key"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
            ),
            *("-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-out", files[0], "-keyout", files[1]),
        ],
        check=True,
        capture_output=True,
    )
    files[1].chmod(0o600)
    return files


async def test_devices_can_be_served_with_tls(reachable_folder: Path, certificate: tuple[Path, Path]) -> None:
    settings = settings_in(reachable_folder / "used")
    nats = msgspec.structs.replace(settings.nats, tls_certificate=str(certificate[0]), tls_key=str(certificate[1]))
    async with start_engines(msgspec.structs.replace(settings, nats=nats)) as engines:
        effective = engines.settings.nats
        assert effective.public_mqtt == f"mqtts://127.0.0.1:{effective.mqtt_port}"
        assert effective.public_websocket == f"wss://127.0.0.1:{effective.websocket_port}/mqtt"
        assert effective.public_nats == f"tls://127.0.0.1:{effective.port}"
        token = device_jwt(key_pair(effective.account_seed), 15, 7, int(time.time()) + 60)
        context = ssl.create_default_context(cafile=certificate[0])
        async with MqttDevice(effective.mqtt_port, token, "a", tls=context) as phone:
            assert await phone.subscribe("d/15/7") == [0]
        async with MqttDevice(effective.websocket_port, token, "b", tls=context, transport="websockets") as phone:
            assert await phone.subscribe("d/15/7") == [0]


@pytest.mark.parametrize(
    ("certificate", "key", "words"),
    [
        ("/nowhere/c.pem", "/nowhere/k.pem", "/nowhere/k.pem: .*No such file"),
        ("/nowhere/c.pem", "", "are needed together"),
    ],
)
async def test_a_wrong_certificate_is_named(reachable_folder: Path, certificate: str, key: str, words: str) -> None:
    settings = settings_in(reachable_folder / "used")
    nats = msgspec.structs.replace(settings.nats, tls_certificate=certificate, tls_key=key)
    with pytest.raises(ConfigError, match=words):
        await start_engines(msgspec.structs.replace(settings, nats=nats)).__aenter__()


async def test_external_engines_are_left_where_they_are(engines: Engines, tmp_path: Path) -> None:
    settings = msgspec.structs.replace(engines.settings, data=str(tmp_path / "data"))
    async with start_engines(settings) as external:
        assert external.settings == settings
        assert external.postgres is None
        assert external.nats is None


@pytest.mark.parametrize("missing", ["account_seed", "system_user_jwt", "system_user_seed", "public_mqtt"])
async def test_external_nats_needs_its_credentials(engines: Engines, tmp_path: Path, missing: str) -> None:
    nats = msgspec.structs.replace(engines.settings.nats, **{missing: ""})
    with pytest.raises(ConfigError, match=f"nats.{missing} is needed with nats.url"):
        await start_engines(Settings(data=str(tmp_path), nats=nats)).__aenter__()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"account_seed": "SAXYZ"}, "nats.account_seed: not a NATS seed"),
        ({"account_seed": "{system_user_seed}"}, "nats.account_seed must begin with SA"),
        ({"system_user_jwt": "x.y.z"}, "nats.system_user_jwt: the token is not a JWT"),
        ({"system_user_seed": "{other}"}, "nats.system_user_seed is not the seed of the user in nats.system_user_jwt"),
    ],
)
async def test_wrong_credentials_are_refused_before_anything_starts(
    engines: Engines, tmp_path: Path, wrong: dict[str, str], words: str
) -> None:
    other = "SUAKZT74ATXAGPITC6URIWEG4QMWJ3ZW7M3JMGXDWVX7BDIBA542TOTWKI"
    known = {"system_user_seed": engines.settings.nats.system_user_seed, "other": other}
    changes = {name: value.format(**known) for name, value in wrong.items()}
    nats = msgspec.structs.replace(engines.settings.nats, **changes)
    with pytest.raises(ConfigError, match=words):
        await start_engines(Settings(data=str(tmp_path / "data"), nats=nats)).__aenter__()
    assert not (tmp_path / "data").exists()


def _python_for_everyone() -> str | None:
    """A Python that any user may run, of our own version."""
    return shutil.which(f"python3.{sys.version_info.minor}", path="/usr/bin:/usr/local/bin")


@pytest.mark.skipif(os.geteuid() != 0 or not _python_for_everyone(), reason="needs root and a system Python like ours")
def test_an_ordinary_user_runs_everything_as_itself(reachable_folder: Path) -> None:
    python = _python_for_everyone()
    assert python
    home = reachable_folder / "ordinary"
    home.mkdir(mode=0o700)
    os.chown(home, 65534, 65534)
    packages = [str(ROOT / "src"), str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))]
    try:
        done = subprocess.run(
            [python, "-B", "-m", "tests.engines.served", str(home / "data")],
            input="stop\n",
            capture_output=True,
            text=True,
            user=65534,
            group=65534,
            extra_groups=[],
            cwd="/",
            env={"PYTHONPATH": ":".join(packages), "HOME": str(home), "PATH": "/usr/bin:/bin"},
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "postgres" in json.loads(done.stdout)
        assert (home / "data").stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_uid for path in home.rglob("*")} == {65534}
        assert engine_processes(home) == []
    finally:
        shutil.rmtree(home)
