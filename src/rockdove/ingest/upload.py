"""One upload: streamed to a folder of its own, parsed there, handed to the store, committed.

The folder lies beside the store; the file is hashed and counted while it comes, and parsed by another process, so that
the event loop never waits. It becomes a package in two steps: its folder is handed to the store, then its row is
committed. Whatever ends an upload before that leaves nothing but, after a crash, a folder nobody refers to, and
`Packages.sweep` takes those away.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import shutil
import time
from contextlib import suppress
from uuid import uuid4

import msgspec
from obstore.exceptions import BaseError

from rockdove.ingest.depot import Also, Depot, File, Package
from rockdove.ingest.name import Kind, kind_of, sniffed_kind
from rockdove.ingest.verdict import EmptyFileError, RefusedFileError, StoreFailedError, StoreFullError, Verdict
from rockdove.storage.package_store import ORIGINAL


class Upload:
    """One file on its way in. Made by `Packages.receive`; write to it, finish it, and discard it in any case."""

    def __init__(
        self, depot: Depot, access_id: int, source: str, name: str | None, refused: Also | None = None
    ) -> None:
        self.access_id = access_id
        self._depot = depot
        self._source = source
        self._name = name
        self._refused = refused
        self._bytes = 0
        self._start = b""
        self._sha256 = hashlib.sha256()
        self._parsing: asyncio.Future[Verdict] | None = None
        self._folder = depot.store.incoming / uuid4().hex
        self._folder.mkdir(mode=0o700)
        self._file = (self._folder / ORIGINAL).open("wb")

    async def write(self, chunk: bytes) -> None:
        """The next bytes of the file. Raises RefusedFileError above the size limit, StoreFullError."""
        if len(self._start) < 4:  # the first pieces of a body may be shorter than the mark of a zip
            self._start += chunk[: 4 - len(self._start)]
        self._bytes += len(chunk)
        limit = self._depot.limits.max_file_bytes
        if self._bytes > limit:
            await self._refuse(RefusedFileError(f"the file has more than {limit} bytes; split it, or zip it"))
        self._sha256.update(chunk)
        try:
            self._file.write(chunk)
        except OSError as error:
            raise _store_error(error) from error

    @property
    def content(self) -> tuple[str, str]:
        """What was received: the file's name (empty where none was given) and its SHA-256 in hexadecimal."""
        return self._name or "", self._sha256.hexdigest()

    async def finish(self, also: Also | None = None) -> Package:
        """After the last byte: parse, store, commit; and `also` in the transaction that commits the package.

        Raises EmptyFileError or RefusedFileError (with the verdict), StoreFullError, StoreFailedError.
        """
        kind = kind_of(self._name) if self._name else sniffed_kind(self._start)
        self._name = self._name or f"package.{kind}"
        try:
            self._file.close()
            verdict = await self._parse(kind)
            if not verdict.accepted:
                await self._refuse((EmptyFileError if verdict.empty else RefusedFileError)(verdict.fault, verdict))
            await self._depot.check_budget(self._stored_bytes())
            return await self._store(msgspec.structs.replace(verdict, stored_bytes=self._stored_bytes()), also)
        except OSError as error:
            raise _store_error(error) from error
        except BaseError as error:
            raise StoreFailedError(f"the package store does not answer: {error}") from error

    async def discard(self) -> None:
        """Remove what was not handed over, also what a parser that is still at work will leave."""
        with suppress(OSError):  # a full disk does not take the last bytes either
            self._file.close()
        if self._parsing is not None and not self._parsing.done():
            self._parsing.add_done_callback(lambda _: shutil.rmtree(self._folder, ignore_errors=True))
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _parse(self, kind: Kind) -> Verdict:
        self._parsing = self._depot.parsers.parse(
            self._folder / ORIGINAL,
            kind,
            self._depot.limits,
            self._folder,
        )
        return await asyncio.shield(self._parsing)

    async def _refuse(self, error: RefusedFileError) -> None:
        await self._depot.reject(self._described(error.verdict), self._refused)
        raise error

    async def _store(self, verdict: Verdict, also: Also | None) -> Package:
        prefix = f"{self.access_id}/{time.strftime('%Y%m%d', time.gmtime())}-{self._folder.name}"
        try:
            await self._depot.store.put(prefix, self._folder)
            async with self._depot.database.transaction() as connection:
                package_id = await self._depot.add(connection, self._described(verdict), prefix)
                if also:
                    await also(connection, package_id, verdict)
        except BaseException:
            await asyncio.shield(self._depot.store.delete(prefix))
            raise
        return await self._depot.get(self.access_id, package_id)

    def _described(self, verdict: Verdict) -> File:
        name = self._name or "package"
        return File(self.access_id, self._source, name, self._bytes, self._sha256.digest(), verdict)

    def _stored_bytes(self) -> int:
        return sum(entry.stat().st_size for entry in self._folder.iterdir())


def _store_error(error: OSError) -> StoreFullError | StoreFailedError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreFullError("the disk of the package store is full")
    return StoreFailedError(f"the package could not be stored: {error.strerror or error}")
