"""`/apps/{access_id}/channels`: the vendors' channels of an application. Their credentials go in and never come out."""

# No postponed annotations here: FastAPI reads them at definition.

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from rockdove.api.console.callers import Access, Context, Manager, Operator, Viewer
from rockdove.api.console.context import ConsoleContext
from rockdove.api.console.faults import RESPONSES
from rockdove.channels import configured
from rockdove.channels.check import LastCheck, check
from rockdove.channels.configured import Configured
from rockdove.channels.provider import Provider
from rockdove.channels.registry import PROVIDERS
from rockdove.channels.settings import fields
from rockdove.dispatch import channel_pace
from rockdove.dispatch.channel_pace import Standing
from rockdove.members import audit
from rockdove.members.audit import Action
from rockdove.members.members import Role
from rockdove.storage.database import Connection

router = APIRouter(prefix="/apps/{access_id}/channels", tags=["channels"], responses=RESPONSES)


class ChannelCheck(BaseModel):
    """What a test of credentials found."""

    at: datetime
    outcome: Literal["accepted", "refused", "unanswered"] = Field(
        description="unanswered: nobody knows whether the credentials are good"
    )
    says: str = Field(description="in words")
    expires_at: datetime | None = Field(description="when the credentials end, where they do (a certificate)")


class ChannelAnswer(BaseModel):
    """How a channel stands."""

    channel: str = Field(description="as in a push: hw, xm, apns, …")
    title: str = Field(description="the vendor's own name for the service")
    configured: bool
    enabled: bool
    fault: str = Field(description="why it can't be used: settings that can't be read, a certificate that has ended")
    credentials_end: datetime | None = Field(
        description="when they end by themselves (a certificate); null: they don't"
    )
    changed_at: datetime | None
    stopped_until: datetime | None = Field(description="the vendor takes nothing before that; null: it is not stopped")
    stop_reason: str
    used_today: dict[str, int] = Field(description="devices by class of message, of the day of China")
    check: ChannelCheck | None = Field(description="the last test since the settings were changed")


class ChannelField(BaseModel):
    """One field of a channel's settings, as a form shows it."""

    name: str
    title: str
    description: str
    kind: Literal["text", "number", "switch", "choice", "secret", "secret file"] = Field(
        description="secret file: its text; of a binary one (.p12) base64"
    )
    required: bool
    default: str | int | bool | None
    choices: dict[str, str] = Field(description="of a choice: each value, and what it means")
    advanced: bool


class ChannelDetail(ChannelAnswer):
    fields: list[ChannelField]
    settings: dict[str, str | int | bool] = Field(description="what is not at its default, without secrets")
    kept_secrets: list[str] = Field(description="names of the secrets there are")
    reports: bool = Field(description="does this vendor report what became of a message?")
    receipt_url: str = Field(
        description="to enter on the vendor's site; empty: you may not see it, or http.public_url is not set"
    )
    documentation: str = Field(description="the page about it, in Rockdove's sources")


class ChannelSettingsWanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    settings: dict[str, Any] = Field(description="by field; a secret left out stays as it was, null takes it away")
    enabled: bool | None = Field(None, description="null: as it was; a new one is on")


class ChannelStatus(BaseModel):
    enabled: bool


class ChannelTrial(BaseModel):
    model_config = ConfigDict(extra="forbid")

    settings: dict[str, Any] | None = Field(None, description="null: those that are stored")


async def _provider(access: Viewer, channel: str) -> Provider:
    fit = {provider.name: provider for provider in _fit(access)}
    if channel not in fit:
        names = ", ".join(sorted(fit)) or "none yet"
        raise HTTPException(404, f"an application for {access.application.platform} has no channel {channel}: {names}")
    return fit[channel]


Wanted = Annotated[Provider, Depends(_provider)]


@router.get("")
async def list_channels(context: Context, access: Viewer) -> list[ChannelAnswer]:
    """Every channel there is for the application's platform, configured or not."""
    async with context.database.connection() as connection:
        used = await channel_pace.used_today(connection, access.access_id)
        return [await _answer(connection, access, *pair, used) for pair in await _all(connection, context, access)]


@router.get("/{channel}")
async def get_channel(context: Context, access: Viewer, provider: Wanted) -> ChannelDetail:
    """With the form of its settings."""
    return await _detail(context, access, provider)


@router.put("/{channel}")
async def set_channel(
    context: Context, access: Manager, provider: Wanted, wanted: ChannelSettingsWanted
) -> ChannelDetail:
    """Replace its settings. In force everywhere a second later; what it was stopped for is tried again."""
    key = (access.access_id, provider.name)
    async with context.database.transaction() as connection:
        before = await configured.find(connection, context.channels.vault, access.access_id, provider)
        was_enabled = before.enabled if before else True
        enabled = was_enabled if wanted.enabled is None else wanted.enabled
        settings = configured.merged(provider, before, wanted.settings)
        provider.open(settings, context.channels.trial_connections(access.access_id, provider))
        saved = await configured.save(
            connection, context.channels.vault, access.access_id, provider, wanted.settings, enabled=enabled
        )
        await channel_pace.resume(connection, *key)
        secret = {field.name for field in fields(provider.settings) if field.secret}
        given = sorted(name for name in secret & wanted.settings.keys() if wanted.settings[name] != "")
        told = {"enabled": enabled, "settings": saved.shown(), "secrets_given": given}
        await _record(connection, access, provider, Action.MODIFY_CHANNEL, **told)
    return await _detail(context, access, provider)


