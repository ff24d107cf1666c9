"""What became of a push on one device, from the same rows the figures come from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pyroaring import BitMap

from rockdove.lifecycle.states import State, UnknownPushError
from rockdove.stats import delivery
from rockdove.stats.delivery import Standing, Step
from rockdove.storage.database import Database
from tests.rows import a_push, a_receipt, a_slice, an_app, an_exception

DEVICE = 7
AWAY = BitMap([DEVICE]).serialize()
NOW = datetime.now(UTC).replace(second=0, microsecond=0)
TOMORROW, YESTERDAY = NOW + timedelta(days=1), NOW - timedelta(days=1)


async def standing(database: Database, *slices: dict[str, Any], **push: Any) -> delivery.Delivery:
    """Of device 7, in a push of some slices that hold devices 5 to 9."""
    async with database.transaction() as connection:
        access_id = await an_app(connection)
        columns = {"state": State.STARTED, "started_at": NOW, "expires_at": TOMORROW} | push
        push_id = await a_push(connection, access_id, **columns)
        for number, given in enumerate(slices):
            row = dict(given)
            exception, receipt = row.pop("exception", None), row.pop("receipt", None)
            await a_slice(connection, push_id, access_id, number, BitMap([5, DEVICE, 9]), **row)
            if exception:
                await an_exception(connection, push_id, exception[0], exception[1], BitMap([DEVICE]), number)
            if receipt:
                await a_receipt(connection, push_id, receipt, BitMap([DEVICE]), number)
        return await delivery.of_device(connection, access_id, push_id, DEVICE)


SENT = {"sent_upto": 9, "state": "done"}


@pytest.mark.parametrize(
    ("push", "slices", "expected"),
    [
        ({"state": State.WAIT, "started_at": None}, [], Standing.NOT_STARTED),
        ({"state": State.CANCELED, "started_at": None}, [], Standing.NOT_MADE),
        ({}, [], Standing.NO_TARGET),
        ({}, [{"sent_upto": 5}], Standing.UNDER_WAY),
        ({"state": State.PAUSED}, [{"sent_upto": 5}], Standing.UNDER_WAY),
        ({"state": State.STOPPED}, [{"sent_upto": 5, "state": "done"}], Standing.WITHDRAWN),
        ({"state": State.FINISHED}, [SENT], Standing.SENT),
        ({"state": State.STOPPED}, [SENT], Standing.SENT),
        ({"state": State.FINISHED}, [SENT | {"offline": AWAY}], Standing.WAITING),
        ({"state": State.FINISHED, "expires_at": YESTERDAY}, [SENT | {"offline": AWAY}], Standing.MISSED),
        ({"state": State.STOPPED}, [SENT | {"offline": AWAY}], Standing.WITHDRAWN),
        ({"state": State.FINISHED}, [SENT | {"exception": ("failed", "unregistered")}], Standing.FAILED),
        ({"state": State.FINISHED}, [SENT | {"receipt": "arrived"}], Standing.ARRIVED),
        ({"state": State.FINISHED}, [SENT | {"receipt": "clicked"}], Standing.CLICKED),
        ({"state": State.FINISHED}, [SENT | {"offline": AWAY, "receipt": "arrived"}], Standing.ARRIVED),
    ],
)
async def test_where_a_push_stands(
    database: Database, push: dict[str, Any], slices: list[dict[str, Any]], expected: Standing
) -> None:
    assert (await standing(database, *slices, **push)).standing is expected


async def test_the_way_over_several_channels(database: Database) -> None:
    found = await standing(
        database,
        SENT | {"channel": "xg", "exception": ("moved", "unconfirmed")},
        SENT | {"channel": "hw", "cause": "unconfirmed", "receipt": "arrived"},
        state=State.FINISHED,
    )
    assert (found.standing, found.channel, found.at is not None and found.at >= NOW) == (Standing.ARRIVED, "hw", True)
    assert found.steps == [Step("xg", "unconfirmed")]


async def test_nobody_elses_push(database: Database) -> None:
    async with database.transaction() as connection:
        access_id, other = await an_app(connection), await an_app(connection, 1500000002)
        push_id = await a_push(connection, other)
        with pytest.raises(UnknownPushError):
            await delivery.of_device(connection, access_id, push_id, DEVICE)
