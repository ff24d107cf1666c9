"""A vendor's channel, set up in the browser against a fake vendor until a push arrives there."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import psycopg
import pytest
from playwright.async_api import FilePayload, Page, expect

from rockdove.domain.token import new_token
from rockdove.testing.vendors.apns import FakeApns
from rockdove.testing.vendors.xiaomi import FakeXiaomi
from tests.browser.accessibility import serious_findings
from tests.browser.conftest import Window
from tests.browser.window import PHONE, WIDE, settled
from tests.console import administrator, member
from tests.fake_vendors import running
from tests.server import Server, wait_until

PHONES = "token,platform,channel,channel_token"


@pytest.fixture(scope="module")
def xiaomi() -> Iterator[FakeXiaomi]:
    with running(FakeXiaomi()) as vendor:
        yield vendor


async def test_from_a_wrong_secret_to_a_push_that_arrives(page: Page, server: Server, xiaomi: FakeXiaomi) -> None:
    app = server.app("Set up in a browser")["access_id"]
    server.import_devices(app, PHONES, [f"{new_token()},android,xm,{xiaomi.token('ok', 1)}"])
    await page.goto(f"apps/{app}/settings?show=channels")
    row = page.get_by_role("row").filter(has=page.get_by_role("button", name="Xiaomi"))
    await expect(row).to_contain_text("Not set up")
    await row.get_by_role("button", name="Xiaomi").click()
    drawer = page.get_by_role("dialog", name="Xiaomi", exact=True)

    await drawer.get_by_role("button", name="Save", exact=True).click()
    await expect(drawer.get_by_text("Is needed.")).to_be_visible()
    settings = xiaomi.settings()
    await drawer.get_by_label("App Secret").fill("not this one")
    await drawer.get_by_label("Package name").fill(settings["package_name"])
    await drawer.get_by_text("Rarely changed").click()
    await drawer.get_by_label("Server").fill(settings["server"])
    await drawer.get_by_role("button", name="Test", exact=True).click()
    found = drawer.get_by_role("status")
    await expect(found).to_contain_text("The vendor refuses these credentials")
    await expect(found).to_contain_text("App Secret")
    assert not await serious_findings(page)

    await drawer.get_by_label("App Secret").fill(settings["app_secret"])
    await drawer.get_by_role("button", name="Save", exact=True).click()
    await expect(found).to_contain_text("The vendor takes these credentials")
    await expect(drawer.get_by_text("Working")).to_be_visible()
    await expect(drawer.get_by_label("App Secret")).to_have_value("")
    await expect(drawer.get_by_placeholder("Kept. Enter another one to replace it.")).to_be_visible()
    await expect(drawer.get_by_text(f"{server.url}/r/xm/{app}/")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(row).to_contain_text("Working")

    client = server.rest("Set up in a browser")
    client.post("/v3/push/app", {"audience_type": "all", "message": {"title": "Sale", "content": "Half price"}})
    wait_until(lambda: xiaomi.accepted["ok-1"], "the fake vendor to have the push")


async def test_the_products_tell_which_channels_need_attention(page: Page, server: Server, xiaomi: FakeXiaomi) -> None:
    app = server.app("Seen among the products")["access_id"]
    ada = administrator(server)
    settings = {**xiaomi.settings(), "app_secret": "not this one"}
    ada.call("PUT", f"/apps/{app}/channels/mz", {"settings": {"app_id": "1", "app_secret": "hush"}})
    ada.call("PUT", f"/apps/{app}/channels/xm", {"settings": settings})
    await page.goto("products")
    row = page.get_by_role("listitem").filter(has_text=str(app))
    await expect(row.get_by_role("link", name="Meizu, Xiaomi")).to_be_visible()
    assert ada.post(f"/apps/{app}/channels/xm/test", {})["outcome"] == "refused"
    await page.reload()
    await row.get_by_role("link", name="Xiaomi: needs attention").click()
    await expect(page.get_by_role("row").filter(has_text="Xiaomi")).to_contain_text("Credentials refused")


async def test_a_refusal_shows_at_its_field(window: Window, server: Server) -> None:
    app = server.app("Refused in a browser")["access_id"]
    async with window(administrator(server), refusals={422}) as page:
        await page.goto(f"apps/{app}/settings?show=channels&channel=xm")
        drawer = page.get_by_role("dialog", name="Xiaomi", exact=True)
        await drawer.get_by_label("App Secret").fill("anything")
        await drawer.get_by_text("Rarely changed").click()
        await drawer.get_by_label("Server").fill("http://plain.example")
        await drawer.get_by_role("button", name="Save", exact=True).click()
        item = drawer.locator(".ant-form-item").filter(has=page.get_by_label("Server"))
        await expect(item.locator(".ant-form-item-explain-error")).to_contain_text("Server: ")


async def test_switched_off_on_and_removed(page: Page, server: Server) -> None:
    app = server.app("Removed in a browser")["access_id"]
    address = f"/apps/{app}/channels/xm"
    administrator(server).call("PUT", address, {"settings": {"app_secret": "hush"}})
    await page.goto(f"apps/{app}/settings?show=channels&channel=xm")
    drawer = page.get_by_role("dialog", name="Xiaomi", exact=True)
    await expect(drawer.get_by_text("On, not tested yet")).to_be_visible()
    await drawer.get_by_role("switch", name="Channel is on").click()
    await expect(drawer.get_by_text("Switched off")).to_be_visible()
    await drawer.get_by_role("switch", name="Channel is on").click()
    await expect(drawer.get_by_text("On, not tested yet")).to_be_visible()
    await drawer.get_by_role("button", name="Remove this channel").click()
    await page.get_by_role("dialog", name="Remove Xiaomi?").get_by_role("button", name="Remove this channel").click()
    await expect(drawer).to_be_hidden()
    await expect(page.get_by_role("row").filter(has_text="Xiaomi")).to_contain_text("Not set up")
    assert administrator(server).get(address)["configured"] is False


async def test_an_operator_looks_and_changes_nothing(window: Window, server: Server) -> None:
    app = server.app("Looked at in a browser")["access_id"]
    administrator(server).call("PUT", f"/apps/{app}/channels/xm", {"settings": {"app_secret": "hush"}})
    olga = member(server, "Olga at channels", {app: "operator"})
    async with window(olga) as page:
        await page.goto(f"apps/{app}/settings?show=channels&channel=xm")
        drawer = page.get_by_role("dialog", name="Xiaomi", exact=True)
        await expect(drawer.get_by_label("App Secret")).to_be_disabled()
        await expect(drawer.get_by_text("Shown to administrators.")).to_be_visible()
        await expect(drawer.get_by_role("button", name=re.compile("Save|Test|Remove"))).to_have_count(0)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
async def test_in_chinese_and_in_the_dark(window: Window, server: Server, size: tuple[int, int]) -> None:
    app = server.app("Chinese channels")["access_id"]
    async with window(administrator(server), language="zh", theme="dark", size=size) as page:
        for address in ("settings?show=channels", "settings?show=channels&channel=xm"):
            await page.goto(f"apps/{app}/{address}")
            await settled(page)
            await expect(page.get_by_role("button", name="小米")).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
            assert not await serious_findings(page)
        await expect(page.get_by_label("包名")).to_be_visible()


async def test_what_a_push_will_meet_is_told_before_it_is_sent(page: Page, server: Server) -> None:
    app = server.app("Forecast in a browser")["access_id"]
    rows = [f"{new_token()},android,xm,reg-{number}" for number in range(5)]
    rows += [f"{new_token()},android,mz,push-{number}" for number in range(2)]
    server.import_devices(app, PHONES, rows)
    settings = {"app_secret": "hush", "daily_quota": 2, "devices_per_second": 1}
    administrator(server).call("PUT", f"/apps/{app}/channels/xm", {"settings": settings})
    await page.goto(f"apps/{app}/pushes/new")
    await page.get_by_label("Title", exact=True).fill("Sale")
    await page.get_by_label("Content", exact=True).fill("Half price")
    await page.get_by_role("radio", name="All devices", exact=True).check()
    await page.get_by_text("Channel policy").first.click()
    forecast = page.get_by_role("list", name="Forecast by channel")
    xm, own = "Xiaomi: 5 devices", "Own channel: 5 devices"  # with two of Meizu, which is not set up
    over = "3 over today's public quota go over Rockdove's own channel"
    await expect(forecast.get_by_role("listitem")).to_have_text([f"{xm}, about 2 seconds at 1/s, {over}", own])
    await page.get_by_label("Title", exact=True).fill("x" * 51)
    await expect(forecast).to_contain_text("because the vendor would refuse this message")
    await page.get_by_label("Title", exact=True).fill("Sale")
    await page.get_by_role("button", name="Preview", exact=True).click()
    summary = page.get_by_role("dialog", name="Preview")
    await expect(summary.get_by_role("list", name="Forecast by channel")).to_contain_text(over)
    assert not await serious_findings(page)


async def test_the_overview_says_what_needs_somebody(page: Page, server: Server) -> None:
    app = server.app("Troubled in a browser")["access_id"]
    administrator(server).call("PUT", f"/apps/{app}/channels/xm", {"settings": {"app_secret": "hush"}})
    await page.goto(f"apps/{app}/overview")
    await settled(page)
    await expect(page.get_by_role("alert")).to_have_count(0)
    with psycopg.connect(server.settings.postgres.url) as connection:
        connection.execute(
            "UPDATE channel_settings SET last_check = jsonb_build_object('at', now(), 'outcome', 'accepted',"
            " 'says', 'ok', 'expires_at', now() + interval '9 days') WHERE access_id = %s",
            (app,),
        )
    await page.reload()
    ending = page.get_by_role("alert").filter(has_text="Xiaomi: Working; its certificate ends soon")
    await expect(ending).to_contain_text("The certificate ends on")
    assert not await serious_findings(page)
    await ending.get_by_role("link", name="Look at it").click()
    await expect(page.get_by_role("dialog", name="Xiaomi", exact=True)).to_be_visible()


async def test_a_certificate_is_a_file_and_gives_way_to_a_key(page: Page, server: Server) -> None:
    """The .p12 goes as the file that it is; of two alternatives one has to be taken away."""
    app = server.app("Apple in a browser", "ios")["access_id"]
    with running(FakeApns()) as apple:
        given, key = apple.with_certificate(), apple.settings()
        await page.goto(f"apps/{app}/settings?show=channels&channel=apns")
        drawer = page.get_by_role("dialog", name="APNs", exact=True)
        await drawer.get_by_label("Bundle ID").fill(given["bundle_id"])
        certificate = drawer.locator(".ant-form-item").filter(has=page.get_by_label("Certificate (.p12)"))
        content = base64.b64decode(given["certificate"])
        file = FilePayload(name="push.p12", mimeType="application/x-pkcs12", buffer=content)
        await certificate.locator("input[type=file]").set_input_files(file)
        await expect(certificate.get_by_label("Certificate (.p12)")).to_have_value(given["certificate"])
        await drawer.get_by_label("Certificate password").fill(given["certificate_password"])
        await drawer.get_by_text("Rarely changed").click()
        await drawer.get_by_label("Server", exact=True).fill(given["server"])
        await drawer.get_by_label("Sandbox server").fill(given["sandbox_server"])
        await drawer.get_by_role("button", name="Save", exact=True).click()
        await expect(drawer.get_by_role("status")).to_contain_text("The vendor takes these credentials")
        stored = administrator(server).get(f"/apps/{app}/channels/apns")
        assert stored["check"]["expires_at"] == stored["credentials_end"]
        assert sorted(stored["kept_secrets"]) == ["certificate", "certificate_password"]

        await drawer.get_by_label("Team ID").fill(key["team_id"])
        await drawer.get_by_label("Key ID").fill(key["key_id"])
        await drawer.get_by_label("Key (.p8)").fill(key["key"])
        await certificate.get_by_role("button", name="Take away").click()
        password = drawer.locator(".ant-form-item").filter(has=page.get_by_label("Certificate password"))
        await password.get_by_role("button", name="Take away").click()
        await expect(password.get_by_placeholder("Is taken away when you save.")).to_be_visible()
        await drawer.get_by_role("button", name="Save", exact=True).click()
        await expect(drawer.get_by_label("Key (.p8)")).to_have_value("")
        await expect(drawer.get_by_role("status")).to_contain_text("The vendor takes these credentials")
        assert administrator(server).get(f"/apps/{app}/channels/apns")["kept_secrets"] == ["key"]
