"""What every vendor's channel promises, against the vendor's fake: one suite, and a line for each vendor."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rockdove.channels.channel import (
    Accepted,
    Batch,
    Channel,
    ChannelAwayError,
    ChannelStoppedError,
    Outcome,
    Rejected,
    Retry,
    Target,
    TokenGone,
)
from rockdove.channels.check import check
from rockdove.channels.http import Sender
from rockdove.channels.provider import Connections, ForgedReceiptError, ReceiptRequest
from rockdove.channels.registry import PROVIDERS
from rockdove.channels.settings import ChannelSettings, fields
from rockdove.channels.tokens import OwnTokens, SharedTokens
from rockdove.storage.database import Database
from rockdove.storage.vault import Vault
from rockdove.testing.vendors.certificates import authority_file
from rockdove.testing.vendors.server import FakeVendor, Fault, json_reply
from tests.channels.vendors import VENDORS, Vendor
from tests.rows import an_app

DOCUMENTATION = Path(__file__).parents[2] / "docs/reference/channels"
MESSAGE = {
    "title": "Sale",
    "content": "Half price today",
    "android": {"custom_content": '{"order":"7"}'},
    "ios": {"aps": {"sound": "default"}, "custom_content": '{"order":"7"}'},
}

Open = Callable[..., Channel]


def only(trait: str) -> pytest.MarkDecorator:
    """For the vendors that have it."""
    return pytest.mark.parametrize("name", [name for name, line in VENDORS.items() if getattr(line, trait)])


@pytest.fixture(params=VENDORS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def line(name: str) -> Vendor:
    return VENDORS[name]


@pytest.fixture
async def vendor(line: Vendor) -> AsyncIterator[FakeVendor]:
    async with line.fake() as vendor:
        yield vendor


@pytest.fixture
async def connections(name: str, database: Database) -> AsyncIterator[Connections]:
    async with database.transaction() as connection:
        app = await an_app(connection)
    tokens = SharedTokens(database, Vault("1f" * 32), app, name, b"credentials")
    async with Sender(ca_file=str(authority_file())) as sender:
        yield Connections(sender=sender, tokens=tokens, receipt_url="https://push.example/r/secret")


@pytest.fixture
def open_channel(name: str, vendor: FakeVendor, connections: Connections) -> Open:
    """A channel that leads to `vendor`, with settings that differ in what is given."""
    return lambda **changed: PROVIDERS[name].open(settings(vendor, **changed), connections)


@pytest.fixture
def channel(open_channel: Open) -> Channel:
    return open_channel()


def settings(vendor: FakeVendor, **changed: Any) -> ChannelSettings:
    return msgspec.convert(vendor.settings() | changed, PROVIDERS[vendor.name].settings)


def batch(*tokens: str, message: dict[str, Any] = MESSAGE) -> Batch:
    return Batch(
        access_id=1500000001,
        push_id=1328245138690125824,
        message_type="notify",
        message=message,
        environment="product",
        collapse_id=0,
        expires_at=datetime.now(UTC) + timedelta(hours=1),
        targets=[Target(number, token) for number, token in enumerate(tokens, 1)],
    )


def some(vendor: FakeVendor, count: int, kind: str = "ok") -> list[str]:
    return [vendor.token(kind, number) for number in range(count)]


def kinds(outcomes: object) -> list[type[Outcome]]:
    assert isinstance(outcomes, list | tuple)
    return [type(outcome) for outcome in outcomes]


def taken_once(vendor: FakeVendor, tokens: list[str]) -> bool:
    return dict(vendor.accepted) == dict.fromkeys(tokens, 1)


# what belongs to a provider


def test_every_provider_has_its_line_here() -> None:
    assert set(VENDORS) == set(PROVIDERS)


def test_a_provider_its_fake_and_its_page_have_one_name(name: str, line: Vendor) -> None:
    assert PROVIDERS[name].name == line.fake().name == name
    assert PROVIDERS[name].check.__module__ == f"rockdove.channels.{line.module}"
    importlib.import_module(f"rockdove.testing.vendors.{line.module}")
    assert f"| `{name}` |" in (DOCUMENTATION / "README.md").read_text("utf-8")
    assert f"({line.module}.md)" in (DOCUMENTATION / "README.md").read_text("utf-8")


def test_the_page_names_every_setting_of_the_provider_s_own(name: str, line: Vendor) -> None:
    page = (DOCUMENTATION / f"{line.module}.md").read_text("utf-8")
    common = {field.name for field in fields(ChannelSettings)}
    own = [field for field in fields(PROVIDERS[name].settings) if field.name not in common]
    assert own
    assert [field.title for field in own if field.title not in page] == []
    assert [field.name for field in own if not field.description] == []


# batches


async def test_one_device(vendor: FakeVendor, channel: Channel) -> None:
    assert await channel.send(batch(*some(vendor, 1))) == [Accepted()]
    assert taken_once(vendor, some(vendor, 1))


async def test_as_many_devices_as_a_request_takes(line: Vendor, vendor: FakeVendor, channel: Channel) -> None:
    tokens = some(vendor, channel.limits.devices_per_request)
    assert kinds(await channel.send(batch(*tokens))) == [Accepted] * len(tokens)
    assert taken_once(vendor, tokens)


@only("batches")
async def test_the_vendor_takes_no_more_than_that(line: Vendor, vendor: FakeVendor, channel: Channel) -> None:
    """Nobody sends so many: it shows that the limit is the vendor's, and that an oversized request loses nobody."""
    tokens = some(vendor, channel.limits.devices_per_request + 1)
    assert kinds(await channel.send(batch(*tokens))) == [Rejected] * len(tokens)
    assert not vendor.accepted


