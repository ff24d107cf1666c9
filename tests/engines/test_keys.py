"""The identity of the embedded server is made once and kept to ourselves."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from rockdove.engines.errors import DataFolderError
from rockdove.engines.keys import load_or_create_identity, public_key


def test_an_identity_is_made_once(tmp_path: Path) -> None:
    first = load_or_create_identity(tmp_path / "nats.json")
    again = load_or_create_identity(tmp_path / "nats.json")
    assert [public_key(key) for key in first] == [public_key(key) for key in again]
    assert [public_key(key)[0] for key in first] == ["O", "A", "U", "A"]


def test_its_file_is_readable_by_us_only(tmp_path: Path) -> None:
    load_or_create_identity(tmp_path / "nats.json")
    assert stat.S_IMODE((tmp_path / "nats.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["nats.json"]


@pytest.mark.parametrize("content", ["", "{}", '{"operator": "SO"}', "[1]"])
def test_a_damaged_identity_is_not_replaced(tmp_path: Path, content: str) -> None:
    file = tmp_path / "nats.json"
    file.write_text(content)
    with pytest.raises(DataFolderError, match="restore it from a backup"):
        load_or_create_identity(file)
    assert file.read_text() == content
