"""`rockdove channel`: the vendors' channels of an application. Their credentials go in and never come out."""

from __future__ import annotations

import asyncio
import base64
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec
import typer
from rich.table import Table

from rockdove.cli.local import ConfigFile, DataFolder, running_settings
from rockdove.cli.terminal import errors, fail, out

if TYPE_CHECKING:
    from rockdove.channels.check import LastCheck
    from rockdove.channels.configured import Configured, ConfiguredChannels
    from rockdove.channels.provider import Provider
    from rockdove.channels.settings import ChannelSettings, Field
    from rockdove.storage.database import Connection, Database

cli = typer.Typer(no_args_is_help=True, help="The vendors' channels of an application.")

AccessId = Annotated[int, typer.Argument()]
ChannelName = Annotated[str, typer.Argument(help="As in a push: hw, xm, apns, webpush, …")]
SWITCHES = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


class Opened(NamedTuple):
    """What a command works with."""

    database: Database
    channels: ConfiguredChannels


@cli.command("list")
def list_(
    access_id: AccessId,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, without secrets.")] = False,
    data: DataFolder = None,
    config: ConfigFile = None,
) -> None:
    """List an application's channels, and those there could be."""
    from rockdove.channels import configured
    from rockdove.channels.registry import PROVIDERS

    async def run() -> tuple[str, dict[str, Configured]]:
        async with _opened(data, config) as opened, opened.database.connection() as connection:
            platform = await _platform(connection, access_id)
            found = await configured.list_all(connection, opened.channels.vault, access_id)
            return platform, {each.provider.name: each for each in found}

    platform, found = asyncio.run(run())
    if as_json:
        typer.echo(msgspec.json.encode([_described(each) for each in found.values()]))
        return
    table = Table("Channel", "Vendor", "State", "Last test", box=None)
    for name, provider in sorted(PROVIDERS.items()):
        if platform in provider.platforms:
            table.add_row(name, provider.title, *_standing(found.get(name)))
    out.print(table)


@cli.command()
def fields(channel: ChannelName) -> None:
    """List what a channel's settings are; * marks what is needed."""
    from rockdove.channels import settings

    provider = _provider(channel)
    for field in settings.fields(provider.settings):
        extra = [", ".join(f"{value} ({title})" for value, title in field.choices.items())] if field.choices else []
        extra += [field.kind] if field.secret else []
        extra += [f"default {field.default}"] if field.default not in ("", None) else []
        out.print(f"{'*' if field.required else ' '} {field.name}", markup=False, style="bold", soft_wrap=True)
        notes = f" ({'; '.join(extra)})" if extra else ""
        out.print(f"    {field.title}{notes}. {field.description}", markup=False, soft_wrap=True)


@cli.command("set")
def set_(
    access_id: AccessId,
    channel: ChannelName,
    given: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME=VALUE",
            help="NAME=@FILE reads a file, NAME=- standard input, NAME asks without showing, NAME= takes it away.",
        ),
    ] = None,
    enabled: Annotated[
        bool | None, typer.Option("--on/--off", help="Off: the settings are kept, nothing is sent.")
    ] = None,
    untested: Annotated[bool, typer.Option("--untested", help="Save without asking the vendor.")] = False,
    data: DataFolder = None,
    config: ConfigFile = None,
) -> None:
    """Set a channel up, or change what is given; the rest stays. In force a second later.

    The vendor is asked whether it takes the credentials; if it refuses them, nothing is saved.
    """
    from rockdove.channels import configured
    from rockdove.channels.configured import ChannelSettingsError
    from rockdove.channels.provider import CredentialFaultError
    from rockdove.dispatch import channel_pace

    provider = _provider(channel)
    changes = _changes(provider, given or [])

    async def run() -> LastCheck | None:
        async with _opened(data, config) as opened:
            async with opened.database.connection() as connection:
                await _platform(connection, access_id, provider)
                before = await configured.find(connection, opened.channels.vault, access_id, provider)
            settings = configured.merged(provider, before, _replacing(before, changes))
            found = await _check(opened, access_id, provider, settings, untested)
            on = enabled if enabled is not None else before.enabled if before else True
            async with opened.database.transaction() as connection:
                before = await configured.find(connection, opened.channels.vault, access_id, provider)
                wanted = _replacing(before, changes)
                saved = await configured.save(
                    connection, opened.channels.vault, access_id, provider, wanted, enabled=on
                )
                await channel_pace.resume(connection, access_id, provider.name)
                if found and saved.settings == settings:
                    await configured.keep_check(connection, access_id, saved, found)
            return found

    try:
        found = asyncio.run(run())
    except (ChannelSettingsError, CredentialFaultError) as error:
        fail(str(error), 2)
    if found:
        out.print(found.says, markup=False, soft_wrap=True)
    out.print(f"Saved: {provider.title} for {access_id}.", markup=False, soft_wrap=True)


@cli.command("test")
def ask(access_id: AccessId, channel: ChannelName, data: DataFolder = None, config: ConfigFile = None) -> None:
    """Ask the vendor whether it takes the credentials; nobody is sent anything."""
    from rockdove.channels import configured
    from rockdove.channels.check import check

    provider = _provider(channel)

    async def run() -> LastCheck:
        async with _opened(data, config) as opened:
            async with opened.database.connection() as connection:
                await _platform(connection, access_id, provider)
                stored = await configured.find(connection, opened.channels.vault, access_id, provider)
            if stored is None or stored.settings is None:
                fail(stored.fault if stored else f"{provider.title} is not set up for {access_id}.")
            settings = opened.channels.with_way_out(stored.settings)
            found = await check(provider, settings, opened.channels.connections(access_id, provider, settings))
            async with opened.database.transaction() as connection:
                await configured.keep_check(connection, access_id, stored, found)
            return found

    found = asyncio.run(run())
    if found.outcome != "accepted":
        fail(found.says)
    out.print(found.says, markup=False, soft_wrap=True)


