"""The data folder: ours alone, one server at a time, and nothing above it touched."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rockdove.engines.data_folder import open_data_folder, write_atomically
from rockdove.engines.errors import DataFolderError

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the engines as someone else")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_created_is_private(reachable_folder: Path) -> None:
    with open_data_folder(reachable_folder / "new" / "data") as folder:
        assert mode(folder.path) == (0o711 if os.geteuid() == 0 else 0o700)
        for path in (folder.keys, folder.log, folder.run, folder.postgres, folder.nats, folder.socket):
            assert mode(path) == 0o700, path
        assert mode(folder.conf) == 0o750
        assert {path.stat().st_uid for path in (folder.postgres, folder.nats, folder.socket)} == {folder.user.uid}
        assert {path.stat().st_uid for path in (folder.keys, folder.log, folder.run)} == {os.geteuid()}


def test_a_second_server_is_told_who_has_the_folder(reachable_folder: Path) -> None:
    path = reachable_folder / "locked"
    open_it = "open_data_folder(pathlib.Path(sys.argv[1])).__enter__()"
    script = f"import pathlib, sys; from rockdove.engines.data_folder import open_data_folder; {open_it}"
    with open_data_folder(path):
        done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False)
    assert f"{path} is already in use by pid {os.getpid()}" in done.stderr
    with open_data_folder(path):  # free again
        pass


def test_a_folder_others_can_write_to_is_refused(reachable_folder: Path) -> None:
    path = reachable_folder / "open"
    path.mkdir()
    path.chmod(0o777)
    with pytest.raises(DataFolderError, match="can be written to by others: chmod go-w"), open_data_folder(path):
        pass
    assert list(path.iterdir()) == []


def test_a_file_is_no_data_folder(reachable_folder: Path) -> None:
    path = reachable_folder / "file"
    path.touch()
    with pytest.raises(DataFolderError, match="is not a folder"), open_data_folder(path):
        pass


def test_keys_that_others_could_read_are_refused(reachable_folder: Path) -> None:
    path = reachable_folder / "loose"
    with open_data_folder(path) as folder:
        folder.keys.chmod(0o755)
    with pytest.raises(DataFolderError, match=r"is open to others: chmod 700 .*keys"), open_data_folder(path):
        pass


def test_a_planted_link_is_refused(reachable_folder: Path) -> None:
    path = reachable_folder / "linked"
    with open_data_folder(path) as folder:
        folder.postgres.rmdir()
        folder.postgres.symlink_to("/etc")
    with pytest.raises(DataFolderError, match="not a symbolic link"), open_data_folder(path):
        pass


@as_root
def test_a_parent_the_engines_can_not_pass_is_named_and_left_alone(reachable_folder: Path) -> None:
    home = reachable_folder / "home"
    home.mkdir(mode=0o700)
    with pytest.raises(DataFolderError, match=f"can't pass {home}: chmod o\\+x {home}"):
        open_data_folder(home / "data").__enter__()
    assert mode(home) == 0o700


@as_root
def test_the_owner_of_the_folder_runs_the_engines(reachable_folder: Path) -> None:
    path = reachable_folder / "owned"
    path.mkdir(mode=0o700)
    os.chown(path, 65534, 65534)
    with open_data_folder(path) as folder:
        assert folder.user.uid == 65534
        assert folder.postgres.stat().st_uid == 65534
        assert folder.keys.stat().st_uid == 0


def test_without_engines_of_our_own_no_user_is_needed(tmp_path: Path) -> None:
    with open_data_folder(tmp_path / "data", embedded=False) as folder:
        assert folder.user.is_us
        assert not folder.postgres.exists()


def test_a_file_is_written_whole_and_replaces_a_planted_one(tmp_path: Path) -> None:
    target, file = tmp_path / "target", tmp_path / "file"
    target.touch()
    file.symlink_to(target)
    (tmp_path / ".file.new").symlink_to(target)
    write_atomically(file, b"text", 0o600)
    assert (file.read_bytes(), target.read_bytes()) == (b"text", b"")
    assert not file.is_symlink()
