"""The channels an application has: their settings kept, and opened as channels where they are sent to.

What is secret of the settings is sealed (`storage.vault`) and never given back: whoever changes settings leaves a
secret out to keep it. Settings are stored without what is at its default.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import msgspec
from psycopg.types.json import Jsonb

from rockdove.channels.channel import Channel
from rockdove.channels.check import LastCheck
from rockdove.channels.http import Sender
from rockdove.channels.proof import Proven
from rockdove.channels.provider import Connections, CredentialFaultError, Provider
from rockdove.channels.registry import PROVIDERS
from rockdove.channels.settings import ChannelSettings, Field, fields
from rockdove.channels.tokens import OwnTokens, SharedTokens
from rockdove.observe import log
from rockdove.storage.database import Connection, Database, fetch_all, fetch_one
from rockdove.storage.sql import load
from rockdove.storage.vault import SealedError, Vault

CACHE_SECONDS = 1.0
"""Changed settings are in force everywhere after so long."""
CACHE_SIZE = 10_000

_sql = load(__package__, "configured.sql")


class ChannelSettingsError(ValueError):
    """Settings that can't be; the text names the field as a form calls it, `field` as the settings do ('': none)."""

    def __init__(self, says: str, field: str = "") -> None:
        super().__init__(says)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """One channel of an application as it is stored."""

    provider: Provider
    enabled: bool
    settings: ChannelSettings | None
    """None: they can't be read, `fault` says why."""
    changed_at: datetime
    fault: str = ""
    checked: LastCheck | None = None
    """The last test of these settings."""

    def shown(self) -> dict[str, Any]:
        """The settings without what is secret."""
        secret = {field.name for field in fields(self.provider.settings) if field.secret}
        values = msgspec.to_builtins(self.settings) if self.settings else {}
        return {name: value for name, value in values.items() if name not in secret}

    def credentials_end(self) -> datetime | None:
        """When they end by themselves; None: they don't. Raises CredentialFaultError where they have, or are none."""
        return self.provider.ends(self.settings) if self.provider.ends and self.settings else None

    def standing(self) -> tuple[datetime | None, str]:
        """When its credentials end by themselves, and why it can't be used; empty: it can."""
        try:
            return self.credentials_end(), self.fault
        except CredentialFaultError as error:
            return None, str(error)

    def kept_secrets(self) -> list[str]:
        """The names of the secrets there are."""
        names = [field.name for field in fields(self.provider.settings) if field.secret]
        return [name for name in names if self.settings and getattr(self.settings, name)]


async def save(
    connection: Connection, vault: Vault, access_id: int, provider: Provider, given: Mapping[str, Any], *, enabled: bool
) -> Configured:
    """Replace the settings of a channel; a secret that is not given (or empty) stays as it was, None takes it away.

    Raises ChannelSettingsError.
    """
    before = await find(connection, vault, access_id, provider)
    settings = merged(provider, before, given)
    stored = msgspec.to_builtins(settings)
    secret = {field.name for field in fields(provider.settings) if field.secret}
    sealed = {name: stored.pop(name) for name in secret if name in stored}
    secrets = vault.seal(msgspec.json.encode(sealed), _purpose(access_id, provider.name))
    key = {"access_id": access_id, "channel": provider.name}
    await connection.execute(_sql.put, key | {"enabled": enabled, "settings": Jsonb(stored), "secrets": secrets})
    return _read(vault, access_id, await fetch_one(connection, _sql.locked, **key))


def merged(provider: Provider, before: Configured | None, given: Mapping[str, Any]) -> ChannelSettings:
    """What `save` would make of these settings. Raises ChannelSettingsError."""
    secret = {field.name for field in fields(provider.settings) if field.secret}
    old = msgspec.to_builtins(before.settings) if before and before.settings else {}
    kept = {name: old[name] for name in secret if name in old and not (name in given and given[name] is None)}
    values = {name: value for name, value in given.items() if name not in secret or value}
    for field in fields(provider.settings):
        if field.required and (kept | values).get(field.name) in (None, ""):
            raise ChannelSettingsError(f"{field.title}: is needed", field.name)
    return _settings(provider, kept | values)


async def find(connection: Connection, vault: Vault, access_id: int, provider: Provider) -> Configured | None:
    """An application's channel; nobody else changes it until the transaction ends. None: there is none."""
    row = await fetch_one(connection, _sql.locked, access_id=access_id, channel=provider.name)
    return _read(vault, access_id, row) if row else None


