"""What became of each account of a package after its push."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pyroaring import BitMap

from rockdove.audience.audience import AudienceError
from rockdove.audience.hashed_texts import HashedTexts, hashed
from rockdove.audience.outcome import Outcome, csv_of, outcomes
from rockdove.storage.database import Connection, Database
from tests.audience.conftest import PACKAGE_ID
from tests.rows import a_binding, a_device, a_push, a_slice

MINUTES = [datetime(2026, 1, 1, 12, minute, tzinfo=UTC) for minute in range(5)]


async def open_package(access_id: int, package_id: int) -> HashedTexts:
    return hashed(["anna", "ben", "carl", "dora", "nobody"])


async def gone(access_id: int, package_id: int) -> HashedTexts:
    raise AudienceError("deleted")


async def a_receipt(connection: Connection, push_id: int, event: str, devices: list[int], minute: datetime) -> None:
    await connection.execute(
        "INSERT INTO receipt_deltas (push_id, slice_no, event, minute, devices) VALUES (%s, 0, %s, %s, %s)",
        (push_id, event, minute, BitMap(devices).serialize()),
    )


@pytest.fixture
async def push_id(database: Database, app: int) -> int:
    """anna clicked, ben's arrived twice, carl's was sent, dora's waits; one more device of anna's was no target."""
    async with database.connection() as connection:
        devices = [await a_device(connection, app, token=letter * 36) for letter in "abcdx"]
        for device_id, account in zip(devices, ["anna", "ben", "carl", "dora", "anna"], strict=True):
            await a_binding(connection, app, device_id, account)
        anna, ben, carl, dora = devices[:4]
        push_id = await a_push(connection, app, package_id=PACKAGE_ID)
        await a_slice(connection, push_id, app, 0, BitMap([anna, ben, carl]))
        await a_slice(connection, push_id, app, 1, BitMap([dora]))
        await connection.execute("UPDATE push_slices SET sent_upto = last_device WHERE slice_no = 0")
        await a_receipt(connection, push_id, "clicked", [anna], MINUTES[2])
        await a_receipt(connection, push_id, "arrived", [ben], MINUTES[4])
        await a_receipt(connection, push_id, "arrived", [anna, ben], MINUTES[1])
        return push_id


async def test_each_target_and_each_account_without_one(database: Database, app: int, push_id: int) -> None:
    pieces = [piece async for piece in outcomes(database, open_package, app, push_id)]
    assert pieces == [
        [
            Outcome("anna", "a" * 36, "xg", "clicked", MINUTES[2]),
            Outcome("ben", "b" * 36, "xg", "arrived", MINUTES[1]),
            Outcome("carl", "c" * 36, "xg", "sent", None),
        ],
        [Outcome("dora", "d" * 36, "xg", "waiting", None)],
        [Outcome("nobody", "", "", "no_target", None)],
    ]


async def test_as_csv_without_the_package(database: Database, app: int, push_id: int) -> None:
    pieces = [piece async for piece in csv_of(outcomes(database, gone, app, push_id))]
    lines = b"".join(pieces).decode().splitlines()
    assert lines[0] == "account,token,channel,state,time"
    assert lines[1] == f"anna,{'a' * 36},xg,clicked,2026-01-01T12:02:00+00:00"
    assert lines[-1] == f"dora,{'d' * 36},xg,waiting,"
    assert len(lines) == 5


async def test_a_push_of_another_application(database: Database, app: int, push_id: int) -> None:
    with pytest.raises(AudienceError):
        [piece async for piece in outcomes(database, open_package, app + 1, push_id)]
