"""The audit log in the browser: who did what, with the way to what it was done to."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.conftest import Window
from tests.browser.window import PHONE
from tests.console import administrator
from tests.server import Server


async def test_it_names_what_was_done_and_leads_there(page: Page, server: Server) -> None:
    app = server.app("Audited")["access_id"]
    ada = administrator(server)
    plan = ada.post(f"/apps/{app}/plans", {"name": "Ferries", "description": "When they sail"})
    ada.call("PUT", f"/apps/{app}/status", {"disabled": False})
    await page.goto(f"audit?app={app}")
    row = page.get_by_role("row").filter(has_text="Created a push plan")
    await expect(row).to_contain_text("Audited")
    await expect(row).to_contain_text("Ferries")
    await expect(row).to_contain_text("127.0.0.1")
    status = page.get_by_role("row").filter(has_text="Disabled or enabled an application")
    await status.get_by_text("Details").click()
    await expect(status.get_by_role("definition")).to_have_text("false")
    await row.get_by_role("link", name=str(plan["plan_id"])).click()
    await expect(page.get_by_role("heading", level=1, name="Ferries")).to_be_visible()


async def test_on_a_phone_a_row_stands_for_itself(window: Window, server: Server) -> None:
    """Its cells below each other, each with its column's name; it is a table still to who hears it."""
    app = server.app("Audited on a phone")["access_id"]
    ada = administrator(server)
    ada.post(f"/apps/{app}/plans", {"name": "Ferries", "description": "When they sail"})
    async with window(ada, size=PHONE) as page:
        await page.goto(f"audit?app={app}")
        cell = page.get_by_role("row").filter(has_text="Created a push plan").get_by_role("cell").last
        await expect(cell).to_have_text("127.0.0.1")
        box = await cell.bounding_box()
        assert box
        assert box["x"] + box["width"] <= PHONE[0]
        assert await cell.evaluate("cell => getComputedStyle(cell, '::before').content") == '"From"'
