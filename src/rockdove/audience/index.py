"""The audience index of a worker: gives a view of an application, fresh to the last commit.

A view needs a snapshot that fits the reading it is laid under. One that does not (see snapshot.Manifest.misfit) is
replaced by a new one, read in the same transaction as the view; one under a large overlay by the two merged. Whoever
writes a snapshot holds the folder's lock, and whoever waited for it looks again first, so workers that share a folder
read a large application once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter

from rockdove.audience import snapshot
from rockdove.audience.reading import Reading
from rockdove.audience.snapshot import READ_LATER, Snapshot
from rockdove.audience.store import SnapshotStore
from rockdove.audience.view import View, overlay_of
from rockdove.observe import log

COMPACT_ROWS = 100_000
"""Changed rows above which they are merged into the next snapshot, in the background; they cost a resolution 0.2 s."""

OPEN_SNAPSHOTS = 64
"""Applications whose snapshot a process keeps mapped."""

RENEW_DAYS = 20
"""From this age on a snapshot is read anew in the background, before it has to be (snapshot.MAX_LAST_SEEN_AGE)."""


class Index:
    """Safe for several threads and several processes. Methods block; use them in a thread."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self.folder = url, folder
        self._stores: dict[int, SnapshotStore] = {}

    @contextmanager
    def view(
        self, access_id: int, exported: str = "", *, renew_from: int = snapshot.MAX_LAST_SEEN_AGE + 1
    ) -> Iterator[View]:
        """An application as one reading sees it, valid inside the context. `exported`: see Reading.

        Raises UnknownApplicationError, or OperationalError where the database is away.
        """
        store = self._store(access_id)
        with ExitStack() as stack:
            chosen = store.newest()  # before the reading begins: what it holds, the reading sees
            reading = stack.enter_context(Reading(self._url, access_id, exported))
            if _misfit(chosen, reading, renew_from):
                stack.close()
                with store.lock():
                    chosen = store.newest()
                    reading = stack.enter_context(Reading(self._url, access_id, exported))
                    if misfit := _misfit(chosen, reading, renew_from):
                        chosen = _read(store, access_id, reading, misfit)
            assert chosen is not None  # noqa: S101 - none is a misfit
            yield View(chosen, overlay_of(chosen, reading), reading)

    def refresh(self, access_id: int) -> None:
        """What keeps views quick, to be called now and then: the first snapshot, renewing, merging."""
        with self.view(access_id, renew_from=RENEW_DAYS) as view:
            grown = view.overlay.rows > COMPACT_ROWS
        if grown:
            self.compact(view)

    def compact(self, view: View) -> bool:
        """Make a view (its context may be over) the next snapshot. False: another worker is at it, or was faster."""
        manifest = view.snapshot.manifest
        store = self._store(manifest.access_id)
        with store.lock(wait=False) as ours:
            current = store.newest() if ours else None
            if current is None or current.manifest != manifest:
                return False
            started = perf_counter()
            store.put(view.compacted())
        log.info(
            "audience index compacted",
            access_id=manifest.access_id,
            changed_rows=view.overlay.rows,
            seconds=round(perf_counter() - started, 2),
        )
        return True

    def _store(self, access_id: int) -> SnapshotStore:
        """Kept open, the last used ones."""
        store = self._stores.pop(access_id, None) or SnapshotStore(self.folder, access_id)
        self._stores[access_id] = store
        for oldest in list(self._stores)[:-OPEN_SNAPSHOTS]:
            self._stores.pop(oldest, None)
        return store


def _misfit(chosen: Snapshot | None, reading: Reading, renew_from: int) -> str | None:
    if chosen is None:
        return "there is none"
    if reading.header.today - chosen.manifest.full_read_day >= renew_from:
        return "age"
    return chosen.manifest.misfit(reading.header)


def _read(store: SnapshotStore, access_id: int, reading: Reading, misfit: str) -> Snapshot:
    started = perf_counter()
    new = snapshot.read(access_id, reading)
    if misfit != READ_LATER:  # then the one on disk is good, only too new for this reading
        new = _kept(store, new)
    log.info(
        "audience index read from the tables",
        access_id=access_id,
        because=misfit,
        bindings=len(new.bindings),
        seconds=round(perf_counter() - started, 2),
    )
    return new


def _kept(store: SnapshotStore, new: Snapshot) -> Snapshot:
    try:
        return store.put(new)
    except OSError as error:  # the disk is full, say: pushes go on, only slower
        log.warning("audience index not kept", folder=str(store.folder), error=str(error))
        return new
