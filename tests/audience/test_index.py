"""The index trusts nothing that does not fit, and is shared by the workers of a machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from rockdove.audience import index as index_module
from rockdove.audience import snapshot
from rockdove.audience.index import RENEW_DAYS, Index
from rockdove.audience.reading import UnknownApplicationError
from rockdove.audience.request import AudienceRequest
from rockdove.audience.resolve import Packages, resolve
from rockdove.audience.snapshot import Manifest
from rockdove.audience.store import SnapshotStore
from rockdove.audience.view import View
from rockdove.audience.visibility import Visible
from rockdove.domain.push import AudienceType
from rockdove.storage.database import Database
from tests.rows import a_binding, a_device, an_app

GenerationOf = Callable[[], str]


def everybody(view: View) -> list[int]:
    request = AudienceRequest(access_id=view.snapshot.manifest.access_id, audience_type=AudienceType.ALL)
    return list(resolve(view, request, Packages()).targets)


@pytest.fixture
def index(database_url: str, tmp_path: Path) -> Index:
    return Index(database_url, tmp_path)


@pytest.fixture
async def devices(database: Database, app: int) -> list[int]:
    async with database.connection() as connection:
        return [await a_device(connection, app) for _ in range(5)]


def generation(index: Index, app: int) -> str:
    """Of the snapshot that serves a view now."""
    with index.view(app) as view:
        return view.snapshot.manifest.generation


@pytest.fixture
def newest(tmp_path: Path, app: int) -> Callable[[], Manifest]:
    """The manifest on disk."""

    def newest() -> Manifest:
        snapshot = SnapshotStore(tmp_path, app).newest()
        assert snapshot
        return snapshot.manifest

    return newest


def test_a_snapshot_is_kept_and_used_again(
    index: Index, devices: list[int], app: int, database_url: str, tmp_path: Path
) -> None:
    first = generation(index, app)
    assert generation(index, app) == first
    assert generation(Index(database_url, tmp_path), app) == first


@pytest.mark.parametrize(
    "changed",
    [
        {"format": snapshot.FORMAT + 1},
        {"libraries": {**snapshot.LIBRARIES, "polars": "0.1"}},
        {"libraries": {**snapshot.LIBRARIES, "hash": "another"}},
        {"identity": "another server"},
        {"purges": 7},
        {"visible": "4611686018427387904:4611686018427387904:"},
    ],
)
def test_what_does_not_fit_is_not_used(
    index: Index, devices: list[int], app: int, tmp_path: Path, changed: dict[str, object]
) -> None:
    first = generation(index, app)
    store = SnapshotStore(tmp_path, app)
    kept = store.newest()
    assert kept
    store._point_to(msgspec.structs.replace(kept.manifest, **changed))
    with index.view(app) as view:
        assert view.snapshot.manifest.generation != first
        assert everybody(view) == devices


@pytest.mark.parametrize("file", ["accounts", "bindings", "devices", "values", "tags"])
def test_damaged_files_are_not_used(database_url: str, devices: list[int], app: int, tmp_path: Path, file: str) -> None:
    first = generation(Index(database_url, tmp_path), app)
    path = tmp_path / str(app) / first / f"{file}.arrow"
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    assert generation(Index(database_url, tmp_path), app) != first


def test_a_damaged_manifest_is_not_used(index: Index, devices: list[int], app: int, tmp_path: Path) -> None:
    first = generation(index, app)
    path = tmp_path / str(app) / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"purges":0', b'"purges":1'))
    assert generation(index, app) != first


def test_a_missing_file_is_not_missed(database_url: str, devices: list[int], app: int, tmp_path: Path) -> None:
    first = generation(Index(database_url, tmp_path), app)
    (tmp_path / str(app) / first / "tags.arrow").unlink()
    assert generation(Index(database_url, tmp_path), app) != first


async def test_another_database_of_the_same_server_is_another_identity(
    index: Index, devices: list[int], app: int, database_url: str, database: Database
) -> None:
    with index.view(app) as view:
        identity = view.header.identity
    async with database.connection() as connection:
        await connection.execute("TRUNCATE devices CASCADE")
    with index.view(app) as view:
        assert view.header.identity != identity  # new files: the old rows are not among the changed ones
        assert everybody(view) == []


def test_an_unknown_application(index: Index, database_url: str) -> None:
    with pytest.raises(UnknownApplicationError), index.view(4_000_000_000):
        pass


def test_an_application_without_devices(index: Index, app: int) -> None:
    for _ in range(2):
        with index.view(app) as view:
            assert everybody(view) == []


async def test_a_deleted_device_is_not_served_from_a_snapshot(
    index: Index, devices: list[int], app: int, database: Database
) -> None:
    first = generation(index, app)
    async with database.connection() as connection:
        await connection.execute("DELETE FROM devices WHERE device_id = %s", (devices[0],))
    with index.view(app) as view:
        assert view.snapshot.manifest.generation != first
        assert everybody(view) == devices[1:]


async def test_a_deletion_that_commits_late_is_seen_when_it_does(
    index: Index, devices: list[int], app: int, database: Database
) -> None:
    """Its transaction is older than the snapshot's neighbours: ids can't tell, the counted horizon does."""
    async with database.transaction() as early, database.connection() as other:
        await early.execute("DELETE FROM devices WHERE device_id = %s", (devices[0],))
        await a_device(other, app)
        with index.view(app) as view:
            assert len(everybody(view)) == 6
    second = generation(index, app)
    with index.view(app) as view:
        assert len(everybody(view)) == 5
        assert view.snapshot.manifest.generation == second, "a fresh snapshot lasts"


async def test_with_an_old_transaction_open_snapshots_still_last(
    index: Index, devices: list[int], app: int, database: Database
) -> None:
    async with database.transaction() as old:
        await a_device(old, app)
        async with database.connection() as other:
            await other.execute("DELETE FROM devices WHERE device_id = %s", (devices[0],))
        first = generation(index, app)
        assert generation(index, app) == first


async def test_a_change_that_commits_after_the_snapshot_is_overlaid(
    index: Index, devices: list[int], app: int, database: Database
) -> None:
    async with database.transaction() as slow:
        await slow.execute("UPDATE devices SET uninstalled_at = now() WHERE device_id = %s", (devices[1],))
        with index.view(app) as view:
            assert everybody(view) == devices
    with index.view(app) as view:
        assert everybody(view) == [devices[0], *devices[2:]]


async def test_two_workers_read_a_new_application_once(
    devices: list[int], app: int, database_url: str, tmp_path: Path
) -> None:
    first, second = await asyncio.gather(
        *(asyncio.to_thread(generation, Index(database_url, tmp_path), app) for _ in range(2))
    )
    assert first == second


async def test_the_overlay_becomes_the_next_snapshot(
    index: Index, devices: list[int], app: int, database: Database, tmp_path: Path
) -> None:
    first = generation(index, app)
    async with database.connection() as connection:
        added = await a_device(connection, app, city="深圳")
        await a_binding(connection, app, added, "anna")
        await connection.execute("UPDATE devices SET uninstalled_at = now() WHERE device_id = %s", (devices[1],))
    with index.view(app) as view:
        before = everybody(view)
        assert index.compact(view)
        assert not index.compact(view), "it was done"
        assert everybody(view) == before, "the old snapshot is still mapped"
    with index.view(app) as view:
        assert view.snapshot.manifest.generation != first
        assert view.overlay.rows == 0
        assert everybody(view) == before
    assert [path.name for path in (tmp_path / str(app)).iterdir() if path.is_dir()] == [generation(index, app)]


def test_nobody_else_can_read_accounts_from_the_index(
    index: Index, devices: list[int], app: int, tmp_path: Path
) -> None:
    generation(index, app)
    assert (tmp_path / str(app)).stat().st_mode & 0o777 == 0o700


def test_renewal_before_it_is_needed(
    index: Index, devices: list[int], app: int, tmp_path: Path, newest: Callable[[], Manifest]
) -> None:
    first = generation(index, app)
    index.refresh(app)
    assert newest().generation == first
    old = msgspec.structs.replace(newest(), full_read_day=newest().full_read_day - RENEW_DAYS)
    SnapshotStore(tmp_path, app)._point_to(old)
    assert generation(index, app) == first
    index.refresh(app)
    assert generation(index, app) != first


async def test_refresh_merges_a_large_overlay(
    index: Index, devices: list[int], app: int, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = generation(index, app)
    monkeypatch.setattr(index_module, "COMPACT_ROWS", 1)
    async with database.connection() as connection:
        await connection.execute("UPDATE devices SET city = 'x'")
    index.refresh(app)
    assert generation(index, app) != first


@pytest.mark.parametrize(
    ("earlier", "later", "within"),
    [
        ("10:10:", "10:10:", True),
        ("10:12:10", "10:12:10", True),
        ("10:12:10", "12:14:12", True),
        ("10:12:10", "10:12:10,11", False),  # 11 was seen, and is still running for the other
        ("10:14:10", "10:12:10", False),  # 12 and 13 have not begun there
        ("10:14:10,12,13", "10:12:10", True),  # … and were not seen
    ],
)
def test_what_a_later_reading_sees(earlier: str, later: str, within: bool) -> None:
    assert Visible.parse(earlier).within(Visible.parse(later)) is within
    assert str(Visible.parse(earlier)) == earlier


def test_with_a_full_disk_pushes_go_on(
    index: Index, devices: list[int], app: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(store: SnapshotStore, snapshot: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SnapshotStore, "put", full)
    with index.view(app) as view:
        assert everybody(view) == devices


async def test_only_the_last_used_snapshots_stay_open(
    index: Index, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "OPEN_SNAPSHOTS", 2)
    async with database.connection() as connection:
        apps = [await an_app(connection, 1_500_000_100 + n) for n in range(4)]
    for app in [*apps, apps[0]]:
        generation(index, app)
    assert list(index._stores) == [apps[3], apps[0]]
