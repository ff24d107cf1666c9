"""Resolution for the rest of the product: asynchronous, one a worker process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeAlias, TypeVar

from msgspec import structs

from rockdove.audience import caps, small
from rockdove.audience.audience import Audience
from rockdove.audience.hashed_texts import OpenPackage
from rockdove.audience.index import COMPACT_ROWS, Index
from rockdove.audience.preview import Choices, Preview, choose, csv_of, preview_of, unmatched
from rockdove.audience.request import AudienceRequest
from rockdove.audience.resolve import Packages, resolve
from rockdove.audience.vendor_channels import VendorChannels, none
from rockdove.audience.view import View
from rockdove.observe import log
from rockdove.storage.database import Database

Answer = TypeVar("Answer")
Question: TypeAlias = Callable[[View, AudienceRequest, Packages], Answer]

RESOLUTIONS_AT_ONCE = 2
"""Of a process; each takes a core and, in the largest applications, a few hundred MB."""


class Resolver:
    """`folder` holds the indexes: derived data, which may be deleted at any time, and shared by the workers of a
    machine."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        open_package: OpenPackage,
        vendor_channels: VendorChannels = none,
    ) -> None:
        self.index = Index(database.url, folder)
        self._database, self._open_package, self._vendor_channels = database, open_package, vendor_channels
        self._turns = asyncio.Semaphore(RESOLUTIONS_AT_ONCE)
        self._background: set[asyncio.Task[object]] = set()

    async def resolve(self, request: AudienceRequest) -> Audience:
        """Whom `request` means at this moment. Writes nothing.

        Raises AudienceError where there is nothing to resolve from, e.g. its package was deleted.
        """
        request, packages = await self._over(request), await self._packages(request)
        if request.audience_type.is_small:
            return await small.resolve(self._database, request, packages.excluded)
        return await self._in_view(resolve, request, packages)

    async def preview(self, request: AudienceRequest) -> Preview:
        """How many `request` would reach, for the most recent device of each account and for all."""
        request, packages = await self._over(request), await self._packages(request)
        found = await self._choose(request, packages)
        return preview_of(await self._capped(request, found) if request.notification else found)

    async def unmatched(self, request: AudienceRequest) -> AsyncIterator[bytes]:
        """The accounts of the package that are bound to no device, as CSV."""
        accounts = await self._in_view(unmatched, request, await self._packages(request))
        for piece in csv_of(accounts):
            yield piece

    async def settle(self) -> None:
        """Wait for what goes on in the background (compactions)."""
        while self._background:
            await asyncio.wait(self._background)

    async def _over(self, request: AudienceRequest) -> AudienceRequest:
        return request.over(await self._vendor_channels(request.access_id))

    async def _choose(self, request: AudienceRequest, packages: Packages) -> Choices:
        if not request.audience_type.is_small:
            return await self._in_view(choose, request, packages)
        recent, every = [
            await small.resolve(self._database, structs.replace(request, every_device=choice), packages.excluded)
            for choice in (False, True)
        ]
        return Choices(await small.platform(self._database, request.access_id), every, recent)

    async def _capped(self, request: AudienceRequest, found: Choices) -> Choices:
        access_id, plan_id = request.access_id, request.plan_id
        async with self._database.transaction() as connection:
            every = await caps.of_preview(connection, access_id, plan_id, found.every)
            recent = found.recent and await caps.of_preview(connection, access_id, plan_id, found.recent)
        return Choices(found.platform, every, recent)

    async def _packages(self, request: AudienceRequest) -> Packages:
        wanted, excluded = [
            None if package_id is None else await self._open_package(request.access_id, package_id)
            for package_id in (request.package_id, request.exclude_package_id)
        ]
        return Packages(wanted, excluded)

    async def _in_view(self, question: Question[Answer], request: AudienceRequest, packages: Packages) -> Answer:
        def ask() -> tuple[Answer, View]:
            with self.index.view(request.access_id) as view:
                return question(view, request, packages), view

        async with self._turns:
            answer, view = await asyncio.to_thread(ask)
        if view.overlay.rows > COMPACT_ROWS:
            task = asyncio.create_task(self._compact(view))
            self._background.add(task)
            task.add_done_callback(self._background.discard)
        return answer

    async def _compact(self, view: View) -> None:
        try:
            await asyncio.to_thread(self.index.compact, view)
        except OSError as error:  # e.g. the disk is full: the overlay goes on growing, and the next one tries again
            log.warning("audience index not compacted", access_id=view.snapshot.manifest.access_id, error=str(error))
