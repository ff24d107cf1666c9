"""`/apps/{access_id}/devices` and `/accounts`: the three questions of who looks into a complaint.

Which devices has this account? What is known of this device? Why did this push (not) arrive there? Each answer ends in
a verdict; the page says it in words.
"""

# No postponed annotations here: FastAPI reads them at definition.

from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from rockdove.api.console.callers import Access, Context, Viewer
from rockdove.api.console.faults import RESPONSES
from rockdove.devices import details
from rockdove.devices.details import BoundDevice, Device
from rockdove.domain.account import MAX_ACCOUNT_TYPE
from rockdove.domain.device import OWN_CHANNEL
from rockdove.lifecycle.states import State
from rockdove.stats import delivery, tasks, token_history
from rockdove.stats.delivery import Standing

router = APIRouter(prefix="/apps/{access_id}", tags=["devices"], responses=RESPONSES)

PAGE = 10


class Reach(StrEnum):
    """Would a notification get to the device now?"""

    REACHABLE = "reachable"
    OPTED_OUT = "opted_out"
    """In-app messages do."""
    ABSENT = "absent"
    """Not seen for 90 days."""
    UNREGISTERED = "unregistered"
    UNINSTALLED = "uninstalled"


class AccountDevice(BaseModel):
    token: str
    bound_at: datetime
    brand: str
    model: str
    channel: str = Field(description="its vendor's; xg: only the own channel")
    last_seen_day: date
    reach: Reach


class AccountDevices(BaseModel):
    total: int
    devices: list[AccountDevice] = Field(description="newest binding first: the recent device is the first available")


class BindingAnswer(BaseModel):
    account_type: int
    account: str
    bound_at: datetime


class DeviceAnswer(BaseModel):
    """Everything known of a device."""

    token: str
    device_id: int
    platform: str
    package_name: str
    app_version: str
    sdk_version: str
    os_version: str
    brand: str
    model: str
    language: str
    country: str
    province: str
    city: str
    environment: str
    channel: str
    channel_token: str
    notifications: bool = Field(description="the notification bar is enabled")
    claimed: bool = Field(description="false: imported, and has not registered itself yet")
    registered_at: datetime
    unregistered_at: datetime | None
    uninstalled_at: datetime | None
    last_seen_day: date
    reach: Reach
    bindings: list[BindingAnswer]
    tags: list[str]
    attributes: dict[str, str]


class ConnectionAnswer(BaseModel):
    connected: bool | None = Field(description="over the own channel, at this moment; null: nobody could say")


class DevicePush(BaseModel):
    """A push that has the device among its targets."""

    push_id: int
    title: str
    audience_type: str
    started_at: datetime


class StepAnswer(BaseModel):
    channel: str
    reason: str


class DeliveryAnswer(BaseModel):
    """What became of one push on one device."""

    standing: Standing
    state: State = Field(description="of the push")
    channel: str
    reason: str
    at: datetime | None
    until: datetime | None
    steps: list[StepAnswer] = Field(description="channels the device left on the way, and why")
    why_no_target: list[str] = Field(
        description="of no_target, what speaks against the device now: registered_later, unregistered, uninstalled,"
        " absent, opted_out, other_environment, other_package, not_named; empty: capped, excluded, or changed since"
    )


@router.get("/accounts/devices")
async def devices_of_account(
    context: Context,
    access: Viewer,
    account: Annotated[str, Query(min_length=1, max_length=200)],
    account_type: Annotated[int, Query(ge=0, le=MAX_ACCOUNT_TYPE)] = 0,
    page: Annotated[int, Query(ge=1, le=10)] = 1,
) -> AccountDevices:
    """Ten a page; an account has at most a hundred."""
    async with context.database.connection() as connection:
        found, total = await details.of_account(
            connection, access.access_id, account, account_type, skipped=(page - 1) * PAGE, maximum=PAGE
        )
    return AccountDevices(total=total, devices=[_bound(device) for device in found])


