"""Chromium as the distribution has it; nothing is downloaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
NEEDED = "Chromium is needed for the tests of the console (Debian, Ubuntu: apt-get install chromium)."


class NoChromiumError(RuntimeError):
    """There is none on this machine; the text says how to get it."""


@asynccontextmanager
async def started_chromium() -> AsyncIterator[Browser]:
    """Raises NoChromiumError."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        raise NoChromiumError(NEEDED)
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's sandbox refuses to run as root
        browser = await playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            yield browser
        finally:
            await browser.close()