async def read(connection: Connection, vault: Vault, access_id: int, provider: Provider) -> Configured | None:
    """As `find`, for one who changes nothing and waits for nobody."""
    row = await fetch_one(connection, _sql.one, access_id=access_id, channel=provider.name)
    return _read(vault, access_id, row) if row else None


async def set_enabled(connection: Connection, access_id: int, channel: str, enabled: bool) -> bool:
    """Its settings stay. False: there is none."""
    values = {"access_id": access_id, "channel": channel, "enabled": enabled}
    return await fetch_one(connection, _sql.set_enabled, **values) is not None


async def keep_check(connection: Connection, access_id: int, tested: Configured, check: LastCheck) -> None:
    """What a test of the stored settings found; of no interest where they have been changed meanwhile."""
    values = {"access_id": access_id, "channel": tested.provider.name, "changed_at": tested.changed_at}
    await connection.execute(_sql.keep_check, values | {"check": Jsonb(msgspec.to_builtins(check))})


async def remove(connection: Connection, access_id: int, channel: str) -> bool:
    """False: there was none."""
    return await fetch_one(connection, _sql.remove, access_id=access_id, channel=channel) is not None


async def list_all(connection: Connection, vault: Vault, access_id: int) -> list[Configured]:
    """An application's channels, by name."""
    rows = await fetch_all(connection, _sql.of, access_id=access_id)
    return [_read(vault, access_id, row) for row in rows if row.channel in PROVIDERS]


class Channels(Protocol):
    """Where dispatch and audience ask for an application's channels."""

    async def of(self, access_id: int) -> Mapping[str, Channel]:
        """Those that can be sent to at this moment, by name."""


class _Opened(NamedTuple):
    read_at: float
    versions: dict[str, datetime]
    channels: dict[str, Channel]
    ends: dict[str, datetime]
    """When the credentials of a channel end by themselves."""
    faults: dict[str, str]
    """Why a channel that is configured can't be sent to."""


class ConfiguredChannels:
    """Opens channels as they are configured, and keeps them open until their settings change."""

    def __init__(
        self, database: Database, vault: Vault, sender: Sender, *, proxy: str = "", public_url: str = ""
    ) -> None:
        self.vault = vault
        self._database, self._sender = database, sender
        self._proxy, self._public_url = proxy, public_url
        self._opened: dict[int, _Opened] = {}

    async def of(self, access_id: int) -> Mapping[str, Channel]:
        return (await self._now(access_id)).channels

    async def fault(self, access_id: int, channel: str) -> str:
        """Why a channel can't be sent to although it is configured and switched on; empty: nothing is wrong with it."""
        return (await self._now(access_id)).faults.get(channel, "")

    async def _now(self, access_id: int) -> _Opened:
        now, known = time.monotonic(), self._opened.get(access_id)
        if known and now - known.read_at < CACHE_SECONDS:
            return known
        async with self._database.connection() as connection:
            configured = await list_all(connection, self.vault, access_id)
        fresh = self._open(access_id, [each for each in configured if each.enabled], known)
        self._opened.pop(access_id, None)
        if len(self._opened) >= CACHE_SIZE:
            self._opened.pop(next(iter(self._opened)))
        self._opened[access_id] = fresh = fresh._replace(read_at=now)
        return fresh

    def connections(self, access_id: int, provider: Provider, settings: ChannelSettings) -> Connections:
        """What a channel with these settings works with."""
        fetched_with = [getattr(settings, name) for name in provider.credentials]
        credentials = hashlib.sha256(msgspec.json.encode(fetched_with)).digest()
        return Connections(
            sender=self._sender,
            tokens=SharedTokens(self._database, self.vault, access_id, provider.name, credentials),
            receipt_url=self._told_receipt_url(access_id, provider, settings),
        )

    def trial_connections(self, access_id: int, provider: Provider) -> Connections:
        """For settings that are being tried: tokens fetched with them are nobody else's."""
        return Connections(sender=self._sender, tokens=OwnTokens(), receipt_url=self.receipt_url(access_id, provider))

    def receipt_url(self, access_id: int, provider: Provider) -> str:
        """'' where the vendor does not report or nobody outside can reach us."""
        return receipt_url(self._public_url, self.vault, provider, access_id)

    def _told_receipt_url(self, access_id: int, provider: Provider, settings: ChannelSettings) -> str:
        """An address of this machine alone is of use to a vendor's fake, and to no vendor."""
        url = self.receipt_url(access_id, provider)
        return url if settings.server or not _is_loopback(url) else ""

    def with_way_out(self, settings: ChannelSettings) -> ChannelSettings:
        """The server's proxy, for a channel that names none."""
        if settings.proxy or not self._proxy:
            return settings
        return msgspec.structs.replace(settings, proxy=self._proxy)

    def _open(self, access_id: int, configured: list[Configured], known: _Opened | None) -> _Opened:
        opened = _Opened(0.0, {}, {}, {}, {})
        for each in configured:
            name = each.provider.name
            opened.versions[name] = each.changed_at
            try:
                if known and known.versions.get(name) == each.changed_at:
                    _go_on(name, known, opened)
                else:
                    self._open_one(access_id, each, opened)
            except CredentialFaultError as error:
                opened.faults[name] = str(error)
                if not known or known.faults.get(name) != str(error):
                    log.error("channel can't be opened", access_id=access_id, channel=name, error=str(error))
        return opened

    def _open_one(self, access_id: int, each: Configured, opened: _Opened) -> None:
        """Raises CredentialFaultError."""
        name, provider = each.provider.name, each.provider
        if each.settings is None:
            raise CredentialFaultError(each.fault)
        settings = self.with_way_out(each.settings)
        opened.channels[name] = Proven(provider.open(settings, self.connections(access_id, provider, settings)))
        if provider.ends and (end := provider.ends(settings)):
            opened.ends[name] = end


