"""The data overview: figures, charts that can be read as tables, a file, and first steps where there is nothing yet."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from rockdove.domain.token import new_token
from tests.browser.accessibility import serious_findings
from tests.browser.conftest import Window
from tests.browser.window import PHONE, WIDE, settled
from tests.console import administrator, member
from tests.server import Server, wait_until

NAME = "Figures in the browser"


@pytest.fixture(scope="module")
def app(server: Server) -> dict[str, Any]:
    """Eight devices, counted; one has opted out. One push to all of them."""
    app = server.app(NAME)
    rows = [f"{new_token()},android,user-{n},{'false' if n == 7 else ''}" for n in range(8)]
    server.import_devices(app["access_id"], "token,platform,account,notifications", rows)
    body = {"audience_type": "all", "message_type": "notify", "message": {"title": "Hello", "content": "World"}}
    server.rest(NAME).post("/v3/push/app", body)
    session, path = administrator(server), f"/apps/{app['access_id']}/overview"

    def counted() -> bool:
        found = session.get(path)
        return bool(found["standing"] and found["standing"]["available"] == 8 and found["days"][-1]["pushes"])

    wait_until(counted, "devices are counted", 120)
    return app


async def test_the_devices_and_the_days(page: Page, app: dict[str, Any]) -> None:
    await page.goto(f"apps/{app['access_id']}/overview")
    now = page.get_by_role("region", name="Devices now")
    for figure in ("Available8", "Opted in787.5% of the available ones", "Unavailable0", "Own channel"):
        await expect(now).to_contain_text(figure)
    await expect(page.get_by_role("region", name="Yesterday")).to_contain_text("Connected devices")
    chart = page.get_by_role("img", name="Pushes, a line chart of 30 days. On the last day: Pushes 1.")
    await expect(chart).to_be_visible()
    await expect(chart.locator("canvas")).to_be_visible()


async def test_a_chart_can_be_read_as_a_table(page: Page, app: dict[str, Any]) -> None:
    await page.goto(f"apps/{app['access_id']}/overview?days=7")
    pushes = page.get_by_role("region", name="Pushes", exact=True).first
    await pushes.get_by_role("button", name="As a table").click()
    rows = pushes.get_by_role("row")
    await expect(rows).to_have_count(8)
    await expect(rows.nth(1).get_by_role("cell").last).to_have_text("1")
    await page.get_by_text("90 days", exact=True).click()
    await expect(rows).to_have_count(91)
    await expect(page).to_have_url(f"{page.url.partition('?')[0]}?days=90")


async def test_what_shows_can_be_downloaded(page: Page, app: dict[str, Any]) -> None:
    await page.goto(f"apps/{app['access_id']}/overview?days=7")
    await settled(page)
    async with page.expect_download() as started:
        await page.get_by_role("button", name="Download CSV").click()
    download = await started.value
    assert download.suggested_filename.startswith(f"overview-{app['access_id']}-")
    text = Path(await download.path()).read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 7
    assert rows[-1]["Pushes"] == "1"


async def test_where_there_is_nothing_it_says_how_to_begin(window: Window, server: Server) -> None:
    access_id = server.app("No figures at all")["access_id"]
    async with window(administrator(server)) as page:
        await page.goto(f"apps/{access_id}/overview")
        await expect(page.get_by_role("heading", name="No figures yet")).to_be_visible()
        await expect(page.get_by_text(f"rockdove import devices devices.csv --app {access_id}")).to_be_visible()
        await expect(page.get_by_role("button", name="Download CSV")).to_have_count(0)
        await page.get_by_role("button", name="Open a virtual phone").click()
        await expect(page.get_by_role("heading", level=1, name="Virtual phone")).to_be_visible()
    async with window(member(server, "Vera's figures", {access_id: "viewer"})) as page:
        await page.goto(f"apps/{access_id}/overview")
        await expect(page.get_by_role("heading", name="No figures yet")).to_be_visible()
        await expect(page.get_by_role("button", name="Open a virtual phone")).to_have_count(0)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
async def test_nothing_keeps_anybody_out(
    window: Window, server: Server, app: dict[str, Any], size: tuple[int, int]
) -> None:
    for theme in ("light", "dark"):
        async with window(administrator(server), theme=theme, size=size) as page:
            await page.goto(f"apps/{app['access_id']}/overview")
            await page.locator("canvas").last.wait_for()
            await settled(page)
            assert await serious_findings(page) == []
            assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
            await page.get_by_role("button", name="As a table").first.click()
            assert await serious_findings(page) == []
