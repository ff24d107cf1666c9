"""The page and the service worker of docs/reference/channels/webpush.md in a real Chromium.

A push service can't be had here, so two things are played: the browser is handed a subscription of the fake's, and what
the fake opened is handed to the service worker, as Chromium's own tools for developers do. All else is as with an app.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import BrowserContext, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rockdove.channels.channel import Accepted, Batch, Target
from rockdove.channels.http import Sender
from rockdove.channels.provider import Connections
from rockdove.channels.tokens import OwnTokens
from rockdove.channels.webpush import WebPush, WebPushSettings
from rockdove.testing.vendors.webpush import FakeWebPush
from tests.browser.test_phone import counted
from tests.console import administrator
from tests.gateway.world import served
from tests.server import Server

PAGE = Path(__file__).parents[2] / "docs/reference/channels/webpush.md"
MESSAGE = {"title": "Sale", "content": "今天半价", "android": {"custom_content": '{"order":"7"}'}}


def code(name: str) -> str:
    found = re.search(rf"```js\n(// {re.escape(name)}.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
async def site(server: Server) -> AsyncIterator[str]:
    """The app's own site, which passes on what is for the device API."""

    async def file(request: Request) -> Response:
        if request.url.path == "/":
            return Response('<!doctype html><title>App</title><script src="/page.js"></script>', media_type="text/html")
        return Response(code(request.url.path[1:]), media_type="text/javascript")

    async def api(request: Request) -> Response:
        headers = {name: value for name, value in request.headers.items() if name in {"authorization", "content-type"}}
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
            answer = await http.post(request.url.path, content=await request.body(), headers=headers)
        return Response(answer.content, answer.status_code, media_type="application/json")

    routes = [Route(path, file) for path in ("/", "/page.js", "/sw.js")]
    async with served(Starlette(routes=[*routes, Route("/device/v1/{call}", api, methods=["POST"])])) as url:
        yield url


@pytest.fixture
async def vendor() -> AsyncIterator[FakeWebPush]:
    async with FakeWebPush() as vendor:
        yield vendor


async def test_an_app_gets_what_is_pushed_and_says_so(
    server: Server, chromium: Chromium, site: str, vendor: FakeWebPush
) -> None:
    application, subscription = server.app("Web Push"), vendor.token("ok", 1)
    context = await chromium.new_context()
    await context.grant_permissions(["notifications"], origin=site)
    page = await context.new_page()
    await page.add_init_script(
        f"PushManager.prototype.subscribe = async function (asked) {{ window.asked = asked;"
        f" return {{ toJSON: () => ({subscription}) }}; }}"
    )
    await page.goto(site)
    call = "([accessId, accessKey]) => subscribe('PUBLIC', accessId, accessKey)"
    keys = [application["access_id"], application["access_key"]]
    token = await page.evaluate(call, keys)
    assert await page.evaluate("asked") == {"userVisibleOnly": True, "applicationServerKey": "PUBLIC"}
    assert await page.evaluate(call, keys) == token  # the next visit: still the same device

    push = {"audience_type": "token", "token_list": [token], "message_type": "notify", "message": MESSAGE}
    push_id = server.rest("Web Push").post("/v3/push/app", push)["push_id"]
    await deliver(context, page, site, await text_for(vendor, subscription, int(push_id)))
    session = administrator(server)
    await counted(session, application["access_id"], push_id, (1, 1, 0, 0))
    [worker] = context.service_workers
    [notification] = await worker.evaluate(
        "async () => (await registration.getNotifications()).map(({ title, body, data }) => ({ title, body, data }))"
    )
    assert (notification["title"], notification["body"]) == ("Sale", "今天半价")
    assert notification["data"]["custom_content"] == '{"order":"7"}'
    await worker.evaluate(
        "async () => dispatchEvent(new NotificationEvent('notificationclick',"
        " { notification: (await registration.getNotifications())[0] }))"
    )
    await counted(session, application["access_id"], push_id, (1, 1, 1, 0))
    await context.close()


async def text_for(vendor: FakeWebPush, subscription: str, push_id: int) -> str:
    """What the push's device would be handed by its push service, encrypted, sent and opened."""
    batch = Batch(
        access_id=1,
        push_id=push_id,
        message_type="notify",
        message=MESSAGE,
        environment="product",
        collapse_id=0,
        expires_at=datetime.now(UTC) + timedelta(hours=1),
        targets=[Target(1, subscription)],
    )
    async with Sender(ca_file=str(vendor.ca_file)) as sender:
        connections = Connections(sender=sender, tokens=OwnTokens(), receipt_url="")
        channel = WebPush(msgspec.convert(vendor.settings(), WebPushSettings), connections)
        assert await channel.send(batch) == [Accepted()]
    return vendor.opened[subscription].decode()


async def deliver(context: BrowserContext, page: Page, site: str, text: str) -> None:
    tools = await context.new_cdp_session(page)
    registered: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def heard(event: dict[str, Any]) -> None:
        for each in event["registrations"]:
            if each["scopeURL"].startswith(site) and not registered.done():
                registered.set_result(each["registrationId"])

    tools.on("ServiceWorker.workerRegistrationUpdated", heard)
    await tools.send("ServiceWorker.enable")
    async with asyncio.timeout(30):
        registration = await registered
    await tools.send("ServiceWorker.deliverPushMessage", {"origin": site, "registrationId": registration, "data": text})
