"""Settings of channels: kept with their secrets sealed, changed without showing them, opened where they are used."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest

from rockdove.channels import configured
from rockdove.channels.channel import Accepted, ChannelStoppedError, TokenGone
from rockdove.channels.check import check
from rockdove.channels.configured import ChannelSettingsError, ConfiguredChannels, receipt_path
from rockdove.channels.http import Sender
from rockdove.channels.proof import DOUBTED
from rockdove.channels.provider import CredentialFaultError, Provider
from rockdove.channels.registry import PROVIDERS
from rockdove.channels.settings import fields
from rockdove.storage.database import Database, fetch_all
from rockdove.storage.vault import Vault
from rockdove.testing.vendors.apns import p12
from rockdove.testing.vendors.oppo import FakeOppo
from rockdove.testing.vendors.xiaomi import FakeXiaomi
from tests.channels.batches import batch
from tests.rows import an_app

VAULT = Vault("1f" * 32)
XIAOMI, OPPO = PROVIDERS["xm"], PROVIDERS["oppo"]


async def saved(
    database: Database, given: dict[str, Any], app: int = 0, *, enabled: bool = True, provider: Provider = XIAOMI
) -> int:
    async with database.transaction() as connection:
        app = app or await an_app(connection)
        await configured.save(connection, VAULT, app, provider, given, enabled=enabled)
    return app


async def the_one(database: Database, app: int, vault: Vault = VAULT) -> configured.Configured:
    async with database.connection() as connection:
        (found,) = await configured.list_all(connection, vault, app)
    return found


async def test_a_secret_is_sealed_kept_and_never_shown(database: Database) -> None:
    app = await saved(database, {"app_secret": "hush", "package_name": "com.example"})
    await saved(database, {"app_secret": "", "package_name": "com.example.new"}, app)
    found = await the_one(database, app)
    assert (found.shown(), found.kept_secrets()) == ({"package_name": "com.example.new"}, ["app_secret"])
    assert getattr(found.settings, "app_secret", "") == "hush"
    async with database.connection() as connection:
        (row,) = await fetch_all(connection, b"SELECT settings::text, secrets FROM channel_settings")
    assert "hush" not in row.settings
    assert b"hush" not in row.secrets


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "App Secret: is needed"),
        ({"app_secret": "x", "region": "mars"}, "Region: one of china, global, europe, russia, india, singapore"),
        ({"app_secret": "x", "devices_per_second": -1}, "Devices per second: at least 0"),
        ({"app_secret": "x", "devices_per_second": "many"}, "Devices per second: a whole number"),
        ({"app_secret": "x", "package_name": 7}, "Package name: a text"),
        ({"app_secret": "x", "server": "http://plain.example"}, "Server: not in the form that is described there"),
        ({"app_secret": "x", "colour": "blue"}, "Xiaomi has no setting colour"),
    ],
)
async def test_settings_that_can_t_be_name_the_field_and_leave_nothing(
    database: Database, given: dict[str, Any], says: str
) -> None:
    async with database.transaction() as connection:
        app = await an_app(connection)
    with pytest.raises(ChannelSettingsError, match=says):
        await saved(database, given, app)
    async with database.connection() as connection:
        assert await configured.list_all(connection, VAULT, app) == []


async def test_without_the_key_a_channel_says_what_is_wrong(database: Database) -> None:
    app = await saved(database, {"app_secret": "hush"})
    found = await the_one(database, app, Vault("2e" * 32))
    assert (found.settings, "another key" in found.fault) == (None, True)


async def test_channels_are_opened_once_and_again_when_changed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configured, "CACHE_SECONDS", 0.0)
    app = await saved(database, {"app_secret": "hush"})
    async with Sender() as sender:
        channels = ConfiguredChannels(database, VAULT, sender)
        first = (await channels.of(app))["xm"]
        assert (await channels.of(app))["xm"] is first
        await saved(database, {"app_secret": "hush", "devices_per_second": 7}, app)
        second = (await channels.of(app))["xm"]
        assert second.limits.devices_per_second == 7
        await saved(database, {"app_secret": "hush"}, app, enabled=False)
        assert await channels.of(app) == {}


async def test_another_app_s_secret_empties_no_audience(database: Database) -> None:
    """Xiaomi answers as of an uninstalled app, device by device, until it has taken a message."""
    async with FakeXiaomi() as vendor, Sender(ca_file=str(vendor.ca_file)) as sender:
        app = await saved(database, vendor.settings())
        channel = (await ConfiguredChannels(database, VAULT, sender).of(app))["xm"]
        assert await channel.send(batch("gone-1")) == [DOUBTED]
        assert await channel.send(batch("ok-2")) == [Accepted()]
        assert await channel.send(batch("gone-1")) == [TokenGone()]


async def test_a_certificate_s_end_is_known_without_a_test(database: Database) -> None:
    """And an unanswered test has it too; one that has passed is a fault."""
    apns = PROVIDERS["apns"]
    good = {"bundle_id": "com.example.shop", "certificate": p12("com.example.shop", password="")}
    app = await saved(database, good, provider=apns)
    found = await the_one(database, app)
    assert found.settings
    assert (ends := found.credentials_end())
    async with Sender() as sender:
        away = msgspec.structs.replace(found.settings, server="https://127.0.0.1:9", sandbox_server="https://[::1]:9")
        tested = await check(apns, away, ConfiguredChannels(database, VAULT, sender).trial_connections(app, apns))
    assert (tested.outcome, tested.expires_at) == ("unanswered", ends)
    await saved(
        database, good | {"certificate": p12("com.example.shop", password="", expired=True)}, app, provider=apns
    )
    with pytest.raises(CredentialFaultError, match="expired on"):
        (await the_one(database, app)).credentials_end()


async def test_another_rate_fetches_no_other_access_token(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is of the credentials; vendors count how often one is fetched."""
    monkeypatch.setattr(configured, "CACHE_SECONDS", 0.0)
    async with FakeOppo() as vendor, Sender(ca_file=str(vendor.ca_file)) as sender:
        channels, app = ConfiguredChannels(database, VAULT, sender), 0
        for rate in (1000, 2000):
            app = await saved(database, vendor.settings() | {"devices_per_second": rate}, app, provider=OPPO)
            assert await (await channels.of(app))["oppo"].send(batch(f"ok-{rate}")) == [Accepted()]
        assert [request.path for request in vendor.requests].count("/server/v1/auth") == 1
        await saved(database, vendor.settings() | {"master_secret": "of another app"}, app, provider=OPPO)
        with pytest.raises(ChannelStoppedError):
            await (await channels.of(app))["oppo"].send(batch("ok-1"))


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS.keys())
def test_credentials_are_settings(provider: Provider) -> None:
    assert set(provider.credentials) <= {field.name for field in fields(provider.settings)}


