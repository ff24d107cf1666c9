"""What a page gives to keep."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Page

from tests.server import Server


async def downloaded(page: Page, server: Server, click: Callable[[], Awaitable[None]]) -> bytes:
    """The whole file that `click` makes the browser fetch.

    Chromium interrupts a download now and then (one in some thousands here); Playwright is not told why. As a person
    would, we ask once more; but not where it was the server that broke off, which its log would show.
    """
    log = server.log.read_bytes()
    for is_last in (False, True):
        async with page.expect_download() as started:
            await click()
        download = await started.value
        fault = await download.failure()
        if fault is None:
            return Path(await download.path()).read_bytes()
        said = server.log.read_bytes()[len(log) :]
        if is_last or b"Traceback" in said:
            break
    raise AssertionError(f"{download.url}: {fault}; the server says: {said.decode()}")
