"""Vendors reporting to us: counted once, for the devices they name, and only when it is the vendor that reports."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from psycopg import OperationalError
from pyroaring import BitMap
from starlette.applications import Starlette

from rockdove.api.receipts import BODY_BYTES, VendorReceipts
from rockdove.channels import configured
from rockdove.channels.configured import receipt_path
from rockdove.channels.provider import Provider
from rockdove.channels.registry import PROVIDERS
from rockdove.channels.xiaomi import XiaomiSettings
from rockdove.gateway.targets import Targets
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.receipts import fold
from rockdove.receipts.fold import Fold
from rockdove.stats.funnel import funnel
from rockdove.storage.database import Database, fetch_all
from rockdove.storage.vault import Vault
from tests.rows import a_device, a_push, a_slice, an_app

VAULT = Vault("1f" * 32)


class World(NamedTuple):
    endpoint: VendorReceipts
    app: int
    push_id: int
    devices: list[int]

    async def post(self, body: bytes, path: str = "", headers: tuple[tuple[bytes, bytes], ...] = ()) -> int:
        """As Xiaomi posts; the status of the answer."""
        scope: dict[str, Any] = {
            "type": "http", "method": "POST", "path": path or receipt_path(VAULT, "xm", self.app), "query_string": b"",
            "headers": [(b"content-type", b"application/x-www-form-urlencoded"), *headers],
        }  # fmt: skip
        said: list[Any] = []
        parts = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Any:
            return parts.pop(0) if parts else await asyncio.Event().wait()

        async def send(message: Any) -> None:
            said.append(message)

        await Starlette(routes=self.endpoint.routes())(scope, receive, send)
        return int(said[0]["status"])

    def report(self, kind: int, *tokens: str, push_id: int = 0) -> bytes:
        at = int(datetime.now(UTC).timestamp() * 1000)
        one = {"param": str(push_id or self.push_id), "type": kind, "targets": ",".join(tokens), "timestamp": at}
        return f"data={quote(json.dumps({'m1': one}))}".encode()


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    async with database.transaction() as connection:
        app = await an_app(connection)
        devices = [await a_device(connection, app, channel="xm", channel_token=f"reg{number}") for number in range(4)]
        push_id = await a_push(connection, app)
        await a_slice(connection, push_id, app, 0, BitMap(devices[:3]), channel="xm")
        await move(connection, push_id, State.STARTED)
        await configured.save(connection, VAULT, app, PROVIDERS["xm"], {"app_secret": "x"}, enabled=True)
    receipts = Fold(database, Targets(1024 * 1024))
    folding = asyncio.create_task(receipts.run())
    yield World(VendorReceipts(database, VAULT, receipts), app, push_id, devices)
    folding.cancel()


async def test_arrivals_and_clicks_are_counted_once(database: Database, world: World) -> None:
    assert await world.post(world.report(1, "reg0", "reg1")) == 200
    assert await world.post(world.report(1, "reg0", "reg1")) == 200
    assert await world.post(world.report(2, "reg2")) == 200
    async with database.connection() as connection:
        found = await funnel(connection, world.push_id)
    assert (found.channels["xm"].arrived, found.channels["xm"].clicked) == (3, 1), "who clicks has received it"


async def test_devices_that_were_no_targets_and_tokens_nobody_has_count_nothing(
    database: Database, world: World
) -> None:
    assert await world.post(world.report(1, "reg3", "nobody", "reg0")) == 200
    assert await world.post(world.report(1, "reg0", push_id=world.push_id + 1)) == 200
    async with database.connection() as connection:
        assert (await funnel(connection, world.push_id)).channels["xm"].arrived == 1


async def test_a_token_that_is_gone_leaves_the_audience(database: Database, world: World) -> None:
    assert await world.post(world.report(16, "reg1")) == 200
    async with database.connection() as connection:
        rows = await fetch_all(connection, b"SELECT device_id FROM devices WHERE uninstalled_at IS NOT NULL")
    assert [row.device_id for row in rows] == [world.devices[1]]


async def test_a_vendor_is_told_to_report_again_when_the_commit_does_not_come(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database has gone away between its look at the tokens and the commit."""

    async def refuse(*_: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(Fold, "_write", refuse)
    monkeypatch.setattr(fold, "COMMIT_SECONDS", 0.01)
    async with asyncio.timeout(30):
        assert await world.post(world.report(1, "reg0")) == 503


async def test_only_who_knows_the_address_may_report(world: World) -> None:
    path = receipt_path(VAULT, "xm", world.app)
    assert await world.post(world.report(1, "reg0"), path[:-1] + "0") in {404}
    assert await world.post(world.report(1, "reg0"), receipt_path(VAULT, "xm", world.app + 1)) == 404
    assert await world.post(world.report(1, "reg0"), receipt_path(VAULT, "hw", world.app)) == 404
    assert await world.post(world.report(1, "reg0"), f"/r/xm/{world.app}/") == 404
    assert await world.post(world.report(1, "reg0"), f"/r/xm/{world.app}/鸽") == 404
    assert await world.post(world.report(1, "reg0"), f"/r/鸽/{world.app}/0") == 404


async def test_the_other_channels_are_not_opened(
    database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report costs the settings of its own channel."""
    async with database.transaction() as connection:
        await configured.save(connection, VAULT, world.app, PROVIDERS["hw"], HUAWEI, enabled=True)
    opened: list[str] = []

    def open_(provider: Provider, _: Any) -> XiaomiSettings:
        opened.append(provider.name)
        return XIAOMI_SETTINGS

    monkeypatch.setattr(configured, "_settings", open_)
    assert await world.post(world.report(1, "reg0")) == 200
    assert opened == ["xm"]


async def test_a_vendor_that_signs_has_to(database: Database, world: World) -> None:
    """Huawei, with the header as it sends it; without a signature it only tries the address out."""
    async with database.transaction() as connection:
        phone = await a_device(connection, world.app, channel="hw", channel_token="hw0")
        push_id = await a_push(connection, world.app)
        await a_slice(connection, push_id, world.app, 0, BitMap([phone]), channel="hw")
        await move(connection, push_id, State.STARTED)
        await configured.save(connection, VAULT, world.app, PROVIDERS["hw"], HUAWEI, enabled=True)
    path = receipt_path(VAULT, "hw", world.app)
    one = {"token": "hw0", "biTag": str(push_id), "status": 0, "timestamp": int(datetime.now(UTC).timestamp() * 1000)}
    body = json.dumps({"statuses": [one]}).encode()
    assert await world.post(body, path) == 403
    assert await world.post(body, path, (_signature(b"another key"),)) == 403
    async with database.connection() as connection:
        assert "hw" not in (found := (await funnel(connection, push_id)).channels) or not found["hw"].arrived
    assert await world.post(b"", path) == 200
    assert await world.post(body, path, (_signature(b"callback key"),)) == 200
    async with database.connection() as connection:
        assert (await funnel(connection, push_id)).channels["hw"].arrived == 1


XIAOMI_SETTINGS = XiaomiSettings(app_secret="x")
HUAWEI = {"client_id": "1", "client_secret": "s", "callback_user": "shop", "callback_key": "callback key"}


def _signature(key: bytes) -> tuple[bytes, bytes]:
    value = base64.b64encode(hmac.digest(key, b"1563105451261a07bfa17shop", "sha256"))
    return b"x-huawei-callback-id", b"timestamp=1563105451261; nonce=a07bfa17; value=" + value


LATE = b"data=" + quote('{"m":{"param":"1","type":1,"targets":"reg0","timestamp":1e300}}').encode()


@pytest.mark.parametrize("body", [b"", b"data=", b"data=[]", b"data=%7B", b"\xff\xfe", b"data=%7B%22m%22%3A1%7D", LATE])
async def test_what_is_no_receipt_is_refused(world: World, body: bytes) -> None:
    assert await world.post(body) == 403


async def test_a_body_that_never_ends_is_refused(world: World) -> None:
    assert await world.post(b"data=" + b"x" * BODY_BYTES) == 413
