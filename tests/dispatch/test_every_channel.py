"""A push whose devices sit on all channels, with each kind of fault in turn: every device ends at exactly one place.

Settings out of the database, real sockets with TLS to a fake of every vendor, two workers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

import pytest
from psycopg.types.json import Jsonb
from pyroaring import BitMap

from rockdove.channels import apns, configured
from rockdove.channels.channel import Retry
from rockdove.channels.configured import ConfiguredChannels
from rockdove.channels.http import Sender
from rockdove.channels.registry import PROVIDERS
from rockdove.lifecycle.moves import move
from rockdove.lifecycle.states import State
from rockdove.storage.database import Connection, Database, fetch_all
from rockdove.storage.vault import Vault
from rockdove.testing.vendors.certificates import authority_file
from rockdove.testing.vendors.server import FakeVendor, Fault
from tests.channels.vendors import VENDORS
from tests.dispatch.vendor_push import Own, counted
from tests.dispatch.world import a_dispatcher, run_until
from tests.rows import a_device, a_push, a_slice, an_app

VAULT = Vault("1f" * 32)
KINDS = ["ok", "ok", "ok", "bad", "gone", "retry1"]
SLOW_SECONDS = 2.0
"""After so long an answer is given up. Every other one must have come by then: what is taken and not heard of is sent
again."""
MESSAGE = {"title": "Sale", "content": "Half price today", "android": {}, "ios": {"aps": {}}}


class Addressee(NamedTuple):
    """One device of the push."""

    device_id: int
    channel: str
    kind: str
    token: str


@pytest.fixture(autouse=True)
def apple_wants_little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(apns._OUTCOMES, "TooManyRequests", Retry(0.1))  # half a minute, otherwise


@pytest.fixture
async def fakes() -> AsyncIterator[dict[str, FakeVendor]]:
    async with AsyncExitStack() as stack:
        yield {name: await stack.enter_async_context(line.fake()) for name, line in VENDORS.items()}


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    async with Sender(str(authority_file())) as sender:
        yield sender


@pytest.fixture
def channels(database: Database, sender: Sender) -> ConfiguredChannels:
    return ConfiguredChannels(database, VAULT, sender)


async def a_push_to_everybody(
    connection: Connection, platform: str, fakes: dict[str, FakeVendor], **changed: dict[str, Any]
) -> tuple[int, int, list[Addressee]]:
    """The application, the push, and whom it is for: devices of every channel that the platform has."""
    app = await an_app(connection, platform=platform)
    push_id = await a_push(connection, app, message=Jsonb(MESSAGE))
    addressees: list[Addressee] = []
    names = [name for name in sorted(fakes) if platform in PROVIDERS[name].platforms]
    for number, name in enumerate(names):
        fake = fakes[name]
        settings = fake.settings() | changed.get(name, {})
        await configured.save(connection, VAULT, app, PROVIDERS[name], settings, enabled=True)
        mine = []
        for index, kind in enumerate(KINDS):
            token = fake.token(kind, 100 * number + index)
            device_id = await a_device(connection, app, platform=platform, channel=name, channel_token=token)
            mine.append(Addressee(device_id, name, kind, token))
        await a_slice(connection, push_id, app, number, BitMap([each.device_id for each in mine]), channel=name)
        addressees += mine
    await move(connection, push_id, State.STARTED)
    return app, push_id, addressees


async def failed_devices(database: Database, push_id: int) -> BitMap:
    async with database.connection() as connection:
        rows = await fetch_all(
            connection,
            b"SELECT devices FROM slice_exceptions WHERE push_id = %(push_id)s AND kind = 'failed'",
            push_id=push_id,
        )
    return BitMap().union(*(BitMap.deserialize(row.devices) for row in rows))


@pytest.mark.parametrize("platform", ["android", "ios"])
@pytest.mark.parametrize(
    ("fault", "times"),
    [
        (Fault.NONE, None),
        (Fault.BUSY, 2),
        (Fault.BROKEN, 2),
        (Fault.GARBAGE, 1),
        (Fault.THROTTLE, 2),
        (Fault.QUOTA, None),
        (Fault.CUT, 2),
        (Fault.GOAWAY, 2),
        (Fault.SLOW, 1),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else "",
)
async def test_every_device_ends_at_one_place(
    database: Database,
    own: Own,
    fakes: dict[str, FakeVendor],
    sender: Sender,
    channels: ConfiguredChannels,
    platform: str,
    fault: Fault,
    times: int | None,
) -> None:
    if fault is Fault.SLOW:
        sender.answer_seconds = SLOW_SECONDS
    async with database.transaction() as connection:
        app, push_id, addressees = await a_push_to_everybody(connection, platform, fakes)
    await own.listen(app)
    for name, fake in fakes.items():
        fake.fault = fault
        fake.fault_times = 2 if fault is Fault.QUOTA and not VENDORS[name].has_quota else times
    workers = [a_dispatcher(database, own.channel, channels=channels, owner=f"w{number}") for number in (1, 2)]
    await run_until(database, push_id, *workers)
    await own.all_here()
    await check_one_place(database, own, fakes, push_id, addressees, answers_lost=fault is Fault.CUT)
    if fault is Fault.NONE:
        gone = BitMap(each.device_id for each in addressees if each.kind == "gone")
        assert gone <= await failed_devices(database, push_id)


async def test_credentials_that_are_refused_lose_nobody(
    database: Database, own: Own, fakes: dict[str, FakeVendor], channels: ConfiguredChannels
) -> None:
    wrong = {name: line.wrong(fakes[name]) for name, line in VENDORS.items()}
    async with database.transaction() as connection:
        app, push_id, addressees = await a_push_to_everybody(connection, "android", fakes, **wrong)
    await own.listen(app)
    await run_until(database, push_id, a_dispatcher(database, own.channel, channels=channels))
    await own.all_here()
    await check_one_place(database, own, fakes, push_id, addressees)
    assert not any(fake.accepted for fake in fakes.values())


async def check_one_place(
    database: Database,
    own: Own,
    fakes: dict[str, FakeVendor],
    push_id: int,
    addressees: list[Addressee],
    *,
    answers_lost: bool = False,
) -> None:
    """Taken by its vendor, or published over the own channel, or failed with a reason; once, and none left out.

    Where a connection is cut, answers to other devices' requests on it are lost: those are sent again.
    """
    everybody = BitMap(each.device_id for each in addressees)
    taken = Counter({each.device_id: fakes[each.channel].accepted[each.token] for each in addressees})
    vendors = BitMap(device_id for device_id, times in taken.items() if times)
    published, failed = BitMap(own.received), await failed_devices(database, push_id)
    assert vendors | published | failed == everybody
    assert not vendors & published, "both by its vendor and by us"
    assert not failed & (vendors | published)
    shared = {name for name, line in VENDORS.items() if not line.batches} if answers_lost else set()
    once = {each.device_id for each in addressees if each.channel not in shared}
    assert max([*own.received.values(), *(taken[device_id] for device_id in once)], default=0) <= 1, "nobody twice"
    found = await counted(database, push_id)
    assert found.total.planned == len(everybody)
    assert sum(stages.sent for name, stages in found.channels.items() if name != "xg") == len(vendors)
