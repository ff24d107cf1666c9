"""Create Push in Chromium: the main job of the product, from a file to a finished push, and what may go wrong."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.async_api import APIResponse, Locator, Page, Route, expect

from rockdove.domain.token import new_token
from tests.browser.accessibility import serious_findings
from tests.browser.conftest import Window
from tests.browser.window import Theme, settled
from tests.console import Browser, administrator, member
from tests.server import Server, wait_until

TITLE, CONTENT = "Your parcel is on its way", "It reaches you before noon."
MADE = re.compile(r"/pushes/\d+$")
"""Where Confirm leads."""
LINES = [*(f"user-{n:02}" for n in range(25)), "user-00", "user-01", "x"]
"""25 accounts of which 20 have devices, two repeated, one too short."""


class Shop(NamedTuple):
    """An application: twenty accounts, the first ten with two devices each. `otto` is an operator of it."""

    access_id: int
    otto: Browser
    tokens: list[str]
    path: str
    """Of the page."""

    def pushes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.otto.get(f"/apps/{self.access_id}/pushes")
        return found


@pytest.fixture
def shop(server: Server, request: pytest.FixtureRequest) -> Shop:
    """A new one for each test: packages are pushed once a second for each application."""
    name = request.node.name[:60]
    access_id = server.app(name)["access_id"]
    accounts = [*range(20), *range(10)]
    tokens = [new_token() for _ in accounts]
    rows = [f"{token},android,user-{n:02}" for token, n in zip(tokens, accounts, strict=True)]
    server.import_devices(access_id, "token,platform,account", rows)
    otto = member(server, f"Otto {access_id}", {access_id: "operator"})
    return Shop(access_id, otto, tokens, f"apps/{access_id}/pushes/new")


@pytest.fixture
async def form(window: Window, shop: Shop) -> AsyncIterator[Page]:
    """The empty page, as the operator sees it."""
    async with window(shop.otto) as page:
        await page.goto(shop.path)
        await settled(page)
        yield page


@pytest.fixture
def package(tmp_path: Path) -> Path:
    file = tmp_path / "members of november.txt"
    file.write_text("\n".join(LINES) + "\n")
    return file


async def write(page: Page) -> None:
    await page.get_by_label("Title", exact=True).fill(TITLE)
    await page.get_by_label("Content", exact=True).fill(CONTENT)


async def drop(page: Page, package: Path) -> None:
    await page.get_by_label("Drop the package here").set_input_files(package)
    await expect(page.get_by_text(package.name)).to_be_visible()
    await settled(page)


async def list_accounts(page: Page, *accounts: str) -> None:
    await page.get_by_role("radio", name="Accounts", exact=True).check()
    await page.get_by_label("Accounts, one a line").fill("\n".join(accounts))
    await settled(page)


async def pick(page: Page, label: str, value: str) -> None:
    """A day or a time, typed."""
    field = page.get_by_label(label, exact=True)
    await expect(field).to_be_enabled()
    await field.fill(value)
    await field.press("Enter")


async def preview(page: Page) -> Locator:
    await page.get_by_role("button", name="Preview", exact=True).click()
    dialog = page.get_by_role("dialog", name="Preview")
    await expect(dialog.get_by_role("button", name="Confirm", exact=True)).to_be_enabled()
    return dialog


def figure(page: Page, name: str) -> Locator:
    """The number below a heading of the verdict or the audience."""
    return page.locator("dl > div", has=page.get_by_text(name, exact=True)).locator("dd")


async def test_from_a_file_to_a_finished_push(form: Page, shop: Shop, package: Path) -> None:
    """Upload, verdict, audience, Preview, Confirm; a double click sends once."""
    await write(form)
    await drop(form, package)
    for name, number in {"Lines": "28", "Accounts": "25", "Duplicates": "2", "Refused lines": "1"}.items():
        await expect(figure(form, name)).to_have_text(number)
    await expect(figure(form, "Accounts with a device")).to_contain_text("20")
    await expect(figure(form, "Bound to no device")).to_contain_text("5")
    await expect(form.get_by_role("radio", name="Most recent device")).to_be_checked()
    await expect(form.get_by_text("20 devices · immediately")).to_be_visible()
    await form.get_by_role("radio", name="All devices of the account").check()
    await expect(form.get_by_text("30 devices · immediately")).to_be_visible()
    dialog = await preview(form)
    await expect(dialog).to_contain_text("30 devices of 20 accounts; 5 accounts have no device")
    await expect(dialog).to_contain_text(TITLE)
    await dialog.get_by_text("The same by REST").click()
    await expect(dialog.locator("pre")).to_contain_text('"account_push_type": 1')
    await dialog.get_by_role("button", name="Confirm", exact=True).dblclick()
    await expect(form).to_have_url(MADE)
    (push,) = shop.pushes()
    assert form.url.endswith(f"/apps/{shop.access_id}/pushes/{push['push_id']}")

    def finished() -> bool:
        progress = shop.otto.get(f"/apps/{shop.access_id}/pushes/{push['push_id']}/progress")
        return bool(progress["state"] == "PUSH_FINISHED" and progress["total"]["planned"] == 30)

    wait_until(finished, "the push is finished, for 30 devices")
    assert len(shop.pushes()) == 1
    assert shop.otto.get(f"/apps/{shop.access_id}/draft")["draft"] is None


async def test_a_lost_answer_and_a_second_try_send_once(window: Window, shop: Shop) -> None:
    async with window(shop.otto, refusals={504}) as page:
        lost: list[APIResponse] = []

        async def lose(route: Route) -> None:
            if route.request.method == "POST" and not lost:
                lost.append(await route.fetch())  # the server has taken it …
                await route.fulfill(status=504)  # … and the browser does not learn it from the proxy between
            else:
                await route.continue_()

        await page.route(f"**/console/api/apps/{shop.access_id}/pushes", lose)
        await page.goto(shop.path)
        await settled(page)
        await write(page)
        await list_accounts(page, "user-00")
        dialog = await preview(page)
        await dialog.get_by_role("button", name="Confirm", exact=True).click()
        await expect(dialog.get_by_text("sent once, however often you press")).to_be_visible()
        assert len(shop.pushes()) == 1
        await dialog.get_by_role("button", name="Confirm", exact=True).click()
        await expect(page).to_have_url(MADE)
        assert len(shop.pushes()) == 1


async def test_the_draft_is_there_after_a_reload(form: Page, package: Path) -> None:
    await write(form)
    await drop(form, package)
    await form.get_by_role("radio", name="All devices of the account").check()
    await expect(form.get_by_text("Draft saved.")).to_be_visible()
    await form.reload()
    await settled(form)
    await expect(form.get_by_label("Title", exact=True)).to_have_value(TITLE)
    await expect(form.get_by_text(package.name)).to_be_visible()
    await expect(form.get_by_role("radio", name="All devices of the account")).to_be_checked()
    await form.get_by_role("button", name="Start anew").click()
    await form.get_by_role("button", name="Empty the form").click()
    await expect(form.get_by_label("Title", exact=True)).to_have_value("")


async def test_what_was_typed_a_moment_ago_is_not_lost(form: Page, shop: Shop) -> None:
    """The page goes away before the draft's second has passed, and is back before the draft has arrived."""

    async def slowly(route: Route) -> None:
        if route.request.method == "PUT":
            await asyncio.sleep(1)
        await route.continue_()

    await form.route("**/draft", slowly)
    await write(form)
    await form.get_by_role("link", name="Packages").click()
    await form.get_by_role("link", name="Create Push").click()
    await expect(form.get_by_label("Title", exact=True)).to_have_value(TITLE)


