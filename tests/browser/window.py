"""A browser window on the console, and what must not happen in it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page

from tests.console import Browser as Session

if TYPE_CHECKING:
    from playwright.async_api import ConsoleMessage

Theme = Literal["light", "dark"]
Language = Literal["en", "zh"]
LOCALES: dict[Language, str] = {"en": "en-GB", "zh": "zh-CN"}
WIDE, PHONE = (1280, 800), (390, 844)
UNSETTLED = ".ant-skeleton-active, .ant-spin-spinning, [aria-busy=true]"


@dataclass
class Complaints:
    """What the pages logged as an error, or threw. Answers the test brings about itself are not counted."""

    expected: Collection[int]
    texts: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", self._logged)
        page.on("pageerror", lambda error: self.texts.append(f"{page.url}: {error}"))

    def _logged(self, message: ConsoleMessage) -> None:
        status = re.match(r"Failed to load resource: .* status of (\d+)", message.text)
        if message.type == "error" and not (status and int(status[1]) in self.expected):
            self.texts.append(f"{message.location.get('url', '')}: {message.text}")


@asynccontextmanager
async def open_window(
    chromium: Browser,
    url: str,
    session: Session | None = None,
    *,
    theme: Theme = "light",
    language: Language = "en",
    size: tuple[int, int] = WIDE,
    refusals: Collection[int] = (),
) -> AsyncIterator[Page]:
    """A page in a profile of its own, signed in as `session`. Addresses lie below the console: `goto("products")`.

    `refusals`: HTTP statuses that the test provokes. Any other complaint of the browser fails it at the end.
    """
    context = await chromium.new_context(
        base_url=f"{url}/console/",
        viewport={"width": size[0], "height": size[1]},
        color_scheme=theme,
        locale=LOCALES[language],
        reduced_motion="reduce",
    )
    if session:
        host = urlsplit(url).hostname or ""
        await context.add_cookies(
            [
                {
                    "name": "rockdove_session",
                    "value": session.cookie,
                    "domain": host,
                    "path": "/console",
                    "httpOnly": True,
                }
            ]
        )
    complaints = Complaints(refusals)
    page = await context.new_page()
    complaints.watch(page)
    try:
        yield page
    finally:
        await context.close()
    assert not complaints.texts, "the browser complained:\n" + "\n".join(complaints.texts)


AT_REST = """
Promise.all(document.getAnimations()
    .filter((one) => one.effect.getComputedTiming().iterations !== Infinity)
    .map((one) => one.finished.catch(() => null)))
"""


async def settled(page: Page) -> None:
    """The page has its heading, waits for nothing, and nothing that ends by itself is moving."""
    await page.locator("h1").first.wait_for()
    while await page.locator(UNSETTLED).count():
        await page.locator(UNSETTLED).first.wait_for(state="hidden")
    await page.evaluate(AT_REST)
