"""The device API through HTTP, as any HTTP client sees it."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pyroaring import BitMap
from starlette.applications import Starlette

from rockdove.api.device.routes import DeviceRoutes
from rockdove.config import Limits
from rockdove.devices import attributes
from rockdove.engines.jwt import device_jwt
from rockdove.engines.keys import new_user
from rockdove.testing.device_api import DeviceApi, DeviceApiError
from rockdove.testing.fleet import Fleet
from tests.channels.test_push_subscription import token as subscription
from tests.gateway.world import World, served, until
from tests.rows import ACCESS_KEY

ANDROID = {"access_key": ACCESS_KEY, "platform": "android"}


@pytest.fixture
async def api(world: World) -> AsyncIterator[DeviceApi]:
    api = DeviceApi(world.url)
    yield api
    api.close()


async def register(api: DeviceApi, world: World, **members: Any) -> dict[str, Any]:
    return await api.post("/device/v1/register", {"access_id": world.access_id, **ANDROID, **members})


async def refused(call: Any) -> tuple[int, str]:
    with pytest.raises(DeviceApiError) as caught:
        await call
    return caught.value.status, caught.value.code


async def bound(world: World) -> list[tuple[int, str]]:
    async with world.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT account_type, account FROM account_bindings WHERE account IS NOT NULL ORDER BY account_type"
        )
        return [tuple(row) for row in await cursor.fetchall()]


async def test_registration_tells_everything_a_device_needs(api: DeviceApi, world: World) -> None:
    answer = await register(api, world, package_name="com.example", channel="hw", channel_token="abc", future=[1])
    assert set(answer) == {"token", "device_id", "device_secret", "client_id", "jwt", "expires_at", "now", "channel"}
    assert answer["channel"]["mqtt"] == world.settings.nats.public_mqtt
    again = await register(api, world, token=answer["token"], device_secret=answer["device_secret"])
    assert again["device_id"] == answer["device_id"]
    assert "device_secret" not in again


@pytest.mark.parametrize(
    ("members", "status", "code"),
    [
        ({"platform": "tv"}, 400, "bad_request"),
        ({"access_id": 0}, 400, "bad_request"),
        ({"access_id": 2**40}, 400, "bad_request"),
        ({"access_key": "wrong"}, 403, "unknown_app"),
        ({"platform": "ios"}, 400, "wrong_platform"),
        ({"token": "short"}, 400, "bad_token"),
        ({"brand": "x" * 201}, 400, "bad_request"),
        ({"brand": "nul\0"}, 400, "bad_request"),
        ({"channel": "pigeon"}, 400, "bad_request"),
        ({"channel": "webpush"}, 400, "bad_request"),
        ({"channel": "webpush", "channel_token": "ok-7"}, 400, "bad_request"),
        ({"channel": "webpush", "channel_token": subscription("http://push.example/x")}, 400, "bad_request"),
        ({"channel": "webpush", "channel_token": subscription("https://u@push.example/x")}, 400, "bad_request"),
        ({"notifications": "yes"}, 400, "bad_request"),
        ({"brand": "x" * 300_000}, 413, "too_large"),
    ],
)
async def test_bad_registrations_leave_nothing_behind(
    api: DeviceApi, world: World, members: dict[str, Any], status: int, code: str
) -> None:
    assert await refused(register(api, world, **members)) == (status, code)
    async with world.database.connection() as connection:
        assert not await (await connection.execute("SELECT FROM devices")).fetchall()


async def test_refusals_name_the_member(api: DeviceApi, world: World) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(world.url.rpartition(":")[2]))
    for body, field in ((b'{"access_id":"x"}', b"access_id"), (b'{"access_id":1}', b"access_key"), (b"nonsense", b"")):
        writer.write(
            b"POST /device/v1/register HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        answer = await reader.readuntil(b"\r\n\r\n") + await reader.readuntil(b"}}")
        assert answer.startswith(b"HTTP/1.1 400")
        assert b'"field":"%b"' % field in answer
    writer.close()


async def test_a_browser_registers_its_push_subscription(api: DeviceApi, world: World) -> None:
    token = subscription("https://updates.push.services.mozilla.com/wpush/v2/gAAAA" + "x" * 900)
    answer = await register(api, world, channel="webpush", channel_token=token)
    async with world.database.connection() as connection:
        cursor = await connection.execute("SELECT channel, channel_token FROM devices")
        assert await cursor.fetchall() == [("webpush", token)]
    with pytest.raises(DeviceApiError, match=r"keys\.auth has 3 bytes") as caught:
        await register(
            api, world, channel="webpush", channel_token=subscription(keys={"p256dh": "AAAA", "auth": "AAAA"})
        )
    assert answer["device_id"]
    assert caught.value.code == "bad_request"


async def test_bytes_that_are_no_text(api: DeviceApi, world: World) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(world.url.rpartition(":")[2]))
    body = b'{"access_id":1,"access_key":"\xff"}'
    writer.write(b"POST /device/v1/register HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    assert (await reader.readline()).startswith(b"HTTP/1.1 400")
    writer.close()


async def test_only_a_valid_credential_of_a_registered_device_may_call(api: DeviceApi, world: World) -> None:
    answer = await register(api, world)
    device_id = answer["device_id"]
    hour = int(time.time()) + 3600
    for jwt in (
        "",
        "nonsense",
        answer["jwt"][:-8] + "AAAAAAAA",
        device_jwt(new_user(), world.access_id, device_id, hour),
        device_jwt(world.account, world.access_id, device_id, int(time.time()) - 1),
        device_jwt(world.account, world.access_id, device_id + 1, hour),
    ):
        assert await refused(api.post("/device/v1/messages", {}, jwt)) == (401, "unauthorized")
    assert await api.post("/device/v1/messages", {}, answer["jwt"]) == {"messages": []}


async def test_registrations_beyond_the_limit_are_told_to_come_back(world: World) -> None:
    context = dataclasses.replace(world.routes._context, limits=Limits(registrations_at_once=1))
    async with served(Starlette(routes=DeviceRoutes(context).routes())) as url:
        api = DeviceApi(url)
        async with world.database.transaction() as connection:
            await connection.execute("LOCK TABLE devices")
            calls = [asyncio.create_task(register(api, world)) for _ in range(3)]
            done, waiting = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
            while len(done) < 2:
                more, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                done |= more
        for call in done:
            assert await refused(call) == (503, "unavailable")
        (registered,) = waiting
        assert (await registered)["device_id"] == 1
        api.close()


async def test_accounts(api: DeviceApi, world: World) -> None:
    jwt = (await register(api, world))["jwt"]

    async def accounts(**body: Any) -> dict[str, Any]:
        return await api.post("/device/v1/accounts", body, jwt)

    everything = [
        {"account": "user-1"},
        {"account": "+86138", "account_type": 1002},
        {"account": "x9", "account_type": 5},
    ]
    await accounts(operation="upsert", accounts=everything)
    await accounts(operation="upsert", accounts=[{"account": "user-2"}])
    assert await bound(world) == [(0, "user-2"), (5, "x9"), (1002, "+86138")]
    await accounts(operation="delete", accounts=[{"account": "somebody else"}, {"account": "x9", "account_type": 5}])
    await accounts(operation="delete", account_types=[1002, 7])
    assert await bound(world) == [(0, "user-2")]
    await accounts(operation="clear")
    assert await bound(world) == []
    for bad in (
        {"operation": "upsert", "accounts": [{"account": "x"}]},
        {"operation": "steal"},
        {"operation": "upsert", "accounts": [{"account": "ok", "account_type": -1}]},
    ):
        assert await refused(accounts(**bad)) == (400, "bad_request")


async def test_an_application_may_keep_binding_to_itself(api: DeviceApi, world: World) -> None:
    jwt = (await register(api, world))["jwt"]
    async with world.database.connection() as connection:
        await connection.execute("UPDATE apps SET device_binding = false")
    body = {"operation": "upsert", "accounts": [{"account": "user-1"}]}
    assert await refused(api.post("/device/v1/accounts", body, jwt)) == (403, "binding_disabled")
    assert await bound(world) == []


async def test_messages_and_receipts_without_a_connection(api: DeviceApi, world: World) -> None:
    answer = await register(api, world)
    device = BitMap([answer["device_id"]])
    push_id = await world.push(device)
    (message,) = (await api.post("/device/v1/messages", {}, answer["jwt"]))["messages"]
    assert (message["push_id"], message["type"], message["title"]) == (str(push_id), "notify", "Hello")
    await api.post("/device/v1/receipts", [{"push_id": str(push_id), "event": "clicked"}], answer["jwt"])
    assert await world.recorded(push_id, "clicked") == device
    assert await world.recorded(push_id, "arrived") == device
    assert await api.post("/device/v1/messages", {}, answer["jwt"]) == {"messages": []}
    assert await refused(api.post("/device/v1/receipts", {"push_id": 1}, answer["jwt"])) == (400, "bad_request")


async def test_unregistering_ends_the_connection_and_the_credential(api: DeviceApi, world: World) -> None:
    async with Fleet(world.fleet_options(count=2)) as fleet:
        leaving = fleet.devices[0]
        await api.post("/device/v1/unregister", {}, leaving.jwt)
        await until(lambda: fleet.counters.lost, "kicked")
        assert await refused(api.post("/device/v1/messages", {}, leaving.jwt)) == (401, "unauthorized")
        assert fleet.devices[1].online.is_set()


async def test_while_the_database_is_away(api: DeviceApi, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    jwt = (await register(api, world))["jwt"]
    monkeypatch.setattr(world.database._pool, "timeout", 0.2)
    name = world.database.url.rpartition("/")[2].partition("?")[0]
    others = "FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
    async with world.database.connection() as connection:
        await connection.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0".encode())
        for _ in range(10):  # one that was just being opened comes up after the first look
            await connection.execute(f"SELECT pg_terminate_backend(pid) {others}".encode(), (name,))
            await asyncio.sleep(0.02)
        assert await refused(api.post("/device/v1/messages", {}, jwt)) == (503, "unavailable")
        assert await refused(register(api, world)) == (503, "unavailable")
        await connection.execute(f"ALTER DATABASE {name} CONNECTION LIMIT -1".encode())


async def carried(world: World) -> list[str]:
    async with world.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT tag FROM device_tags JOIN tags USING (access_id) WHERE tag_id = ANY (tag_ids) ORDER BY tag"
        )
        return [row.tag for row in await cursor.fetchall()]


async def test_a_device_tags_itself(api: DeviceApi, world: World) -> None:
    jwt = (await register(api, world))["jwt"]

    async def tags(operation: str, *names: str) -> list[str]:
        await api.post("/device/v1/tags", {"operation": operation, "tags": list(names)}, jwt)
        return await carried(world)

    assert await tags("add", "vip", "level:3") == ["level:3", "vip"]
    assert await tags("delete", "vip", "other") == ["level:3"]
    assert await tags("set", "level:4", "new") == ["level:4", "new"]
    for bad in ("", "two words", "x" * 51):
        assert await refused(tags("add", bad)) == (400, "bad_request")
    assert await refused(tags("add", *(f"t{n}" for n in range(99)))) == (400, "bad_request"), "101 of them"
    assert await tags("clear") == []


async def test_a_device_tells_attributes_of_its_user(api: DeviceApi, world: World) -> None:
    answer = await register(api, world)
    async with world.database.connection() as connection:
        await attributes.add_names(connection, world.access_id, ["name", "level"], 50)

    async def tell(**body: Any) -> tuple[list[str], dict[str, str]]:
        unknown = (await api.post("/device/v1/attributes", body, answer["jwt"]))["unknown"]
        async with world.database.connection() as connection:
            return unknown, await attributes.of_device(connection, world.access_id, answer["device_id"])

    assert await tell(operation="upsert", attributes={"name": "Ada", "x": "y"}) == (["x"], {"name": "Ada"})
    assert await tell(operation="upsert", attributes={"level": "7"}) == ([], {"level": "7", "name": "Ada"})
    assert await refused(tell(operation="upsert", attributes={"level": "7" * 51})) == (400, "bad_request")
    assert await tell(operation="delete", names=["name"]) == ([], {"level": "7"})
    assert await tell(operation="clear") == ([], {})
