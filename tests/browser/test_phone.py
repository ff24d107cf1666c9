"""The virtual phone, a tab that is a device: what is pushed shows in it, what is done in it shows in the figures."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

from playwright.async_api import Page, expect

from tests.browser.accessibility import serious_findings
from tests.browser.conftest import Window
from tests.browser.window import PHONE, settled
from tests.console import Browser, administrator, member
from tests.server import Server, wait_until

PATIENCE = 30_000
HARBOUR = {"tags": ["harbour"], "tag_type": "xg_user_define", "tags_operator": "OR", "items_operator": "OR"}


async def switched_on(page: Page, access_id: int, account: str = "") -> str:
    """A new phone of the application, online and, where one is given, bound to its account. Gives its token."""
    await page.goto(f"apps/{access_id}/phone")
    if account:
        await page.get_by_label("Account", exact=True).fill(account)
    await page.get_by_role("button", name="Switch on").click()
    await online(page)
    if account:
        log = page.get_by_role("list", name="What was exchanged")
        await expect(log).to_contain_text(f"Bound to the account {account}", timeout=PATIENCE)
    token: str = await page.evaluate(
        "JSON.parse(localStorage[Object.keys(localStorage).find(key => key.endsWith('.device'))]).token"
    )
    return token


async def online(page: Page) -> None:
    await expect(page.get_by_role("status").filter(has_text="Online")).to_be_visible(timeout=PATIENCE)


def push(server: Server, name: str, title: str, **more: Any) -> str:
    body = {
        "audience_type": "account",
        "account_list": ["ada"],
        "message_type": "notify",
        "message": {"title": title, "content": "World", **more.pop("message", {})},
        **more,
    }
    push_id: str = server.rest(name).post("/v3/push/app", body)["push_id"]
    return push_id


def figures(session: Browser, access_id: int, push_id: str) -> tuple[int, ...]:
    total = session.get(f"/apps/{access_id}/pushes/{push_id}/progress")["total"]
    return total["arrived"], total["shown"], total["clicked"], total["cleared"]


async def counted(session: Browser, access_id: int, push_id: str, wanted: tuple[int, ...]) -> None:
    """Arrived, shown, clicked, cleared."""

    def check() -> bool:
        return figures(session, access_id, push_id) == wanted

    await asyncio.to_thread(wait_until, check, f"{wanted} of push {push_id}")


async def test_what_is_pushed_shows_and_a_tap_is_a_click(page: Page, server: Server) -> None:
    """Over the REST API, to the account that the phone has bound."""
    access_id = server.app("Phone clicks")["access_id"]
    await switched_on(page, access_id, "ada")
    log = page.get_by_role("list", name="What was exchanged")
    push_id = push(server, "Phone clicks", "Hello", message={"android": {"action": {"action_type": 1}}})
    notice = page.get_by_role("list", name="Notifications").get_by_role("article")
    await expect(notice).to_contain_text("Hello", timeout=PATIENCE)
    await expect(notice).to_contain_text("World")
    await expect(log).to_contain_text(f"Push {push_id} arrived: “Hello”")
    session = administrator(server)
    await counted(session, access_id, push_id, (1, 1, 0, 0))
    await notice.get_by_role("button", name="Hello").click()
    await expect(page.get_by_text("The tap has opened the app.")).to_be_visible()
    await counted(session, access_id, push_id, (1, 1, 1, 0))
    await page.get_by_role("button", name="Back to the lock screen").click()
    await expect(notice).to_have_count(0)


async def test_a_push_made_on_the_page_itself(window: Window, server: Server) -> None:
    """From nothing to a notification in one window, by an operator who is never told the Access Key."""
    app = server.app("Phone first steps")
    olga = member(server, "Olga's phone", {app["access_id"]: "operator"})
    async with window(olga) as page:
        answers: list[str] = []
        page.on("response", lambda response: answers.append(response.url))
        await page.goto(f"apps/{app['access_id']}/overview")
        await page.get_by_role("button", name="Open a virtual phone").click()
        await page.get_by_role("button", name="Switch on").click()
        await online(page)
        await page.get_by_role("button", name="Send to this phone").click()
        notice = page.get_by_role("article")
        await expect(notice).to_contain_text("Congrats on winning in the campaign", timeout=PATIENCE)
        assert app["access_key"] not in await page.content()
        assert app["access_key"] not in await page.evaluate("JSON.stringify(localStorage)")
        await page.get_by_role("link", name="Follow it in its details").click()
        await expect(page).to_have_url(re.compile(rf"/console/apps/{app['access_id']}/pushes/\d+$"))


async def test_who_was_away_gets_it_when_back(page: Page, server: Server) -> None:
    access_id = server.app("Phone away")["access_id"]
    token = await switched_on(page, access_id)
    await page.get_by_role("switch", name="Online").click()
    await expect(page.get_by_role("status").filter(has_text="Offline")).to_be_visible()
    session, device = administrator(server), f"/apps/{access_id}/devices/{token}"
    gone = {"connected": False}
    await asyncio.to_thread(wait_until, lambda: session.get(f"{device}/connection") == gone, "the server to know")
    push_id = push(server, "Phone away", "Late", audience_type="token", token_list=[token], account_list=[])
    path = f"{device}/pushes/{push_id}"
    await asyncio.to_thread(wait_until, lambda: session.get(path)["standing"] == "waiting", "the push waits for it")
    await expect(page.get_by_role("article")).to_have_count(0)
    await page.get_by_role("switch", name="Online").click()
    await expect(page.get_by_role("article")).to_contain_text("Late", timeout=PATIENCE)
    await counted(session, access_id, push_id, (1, 1, 0, 0))
    await page.get_by_role("button", name="Dismiss").click()
    await counted(session, access_id, push_id, (1, 1, 0, 1))


async def test_a_recall_takes_it_away_and_a_later_one_takes_its_place(page: Page, server: Server) -> None:
    access_id = server.app("Phone recalls")["access_id"]
    token = await switched_on(page, access_id)
    target = {"audience_type": "token", "token_list": [token], "account_list": []}
    notices = page.get_by_role("article")
    device = {"operator_type": 1, "token_list": [token], "tag_list": ["harbour"]}
    server.rest("Phone recalls").post("/v3/device/tag", device)
    first = push(server, "Phone recalls", "First", audience_type="all", account_list=[])
    await expect(notices).to_contain_text(["First"], timeout=PATIENCE)
    tagged = {"audience_type": "tag", "account_list": [], "tag_rules": [{"tag_items": [HARBOUR], "operator": "OR"}]}
    push(server, "Phone recalls", "Second", collapse_id=int(first), **tagged)
    await expect(notices).to_contain_text(["Second"], timeout=PATIENCE)
    await expect(notices).to_have_count(1)
    third = push(server, "Phone recalls", "Third", **target)
    await expect(notices).to_contain_text(["Third", "Second"], timeout=PATIENCE)
    administrator(server).post(f"/apps/{access_id}/pushes/{third}/revoke")
    await expect(notices).to_contain_text(["Second"], timeout=PATIENCE)
    await expect(notices).to_have_count(1)
    await expect(page.get_by_role("list", name="What was exchanged")).to_contain_text(f"Push {third} was recalled")


async def test_notifications_of_a_group_lie_on_each_other(page: Page, server: Server) -> None:
    access_id = server.app("Phone groups")["access_id"]
    token = await switched_on(page, access_id)
    target = {"audience_type": "token", "token_list": [token], "account_list": []}
    for number in range(3):
        push(server, "Phone groups", f"Order {number}", message={"thread_id": "orders"}, **target)
    more = page.get_by_role("button", name="2 more of this group")
    await expect(more).to_be_visible(timeout=PATIENCE)
    await expect(page.get_by_role("article")).to_contain_text(["Order 2"])
    await more.click()
    await expect(page.get_by_role("article")).to_contain_text(["Order 2", "Order 1", "Order 0"])


async def test_a_reload_is_the_same_phone_and_another_tab_another_one(page: Page, server: Server) -> None:
    access_id = server.app("Phone tabs")["access_id"]
    token = await switched_on(page, access_id)
    push(server, "Phone tabs", "Kept", audience_type="token", token_list=[token], account_list=[])
    await expect(page.get_by_role("article")).to_contain_text("Kept", timeout=PATIENCE)
    await page.reload()
    await online(page)
    await expect(page.get_by_role("main")).to_contain_text(token)
    await expect(page.get_by_role("article")).to_contain_text("Kept")
    tab = await page.context.new_page()
    await tab.goto(f"apps/{access_id}/phone")
    await expect(tab.get_by_text("This tab is virtual phone 2.")).to_be_visible()
    await tab.get_by_role("button", name="Switch on").click()
    await online(tab)
    assert token not in await tab.get_by_role("main").inner_text()
    push(server, "Phone tabs", "Both", audience_type="all", account_list=[])
    for one in (page, tab):
        await expect(one.get_by_role("article").first).to_contain_text("Both", timeout=PATIENCE)


async def test_it_is_saved_as_a_test_device_and_forgotten(page: Page, server: Server) -> None:
    access_id = server.app("Phone kept")["access_id"]
    token = await switched_on(page, access_id)
    session = administrator(server)
    await page.get_by_role("button", name="Save as test device").click()
    await expect(page.get_by_text("Saved: test previews can be sent to it.")).to_be_visible()
    (device,) = session.get(f"/apps/{access_id}/test-devices")
    assert device == {"token": token, "remark": "Virtual phone 1 of Ada", "registered": True}
    await page.get_by_role("switch", name="Notifications allowed").click()
    reach = f"/apps/{access_id}/devices/{token}"
    await asyncio.to_thread(wait_until, lambda: session.get(reach)["reach"] == "opted_out", "it has opted out")
    await page.get_by_role("button", name="Forget this phone").click()
    await page.get_by_role("dialog").get_by_role("button", name="Forget this phone").click()
    await expect(page.get_by_role("button", name="Switch on")).to_be_visible(timeout=PATIENCE)
    assert session.get(reach)["reach"] == "unregistered"
    left = json.loads(await page.evaluate("JSON.stringify(Object.keys(localStorage))"))
    assert not [key for key in left if key.startswith("rockdove.phone.")]


async def test_a_viewer_is_told_why_there_is_none(window: Window, server: Server) -> None:
    access_id = server.app("Phone viewers")["access_id"]
    async with window(member(server, "Vera's phone", {access_id: "viewer"})) as page:
        await page.goto(f"apps/{access_id}/phone")
        await expect(page.get_by_text("For operators")).to_be_visible()


async def test_nothing_keeps_anybody_out(window: Window, server: Server) -> None:
    access_id = server.app("Phone clicks")["access_id"]
    for theme in ("light", "dark"):
        async with window(administrator(server), theme=theme, size=PHONE) as page:
            await switched_on(page, access_id, "ada")
            push(server, "Phone clicks", f"Seen in {theme}")
            await expect(page.get_by_role("article")).to_have_count(1, timeout=PATIENCE)
            await settled(page)
            assert await serious_findings(page) == []
            assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
