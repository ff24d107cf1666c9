"""The task list and a push's page, packages, plans: progress as it happens, the exact cut, filters that are links."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from rockdove.domain.token import new_token
from rockdove.testing.fleet import Fleet, FleetOptions
from rockdove.testing.virtual_device import Habits
from tests.api.console.test_pushes import upload
from tests.browser.accessibility import serious_findings
from tests.browser.conftest import Window
from tests.browser.downloads import downloaded
from tests.browser.window import PHONE, WIDE, Theme, settled
from tests.console import Answer, Browser, administrator, member
from tests.server import Server, wait_until

DEVICES, ONLINE = 30_000, 200
"""At a thousand a second it takes half a minute: nothing has to be clicked in a hurry."""
MESSAGE = {"title": "Ferry cancelled", "content": "The 18:00 ferry will not run."}


@pytest.fixture(scope="module")
def tokens() -> list[str]:
    return [new_token() for _ in range(DEVICES)]


@pytest.fixture(scope="module")
def app(server: Server, tokens: list[str]) -> dict[str, Any]:
    """An application with imported devices, one account each."""
    application = server.app("Pushes in a browser")
    rows = (f"{token},android,user-{n:05}" for n, token in enumerate(tokens))
    server.import_devices(application["access_id"], "token,platform,account", rows)
    return application


@pytest.fixture(scope="module")
def base(app: dict[str, Any]) -> str:
    return f"apps/{app['access_id']}"


@pytest.fixture(scope="module")
def ada(server: Server) -> Browser:
    return administrator(server)


@pytest.fixture(scope="module")
async def crowd(server: Server, app: dict[str, Any], tokens: list[str]) -> AsyncIterator[Fleet]:
    """The first of the devices are connected, and click whatever comes."""
    options = FleetOptions(
        url=server.url,
        access_id=app["access_id"],
        access_key=app["access_key"],
        count=ONLINE,
        tokens=tokens[:ONLINE],
        habits=Habits(click=1.0, reaction=(0.1, 0.2)),
    )
    async with Fleet(options) as fleet:
        yield fleet


def push(session: Browser, base: str, **members: Any) -> int:
    """Make one, as often as it takes: of pushes to many one a second is allowed, and none that says the same again."""
    message = {**MESSAGE, "content": f"{MESSAGE['content']} {uuid4().hex}"}

    def answered() -> Answer | None:
        session.headers = {"Idempotency-Key": uuid4().hex}
        answer = session.call("POST", f"/{base}/pushes", {"message": message, "audience_type": "all", **members})
        session.headers = {}
        return answer if answer.status == 201 or b"a second" not in answer.body else None

    answer = wait_until(answered, "the push is taken")
    assert answer.status == 201, answer
    return int(answer.json["push_ids"][0])


def stage(page: Page, name: str) -> Any:
    """A bar of the funnel."""
    return page.get_by_role("region", name="Funnel").locator(f"[data-stage={name.lower()}]")


async def test_progress_shows_as_it_happens(page: Page, ada: Browser, base: str, crowd: Fleet) -> None:
    """Nothing is loaded again; the push starts only when its page is open."""
    push_id = push(ada, base, audience_type="account_list", accounts=["user-00001", "nobody"])
    await page.goto(f"{base}/pushes/{push_id}")
    await page.evaluate("window.neverLoadedAgain = true")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ferry cancelled")
    for name, words in (
        ("Planned", "1"),
        ("Sent", "100% of planned"),
        ("Reached", "Reach rate 100%"),
        ("Clicked", "Click rate 100%"),
    ):
        await expect(stage(page, name)).to_contain_text(words)
    status = page.get_by_role("region", name="Status")
    await expect(status).to_contain_text("Finished")
    await expect(status).to_contain_text("Live")
    chart = page.get_by_role("region", name="Time line").get_by_role("img")
    await expect(chart).to_have_attribute("aria-label", re.compile("reached 1, .* clicked 1"))
    await expect(page.get_by_role("region", name="History")).to_contain_text("Ada created it")
    await expect(page.get_by_role("figure")).to_contain_text("The 18:00 ferry will not run.")
    target = page.get_by_role("region", name="Push target")
    await expect(target).to_contain_text("Account list")
    await expect(target).to_contain_text("user-00001, nobody")
    assert await page.evaluate("window.neverLoadedAgain")


async def test_stopped_half_way_with_the_exact_cut(page: Page, ada: Browser, base: str, crowd: Fleet) -> None:
    push_id = push(ada, base, push_speed=1000)
    await page.goto(f"{base}/pushes/{push_id}")
    status = page.get_by_role("region", name="Status")
    await expect(stage(page, "Sent")).to_contain_text(str(ONLINE))  # the first thousand has left
    await page.get_by_role("button", name="Pause").click()
    assert await cut(page, "Paused") == (ONLINE, DEVICES - ONLINE)
    await page.get_by_role("button", name="Resume").click()
    await expect(status).to_contain_text("Resumed:")

    await page.get_by_role("button", name="Stop").click()
    question = page.get_by_role("dialog")
    await expect(question).to_contain_text("Stop this push for good?")
    await question.get_by_role("button", name="Stop").click()
    assert await cut(page, "Stopped") == (ONLINE, DEVICES - ONLINE)
    await expect(status).to_contain_text(f"Sent to {ONLINE} devices, not to {DEVICES - ONLINE:,}.")
    history = page.get_by_role("region", name="History")
    for deed in ("Ada created it", "Ada paused it", "Ada resumed it", "Ada stopped it"):
        await expect(history).to_contain_text(deed)
    await expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    progress = ada.get(f"/{base}/pushes/{push_id}/progress")
    assert (progress["total"]["sent"], progress["state"]) == (ONLINE, "PUSH_DELETED_PUSH_MSG")


async def cut(page: Page, word: str) -> tuple[int, int]:
    """Where the page says that it was cut: sent to, not sent to."""
    said = page.get_by_role("status").filter(has_text=re.compile(rf"{word}: sent to [\d,]+ devices"))
    numbers = re.findall(r"[\d,]+\d|\d", await said.inner_text())
    sent, rest = (int(number.replace(",", "")) for number in numbers[:2])
    return sent, rest


async def test_an_action_that_comes_too_late_says_so(window: Window, ada: Browser, base: str, crowd: Fleet) -> None:
    push_id = push(ada, base, push_speed=1000)
    async with window(ada, refusals={409}) as page:
        await page.goto(f"{base}/pushes/{push_id}")
        await page.get_by_role("button", name="Stop").click()
        ada.post(f"/{base}/pushes/{push_id}/stop")  # somebody else was faster
        await page.get_by_role("dialog").get_by_role("button", name="Stop").click()
        await expect(page.get_by_role("alert")).to_contain_text("the push has moved on meanwhile")
        await expect(page.get_by_role("region", name="Status")).to_contain_text("Stopped")


async def test_overriding_duplicating_and_deleting(page: Page, server: Server, ada: Browser, base: str) -> None:
    push_id = push(ada, base)
    wait_until(lambda: ada.get(f"/{base}/pushes/{push_id}")["state"] == "PUSH_FINISHED", "the push is finished")

    async def choose(action: str) -> None:
        await page.goto(f"{base}/pushes/{push_id}")
        await page.get_by_role("button", name="More actions").click()
        await page.get_by_role("menuitem", name=action).click()

    await choose("Override")
    await expect(page).to_have_url(re.compile(rf"/pushes/new\?from={push_id}&collapse={push_id}$"))
    await expect(page.get_by_label("Collapse ID")).to_have_value(str(push_id))
    await page.goto(f"{base}/pushes/{push_id}")
    await page.get_by_role("button", name="Duplicate as new").click()
    await expect(page).to_have_url(re.compile(rf"/pushes/new\?from={push_id}$"))
    await expect(page.get_by_role("textbox", name="Title")).to_have_value("Ferry cancelled")
    outcome = await downloaded(page, server, lambda: choose("Download outcome (CSV)"))
    assert outcome.startswith(b"account,token,channel,state,time")
    await choose("Delete record")
    await page.get_by_role("dialog").get_by_role("button", name="Delete record").click()
    await expect(page).to_have_url(f"{server.url}/console/{base}/pushes")
    await expect(page.get_by_role("link", name=str(push_id))).to_be_hidden()


async def test_filters_are_in_the_address(page: Page, server: Server, ada: Browser, base: str) -> None:
    wanted = push(ada, base, audience_type="account", accounts=["user-00002"], message={**MESSAGE, "title": "Low tide"})
    other = push(ada, base, audience_type="account", accounts=["user-00002"])
    await page.goto(f"{base}/pushes")
    await expect(page.get_by_role("link", name=str(other))).to_be_visible()
    await page.get_by_label("Push ID, or part of the title or content").fill("low TIDE")
    await expect(page).to_have_url(f"{server.url}/console/{base}/pushes?q=low+TIDE")
    await page.get_by_label("Push target").click()
    await page.get_by_title("Accounts, typed in").click()
    await page.keyboard.press("Escape")
    await expect(page).to_have_url(f"{server.url}/console/{base}/pushes?target=accounts&q=low+TIDE")
    await expect(page.get_by_role("link", name=str(wanted))).to_be_visible()
    await expect(page.get_by_role("link", name=str(other))).to_be_hidden()

    await page.reload()
    await expect(page.get_by_role("link", name=str(wanted))).to_be_visible()
    await expect(page.get_by_role("link", name=str(other))).to_be_hidden()
    await page.get_by_role("tab", name="Created via API").click()
    await expect(page.get_by_text("No push fits")).to_be_visible()
    await page.get_by_role("button", name="Look in the other tab").click()
    await expect(page.get_by_role("link", name=str(wanted))).to_be_visible()
    await page.get_by_role("button", name="Clear filters").click()
    await expect(page).to_have_url(f"{server.url}/console/{base}/pushes")
    await expect(page.get_by_role("link", name=str(other))).to_be_visible()


async def test_a_scheduled_push_is_cancelled_from_the_list(page: Page, ada: Browser, base: str) -> None:
    day = datetime.now(UTC) + timedelta(days=3)
    push_id = push(ada, base, audience_type="account", accounts=["user-00003"], send_at=f"{day:%Y-%m-%d} 09:00:00")
    await page.goto(f"{base}/pushes?status=scheduled")
    row = page.get_by_role("row").filter(has_text=str(push_id))
    await row.get_by_role("button", name="Cancel push").click()
    question = page.get_by_role("dialog")
    await expect(question).to_contain_text("“Ferry cancelled” has not started, and will not. Nobody gets it.")
    await question.get_by_role("button", name="Cancel push").click()
    await expect(row).to_be_hidden()
    assert ada.get(f"/{base}/pushes/{push_id}")["state"] == "PUSH_CANCELED"


async def test_a_package_from_the_drop_to_its_push(page: Page, server: Server, ada: Browser, base: str) -> None:
    await page.goto(f"{base}/packages")
    content = b"user-00004\nuser-00005\nuser-00004\nx\n"
    await page.locator("input[type=file]").set_input_files(
        {"name": "regulars.txt", "mimeType": "text/plain", "buffer": content}
    )
    await expect(page.get_by_role("heading", level=1)).to_have_text("regulars.txt")
    verdict = page.get_by_role("region", name="What is in it")
    await expect(verdict).to_contain_text("2 accounts in 4 lines.")
    await expect(page.get_by_role("region", name="File", exact=True)).to_contain_text("by Ada")
    assert await downloaded(page, server, page.get_by_role("link", name="Download file").click) == content
    refused = await downloaded(page, server, page.get_by_role("link", name="Download refused lines").click)
    assert b"4,shorter than 2 characters,x" in refused

    package_id = int(page.url.rpartition("/")[2])
    push_id = push(ada, base, audience_type="package_account_push", package_id=package_id)
    await page.goto(f"{base}/pushes/{push_id}")
    target = page.get_by_role("region", name="Push target")
    await expect(target).to_contain_text("regulars.txt")
    await expect(target).to_contain_text("Not matched0")
    await target.get_by_role("link", name="regulars.txt").click()
    await expect(page.get_by_role("region", name="Pushes to this package")).to_contain_text("Ferry cancelled")
    await page.get_by_role("button", name="Push to this package").click()
    await expect(page).to_have_url(re.compile(rf"{base}/pushes/new\?package={package_id}"))


async def test_a_package_that_is_needed_stays_and_the_page_says_why(window: Window, ada: Browser, base: str) -> None:
    package_id = upload(ada, f"/{base}", b"user-00006\n", "needed.txt").json["package_id"]
    day = datetime.now(UTC) + timedelta(days=3)
    audience = {"audience_type": "package_account_push", "package_id": package_id}
    push_id = push(ada, base, **audience, send_at=f"{day:%Y-%m-%d} 09:00:00")
    async with window(ada, refusals={409}) as page:
        await page.goto(f"{base}/packages/{package_id}")
        await page.get_by_role("button", name="Delete").click()
        await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        await expect(page.get_by_role("alert")).to_contain_text("cancel it first")
        ada.post(f"/{base}/pushes/{push_id}/cancel")
        await page.get_by_role("button", name="Delete").click()
        await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Packages")
        await expect(page.get_by_role("link", name="needed.txt")).to_be_hidden()


async def test_plans_are_made_changed_and_deleted(page: Page, ada: Browser, base: str) -> None:
    await page.goto(f"{base}/plans")
    await page.get_by_role("button", name="New plan").click()
    await page.get_by_label("Name").fill("Tides")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Say what it is for.")).to_be_visible()
    await page.get_by_label("What it is for").fill("Twice a day")
    await page.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has_text="Tides")
    await expect(row).to_contain_text("Twice a day")
    default = page.get_by_role("row").filter(has_text="Default plan")
    await expect(default.get_by_role("button")).to_have_count(0)

    plan_id = next(plan["plan_id"] for plan in ada.get(f"/{base}/plans") if plan["name"] == "Tides")
    push_id = push(ada, base, audience_type="account", accounts=["user-00007"], plan_id=plan_id)
    other = push(ada, base, audience_type="account", accounts=["user-00007"])
    await row.get_by_role("link", name="Tides").click()
    await expect(page.get_by_role("link", name=str(push_id))).to_be_visible()
    await expect(page.get_by_role("link", name=str(other))).to_be_hidden()
    await page.get_by_role("button", name="Edit").click()
    await page.get_by_label("Name").fill("High tides")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("High tides")
    await page.get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Push plan")
    await expect(page.get_by_role("row").filter(has_text="High tides")).to_be_hidden()


async def test_a_viewer_sees_everything_and_no_button(
    window: Window, server: Server, ada: Browser, base: str, app: dict[str, Any]
) -> None:
    day = datetime.now(UTC) + timedelta(days=3)
    scheduled = push(ada, base, audience_type="account", accounts=["user-00008"], send_at=f"{day:%Y-%m-%d} 09:00:00")
    package_id = upload(ada, f"/{base}", b"user-00006\n", "seen.txt").json["package_id"]
    vera = member(server, "Vera in a browser", {app["access_id"]: "viewer"})
    async with window(vera) as page:
        await page.goto(f"{base}/pushes")
        await expect(page.get_by_role("link", name=str(scheduled))).to_be_visible()
        await expect(page.get_by_role("button", name="Cancel push")).to_have_count(0)
        await expect(page.get_by_role("button", name="Create Push")).to_have_count(0)
        await page.goto(f"{base}/pushes/{scheduled}")
        await expect(page.get_by_role("region", name="Status")).to_contain_text("Scheduled")
        await expect(page.get_by_role("button", name=re.compile("Cancel|More actions"))).to_have_count(0)
        await page.goto(f"{base}/packages/{package_id}")
        await expect(page.get_by_role("region", name="What is in it")).to_contain_text("1 accounts in 1 lines.")
        await expect(page.get_by_role("button", name=re.compile("Delete|Push to"))).to_have_count(0)
        await expect(page.get_by_role("link", name=re.compile("Download"))).to_have_count(0)
        await page.goto(f"{base}/packages")
        await expect(page.get_by_role("link", name="seen.txt")).to_be_visible()
        await expect(page.locator("input[type=file]")).to_have_count(0)
        await page.goto(f"{base}/plans")
        await expect(page.get_by_role("link", name="Default plan")).to_be_visible()
        await expect(page.get_by_role("button", name=re.compile("New plan|Edit|Delete"))).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
async def test_details_are_accessible_and_fit(
    window: Window, ada: Browser, base: str, theme: Theme, size: tuple[int, int]
) -> None:
    package_id = upload(ada, f"/{base}", b"user-00009\nx\n", "fits.txt").json["package_id"]
    push_id = push(ada, base, audience_type="package_account_push", package_id=package_id)
    async with window(ada, theme=theme, size=size) as page:
        findings = {}
        for path in (f"pushes/{push_id}", "pushes", f"packages/{package_id}", "packages", "plans", "plans/0"):
            await page.goto(f"{base}/{path}")
            await settled(page)
            findings[path] = await serious_findings(page)
            assert await page.evaluate("document.documentElement.scrollWidth") <= size[0], path
        assert not any(findings.values()), findings
