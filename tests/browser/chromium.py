"""Chromium as the distribution has it; nothing is downloaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
NOT_NEEDED = (
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup",
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled",
    "PreconnectToSearch",
)  # fmt: skip
"""Features of Chromium. The first two are pages of the address bar's own, which cost every window as much processor
time as the page it is opened for, and nobody sees them. The others are those that Playwright switches off: of two such
arguments Chromium takes the last one."""
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
        arguments = [f"--disable-features={','.join(NOT_NEEDED)}"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")  # it refuses to run as root
        browser = await playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            yield browser
        finally:
            await browser.close()
