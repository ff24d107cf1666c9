"""The console in a real Chromium, on a whole server.

- `chromium`   the browser (session); a test fails, and says what to do, where there is none or the pages are not built
- `window`     opens a page as somebody: `async with window(session, theme="dark") as page`
- `page`       a window of the server's administrator, 1280 px, light, English
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial

import pytest
from playwright.async_api import Browser, Page, expect

from rockdove.api.console.pages import BUILT, NOT_BUILT
from tests.browser.chromium import NoChromiumError, started_chromium
from tests.browser.window import open_window
from tests.console import administrator
from tests.server import Server

PATIENCE_MS = 30_000
"""How long a page may take to show what is expected, as everywhere in the suite; Playwright's five seconds are few on a
machine that does other things as well."""

Window = Callable[..., AbstractAsyncContextManager[Page]]


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    if not (BUILT / "index.html").is_file():
        pytest.fail(NOT_BUILT, pytrace=False)
    expect.set_options(timeout=PATIENCE_MS)
    try:
        async with started_chromium() as browser:
            yield browser
    except NoChromiumError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def window(chromium: Browser, server: Server) -> Window:
    return partial(open_window, chromium, server.url)


@pytest.fixture
async def page(window: Window, server: Server) -> AsyncIterator[Page]:
    async with window(administrator(server)) as page:
        yield page