@router.put("/{channel}/status")
async def set_channel_status(
    context: Context, access: Manager, provider: Wanted, wanted: ChannelStatus
) -> ChannelDetail:
    """Off: its settings are kept, and its devices are served by the own channel."""
    async with context.database.transaction() as connection:
        if not await configured.set_enabled(connection, access.access_id, provider.name, wanted.enabled):
            raise _not_configured(provider)
        await _record(connection, access, provider, Action.UPDATE_CHANNEL_STATUS, enabled=wanted.enabled)
    return await _detail(context, access, provider)


@router.delete("/{channel}", status_code=204)
async def delete_channel(context: Context, access: Manager, provider: Wanted) -> None:
    """Its settings and credentials are gone. Its devices are served by the own channel."""
    async with context.database.transaction() as connection:
        if not await configured.remove(connection, access.access_id, provider.name):
            raise _not_configured(provider)
        await channel_pace.resume(connection, access.access_id, provider.name)
        await _record(connection, access, provider, Action.DELETE_CHANNEL)


@router.post("/{channel}/test")
async def check_channel(context: Context, access: Manager, provider: Wanted, wanted: ChannelTrial) -> ChannelCheck:
    """Ask the vendor whether it takes the credentials; nobody is sent anything. Of stored settings it is remembered."""
    async with context.database.connection() as connection:
        before = await configured.find(connection, context.channels.vault, access.access_id, provider)
    stored = before.settings if before else None
    if wanted.settings is not None:
        settings = configured.merged(provider, before, wanted.settings)
    elif before is None or stored is None:
        raise _not_configured(provider, before.fault if before else "")
    else:
        settings = stored
    is_stored = before is not None and settings == stored
    way_out = context.channels.with_way_out(settings)
    if is_stored:  # Apple minds tokens that are made too often: those of the workers are asked with
        connections = context.channels.connections(access.access_id, provider, way_out)
    else:
        connections = context.channels.trial_connections(access.access_id, provider)
    found = await check(provider, way_out, connections)
    async with context.database.transaction() as connection:
        if before and is_stored:
            await configured.keep_check(connection, access.access_id, before, found)
        told = {"outcome": found.outcome, "says": found.says, "stored": is_stored}
        await _record(connection, access, provider, Action.TEST_CHANNEL, **told)
    return _shown(found)


@router.post("/{channel}/resume")
async def resume_channel(context: Context, access: Operator, provider: Wanted) -> ChannelDetail:
    """What it was stopped for is over: try again at once."""
    async with context.database.transaction() as connection:
        await channel_pace.resume(connection, access.access_id, provider.name)
        await _record(connection, access, provider, Action.RESUME_CHANNEL)
    return await _detail(context, access, provider)


def _fit(access: Access) -> list[Provider]:
    return [provider for provider in PROVIDERS.values() if access.application.platform in provider.platforms]


async def _all(
    connection: Connection, context: ConsoleContext, access: Access
) -> list[tuple[Provider, Configured | None]]:
    found = await configured.list_all(connection, context.channels.vault, access.access_id)
    by_name = {each.provider.name: each for each in found}
    return [(provider, by_name.get(provider.name)) for provider in _fit(access)]


async def _answer(
    connection: Connection,
    access: Access,
    provider: Provider,
    found: Configured | None,
    used: Mapping[tuple[str, str], int],
) -> ChannelAnswer:
    now = await channel_pace.standing(connection, access.access_id, provider.name) if found else Standing()
    end, fault = found.standing() if found else (None, "")
    return ChannelAnswer(
        channel=provider.name,
        title=provider.title,
        configured=found is not None,
        enabled=bool(found and found.enabled),
        fault=fault,
        credentials_end=end,
        changed_at=found.changed_at if found else None,
        stopped_until=datetime.now(UTC) + timedelta(seconds=now.stopped) if now.stopped else None,
        stop_reason=now.stop_reason,
        used_today={message_class: count for (name, message_class), count in used.items() if name == provider.name},
        check=_shown(found.checked) if found and found.checked else None,
    )


async def _detail(context: ConsoleContext, access: Access, provider: Provider) -> ChannelDetail:
    async with context.database.connection() as connection:
        pairs = await _all(connection, context, access)
        found = next(found for each, found in pairs if each is provider)
        used = await channel_pace.used_today(connection, access.access_id)
        answer = await _answer(connection, access, provider, found, used)
    manages = access.role.covers(Role.ADMINISTRATOR)
    return ChannelDetail(
        **answer.model_dump(),
        fields=[ChannelField(**field._asdict()) for field in fields(provider.settings)],
        settings=found.shown() if found else {},
        kept_secrets=found.kept_secrets() if found else [],
        reports=provider.receipts is not None,
        receipt_url=context.channels.receipt_url(access.access_id, provider) if manages else "",
        documentation=documentation(provider),
    )


def documentation(provider: Provider) -> str:
    """The page about it in our sources, called as its file is."""
    return f"docs/reference/channels/{provider.open.__module__.rpartition('.')[2]}.md"


def _shown(found: LastCheck) -> ChannelCheck:
    return ChannelCheck(at=found.at, outcome=found.outcome, says=found.says, expires_at=found.expires_at)


def _not_configured(provider: Provider, fault: str = "") -> HTTPException:
    return HTTPException(409, fault or f"{provider.title} is not set up here: save its settings first")


async def _record(connection: Connection, access: Access, provider: Provider, action: Action, **told: Any) -> None:
    await audit.record(connection, access.actor, action, access_id=access.access_id, object=provider.name, **told)