@router.get("/devices/{token}")
async def get_device(context: Context, access: Viewer, token: str) -> DeviceAnswer:
    async with context.database.connection() as connection:
        known = await details.of_token(connection, access.access_id, token)
    device = known.device
    return DeviceAnswer(
        **{name: value for name, value in device._asdict().items() if name != "absent"},
        reach=_reach(device),
        bindings=[BindingAnswer.model_validate(binding._asdict()) for binding in known.bindings],
        tags=known.tags,
        attributes=known.attributes,
    )


@router.get("/devices/{token}/connection")
async def get_connection(context: Context, access: Viewer, token: str) -> ConnectionAnswer:
    """Takes half a second: every server is asked."""
    async with context.database.connection() as connection:
        device = await details.find(connection, access.access_id, token)
    return ConnectionAnswer(connected=await context.is_connected(access.access_id, device.device_id))


@router.get("/devices/{token}/pushes")
async def list_pushes_of_device(context: Context, access: Viewer, token: str) -> list[DevicePush]:
    """Those that have started today, in the application's time zone; newest first."""
    zone = ZoneInfo(access.application.timezone)
    today = datetime.combine(datetime.now(zone), time(), zone)
    async with context.database.connection() as connection:
        found = await token_history.pushes_to(connection, access.access_id, token, today)
    if found is None:
        raise details.UnknownDeviceError(f"this application has no device with the token {token}")
    return [DevicePush.model_validate(push._asdict()) for push in found]


@router.get("/devices/{token}/pushes/{push_id}")
async def get_delivery(context: Context, access: Viewer, token: str, push_id: int) -> DeliveryAnswer:
    """Why did this push (not) arrive on this device?"""
    async with context.database.connection() as connection:
        known = await details.of_token(connection, access.access_id, token)
        found = await delivery.of_device(connection, access.access_id, push_id, known.device.device_id)
        push = await tasks.find(connection, access.access_id, push_id)
    against = _against(access, known.device, push, {(one.account_type, one.account) for one in known.bindings})
    return DeliveryAnswer(
        **{name: value for name, value in found._asdict().items() if name != "steps"},
        steps=[StepAnswer(**step._asdict()) for step in found.steps],
        why_no_target=against if found.standing is Standing.NO_TARGET else [],
    )


def _bound(device: BoundDevice) -> AccountDevice:
    names = ("token", "bound_at", "brand", "model", "last_seen_day")
    reach = _reach_of(device.unregistered, device.uninstalled, device.absent, device.notifications)
    values = {name: getattr(device, name) for name in names}
    return AccountDevice(**values, channel=device.channel or OWN_CHANNEL, reach=reach)


def _reach(device: Device) -> Reach:
    unregistered, uninstalled = device.unregistered_at is not None, device.uninstalled_at is not None
    return _reach_of(unregistered, uninstalled, device.absent, device.notifications)


def _reach_of(unregistered: bool, uninstalled: bool, absent: bool, notifications: bool) -> Reach:
    if uninstalled:
        return Reach.UNINSTALLED
    if unregistered:
        return Reach.UNREGISTERED
    if absent:
        return Reach.ABSENT
    return Reach.REACHABLE if notifications else Reach.OPTED_OUT


def _against(access: Access, device: Device, push: tasks.Task, bound: set[tuple[int, str]]) -> list[str]:
    """As things are now; what was different when the push started can't be seen any more."""
    application, reach = access.application, _reach(device)
    named, tokens = push.audience.get("accounts"), push.audience.get("tokens")
    facts = {
        "registered_later": push.started_at is not None and device.registered_at > push.started_at,
        reach.value: reach not in (Reach.REACHABLE, Reach.OPTED_OUT),
        "opted_out": reach is Reach.OPTED_OUT and push.message_type == "notify",
        "other_environment": application.platform == "ios" and device.environment != push.environment,
        "other_package": application.platform == "android"
        and not push.multi_package
        and application.main_package not in ("", device.package_name),
        "not_named": (named is not None and not any((push.account_type, one) in bound for one in named))
        or (tokens is not None and device.token not in tokens),
    }
    return [name for name, holds in facts.items() if holds]
