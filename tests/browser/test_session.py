"""From the one-time link to the log-out, as somebody at a browser lives it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import Window
from tests.browser.window import open_window
from tests.console import PASSWORD, administrator
from tests.server import Server, start_server


async def fill_in(page: Page, fields: dict[str, str], button: str) -> None:
    for label, value in fields.items():
        await page.get_by_label(label, exact=True).fill(value)
    await page.get_by_role("button", name=button).click()


async def test_first_run(chromium: Browser, reachable_folder: Path) -> None:
    """Without the link nobody gets in; with it one becomes administrator, once, and logs in again after."""
    with start_server(reachable_folder / "first-run") as server:
        link = server.addresses["setup"]
        async with open_window(chromium, server.url, refusals={403}) as page:
            await page.goto("products")
            await expect(page.get_by_role("heading", name="This server is not set up yet")).to_be_visible()
            await page.goto(link)
            await page.reload()  # the same address but for its fragment is no navigation
            await fill_in(page, {"Name": "Grace", "Password": "short"}, "Create and log in")
            await expect(page.get_by_text("At least 10 characters are needed.")).to_be_visible()
            await page.get_by_label("Password", exact=True).fill(PASSWORD)
            await page.get_by_role("button", name="Create and log in").click()
            await expect(page).to_have_title("Product management · Rockdove")
            await expect(page.get_by_role("heading", name="Begin with a product")).to_be_visible()
            await page.get_by_role("button", name="Account of Grace").click()
            await page.get_by_role("menuitem", name="Log out").click()
            await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        async with open_window(chromium, server.url, refusals={403}) as page:
            await page.goto(link)
            await expect(page.get_by_role("heading", name="This link no longer works")).to_be_visible()
            await page.goto("login")
            await fill_in(page, {"Name": "Grace", "Password": PASSWORD}, "Log in")
            await expect(page.get_by_role("heading", name="Product management")).to_be_visible()


async def test_invitation(window: Window, server: Server) -> None:
    """Whoever is invited keeps the name they were given, and sees no more than their role allows."""
    app = server.app("Invitation")
    invitation = administrator(server).post("/members", {"name": "Linus", "roles": {app["access_id"]: "viewer"}})
    async with window() as page:
        await page.goto(invitation["link"])
        await expect(page.get_by_label("Name", exact=True)).to_have_value("Linus")
        await fill_in(page, {"Password": PASSWORD}, "Set password and log in")
        await expect(page.get_by_role("link", name="Invitation", exact=True)).to_be_visible()
        await expect(page.get_by_role("link", name="Create Push")).to_have_count(0)
        await expect(page.get_by_role("link", name="Members")).to_have_count(0)
        await page.goto("members")
        await expect(page.get_by_text("For administrators")).to_be_visible()


async def test_a_wrong_password_is_told_and_the_right_one_leads_where_one_wanted(
    window: Window, server: Server
) -> None:
    administrator(server)
    app = server.app("Deep link")
    async with window(refusals={401}) as page:
        await page.goto(f"apps/{app['access_id']}/pushes")
        await fill_in(page, {"Name": "Ada", "Password": "not this one"}, "Log in")
        await expect(page.get_by_role("alert")).to_have_text("The name or the password is wrong.")
        await fill_in(page, {"Password": PASSWORD}, "Log in")
        await expect(page).to_have_url(f"{server.url}/console/apps/{app['access_id']}/pushes")
        await expect(page.get_by_role("heading", level=1, name="Task list")).to_be_visible()


async def test_a_password_is_changed(window: Window, server: Server) -> None:
    invitation = administrator(server).post("/members", {"name": "Edsger", "roles": {}})
    async with window(refusals={422}) as page:
        await page.goto(invitation["link"])
        await fill_in(page, {"Password": PASSWORD}, "Set password and log in")
        await page.get_by_role("button", name="Account of Edsger").click()
        await page.get_by_role("menuitem", name="Change password").click()
        change = {"Present password": "not this one", "New password": "another long one"}
        await fill_in(page, change, "Change password")
        await expect(page.get_by_role("alert")).to_contain_text("the old password is not right")
        await fill_in(page, {"Present password": PASSWORD}, "Change password")
        await expect(page.get_by_text("Your password is changed.")).to_be_visible()
        await page.get_by_role("link", name="Product management").click()
        await expect(page.get_by_role("heading", level=1, name="Product management")).to_be_visible()


async def test_a_session_that_ends_elsewhere_leads_to_the_log_in_and_back(window: Window, server: Server) -> None:
    session = administrator(server)
    app = server.app("Deep link")
    async with window(session, refusals={401}) as page:
        await page.goto(f"apps/{app['access_id']}/tags")
        await expect(page.get_by_role("heading", level=1, name="Tag management")).to_be_visible()
        session.call("DELETE", "/session")
        await page.reload()
        await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        await fill_in(page, {"Name": "Ada", "Password": PASSWORD}, "Log in")
        await expect(page.get_by_role("heading", level=1, name="Tag management")).to_be_visible()


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example/"])
async def test_the_log_in_leads_nowhere_else(window: Window, server: Server, elsewhere: str) -> None:
    async with window(administrator(server)) as page:
        await page.goto(f"login?next={elsewhere}")
        await expect(page).to_have_url(f"{server.url}/console/products")