@cli.command()
def remove(access_id: AccessId, channel: ChannelName, data: DataFolder = None, config: ConfigFile = None) -> None:
    """Delete a channel's settings and credentials. Its devices are served by the own channel."""
    from rockdove.channels import configured
    from rockdove.dispatch import channel_pace

    provider = _provider(channel)

    async def run() -> bool:
        async with _opened(data, config) as opened, opened.database.transaction() as connection:
            await _platform(connection, access_id, provider)
            await channel_pace.resume(connection, access_id, provider.name)
            return await configured.remove(connection, access_id, provider.name)

    if not asyncio.run(run()):
        fail(f"{provider.title} is not set up for {access_id}.")


@cli.command()
def keys() -> None:
    """Make a pair of keys for Web Push: the private one for the channel's settings, the public one for the app."""
    from rockdove.channels.vapid import generate_keys

    pair = generate_keys()
    for title, key in (("vapid_private_key", pair.private_key), ("public key", pair.public_key)):
        out.print(f"{title:<17}  {key}", markup=False, soft_wrap=True)  # a table would cut it


@asynccontextmanager
async def _opened(data: Path | None, file: Path | None) -> AsyncIterator[Opened]:
    from rockdove.runtime.dispatching import configured_channels, open_sender
    from rockdove.storage.database import Database

    settings = running_settings(data, file)
    if not settings.channels.secrets_key:
        fail("channels.secrets_key is not set: give the same as the server has, or name its folder with --data.", 2)
    async with Database(settings.postgres.url, 1) as database, open_sender(settings) as sender:
        yield Opened(database, configured_channels(settings, database, sender))


async def _check(
    opened: Opened, access_id: int, provider: Provider, settings: ChannelSettings, untested: bool
) -> LastCheck | None:
    """None: the vendor was not asked. Raises CredentialFaultError; ends the command where they are refused."""
    from rockdove.channels.check import check

    connections = opened.channels.trial_connections(access_id, provider)
    provider.open(settings, connections)
    if untested:
        return None
    found = await check(provider, opened.channels.with_way_out(settings), connections)
    if found.outcome == "refused":
        fail(f"{found.says} Nothing was saved.")
    if found.outcome == "unanswered":
        errors.print("[yellow]Nobody knows whether the credentials are good:[/yellow]", soft_wrap=True)
    return found


async def _platform(connection: Connection, access_id: int, provider: Provider | None = None) -> str:
    """The application's; ends the command where there is none, or where it can't have this channel."""
    from rockdove.devices import applications

    application = await applications.find(connection, access_id)
    if application is None:
        fail(f"There is no application {access_id} here; `rockdove app list` shows them.")
    if provider and application.platform not in provider.platforms:
        fail(f"{access_id} is an application for {application.platform}; {provider.title} is not.")
    return application.platform


def _provider(name: str) -> Provider:
    from rockdove.channels.registry import PROVIDERS

    if name not in PROVIDERS:
        fail(f"There is no channel {name!r}. There are: {', '.join(sorted(PROVIDERS))}.", 2)
    return PROVIDERS[name]


def _changes(provider: Provider, given: list[str]) -> dict[str, Any]:
    """By field; None takes it away. Ends the command where one is none."""
    from rockdove.channels import settings

    known = {field.name: field for field in settings.fields(provider.settings)}
    changes = {}
    for each in given:
        name, equals, text = each.partition("=")
        if name not in known:
            fail(f"{provider.title} has no setting {name!r}; `rockdove channel fields {provider.name}` lists them.", 2)
        text = text if equals else typer.prompt(known[name].title, hide_input=known[name].secret)
        changes[name] = _value(known[name], text)
    return changes


def _value(field: Field, text: str) -> Any:
    if text == "":
        return None
    if text == "-":
        text = sys.stdin.read().strip()
    elif text.startswith("@"):
        text = _file(field, Path(text[1:]))
    if field.kind == "number":
        return int(text) if text.isdecimal() else fail(f"{field.title}: {text!r} is no number", 2)
    if field.kind == "switch":
        return SWITCHES[text.lower()] if text.lower() in SWITCHES else fail(f"{field.title}: write on or off", 2)
    return text


def _file(field: Field, path: Path) -> str:
    """Its text; of a binary one (.p12) base64."""
    try:
        data = path.read_bytes()
    except OSError as error:
        fail(f"{field.title}: {path}: {error.strerror}", 2)
    try:
        return data.decode().strip()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()


def _replacing(before: Configured | None, changes: dict[str, Any]) -> dict[str, Any]:
    """What is to be stored: `save` keeps secrets that are not named, everything else it wants whole."""
    secret = set(before.kept_secrets()) if before else set()
    whole = (before.shown() if before else {}) | changes
    return {name: value for name, value in whole.items() if value is not None or name in secret}


def _described(found: Configured) -> dict[str, Any]:
    end, fault = found.standing()
    return {
        "channel": found.provider.name,
        "enabled": found.enabled,
        "settings": found.shown(),
        "kept_secrets": found.kept_secrets(),
        "fault": fault,
        "credentials_end": end,
        "changed_at": found.changed_at,
        "check": found.checked,
    }


def _standing(found: Configured | None) -> tuple[str, str]:
    """State and last test, in words."""
    if found is None:
        return "not set up", ""
    tested = f"{found.checked.outcome}, {found.checked.at:%Y-%m-%d %H:%M}" if found.checked else ""
    end, fault = found.standing()
    state = fault or ("on" if found.enabled else "off")
    return f"{state} until {end:%Y-%m-%d}" if end and found.enabled else state, tested
