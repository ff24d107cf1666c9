"""The three questions of a complaint, each answered in words, and a device with everything known of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.async_api import Page, expect

from rockdove.domain.token import new_token
from tests.browser.accessibility import serious_findings
from tests.browser.conftest import Window
from tests.browser.window import PHONE, WIDE, settled
from tests.console import Browser, administrator
from tests.server import Server, wait_until

NAME = "Complaints in the browser"
TOKENS = [new_token() for _ in range(12)]
OPTED_OUT = TOKENS[11]


@pytest.fixture(scope="module")
def app(server: Server) -> dict[str, Any]:
    """Twelve devices of one account, bound one after the other; the last one opted out. One push to all of them."""
    app = server.app(NAME)
    rows = [f"{token},android,crowd,{1_760_000_000 + n},{'false' if n == 11 else ''}" for n, token in enumerate(TOKENS)]
    server.import_devices(app["access_id"], "token,platform,account,bound_at,notifications", rows)
    return app


@pytest.fixture(scope="module")
def push_id(server: Server, app: dict[str, Any]) -> str:
    client, session = server.rest(NAME), administrator(server)
    client.post("/v3/device/tag", {"operator_type": 1, "token_list": [TOKENS[0]], "tag_list": ["level:3"]})
    body = {
        "audience_type": "account",
        "account_list": ["crowd"],
        "account_push_type": 1,
        "message_type": "notify",
        "message": {"title": "Harbour news", "content": "The lighthouse is lit."},
    }
    made: str = client.post("/v3/push/app", body)["push_id"]
    wait_until(lambda: _state(session, app, made) == "PUSH_FINISHED", "the push is sent")
    return made


def _state(session: Browser, app: dict[str, Any], push_id: str) -> str:
    state: str = session.get(f"/apps/{app['access_id']}/pushes/{push_id}")["state"]
    return state


def address(app: dict[str, Any], **asked: str) -> str:
    return f"apps/{app['access_id']}/troubleshooting?{urlencode(asked)}"


async def test_by_account_ten_a_page_newest_first(page: Page, app: dict[str, Any]) -> None:
    await page.goto(address(app))
    await page.get_by_label("Account", exact=True).fill("crowd")
    await page.get_by_role("button", name="Find").click()
    verdict = page.get_by_role("status").filter(has_text="12 devices.")
    await expect(verdict).to_contain_text("has notifications turned off")
    rows = page.get_by_role("region", name="Devices of the account").get_by_role("row")
    await expect(rows).to_have_count(11)
    await expect(rows.nth(1)).to_contain_text(OPTED_OUT)
    await expect(rows.nth(1)).to_contain_text("Opted out")
    await page.get_by_role("listitem", name="2").click()
    await expect(rows).to_have_count(3)
    await expect(rows.nth(2)).to_contain_text(TOKENS[0])
    await page.reload()
    await expect(rows).to_have_count(3)
    await rows.nth(2).get_by_role("link").click()
    await expect(page.get_by_role("heading", level=1, name="Device")).to_be_visible()


async def test_an_account_nobody_has_is_told_so(page: Page, app: dict[str, Any]) -> None:
    await page.goto(address(app, account="crowd", type="1002"))
    await expect(
        page.get_by_text("No device has this account with the account type 1002 · mobile number.")
    ).to_be_visible()


async def test_an_account_type_may_be_any_number(page: Page, app: dict[str, Any]) -> None:
    """Those with a name are offered; the others are typed."""
    await page.goto(address(app, account="crowd"))
    kind = page.get_by_label("Account type")
    await kind.fill("7")
    await kind.press("Enter")
    await page.get_by_role("button", name="Find").click()
    await expect(page.get_by_text("No device has this account with the account type 7.")).to_be_visible()
    await kind.fill("mail")
    await kind.press("Enter")
    await page.get_by_role("button", name="Find").click()
    await expect(page.get_by_text("with the account type 1005 · e-mail.")).to_be_visible()
    assert "type=1005" in page.url


async def test_a_device_with_its_day(page: Page, app: dict[str, Any], push_id: str) -> None:
    await page.goto(address(app, by="token"))
    await page.get_by_label("Token", exact=True).fill(f" {TOKENS[0]} ")
    await page.get_by_role("button", name="Find").click()
    await expect(page).to_have_url(
        f"{page.url.partition('/console/')[0]}/console/apps/{app['access_id']}/devices/{TOKENS[0]}"
    )
    await expect(page.get_by_role("status").first).to_contain_text("which has not registered itself yet")
    await expect(page.get_by_text("It is not connected over Rockdove's own channel at this moment.")).to_be_visible()
    main = page.get_by_role("main")
    for known in ("level:3", "crowd", "Android", "Harbour news"):
        await expect(main).to_contain_text(known)
    await page.get_by_role("button", name="What became of it?").click()
    await expect(main).to_contain_text("The device was offline. It gets the push if it comes back until")
    await main.get_by_role("link", name="crowd").click()
    await expect(main).to_contain_text("12 devices.")


async def test_a_token_nobody_has(window: Window, server: Server, app: dict[str, Any]) -> None:
    async with window(administrator(server), refusals={404}) as page:
        await page.goto(f"apps/{app['access_id']}/devices/{new_token()}")
        await expect(page.get_by_role("alert")).to_contain_text("this application has no device with the token")


@pytest.mark.parametrize(
    ("token", "verdict", "why"),
    [
        (TOKENS[0], "The device was offline. It gets the push if it comes back until", "was not connected when"),
        (OPTED_OUT, "This device was not a target of this push.", "Notifications are turned off on it"),
    ],
    ids=["offline", "opted out"],
)
async def test_why_a_push_did_not_arrive(
    page: Page, app: dict[str, Any], push_id: str, token: str, verdict: str, why: str
) -> None:
    await page.goto(address(app, by="push"))
    await page.get_by_label("Push ID").fill(push_id)
    await page.get_by_label("Token", exact=True).fill(token)
    await page.get_by_role("button", name="Find").click()
    told = page.get_by_role("status")
    await expect(told).to_contain_text(verdict)
    await expect(told).to_contain_text(why)


async def test_an_answer_can_be_sent_to_a_colleague_in_either_language(
    window: Window, server: Server, app: dict[str, Any], push_id: str
) -> None:
    async with window(administrator(server), language="zh") as page:
        await page.goto(address(app, push=push_id, token=OPTED_OUT))
        await expect(page.get_by_role("status")).to_contain_text("此设备不在这条推送的目标中。")
        await expect(page.get_by_role("status")).to_contain_text("设备已关闭通知，而这是一条通知。")


async def test_what_is_no_question_is_not_asked(page: Page, app: dict[str, Any]) -> None:
    await page.goto(address(app, by="push"))
    await page.get_by_label("Push ID").fill("seven")
    await page.get_by_role("button", name="Find").click()
    await expect(page.get_by_text("Give the push ID, a number.")).to_be_visible()
    await expect(page.get_by_text("Give the device's token, 36 letters and digits.")).to_be_visible()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
async def test_nothing_keeps_anybody_out(
    window: Window, server: Server, app: dict[str, Any], push_id: str, size: tuple[int, int]
) -> None:
    device = f"apps/{app['access_id']}/devices/{TOKENS[0]}"
    answers = [address(app, account="crowd"), address(app, push=push_id, token=OPTED_OUT), device]
    for theme in ("light", "dark"):
        async with window(administrator(server), theme=theme, size=size) as page:
            for path in answers:
                await page.goto(path)
                await page.get_by_role("status").first.wait_for()
                await settled(page)
                assert await serious_findings(page) == [], path
                assert await page.evaluate("document.documentElement.scrollWidth") <= size[0], path