@pytest.mark.parametrize(
    ("public_url", "server", "told"),
    [
        ("https://push.example.com", "", True),
        ("http://127.0.0.1:8080", "", False),
        ("http://127.0.0.1:8080", "https://localhost:4711", True),
        ("", "https://localhost:4711", False),
    ],
)
async def test_a_vendor_is_told_an_address_that_it_can_reach(
    database: Database, public_url: str, server: str, told: bool
) -> None:
    async with Sender() as sender:
        channels = ConfiguredChannels(database, VAULT, sender, public_url=public_url)
        settings = msgspec.convert({"app_secret": "x", "server": server}, XIAOMI.settings)
        assert bool(channels.connections(1, XIAOMI, settings).receipt_url) is told


async def test_an_address_for_receipts_is_this_application_s_alone(database: Database) -> None:
    paths = {receipt_path(VAULT, channel, app) for channel in ("xm", "hw") for app in (1, 2)}
    assert len({path.rsplit("/", 1)[1] for path in paths}) == 4


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS.keys())
def test_every_field_says_what_it_is(provider: Any) -> None:
    for field in fields(provider.settings):
        assert field.title != field.name, f"{provider.name}.{field.name} has no title"
    kinds = get_type_hints(provider.settings)  # without Annotated
    for field in fields(provider.settings):
        values = get_args(kinds[field.name]) if get_origin(kinds[field.name]) is Literal else ()
        assert tuple(field.choices) == values, f"{provider.name}.{field.name}: every choice has its words"
