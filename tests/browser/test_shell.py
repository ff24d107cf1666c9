"""What is around every page: menu, language, theme, keyboard, addresses that lead nowhere, a server that is away."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import Window
from tests.browser.window import PHONE, WIDE, Language, Theme, settled
from tests.console import administrator
from tests.server import Server


async def test_the_menu_leads_to_every_page(page: Page, server: Server) -> None:
    """In the order of TPNS's; each page has its own title and takes the focus."""
    app = server.app("Menu")
    await page.goto(f"apps/{app['access_id']}/overview")
    menu = page.get_by_role("navigation", name="Menu")
    await expect(menu.get_by_role("link")).to_have_text(
        [
            "Product management",
            "Basic configuration",
            "Task list",
            "Create Push",
            "Push plan",
            "Packages",
            "Data overview",
            "Tag management",
            "Troubleshooting",
            "Virtual phone",
            "Members",
            "Audit log",
        ]
    )
    for link in await menu.get_by_role("link").all():
        name = await link.inner_text()
        await link.click()
        await expect(page).to_have_title(f"{name} · Rockdove")
        await expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
        await expect(page.get_by_role("main")).to_be_focused()


async def test_another_application_shows_the_same_page(page: Page, server: Server) -> None:
    first, second = server.app("Switched from"), server.app("Switched to", "ios")
    await page.goto(f"apps/{first['access_id']}/packages")
    await page.get_by_label("Product and application").fill("Switched to")
    await page.get_by_label("Product and application").press("Enter")
    await expect(page).to_have_url(f"{server.url}/console/apps/{second['access_id']}/packages")


async def test_language_and_theme_are_kept(page: Page) -> None:
    await page.goto("products")
    await page.get_by_role("button", name="Language").click()
    await page.get_by_role("menuitem", name="中文").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("产品管理")
    await page.get_by_role("button", name="外观").click()
    await page.get_by_role("menuitem", name="深色").click()
    await expect(page.locator("html")).to_have_css("color-scheme", "dark")
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("产品管理")
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    await expect(page.locator("html")).to_have_css("color-scheme", "dark")


async def test_the_browsers_language_and_the_systems_theme_come_first(window: Window, server: Server) -> None:
    async with window(administrator(server), language="zh", theme="dark") as page:
        await page.goto("products")
        await expect(page.get_by_role("heading", level=1)).to_have_text("产品管理")
        await expect(page.locator("html")).to_have_css("color-scheme", "dark")


async def test_keyboard(page: Page) -> None:
    """The first key leads past the menu."""
    await page.goto("products")
    await settled(page)
    await page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("main")).to_be_focused()


async def test_on_a_phone_the_menu_is_a_drawer(window: Window, server: Server) -> None:
    app = server.app("Menu")
    async with window(administrator(server), size=PHONE) as page:
        await page.goto(f"apps/{app['access_id']}/tags")
        await page.get_by_role("button", name="Open the menu").click()
        await page.get_by_role("dialog").get_by_role("link", name="Push plan").click()
        await expect(page.get_by_role("heading", level=1, name="Push plan")).to_be_visible()
        await expect(page.get_by_role("dialog")).to_be_hidden()
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE[0]


@pytest.mark.parametrize("path", ["nowhere", "apps/1/pushes", "apps/x/tags"])
async def test_an_address_that_leads_nowhere_says_so(page: Page, path: str) -> None:
    await page.goto(path)
    await expect(page.get_by_role("heading", level=1, name="There is no such page")).to_be_visible()
    await page.get_by_role("button", name="To the products").click()
    await expect(page.get_by_role("heading", level=1, name="Product management")).to_be_visible()


async def test_a_server_that_is_away_is_told_and_asked_again(window: Window, server: Server) -> None:
    async with window(administrator(server), refusals={503}) as page:

        async def away(route: Route) -> None:
            await route.fulfill(status=503, json={"detail": "the database is away; try again"})

        await page.route("**/console/api/products", away)
        await page.goto("products")
        await expect(page.get_by_role("alert")).to_contain_text("the database is away; try again")
        await page.unroute("**/console/api/products")
        await page.get_by_role("button", name="Try again").click()
        await expect(page.get_by_role("alert")).to_be_hidden()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
async def test_both_themes_and_languages_at_both_widths(
    window: Window, server: Server, theme: Theme, language: Language, size: tuple[int, int]
) -> None:
    """Nothing sticks out at the side."""
    server.app("Menu")
    async with window(administrator(server), theme=theme, language=language, size=size) as page:
        for path in ("products", "password", "nowhere"):
            await page.goto(path)
            await settled(page)
            assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
