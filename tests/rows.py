"""Rows that tests begin with. Each gives its id; what is not named has a plain default."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from psycopg.types.json import Jsonb
from pyroaring import BitMap

from rockdove.domain.token import new_token
from rockdove.lifecycle.states import State
from rockdove.storage.database import Connection, Database, fetch_one

ACCESS_KEY, SECRET_KEY = "ATESTKEY0001", "0123456789abcdef0123456789abcdef"
MESSAGE = {"title": "Hello", "content": "World"}


async def an_app(connection: Connection, access_id: int = 1500000001, platform: str = "android", **columns: Any) -> int:
    product = await _insert(connection, "products", {"name": "Test"}, "product_id")
    values = {
        "access_id": access_id, "name": "Test", "platform": platform,
        "access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "product_id": product.product_id,
    } | columns  # fmt: skip
    await _insert(connection, "apps", values)
    await connection.execute(f"CREATE SEQUENCE device_ids_{access_id} MAXVALUE 4294967295".encode())
    return access_id


async def a_device(connection: Connection, access_id: int, **columns: Any) -> int:
    row = await fetch_one(connection, f"SELECT nextval('device_ids_{access_id}') AS device_id".encode())
    values = {"access_id": access_id, "device_id": row.device_id, "token": new_token(), "platform": "android"} | columns
    await _insert(connection, "devices", values)
    return int(values["device_id"])


async def a_binding(
    connection: Connection, access_id: int, device_id: int, account: str, account_type: int = 0, **columns: Any
) -> None:
    values = {"access_id": access_id, "device_id": device_id, "account": account, "account_type": account_type}
    await _insert(connection, "account_bindings", values | columns)


async def a_push(connection: Connection, access_id: int, **columns: Any) -> int:
    """A push in state INIT with a plain notification."""
    values = {
        "access_id": access_id,
        "state": State.INIT,
        "audience_type": "all",
        "audience": Jsonb({}),
        "message_type": "notify",
        "message": Jsonb(MESSAGE),
        "content_hash": hashlib.sha256(b"").digest(),
        "environment": "product",
        "expire_seconds": 86_400,
    } | columns
    row = await _insert(connection, "pushes", values, returning="push_id")
    return int(row.push_id)


async def a_slice(
    connection: Connection, push_id: int, access_id: int, slice_no: int, targets: BitMap, **columns: Any
) -> None:
    await _insert(
        connection,
        "push_slices",
        {
            "push_id": push_id,
            "slice_no": slice_no,
            "access_id": access_id,
            "channel": "xg",
            "first_device": targets.min(),
            "last_device": targets.max(),
            "target_count": len(targets),
            "targets": targets.serialize(),
        }
        | columns,
    )


async def an_exception(
    connection: Connection, push_id: int, kind: str, reason: str, devices: BitMap, slice_no: int = 0
) -> None:
    values = {"push_id": push_id, "slice_no": slice_no, "kind": kind, "reason": reason, "devices": devices.serialize()}
    await _insert(connection, "slice_exceptions", values)


async def a_receipt(connection: Connection, push_id: int, event: str, devices: BitMap, slice_no: int = 0) -> None:
    values = {"push_id": push_id, "slice_no": slice_no, "event": event, "devices": devices.serialize()}
    await _insert(connection, "receipt_deltas", values | {"minute": datetime.now(UTC).replace(second=0, microsecond=0)})


async def state_of(database: Database, push_id: int) -> str:
    """The state of a push as it is committed."""
    async with database.connection() as connection:
        row = await fetch_one(connection, b"SELECT state FROM pushes WHERE push_id = %(push_id)s", push_id=push_id)
    return str(row.state)


async def _insert(connection: Connection, table: str, values: dict[str, Any], returning: str = "") -> Any:
    columns, places = ", ".join(values), ", ".join(f"%({name})s" for name in values)
    statement = f"INSERT INTO {table} ({columns}) VALUES ({places})" + (f" RETURNING {returning}" if returning else "")
    cursor = await connection.execute(statement.encode(), values)
    return await cursor.fetchone() if returning else None