async def test_outcomes_come_in_the_order_of_the_devices(line: Vendor, vendor: FakeVendor, channel: Channel) -> None:
    told = ["ok", "gone", "ok", "bad", "bad", "ok", "gone", "ok"]
    tokens = [vendor.token(kind, number) for number, kind in enumerate(told)]
    outcomes = await channel.send(batch(*tokens))
    meant: dict[str, type[Outcome]] = {"ok": Accepted, "gone": TokenGone, "bad": line.bad}
    assert kinds(outcomes) == [meant[kind] for kind in told]
    assert taken_once(vendor, [token for token, kind in zip(tokens, told, strict=True) if kind == "ok"])
    assert all(outcome.reason for outcome in outcomes if isinstance(outcome, Rejected))
    since = [outcome.since for outcome in outcomes if isinstance(outcome, TokenGone) and outcome.since]
    assert all(moment.tzinfo and moment < datetime.now(UTC) + timedelta(minutes=1) for moment in since)


async def test_a_batch_of_nothing_but_gone_tokens(vendor: FakeVendor, channel: Channel) -> None:
    """Vendors answer it differently; nobody may be taken for accepted."""
    outcomes = await channel.send(batch(*some(vendor, 3, "gone")))
    assert set(kinds(outcomes)) <= {TokenGone, Rejected}
    assert not vendor.accepted


@only("says_retry")
async def test_not_now(line: Vendor, vendor: FakeVendor, channel: Channel) -> None:
    tokens = [vendor.token("ok", 1), vendor.token("retry2", 2)]
    found = [kinds(await channel.send(batch(*tokens)))[1] for _ in range(3)]
    assert found == [Retry, Retry, Accepted]


async def test_calls_side_by_side(vendor: FakeVendor, channel: Channel) -> None:
    tokens = some(vendor, 3 * channel.limits.in_flight)
    parts = [tokens[start : start + 3] for start in range(0, len(tokens), 3)]
    found = await asyncio.gather(*(channel.send(batch(*part)) for part in parts))
    assert [kinds(outcomes) for outcomes in found] == [[Accepted] * 3] * len(parts)
    assert taken_once(vendor, tokens)


# the vendor at its limits


@pytest.mark.parametrize("fault", [Fault.THROTTLE, Fault.BUSY, Fault.BROKEN, Fault.GARBAGE])
async def test_patience(line: Vendor, vendor: FakeVendor, channel: Channel, fault: Fault) -> None:
    """Nobody is lost, nobody is taken for served, and when it is over everybody gets it."""
    tokens = some(vendor, 5)
    vendor.fault = fault
    outcomes = await channel.send(batch(*tokens))
    assert kinds(outcomes) == [Retry] * 5
    if fault is Fault.BUSY:
        assert all(outcome == Retry(1.0, everyone=line.one_party) for outcome in outcomes)
    vendor.fault = Fault.NONE
    assert kinds(await channel.send(batch(*tokens))) == [Accepted] * 5
    assert taken_once(vendor, tokens)


MEMBERS = ("data", "value", "error", "reason", "message", "msg", "desc", "invalidUser", "invalidUsers", "bad_regids",
           "timestamp", "details", "failTokens", "10000", "code", "result")  # fmt: skip
ODD: list[Any] = [
    *([], {}, None, True, -1, "", "no", 2**70, 1e300, [[]], ["ok-1"], {"a": []}, {"10000": 7}, {"bad_regids": [1]}),
    *({"failTokens": {}, "expireTokens": 7}, {"110002": "a"}, [{"userid": []}], {"userid": [], "status": []}),
    *([{"errorCode": []}], {"details": [{"fieldViolations": [7]}]}, {"details": 7, "message": []}),
    {"message_id": "m", "10000": 7},
]


