"""Pictures of every page of the console: `./dev screenshots`, into screenshots/ of the checkout.

Each page in both themes and at both widths, of a server with some life in it. Fails when a page complains.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import get_args

from playwright.async_api import Browser

from tests.browser.chromium import NoChromiumError, started_chromium
from tests.browser.populated import LIMITS, Populated, populated
from tests.browser.window import PHONE, WIDE, Language, Theme, open_window, settled
from tests.server import Server, start_server

PICTURES = Path(__file__).parents[2] / "screenshots"
SIGNED_OUT = {"login": "login", "setup": "setup#{setup}"}
SIGNED_IN = {
    "products": "products",
    "settings": "apps/{app}/settings",
    "channels": "apps/{app}/settings?show=channels",
    "channel": "apps/{app}/settings?show=channels&channel=xm",
    "keys": "apps/{app}/settings?show=keys",
    "push-settings": "apps/{app}/settings?show=controls",
    "rates": "apps/{app}/settings?show=rates",
    "pushes": "apps/{app}/pushes",
    "push": "apps/{app}/pushes/{push}",
    "create-push": "apps/{app}/pushes/new",
    "plans": "apps/{app}/plans",
    "plan": "apps/{app}/plans/0",
    "packages": "apps/{app}/packages",
    "package": "apps/{app}/packages/{package}",
    "overview": "apps/{app}/overview",
    "tags": "apps/{app}/tags",
    "troubleshooting": "apps/{app}/troubleshooting",
    "device": "apps/{app}/devices/{token}",
    "phone": "apps/{app}/phone",
    "members": "members",
    "audit": "audit",
    "password": "password",
    "not-found": "nowhere",
}
"""Every address there is, by the name of its picture; a new page is added here."""
QUIET_MS = 400
"""What has come into view draws itself to the end."""


async def take(language: Language, only: set[str]) -> int:
    """How many were taken."""
    folder = Path(tempfile.mkdtemp(prefix="rockdove-screenshots-"))
    folder.chmod(0o711)  # the engines' user passes through
    PICTURES.mkdir(exist_ok=True)
    try:
        with start_server(folder / "data", environment=LIMITS) as server:
            async with started_chromium() as chromium:
                link = server.addresses["setup"].partition("#")[2]
                taken = await _walk(chromium, server, SIGNED_OUT, None, {"setup": link}, language, only)
                async with populated(server, folder) as life:
                    taken += await _walk(chromium, server, SIGNED_IN, life, life.names, language, only)
                return taken
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _walk(
    chromium: Browser,
    server: Server,
    pages: dict[str, str],
    life: Populated | None,
    names: dict[str, object],
    language: Language,
    only: set[str],
) -> int:
    wanted = {name: path for name, path in pages.items() if not only or name in only}
    session = life.session if life else None
    for theme, size in product(get_args(Theme), (WIDE, PHONE)):
        async with open_window(chromium, server.url, session, theme=theme, language=language, size=size) as page:
            for name, path in wanted.items():
                await page.goto("about:blank")  # another fragment alone would be no navigation
                await page.goto(f"{server.url}/console/{path.format(**names)}")
                await settled(page)
                await page.wait_for_timeout(QUIET_MS)
                await page.screenshot(path=PICTURES / f"{name}-{theme}-{size[0]}.png", full_page=True)
    return 4 * len(wanted)


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev screenshots", description=__doc__.split("\n\n")[0])
    parser.add_argument("pages", nargs="*", metavar="PAGE", help=f"of: {', '.join([*SIGNED_OUT, *SIGNED_IN])}")
    parser.add_argument("--language", choices=get_args(Language), default="en")
    options = parser.parse_args()
    if unknown := set(options.pages) - {*SIGNED_OUT, *SIGNED_IN}:
        parser.error(f"there is no page {', '.join(sorted(unknown))}")
    try:
        taken = asyncio.run(take(options.language, set(options.pages)))
    except (NoChromiumError, AssertionError) as error:
        sys.exit(str(error))
    print(f"{taken} pictures in {PICTURES}")


if __name__ == "__main__":
    main()
