"""The REST API's page in a browser: it has no side to scroll to, on a desk or on a phone."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from tests.server import Server


@pytest.mark.parametrize("width", [1280, 390])
async def test_nothing_sticks_out(chromium: Browser, server: Server, width: int) -> None:
    page = await chromium.new_page(viewport={"width": width, "height": 900})
    try:
        await page.goto(f"{server.url}/v3/docs")
        assert await page.evaluate("document.documentElement.scrollWidth") == width
        assert await page.get_by_role("heading", name="Push", exact=True).is_visible()
    finally:
        await page.close()