@pytest.mark.parametrize(
    ("status", "base"),
    [(200, {"code": 0, "result": 0, "taskId": "7"}), (200, {"code": 200}), (200, {"code": 80100000}), (400, {})],
    ids=["0", "200", "80100000", "none"],
)
async def test_an_answer_in_another_shape(
    vendor: FakeVendor, channel: Channel, monkeypatch: pytest.MonkeyPatch, base: dict[str, Any], status: int
) -> None:
    """Whatever the members hold, each device gets an outcome, or the channel its own error."""
    assert kinds(await channel.send(batch(*some(vendor, 2)))) == [Accepted] * 2  # it has its access token
    answers = [base, *(base | {member: odd} for member in MEMBERS for odd in ODD)]
    monkeypatch.setattr(vendor, "spared_paths", frozenset())
    for answer in answers:
        reply = json_reply(answer, status)
        monkeypatch.setattr(vendor, "handle", lambda _, reply=reply: reply)
        with contextlib.suppress(ChannelAwayError, ChannelStoppedError):
            assert len(await channel.send(batch(*some(vendor, 2)))) == 2, answer


@only("has_quota")
async def test_nothing_more_today(line: Vendor, vendor: FakeVendor, channel: Channel) -> None:
    vendor.fault = Fault.QUOTA
    with pytest.raises(ChannelStoppedError) as stopped:
        await channel.send(batch(*some(vendor, 3)))
    assert str(stopped.value)
    assert 0 < stopped.value.seconds <= 24 * 3600
    assert not vendor.accepted


async def test_a_text_that_is_too_long(line: Vendor, vendor: FakeVendor, channel: Channel) -> None:
    """`refusal` says so before; who sends it all the same hears it from the vendor, for everybody."""
    own = settings(vendor)
    for member, most in (("title", own.title_characters), ("content", own.content_characters)):
        assert not channel.refusal(MESSAGE | {member: "x" * (most or 10)})
        assert bool(channel.refusal(MESSAGE | {member: "x" * (most + 1)})) is bool(most)
    if line.refuses_long_texts:
        outcomes = await channel.send(batch(*some(vendor, 3), message=MESSAGE | {"content": "x" * 5000}))
        assert kinds(outcomes) == [Rejected] * 3
        assert not vendor.accepted


# credentials


@only("fetches_tokens")
async def test_an_access_token_that_has_expired_is_replaced(line: Vendor, vendor: FakeVendor, channel: Channel) -> None:
    first, second = some(vendor, 6)[:3], some(vendor, 6)[3:]
    assert kinds(await channel.send(batch(*first))) == [Accepted] * 3
    vendor.expire_credentials()
    assert kinds(await channel.send(batch(*second))) == [Accepted] * 3
    assert taken_once(vendor, first + second)


@only("one_party")
async def test_credentials_of_somebody_else(line: Vendor, vendor: FakeVendor, open_channel: Open) -> None:
    channel = open_channel(**line.wrong(vendor))
    with pytest.raises(ChannelStoppedError) as stopped:
        await channel.send(batch(*some(vendor, 3)))
    assert str(stopped.value)
    assert not [secret for secret in secrets(settings(vendor, **line.wrong(vendor))) if secret in str(stopped.value)]
    assert 0 < stopped.value.seconds <= 3600
    assert not vendor.accepted


def secrets(given: ChannelSettings) -> list[str]:
    values = [getattr(given, field.name) for field in fields(type(given)) if field.secret]
    return [value for value in values if value]


def test_settings_show_no_secret_in_a_traceback(line: Vendor) -> None:
    fake = line.fake()
    fake._port = 443
    given = settings(fake, proxy="http://user:hush@proxy.example:3128")
    assert secrets(given)
    shown = [repr(given), str(given), f"{given}"]
    assert [secret for secret in secrets(given) if any(repr(secret)[1:-1] in text for text in shown)] == []
    assert all("devices_per_second=" in text for text in shown)


async def test_the_check_takes_good_credentials(vendor: FakeVendor, connections: Connections) -> None:
    good = await check(PROVIDERS[vendor.name], settings(vendor), connections)
    assert (good.outcome, bool(good.says)) == ("accepted", True)
    assert not vendor.accepted


@only("one_party")
async def test_the_check_refuses_those_of_somebody_else(
    line: Vendor, vendor: FakeVendor, connections: Connections
) -> None:
    wrong = settings(vendor, **line.wrong(vendor))
    bad = await check(PROVIDERS[vendor.name], wrong, replace(connections, tokens=OwnTokens()))
    assert (bad.outcome, bool(bad.says)) == ("refused", True)
    assert not vendor.accepted


