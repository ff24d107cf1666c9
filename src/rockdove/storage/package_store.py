"""Where the objects of a package lie: a local folder, or any S3-compatible bucket, behind one API.

    <prefix>/original        the file as it was uploaded
    <prefix>/accounts.arrow  its accounts (`storage.accounts_file`)
    <prefix>/refused.csv     its refused lines, if there are any

A package is put together in a local folder and handed over whole, after it was accepted: a file that is refused, or
whose client vanishes, never reaches the store. Workers map the accounts file; from a bucket it is fetched once and
kept near.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import obstore
from obstore.store import LocalStore, from_url

from rockdove.config import ConfigError

ORIGINAL = "original"
ACCOUNTS = "accounts.arrow"
REFUSED = "refused.csv"

NEAR_FILES = 32
"""Accounts files of a bucket kept on a worker's disk, the last used ones."""


@dataclass(frozen=True, slots=True)
class PackageStore:
    """`local`: the folder, where it is one; else None and everything goes through `objects`."""

    objects: Any
    local: Path | None
    near: Path

    @classmethod
    def open(cls, url: str, data_folder: Path) -> PackageStore:
        """`url`: file:///folder, s3://bucket/prefix, or empty for `packages` in the data folder. Raises ConfigError."""
        parts = urlsplit(url)
        near = data_folder / "package-cache"
        if url and parts.scheme != "file":
            try:
                return cls(from_url(url), None, near)
            except (ValueError, obstore.exceptions.BaseError) as error:
                raise ConfigError(f"packages.store: {url}: {error}") from None
        folder = Path(unquote(parts.path)) if url else data_folder / "packages"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(LocalStore(folder), folder, near)

    @property
    def incoming(self) -> Path:
        """Where packages are put together: beside the local store, so that handing over is a rename."""
        return (self.local or self.near) / "incoming"

    async def put(self, prefix: str, folder: Path) -> None:
        """Hand over what `folder` holds; the folder is gone afterwards."""
        if self.local:
            target = self.local / prefix
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            await asyncio.to_thread(_sync, *sorted(folder.iterdir()), folder)
            folder.rename(target)
            await asyncio.to_thread(_sync, target.parent)
            return
        for file in sorted(folder.iterdir()):
            await obstore.put_async(self.objects, f"{prefix}/{file.name}", file)
        await asyncio.to_thread(shutil.rmtree, folder)

    async def read(self, prefix: str, name: str) -> AsyncIterator[bytes]:
        """An object, piece by piece; nothing where it does not exist."""
        try:
            found = await obstore.get_async(self.objects, f"{prefix}/{name}")
        except FileNotFoundError:
            return
        async for piece in found.stream():
            yield bytes(piece)

    async def accounts(self, prefix: str) -> Path:
        """A local path of the accounts file. Raises FileNotFoundError."""
        if self.local:
            return self.local / prefix / ACCOUNTS
        path = self._fetched / prefix / ACCOUNTS
        try:
            os.utime(path)  # the last used ones stay
        except FileNotFoundError:
            await self._fetch(f"{prefix}/{ACCOUNTS}", path)
        return path

    async def delete(self, prefix: str) -> None:
        """All objects of a package; without complaint where there are none."""
        if self.local:
            await asyncio.to_thread(shutil.rmtree, self.local / prefix, ignore_errors=True)
            return
        found = [meta["path"] async for batch in obstore.list(self.objects, prefix) for meta in batch]
        if found:
            await obstore.delete_async(self.objects, found)

    async def prefixes(self) -> dict[str, datetime]:
        """Every package in the store, and when its newest object was written."""
        newest: dict[str, datetime] = {}
        async for batch in obstore.list(self.objects):
            for meta in batch:
                prefix = meta["path"].rpartition("/")[0]
                if not prefix.startswith("incoming"):
                    newest[prefix] = max(meta["last_modified"], newest.get(prefix, meta["last_modified"]))
        return newest

    @property
    def _fetched(self) -> Path:
        """Apart from `incoming`: what is being put together is not ours to take away."""
        return self.near / "fetched"

    async def _fetch(self, key: str, path: Path) -> None:
        """There completely or not at all; two workers that fetch at once do no harm."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_name(f".{uuid4().hex}")
        found = await obstore.get_async(self.objects, key)
        try:
            with temporary.open("wb") as target:
                async for piece in found.stream():
                    target.write(piece)
            temporary.rename(path)
        finally:
            temporary.unlink(missing_ok=True)
        for old in sorted(self._fetched.glob(f"**/{ACCOUNTS}"), key=_used_at, reverse=True)[NEAR_FILES:]:
            old.unlink(missing_ok=True)


def _used_at(file: Path) -> float:
    """0 for one that another worker has just taken away."""
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _sync(*paths: Path) -> None:
    """On the disk, before a row says that they are there: a power cut must not leave a package without its accounts."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
