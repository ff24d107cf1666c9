"""One suite for both kinds of store: a folder, and objects elsewhere (here in memory, through the same library)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from rockdove.config import ConfigError
from rockdove.storage import package_store
from rockdove.storage.package_store import ACCOUNTS, ORIGINAL, PackageStore


@pytest.fixture(params=["folder", "objects"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> PackageStore:
    if request.param == "folder":
        return PackageStore.open("", tmp_path)
    return PackageStore(MemoryStore(), None, tmp_path / "near")


async def put(store: PackageStore, prefix: str, **objects: bytes) -> None:
    folder = store.incoming / "one"
    folder.mkdir(parents=True)
    for name, content in objects.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    await store.put(prefix, folder)
    assert not folder.exists()


async def read(store: PackageStore, prefix: str, name: str) -> bytes:
    return b"".join([piece async for piece in store.read(prefix, name)])


async def test_what_was_put_is_read(store: PackageStore) -> None:
    await put(store, "15/a", original=b"abc\n", accounts_arrow=b"ARROW")
    assert await read(store, "15/a", ORIGINAL) == b"abc\n"
    assert (await store.accounts("15/a")).read_bytes() == b"ARROW"
    assert await read(store, "15/a", "refused.csv") == b"", "nothing was refused"


async def test_deleting_takes_all_objects_of_one_package(store: PackageStore) -> None:
    for prefix in ("15/a", "15/b"):
        await put(store, prefix, original=prefix.encode())
    await store.delete("15/a")
    await store.delete("15/a")
    assert await read(store, "15/a", ORIGINAL) == b""
    assert await read(store, "15/b", ORIGINAL) == b"15/b"
    assert set(await store.prefixes()) == {"15/b"}


async def test_prefixes_tell_when_they_were_written(store: PackageStore) -> None:
    await put(store, "15/a", original=b"abc")
    written = (await store.prefixes())["15/a"]
    assert abs(written - datetime.now(UTC)) < timedelta(minutes=1)


async def test_a_package_that_is_gone_has_no_accounts(store: PackageStore) -> None:
    with pytest.raises(FileNotFoundError):
        (await store.accounts("15/none")).read_bytes()


async def test_near_files_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_store, "NEAR_FILES", 2)
    store = PackageStore(MemoryStore(), None, tmp_path / "near")
    for name in "abc":
        await put(store, f"15/{name}", accounts_arrow=name.encode())
    for name in "abca":
        assert (await store.accounts(f"15/{name}")).read_bytes() == name.encode()
    assert len(list(store.near.glob(f"**/{ACCOUNTS}"))) <= 2


async def test_making_room_for_near_files_takes_no_other_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is being put together, and a file that another worker takes away at the same moment."""
    monkeypatch.setattr(package_store, "NEAR_FILES", 1)
    store = PackageStore(MemoryStore(), None, tmp_path / "near")
    for name in "ab":
        await put(store, f"15/{name}", accounts_arrow=name.encode())
    being_parsed = store.incoming / "two" / ACCOUNTS
    being_parsed.parent.mkdir()
    being_parsed.write_bytes(b"half")
    os.utime(being_parsed, (0, 0))
    vanished = await store.accounts("15/a")
    vanished.unlink()
    vanished.symlink_to(tmp_path / "nowhere")  # listed, and gone when it is looked at
    assert (await store.accounts("15/b")).read_bytes() == b"b"
    assert being_parsed.read_bytes() == b"half"


async def test_a_fetch_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        async def stream(self) -> AsyncIterator[bytes]:
            yield b"the beginning"
            raise OSError("the bucket does not answer")

    async def get_broken(*_: object) -> Broken:
        return Broken()

    store = PackageStore(MemoryStore(), None, tmp_path / "near")
    monkeypatch.setattr("obstore.get_async", get_broken)
    with pytest.raises(OSError, match="does not answer"):
        await store.accounts("15/a")
    assert [path for path in store.near.glob("**/*") if path.is_file()] == []


def test_an_address_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"packages\.store"):
        PackageStore.open("ftp://example.com/x", tmp_path)
