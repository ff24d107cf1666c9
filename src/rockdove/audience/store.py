"""Snapshots on disk: one folder an application, shared by the workers of a machine.

    <folder>/<access_id>/manifest.json        which generation holds, with the digest of each of its files
    <folder>/<access_id>/<generation>/*.arrow Arrow IPC, uncompressed, mapped by readers
    <folder>/<access_id>/lock                 held by the one worker that writes

A generation is written aside and becomes the snapshot when the manifest is renamed over the old one. Readers that
have the old files mapped keep them; a reader that comes in between finds its files gone and looks at the manifest
again. Nothing is synced to disk: after a power cut the digests tell, and the snapshot is read again from the tables.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import msgspec
import polars as pl
import pyarrow as pa
from pyarrow import ipc

from rockdove.audience.snapshot import Manifest, Snapshot
from rockdove.observe import log

LOOKS = 5
"""How often a reader looks again when a snapshot was replaced under its hands."""


class SnapshotStore:
    """The snapshot of one application. Methods block; use them in a thread."""

    def __init__(self, folder: Path, access_id: int) -> None:
        self.folder = folder / str(access_id)
        self._opened: tuple[bytes, Snapshot] | None = None

    def newest(self) -> Snapshot | None:
        """The snapshot on disk, mapped and verified once; None where there is none or it is damaged."""
        for _ in range(LOOKS):
            try:
                return self._open()
            except FileNotFoundError:
                continue
        return None

    def put(self, snapshot: Snapshot) -> Snapshot:
        """Write `snapshot` and make it the newest; gives it as mapped. The caller holds the lock."""
        generation = f"{snapshot.manifest.xmin}-{secrets.token_hex(4)}"
        aside = self.folder / f".{generation}"
        aside.mkdir(mode=0o700)
        digests = {}
        for name, frame in snapshot.to_frames().items():
            _write(aside / f"{name}.arrow", frame)
            digests[name] = _digest(aside / f"{name}.arrow")
        aside.rename(self.folder / generation)
        self._point_to(msgspec.structs.replace(snapshot.manifest, generation=generation, digests=digests))
        self._sweep(generation)
        return self.newest() or snapshot

    @contextmanager
    def lock(self, *, wait: bool = True) -> Iterator[bool]:
        """Gives whether it is ours. The kernel frees it when its holder dies."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)

    def _open(self) -> Snapshot | None:
        try:
            text = (self.folder / "manifest.json").read_bytes()
        except FileNotFoundError:
            return None
        if self._opened is not None and self._opened[0] == text:
            return self._opened[1]
        snapshot = self._map(text)
        self._opened = (text, snapshot) if snapshot is not None else None
        return snapshot

    def _map(self, text: bytes) -> Snapshot | None:
        digest, _, body = text.partition(b"\n")
        if digest.decode("ascii", "replace") != hashlib.sha256(body).hexdigest():
            log.warning("audience index: damaged manifest", folder=str(self.folder))
            return None
        try:
            manifest = msgspec.json.decode(body, type=Manifest)
        except msgspec.DecodeError:
            return None  # of another version of ours
        files = {name: self.folder / manifest.generation / f"{name}.arrow" for name in manifest.digests}
        for name, file in files.items():
            if _digest(file) != manifest.digests[name]:
                log.warning("audience index: damaged file", file=str(file))
                return None
        frames = {name: _mapped(file) for name, file in files.items()}
        return Snapshot.of_frames(manifest, frames)

    def _point_to(self, manifest: Manifest) -> None:
        body = msgspec.json.encode(manifest)
        aside = self.folder / f".manifest-{manifest.generation}"
        aside.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        aside.rename(self.folder / "manifest.json")

    def _sweep(self, generation: str) -> None:
        """Older generations, and what a killed writer left."""
        for path in self.folder.iterdir():
            if path.is_dir() and path.name != generation:
                shutil.rmtree(path, ignore_errors=True)
            elif path.name.startswith(".manifest-"):
                path.unlink(missing_ok=True)


def _write(file: Path, frame: pl.DataFrame) -> None:
    table = frame.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())  # 64-bit offsets, not views: half the size
    with ipc.new_file(str(file), table.schema) as writer:
        writer.write_table(table)  # one batch, so that each column is one array when mapped


def _mapped(file: Path) -> pl.DataFrame:
    return cast(pl.DataFrame, pl.from_arrow(ipc.open_file(pa.memory_map(str(file))).read_all()))


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
