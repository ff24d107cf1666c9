"""PyPI's `xinge`, unmodified: only its host is ours."""

from __future__ import annotations

import asyncio

import pytest
import xinge_push
from xinge_push import xinge3

from rockdove.api.context import ApiContext
from rockdove.storage.database import fetch_one
from tests.api.tpns.rest import Client
from tests.rows import SECRET_KEY, a_binding, a_device, an_app

APP, IOS_APP = 1500000001, 1600000001
MESSAGE = xinge_push.Message(title="t", content="c")


@pytest.fixture(autouse=True)
def our_host(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xinge3.Xinge3Helper, "URL", f"http://127.0.0.1:{client.port}/v3/push/app")


async def test_an_account_is_pushed_to(context: ApiContext) -> None:
    async with context.database.connection() as connection:
        await a_binding(connection, APP, await a_device(connection, APP), "user-1")
    library = xinge_push.Xinge(str(APP), SECRET_KEY)
    code, _ = await asyncio.to_thread(library.push_account, "android", "user-1", MESSAGE)
    assert code == 0
    async with context.database.connection() as connection:
        push = await fetch_one(connection, b"SELECT audience_type, every_device, message FROM pushes")
    assert (push.audience_type, push.every_device) == ("account", True)
    assert (push.message["title"], push.message["content"]) == ("t", "c")


async def test_the_newest_device_alone(context: ApiContext) -> None:
    async with context.database.connection() as connection:
        await a_binding(connection, APP, await a_device(connection, APP), "user-1")
    library = xinge_push.Xinge(str(APP), SECRET_KEY)
    code, _ = await asyncio.to_thread(library.push_account, "android", "user-1", MESSAGE, all_device=False)
    assert code == 0
    async with context.database.connection() as connection:
        push = await fetch_one(connection, b"SELECT every_device FROM pushes")
    assert push.every_device is False


async def test_a_push_to_ios_lacks_its_environment(context: ApiContext) -> None:
    """The library never sends one, and TPNS's contract wants one; the caller is told so by name."""
    async with context.database.connection() as connection:
        await an_app(connection, IOS_APP, "ios")
    library = xinge_push.Xinge(str(IOS_APP), SECRET_KEY)
    refused = await asyncio.to_thread(library.push_account, "ios", "user-1", MESSAGE)
    assert refused == (1008002, "missing parameter: environment")


async def test_a_wrong_key_is_a_code_and_no_exception() -> None:
    library = xinge_push.Xinge(str(APP), "0" * 32)
    code, text = await asyncio.to_thread(library.push_account, "android", "user-1", MESSAGE)
    assert code == 1008003
    assert text.startswith("auth failure")