async def test_saved_is_the_newest(form: Page, shop: Shop) -> None:
    """What is typed while an earlier state is on its way goes after it, and until then it is not said to be saved."""
    sent: asyncio.Queue[Route] = asyncio.Queue()

    async def hold(route: Route) -> None:
        sent.put_nowait(route)

    await form.route("**/draft", hold)
    await write(form)
    first = await sent.get()
    await form.get_by_label("Title", exact=True).fill("Another title")
    async with form.expect_response("**/draft"):
        await first.continue_()
    second = await sent.get()
    await expect(form.get_by_text("Draft saved.")).to_have_count(0)
    await second.continue_()
    await expect(form.get_by_text("Draft saved.")).to_be_visible()
    assert shop.otto.get(f"/apps/{shop.access_id}/draft")["draft"]["form"]["message"]["title"] == "Another title"


async def test_a_refused_file_says_which_lines(window: Window, shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "short.txt"
    file.write_text("x\ny\n")
    async with window(shop.otto, refusals={422}) as page:
        await page.goto(shop.path)
        await settled(page)
        await page.get_by_label("Drop the package here").set_input_files(file)
        await expect(page.get_by_role("alert").first).to_contain_text("no valid line")
        await page.get_by_text("Why lines were refused").click()
        await expect(page.get_by_role("table").get_by_role("row")).to_have_count(3)
        await expect(page.get_by_label("Drop the package here")).to_be_attached()


DROPPED = """(zone, text) => {
  const data = new DataTransfer();
  data.items.add(new File([text], "dropped.txt", { type: "text/plain" }));
  zone.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


async def test_a_file_is_dropped(form: Page) -> None:
    await form.locator("label", has_text="Drop the package here").evaluate(DROPPED, "account\nuser-00\n")
    await expect(form.get_by_text("dropped.txt")).to_be_visible()
    await expect(form.get_by_text("Line 1 looks like a column heading")).to_be_visible()
    await expect(figure(form, "Accounts with a device")).to_contain_text("1")


async def test_what_is_missing_is_said_at_the_field(form: Page) -> None:
    await form.get_by_role("button", name="Preview", exact=True).click()
    title = form.get_by_label("Title", exact=True)
    await expect(title).to_be_focused()
    await expect(title).to_have_accessible_description("Enter a title.")
    await expect(form.get_by_text("3 things are missing or wrong")).to_be_visible()
    await write(form)
    await expect(form.get_by_text("One thing is missing or wrong")).to_be_visible()
    await expect(form.get_by_text("Drop a package here, or pick one")).to_be_visible()
    await expect(form.get_by_role("dialog")).to_have_count(0)


async def test_the_preview_is_of_the_form_as_it_is_now(form: Page) -> None:
    """However fast one types and presses: the count beside the form lags half a second behind."""
    await write(form)
    await list_accounts(form, "user-00")
    await expect(form.get_by_text("1 device · immediately")).to_be_visible()
    await form.get_by_label("Accounts, one a line").fill("user-00\nuser-01\nuser-02")
    dialog = await preview(form)
    await expect(dialog).to_contain_text("3 devices of 3 accounts; every account has a device")
    await dialog.get_by_role("button", name="Back to the form").click()
    await expect(form.get_by_label("Title", exact=True)).to_have_value(TITLE)


async def test_a_page_about_a_package_leads_here(window: Window, shop: Shop, package: Path) -> None:
    async with window(shop.otto) as page:
        await page.goto(shop.path)
        await settled(page)
        await drop(page, package)
        (uploaded,) = shop.otto.get(f"/apps/{shop.access_id}/packages")
        await page.get_by_role("button", name="Choose another").click()
        await page.get_by_role("combobox", name="Or a package uploaded before").click()
        await page.locator(".ant-select-item-option", has_text=package.name).click()
        await expect(figure(page, "Accounts")).to_have_text("25")
        await page.get_by_role("button", name="Start anew").click()
        await page.get_by_role("button", name="Empty the form").click()
        await expect(page.get_by_text("Draft saved.")).to_be_visible()
        await page.goto(f"{shop.path}?package={uploaded['package_id']}")
        await expect(figure(page, "Accounts")).to_have_text("25")


async def test_a_fault_in_a_closed_group_opens_it(form: Page) -> None:
    await write(form)
    await list_accounts(form, "user-00")
    group = form.locator("details", has_text="Speed, expiry and hours").first
    await group.locator("summary").click()
    await pick(form, "From", "09:00")
    await group.locator("summary").click()
    await form.get_by_role("button", name="Preview", exact=True).click()
    await expect(form.get_by_text("Enter both hours")).to_be_visible()


async def test_an_earlier_push_is_duplicated(window: Window, shop: Shop) -> None:
    wanted = {"message": {"title": TITLE, "content": CONTENT}, "audience_type": "account_list", "accounts": ["user-03"]}
    shop.otto.headers = {"Idempotency-Key": "one"}
    push_id = shop.otto.post(f"/apps/{shop.access_id}/pushes", wanted)["push_ids"][0]
    async with window(shop.otto) as page:
        await page.goto(f"{shop.path}?from={push_id}")
        await settled(page)
        await expect(page.get_by_text(f"Filled in from push {push_id}")).to_be_visible()
        await expect(page.get_by_label("Title", exact=True)).to_have_value(TITLE)
        await expect(page.get_by_label("Accounts, one a line")).to_have_value("user-03")


async def test_a_loop_says_what_it_will_do_and_does_it(form: Page, shop: Shop) -> None:
    await write(form)
    await list_accounts(form, "user-00")
    await form.get_by_role("radio", name="Loop").check()
    first = await form.get_by_label("First day").input_value()
    days = await form.evaluate(
        "day => [1, 2].map(n => new Date(Date.parse(day) + n * 864e5).toISOString().slice(0, 10))", first
    )
    await pick(form, "First day", days[0])
    await pick(form, "Last day", days[1])
    await expect(form.get_by_text("Every day at 09:00: 2 pushes")).to_be_visible()
    dialog = await preview(form)
    await expect(dialog).to_contain_text("Every day at 09:00: 2 pushes")
    await expect(dialog).to_contain_text("Asia/Shanghai")
    await dialog.get_by_role("button", name="Confirm", exact=True).click()
    await expect(form).to_have_url(re.compile(r"/pushes$"))
    assert {push["state"] for push in shop.pushes()} == {"PUSH_WAIT"}
    assert len(shop.pushes()) == 2


async def test_a_day_is_picked_in_the_consoles_language(window: Window, shop: Shop) -> None:
    """In the zone of the application, an hour that the browser's own zone skips in spring included."""
    async with window(shop.otto, language="zh") as page:
        await page.goto(shop.path)
        await settled(page)
        await page.get_by_role("radio", name="定时推送").check()
        await page.get_by_label("发送时间").click()
        calendar = page.locator(".ant-picker-dropdown:visible")
        await expect(calendar.get_by_role("columnheader")).to_have_text(["一", "二", "三", "四", "五", "六", "日"])
        await calendar.locator("td.ant-picker-cell-in-view:not(.ant-picker-cell-disabled)").last.click()
        await pick(page, "具体时间", "02:30")
        day = await page.get_by_label("发送时间").input_value()
        year, month, date = (int(part) for part in day.split("-"))
        await expect(page.get_by_text(re.compile(f"{year}年{month}月{date}日.* 02:30，Asia/Shanghai"))).to_be_visible()


RENAME = """content => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(content, "changed meanwhile")
    content.dispatchEvent(new Event("input", { bubbles: true }))
}"""
"""Another field changes, and the focus stays where it is."""


async def test_what_is_typed_of_a_day_stays_while_the_form_goes_on(form: Page) -> None:
    await form.get_by_role("radio", name="Scheduled").check()
    day = form.get_by_label("Send at", exact=True)
    await expect(day).to_be_enabled()
    first = await day.input_value()
    wanted = await form.evaluate("day => new Date(Date.parse(day) + 20 * 864e5).toISOString().slice(0, 10)", first)
    await day.fill(wanted)
    content = form.get_by_label("Content", exact=True)
    await content.evaluate(RENAME)
    await expect(content).to_have_value("changed meanwhile")
    await expect(form.get_by_text("Draft saved.")).to_be_visible()
    await day.press("Enter")
    year, _, date = (int(part) for part in wanted.split("-"))
    await expect(form.get_by_text(re.compile(rf", {date} \w+ {year}, .*, Asia/Shanghai"))).to_be_visible()


async def test_a_plan_is_made_in_place(form: Page, shop: Shop) -> None:
    await form.get_by_role("button", name="New plan").click()
    await form.get_by_label("Name", exact=True).fill("Deliveries")
    await form.get_by_label("What it is for").fill("News of parcels")
    await form.get_by_role("button", name="Create plan").click()
    await write(form)
    await list_accounts(form, "user-00")
    dialog = await preview(form)
    await expect(dialog).to_contain_text("Deliveries")
    await dialog.get_by_role("button", name="Confirm", exact=True).click()
    await expect(form).to_have_url(MADE)
    assert [push["plan_name"] for push in shop.pushes()] == ["Deliveries"]


async def test_tags_are_counted_as_rules_are_built(form: Page, server: Server, shop: Shop) -> None:
    client = server.rest(next(name for name, app in server.apps.items() if app["access_id"] == shop.access_id))
    tagged = {"vip": shop.tokens[:6], "new": shop.tokens[4:8]}
    for tag, tokens in tagged.items():
        client.post("/v3/device/tag", {"operator_type": 7, "token_list": tokens, "tag_list": [tag]})
    await form.get_by_role("radio", name="Tags", exact=True).check()
    values = form.get_by_role("combobox", name="Tags", exact=True)
    await values.press_sequentially("vi")
    await form.locator(".ant-select-item-option", has_text="vip").click()
    await values.press("Escape")
    await expect(form.get_by_text("6 devices · immediately")).to_be_visible()
    await form.get_by_role("button", name="Add condition").click()
    await values.nth(1).fill("new")
    await values.nth(1).press("Enter")
    await expect(form.get_by_text("2 devices · immediately")).to_be_visible()


async def test_emoji_and_attributes_are_inserted_where_one_writes(form: Page, server: Server, shop: Shop) -> None:
    server.cli("app", "attributes", str(shop.access_id), "--add", "nickname")
    await form.reload()
    await settled(form)
    title = form.get_by_label("Title", exact=True)
    await title.fill("Hi !")
    await title.press("ArrowLeft")
    await form.get_by_role("button", name="Insert a user attribute").first.click()
    await form.get_by_role("menuitem", name="nickname").click()
    await expect(title).to_have_value("Hi {{nickname}}!")
    await expect(form.get_by_label("Title without attributes")).to_be_visible()
    await title.press("End")
    await form.get_by_role("button", name="Insert an emoji").first.click()
    await form.get_by_role("button", name="🎉").click()
    await expect(title).to_have_value("Hi {{nickname}}!🎉")
    await expect(form.get_by_text("17 characters")).to_be_visible()
    await expect(form.get_by_role("figure")).to_contain_text("Hi nickname!🎉")


async def test_vendors_that_refuse_a_text_are_named_while_one_types(form: Page) -> None:
    await form.get_by_label("Title", exact=True).fill("x" * 45)
    warning = form.get_by_text("Longer than these vendors take")
    await expect(warning).to_contain_text("Huawei (40)")
    await expect(warning).not_to_contain_text("Xiaomi (50)")
    await form.get_by_text("Channel policy").first.click()
    await form.get_by_role("radio", name="Custom", exact=False).check()
    await form.get_by_role("switch", name="Huawei").click()
    await expect(warning).not_to_contain_text("Huawei")


async def test_whom_a_channel_leaves_out_is_said_before_it_is_sent(form: Page) -> None:
    await write(form)
    await form.get_by_role("radio", name="All devices", exact=True).check()
    await expect(form.get_by_text("30 devices · immediately")).to_be_visible()
    await form.get_by_text("Channel policy").first.click()
    await form.get_by_role("radio", name="Custom", exact=False).check()
    await form.get_by_role("switch", name="Own channel", exact=True).click()
    await expect(form.get_by_text("0 devices · immediately", exact=True)).to_be_visible()
    await expect(form.get_by_text("30 have no channel that is on")).to_be_visible()
    dialog = await preview(form)
    await expect(dialog).to_contain_text("nobody would get this push")


async def test_a_test_goes_to_a_device_of_ones_own(form: Page, shop: Shop) -> None:
    await write(form)
    await form.get_by_role("button", name="Add test device").click()
    await form.get_by_label("Token", exact=True).fill(shop.tokens[0])
    await form.get_by_label("Remark").fill("Otto's phone")
    await form.get_by_role("button", name="Add", exact=True).click()
    await expect(form.get_by_role("checkbox", name="Otto's phone")).to_be_checked()
    await form.get_by_role("button", name="Send to 1 device").click()
    await expect(form.get_by_text("planned for 1")).to_be_visible()
    (push,) = shop.pushes()
    assert (push["title"], push["audience_type"]) == (TITLE, "token_list")
    await expect(form.get_by_label("Title", exact=True)).to_have_value(TITLE)


async def test_a_viewer_sees_no_create_push(window: Window, server: Server, shop: Shop) -> None:
    vera = member(server, f"Vera {shop.access_id}", {shop.access_id: "viewer"})
    async with window(vera) as page:
        await page.goto(f"apps/{shop.access_id}/pushes")
        await expect(page.get_by_role("link", name="Task list")).to_be_visible()
        await expect(page.get_by_role("link", name="Create Push")).to_have_count(0)
        await page.goto(shop.path)
        await expect(page.get_by_text("For operators")).to_be_visible()
        await expect(page.get_by_role("button", name="Preview")).to_have_count(0)


async def test_in_chinese(window: Window, shop: Shop, package: Path) -> None:
    async with window(shop.otto, language="zh") as page:
        await page.goto(shop.path)
        await settled(page)
        await expect(page.get_by_role("heading", level=1)).to_have_text("创建推送")
        await page.get_by_label("标题", exact=True).fill("包裹在路上")
        await page.get_by_label("内容", exact=True).fill("明天中午前送达。")
        await page.get_by_label("将号码包拖到这里").set_input_files(package)
        await expect(page.get_by_text("20 台设备 · 立即推送")).to_be_visible()
        await page.get_by_role("button", name="预览", exact=True).click()
        dialog = page.get_by_role("dialog", name="预览")
        await expect(dialog).to_contain_text("20 台设备，来自 20 个账号；5 个账号没有设备")
        await expect(dialog.get_by_role("button", name="确认", exact=True)).to_be_enabled()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_everybody_can_use_it(window: Window, shop: Shop, package: Path, theme: Theme) -> None:
    """axe-core on the page as it is worked with: filled, with faults, every group open, and on the Preview."""
    async with window(shop.otto, theme=theme) as page:
        await page.goto(shop.path)
        await settled(page)
        await page.get_by_role("button", name="Preview", exact=True).click()
        await page.mouse.move(0, 0)
        assert not await serious_findings(page)
        await write(page)
        await drop(page, package)
        await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert not await serious_findings(page)
        await preview(page)
        await page.mouse.move(0, 0)
        assert not await serious_findings(page)


async def test_an_administrator_finds_it_from_the_products(window: Window, server: Server, shop: Shop) -> None:
    async with window(administrator(server)) as page:
        await page.goto("products")
        await page.locator(f"a[href$='/{shop.path}']").first.click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Create Push")
