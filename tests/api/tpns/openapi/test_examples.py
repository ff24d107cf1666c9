"""Every example of the document is sent, to an application in the state it tells of, and gets what it says.

Ids that a server gives (packages, pushes, plans) are put in the places of the examples' own; dates move to today.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from pyroaring import BitMap

from rockdove.api.context import ApiContext
from rockdove.api.tpns.openapi.document import all_operations
from rockdove.api.tpns.openapi.operation import TOKEN, TOKEN_2, Operation
from rockdove.config import Settings
from rockdove.devices import attributes
from rockdove.lifecycle.states import State
from rockdove.pushes import plans
from rockdove.stats import days, device_days
from rockdove.storage.database import Connection
from tests.api.tpns.described import Described
from tests.api.tpns.openapi.days import moved
from tests.api.tpns.rest import Client
from tests.rows import a_binding, a_device, a_push, a_receipt, a_slice, an_app

APP, IOS = 1500000001, 1600000001
UPLOAD = "/push/package/upload"
FORM = {"Content-Type": "multipart/form-data; boundary=XX"}
TRIED = [
    pytest.param(operation, name, id=f"{operation.path.rpartition('/')[2]}-{name}")
    for operation in all_operations(Settings())
    for name in operation.examples
]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The examples tell no story: they are sent one by one."""
    return replace(settings, limits=replace(settings.limits, repeat_window_seconds=0))


@pytest.mark.parametrize(("operation", "name"), TRIED)
async def test_it_gets_what_it_says(operation: Operation, name: str, client: Client, context: ApiContext) -> None:
    example = operation.examples[name]
    request, said = Described(Settings()).examples(f"/v3{operation.path}")[name]
    async with context.database.connection() as connection:
        ids = await prepare(connection, operation)
    if "planId" in ids:
        await days.roll(context.database)
        await device_days.count_registered(context.database)
        await device_days.count_properties(context.database)
    if operation.path == UPLOAD:
        body: Any = form(request["file"])
        reply = await client.post(f"/v3{UPLOAD}", body, client.basic | FORM)
    else:
        ids |= {key: await a_package(client) for key in ("upload_id", "exclude_upload_id") if key in request}
        caller = client if example.platform == "android" else Client(client.port, IOS)
        reply = await caller.post(f"/v3{operation.path}", with_ids(moved(request), ids))
    assert (reply.status, reply.code) == (200, said["ret_code"])
    given = reply.json
    assert given["err_msg"].startswith(said["err_msg"])
    assert list(given) == list(said)
    assert shape(given) == shape(said)
    for key in ("seq", "result", "sent", "notSent", "environment", "invalidAttribute", "attributeInfo"):
        assert operation.path.endswith("add_plan_push") or given.get(key) == said.get(key)


async def prepare(connection: Connection, operation: Operation) -> dict[str, Any]:
    """Two devices, what is theirs, a plan, and a push in the state that the endpoint wants. Gives the ids."""
    await an_app(connection, IOS, "ios")
    for number, token in enumerate((TOKEN, TOKEN_2)):
        device_id = await a_device(connection, APP, token=token, app_version="1.3.0")
        if number == 0:
            await a_binding(connection, APP, device_id, "user-0001")
    for access_id in (APP, IOS):
        await attributes.add_names(connection, access_id, ["name"], 50)
    await attributes.upsert(connection, APP, 1, {"name": "Ada"}, 50)
    plan = await plans.add(connection, APP, "Autumn", "Sale")
    earlier = await a_push(connection, APP, state=State.FINISHED)
    await connection.execute("UPDATE pushes SET collapse_id = push_id")
    push_id = await a_push_as_told(connection, operation, plan.plan_id)
    return {
        "planId": str(plan.plan_id),
        "plan_id": str(plan.plan_id),
        "exclude_push_id": earlier,
        "collapse_id": earlier,
        "pushId": str(push_id),
    }


async def a_push_as_told(connection: Connection, operation: Operation, plan_id: int) -> int:
    """To ten devices, seven of which had been sent it, unless it is yet to start."""
    now = datetime.now(UTC)
    if operation.path.endswith("cancel_timing_task"):
        return await a_push(connection, APP, state=State.WAIT, due=now + timedelta(days=1))
    ending = operation.path.endswith(("stop_push_msg", "revoke_push_msg", "pause_push_msg"))
    state = State.STARTED if ending else State.FINISHED
    state = State.PAUSED if operation.path.endswith("resume_push_msg") else state
    push_id = await a_push(
        connection, APP, state=state, started_at=now, due=now, plan_id=str(plan_id), group_id=moved("tpns_20260115")
    )
    await a_slice(connection, push_id, APP, 0, BitMap(range(1, 11)), sent_upto=7)
    await a_receipt(connection, push_id, "arrived", BitMap(range(1, 7)))
    await a_receipt(connection, push_id, "clicked", BitMap([1, 2]))
    return push_id


def form(content: str) -> bytes:
    head = '--XX\r\nContent-Disposition: form-data; name="file"; filename="accounts.txt"\r\n\r\n'
    return f"{head}{content}\r\n--XX--\r\n".encode()


async def a_package(client: Client) -> int:
    reply = await client.post(f"/v3{UPLOAD}", form("user-0001\nuser-0002\n"), client.basic | FORM)
    return int(reply.json["uploadId"])


def with_ids(request: dict[str, Any], ids: dict[str, Any]) -> dict[str, Any]:
    """Ids named 404 are of things that don't exist, and stay so."""
    return {key: value if str(value) == "404" else ids.get(key, value) for key, value in request.items()}


def shape(value: Any) -> Any:
    """Members and types, without values. Elements of an array: each shape there is, once."""
    if isinstance(value, dict):
        return {key: shape(part) for key, part in value.items()}
    if isinstance(value, list):
        shapes = {msgspec.json.encode(shape(part), order="sorted") for part in value}
        return sorted(one.decode() for one in shapes)
    return type(value).__name__


def test_shapes_differ_where_they_should() -> None:
    said = {"rows": [{"a": 1, "b": None}], "c": ["0"]}
    assert shape({"rows": [{"b": None, "a": 2}, {"a": 3, "b": None}], "c": ["1", "2"]}) == shape(said)
    for other in ({"rows": [], "c": ["0"]}, {"rows": [{"a": 1}], "c": ["0"]}, {**said, "c": [0]}, {**said, "d": 1}):
        assert shape(other) != shape(said)
