"""No serious finding of axe-core on any page, in either theme."""

from __future__ import annotations

import pytest

from tests.browser.accessibility import serious_findings
from tests.browser.conftest import Window
from tests.browser.window import PHONE, WIDE, Theme, settled
from tests.console import administrator
from tests.server import Server

OF_ALL = ("products", "password", "members", "audit", "nowhere")
OF_APPLICATIONS = (
    "settings",
    "settings?show=channels",
    "pushes",
    "pushes/new",
    "plans",
    "packages",
    "overview",
    "tags",
    "troubleshooting",
    "phone",
)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
async def test_signed_in(window: Window, server: Server, theme: Theme, size: tuple[int, int]) -> None:
    app = server.app("Accessible")
    async with window(administrator(server), theme=theme, size=size) as page:
        findings: dict[str, list[str]] = {}
        for path in [*OF_ALL, *(f"apps/{app['access_id']}/{name}" for name in OF_APPLICATIONS)]:
            await page.goto(path)
            await settled(page)
            findings[path] = await serious_findings(page)
        assert not (faults := {path: found for path, found in findings.items() if found}), faults


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_signed_out(window: Window, server: Server, theme: Theme) -> None:
    administrator(server)
    async with window(theme=theme, refusals={401, 403}) as page:
        findings = {}
        for path in ("login", "setup#used"):
            await page.goto(path)
            await settled(page)
            findings[path] = await serious_findings(page)
        await page.goto("login")
        await page.get_by_label("Name", exact=True).fill("Ada")
        await page.get_by_label("Password", exact=True).fill("not this one")
        await page.get_by_role("button", name="Log in").click()
        await page.get_by_role("alert").wait_for()
        findings["refused"] = await serious_findings(page)
        assert not (faults := {path: found for path, found in findings.items() if found}), faults


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_opened(window: Window, server: Server, theme: Theme) -> None:
    """The drawer and the menus of the top bar."""
    async with window(administrator(server), theme=theme, size=PHONE) as page:
        await page.goto("products")
        await page.get_by_role("button", name="Open the menu").click()
        await page.get_by_role("dialog").wait_for()
        findings = await serious_findings(page)
        await page.keyboard.press("Escape")
        await page.get_by_role("dialog").wait_for(state="hidden")
        await page.get_by_role("button", name="Appearance").click()
        await page.get_by_role("menu").last.wait_for()
        assert not findings + await serious_findings(page)