# receipts


@pytest.mark.parametrize("name", [name for name, provider in PROVIDERS.items() if provider.receipts])
@pytest.mark.parametrize("body", [b"", b"garbage", b"{}", b"[]", b"null", b"data=7", b"\xff\xfe", b'{"statuses":[{}]}'])
def test_what_is_no_receipt_is_refused(name: str, line: Vendor, body: bytes) -> None:
    """Whoever finds our address may post to it: nothing comes of it, and no other error than the one for that."""
    read = PROVIDERS[name].receipts
    assert read
    with contextlib.suppress(ForgedReceiptError):
        assert list(read(settings(line.fake()), ReceiptRequest({}, {}, body))) == []


# the network


async def test_a_connection_that_is_cut(line: Vendor, vendor: FakeVendor, channel: Channel) -> None:
    """In the middle of a batch, where it is many requests: whoever was on it is tried again, who was taken is not."""
    tokens = some(vendor, 5)
    assert await channel.send(batch(vendor.token("ok", 100))) == [Accepted()]
    vendor.fault, vendor.fault_after = Fault.CUT, 0 if line.batches else 2
    outcomes = await send_or_away(channel, batch(*tokens))
    vendor.fault = Fault.NONE
    left = [token for token, kind in zip(tokens, outcomes, strict=True) if kind is Retry]
    assert left
    assert set(outcomes) <= {Accepted, Retry}
    assert {token for token in tokens if token not in left} <= set(vendor.accepted)
    assert kinds(await channel.send(batch(*left))) == [Accepted] * len(left)
    assert set(tokens) <= set(vendor.accepted)


async def test_a_connection_that_is_cut_at_once(vendor: FakeVendor, channel: Channel) -> None:
    vendor.fault = Fault.CUT
    assert set(await send_or_away(channel, batch(*some(vendor, 3)))) == {Retry}
    assert not vendor.accepted
    vendor.fault = Fault.NONE
    assert kinds(await channel.send(batch(*some(vendor, 3)))) == [Accepted] * 3


async def test_a_server_that_leaves_in_good_order(vendor: FakeVendor, channel: Channel) -> None:
    tokens = some(vendor, 5)
    assert await channel.send(batch(vendor.token("ok", 100))) == [Accepted()]
    vendor.fault, vendor.fault_times = Fault.GOAWAY, 1
    outcomes = await send_or_away(channel, batch(*tokens))
    left = [token for token, kind in zip(tokens, outcomes, strict=True) if kind is Retry]
    if left:
        assert kinds(await channel.send(batch(*left))) == [Accepted] * len(left)
    assert taken_once(vendor, [vendor.token("ok", 100), *tokens])


async def test_an_answer_that_never_ends(vendor: FakeVendor, connections: Connections) -> None:
    async with Sender(ca_file=str(authority_file()), answer_seconds=0.5) as sender:
        channel = PROVIDERS[vendor.name].open(settings(vendor), replace(connections, sender=sender))
        vendor.fault = Fault.SLOW
        assert set(await send_or_away(channel, batch(*some(vendor, 3)))) == {Retry}
        vendor.fault, sender.answer_seconds = Fault.NONE, 30
        assert kinds(await channel.send(batch(*some(vendor, 3)))) == [Accepted] * 3


@pytest.mark.parametrize("wrong", ["name", "expired", "authority"])
async def test_a_certificate_that_is_no_good(line: Vendor, connections: Connections, wrong: Any) -> None:
    """Nothing is sent to a server that can't show who it is."""
    vendor = line.fake()
    vendor.bad_tls = wrong
    async with vendor:
        channel = PROVIDERS[vendor.name].open(settings(vendor), connections)
        with pytest.raises(ChannelAwayError) as away:
            await channel.send(batch(*some(vendor, 3)))
        assert re.search(r"certificate|SSL", str(away.value))
        assert not vendor.requests


async def test_nobody_is_there(line: Vendor, connections: Connections) -> None:
    async with line.fake() as vendor:
        gone = settings(vendor)
    channel = PROVIDERS[vendor.name].open(gone, connections)
    with pytest.raises(ChannelAwayError):
        await channel.send(batch(*some(vendor, 3)))


async def send_or_away(channel: Channel, given: Batch) -> list[type[Outcome]]:
    """A channel that is away took nothing: the batch is sent again."""
    try:
        return kinds(await channel.send(given))
    except ChannelAwayError:
        return [Retry] * len(given.targets)