def _go_on(name: str, known: _Opened, opened: _Opened) -> None:
    """A channel whose settings have not changed. Raises CredentialFaultError."""
    if name in known.faults:
        raise CredentialFaultError(known.faults[name])
    if name in known.ends:
        if (end := known.ends[name]) <= datetime.now(UTC):
            raise CredentialFaultError(f"the certificate ended on {end:%Y-%m-%d}")
        opened.ends[name] = end
    opened.channels[name] = known.channels[name]


def receipt_path(vault: Vault, channel: str, access_id: int) -> str:
    """Where a vendor reports to. Its last part is told to nobody but the vendor, some of which sign nothing."""
    return f"/r/{channel}/{access_id}/{vault.tag(f'receipts {channel} of {access_id}')}"


def receipt_url(public_url: str, vault: Vault, provider: Provider, access_id: int) -> str:
    """'' where the vendor does not report or nobody outside can reach us."""
    reachable = provider.receipts is not None and public_url.startswith(("https://", "http://"))
    return public_url.rstrip("/") + receipt_path(vault, provider.name, access_id) if reachable else ""


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def _settings(provider: Provider, values: dict[str, Any]) -> ChannelSettings:
    """Raises ChannelSettingsError."""
    try:
        return msgspec.convert(values, provider.settings)
    except msgspec.ValidationError as error:
        raise _refusal(provider, str(error)) from None


def _refusal(provider: Provider, error: str) -> ChannelSettingsError:
    """What msgspec says, in words, and with the field as the form calls it."""
    for field in fields(provider.settings):
        if f"`$.{field.name}`" in error or f"field `{field.name}`" in error:
            return ChannelSettingsError(_words(field, error), field.name)
    if unknown := re.search(r"unknown field `(.*?)`", error):
        return ChannelSettingsError(f"{provider.title} has no setting {unknown[1]}")
    return ChannelSettingsError(error)


def _words(field: Field, error: str) -> str:
    """What the field has to be, where it is not."""
    if "missing required" in error or "length >= 1" in error:
        return f"{field.title}: is needed"
    if bound := re.search(r"`int` (<=|>=) (\d+)", error):
        return f"{field.title}: at least {bound[2]}" if bound[1] == ">=" else f"{field.title}: at most {bound[2]}"
    if "matching regex" in error:
        return f"{field.title}: not in the form that is described there"
    return _words_of_kind(field)


def _words_of_kind(field: Field) -> str:
    match field.kind:
        case "number":
            return f"{field.title}: a whole number"
        case "switch":
            return f"{field.title}: true or false"
        case "choice":
            return f"{field.title}: one of {', '.join(field.choices)}"
    return f"{field.title}: a text"


def _read(vault: Vault, access_id: int, row: Any) -> Configured:
    provider, fault, settings = PROVIDERS[row.channel], "", None
    try:
        sealed = vault.open(row.secrets, _purpose(access_id, row.channel))
        settings = _settings(provider, row.settings | msgspec.json.decode(sealed))
    except (SealedError, ChannelSettingsError) as error:
        fault = str(error)
    return Configured(
        provider=provider,
        enabled=row.enabled,
        settings=settings,
        changed_at=row.changed_at,
        fault=fault,
        checked=msgspec.convert(row.last_check, LastCheck) if row.last_check else None,
    )


def _purpose(access_id: int, channel: str) -> str:
    return f"settings of {channel} of {access_id}"
