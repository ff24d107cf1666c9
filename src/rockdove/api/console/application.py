"""`/apps/{access_id}`: one application's configuration, keys and push settings."""

# No postponed annotations here: FastAPI reads them at definition.

from typing import Literal

import msgspec
from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from rockdove.api.console.callers import Context, Manager, Operator, Viewer
from rockdove.api.console.context import ConsoleContext
from rockdove.api.console.faults import RESPONSES
from rockdove.devices import applications
from rockdove.devices.applications import Application, UnknownApplicationError
from rockdove.domain.controls import Controls
from rockdove.domain.rates import Rates
from rockdove.members import audit
from rockdove.members.audit import Action
from rockdove.stats import console_figures

router = APIRouter(prefix="/apps/{access_id}", tags=["application"], responses=RESPONSES)


class ApplicationSettings(BaseModel):
    name: str = Field(max_length=200)
    main_package: str = Field(
        "", max_length=200, description="Android: pushes without multi_pkg reach only this package"
    )
    other_packages: list[str] = Field(
        [], max_length=200, description="Android: names beside the main one; with any, new devices are of a listed name"
    )
    timezone: str = Field(description="IANA name; times of pushes, hours and days are in it")
    allowed_networks: list[str] = Field([], max_length=200, description="CIDR; who may call the REST API; empty: all")
    device_binding: bool = Field(True, description="may a device bind accounts itself, or only your servers?")


class ApplicationAnswer(ApplicationSettings):
    access_id: int
    product_id: int
    platform: str
    role: str
    disabled: bool


class Keys(BaseModel):
    access_id: int
    access_key: str = Field(description="in the app: devices register with it")
    secret_key: str = Field(description="on your servers: the REST API; whoever has it can push to everybody")


class Status(BaseModel):
    disabled: bool


class DailyCapSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    notifications: int = Field(3, description="for each device and day of the application's time zone, 1 to 100")
    plans: list[str] = Field([], description="push plans that are counted and capped; empty: all, 0: the default one")


class AllowedHoursSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    start: str = Field(description="HH:MM in the application's time zone; after the end: over midnight")
    end: str


class RateSettings(BaseModel):
    """How fast the application may call. null: as the server is configured; 0: no limit."""

    model_config = ConfigDict(extra="forbid")

    bulk_pushes_per_second: int | None = Field(None, description="of each of all, tags and the two packages")
    repeat_window_seconds: int | None = Field(None, description="the same to the same recipients is refused so long")
    statistics_per_hour: int | None = Field(None, description="calls of each statistics endpoint")
    plans_per_day: int | None = Field(None, description="plans made over the REST API")


class RatesAnswer(BaseModel):
    own: RateSettings
    server: RateSettings = Field(description="in force where the application has none of its own")


class PackageName(BaseModel):
    """Devices by the package name they registered under."""

    name: str = Field(description="empty: they gave none")
    kind: Literal["main", "other", "unlisted"]
    devices: int = Field(description="available ones, as of a minute ago")


class PushControls(BaseModel):
    """What the application allows of its pushes. Everything is off by default."""

    model_config = ConfigDict(extra="forbid")

    daily_cap: DailyCapSettings | None = None
    deduplicate: bool = Field(False, description="refuse the same content to the same recipients within an hour")
    allowed_hours: AllowedHoursSettings | None = Field(None, description="when pushes may be created")

    @classmethod
    def of(cls, controls: Controls) -> "PushControls":
        return cls.model_validate(msgspec.to_builtins(controls))

    def controls(self) -> Controls:
        """Raises msgspec.ValidationError, whose text says what is wrong."""
        return msgspec.convert(self.model_dump(), Controls)


@router.get("")
async def get_application(context: Context, access: Viewer) -> ApplicationAnswer:
    return _answer(await _now(context, access.access_id), access.role)


@router.put("")
async def change_application(context: Context, access: Manager, wanted: ApplicationSettings) -> ApplicationAnswer:
    """In force everywhere a second later."""
    async with context.database.transaction() as connection:
        application = await applications.change(connection, access.access_id, **wanted.model_dump())
        await audit.record(
            connection, access.actor, Action.MODIFY_APP, access_id=access.access_id, **wanted.model_dump()
        )
    return _answer(application, access.role)


@router.post("/keys")
async def reveal_keys(context: Context, access: Manager) -> Keys:
    """The keys in the clear; that somebody looked is in the audit log."""
    application = await _now(context, access.access_id)
    async with context.database.connection() as connection:
        await audit.record(connection, access.actor, Action.DESCRIBE_APP_SECRET, access_id=access.access_id)
    return _keys(application)


@router.post("/keys/rotate")
async def rotate_secret_key(context: Context, access: Manager) -> Keys:
    """A new Secret Key. The old one ends within a second: have your servers ready."""
    async with context.database.transaction() as connection:
        await applications.rotate_secret(connection, access.access_id)
        await audit.record(connection, access.actor, Action.ROTATE_APP_SECRET, access_id=access.access_id)
    return _keys(await _now(context, access.access_id))


@router.put("/status", status_code=204)
async def set_status(context: Context, access: Manager, wanted: Status) -> None:
    """Disabled: every call with the application's keys is refused with TPNS's code 1008031."""
    async with context.database.transaction() as connection:
        await applications.set_disabled(connection, access.access_id, wanted.disabled)
        await audit.record(
            connection, access.actor, Action.UPDATE_APP_STATUS, access_id=access.access_id, disabled=wanted.disabled
        )


@router.get("/controls")
async def get_controls(context: Context, access: Viewer) -> PushControls:
    """What the application allows of its pushes: daily cap, repetition, hours."""
    return PushControls.of((await _now(context, access.access_id)).controls)


@router.put("/controls")
async def set_controls(context: Context, access: Operator, wanted: PushControls) -> PushControls:
    """Replace them all; what is not given is off. In force a second later."""
    try:
        controls = wanted.controls()
    except msgspec.ValidationError as error:
        raise HTTPException(422, str(error)) from None
    async with context.database.transaction() as connection:
        await applications.set_controls(connection, access.access_id, controls)
        await audit.record(
            connection, access.actor, Action.MODIFY_CONTROLS, access_id=access.access_id, **wanted.model_dump()
        )
    return PushControls.of(controls)


@router.get("/rates")
async def get_rates(context: Context, access: Viewer) -> RatesAnswer:
    """How fast the application may call, and what the server allows those that have nothing of their own."""
    return _rates(context, (await _now(context, access.access_id)).rates)


@router.put("/rates")
async def set_rates(context: Context, access: Manager, wanted: RateSettings) -> RatesAnswer:
    """Replace them all. In force a second later."""
    try:
        rates = msgspec.convert(wanted.model_dump(), Rates)
    except msgspec.ValidationError as error:
        raise HTTPException(422, str(error)) from None
    async with context.database.transaction() as connection:
        await applications.set_rates(connection, access.access_id, rates)
        await audit.record(
            connection, access.actor, Action.MODIFY_RATES, access_id=access.access_id, **wanted.model_dump()
        )
    return _rates(context, rates)


@router.get("/package-names")
async def get_package_names(context: Context, access: Viewer) -> list[PackageName]:
    """The listed names, and those that devices have beside them, with how many devices each has."""
    application = await _now(context, access.access_id)
    async with context.database.connection() as connection:
        standing = await console_figures.standing(connection, access.access_id)
    counts = dict(standing.packages) if standing else {}
    listed = [name for name in (application.main_package, *application.other_packages) if name]
    names = [*listed, *sorted(set(counts) - set(listed), key=lambda name: -counts[name])]

    def kind(name: str) -> Literal["main", "other", "unlisted"]:
        if name not in listed:
            return "unlisted"
        return "main" if name == application.main_package else "other"

    return [PackageName(name=name, kind=kind(name), devices=counts.get(name, 0)) for name in names]


async def _now(context: ConsoleContext, access_id: int) -> Application:
    """From the database itself: the doors' copy may be a second old."""
    async with context.database.connection() as connection:
        application = await applications.find(connection, access_id)
    if application is None:
        raise UnknownApplicationError(f"there is no application {access_id}")
    return application


def _answer(application: Application, role: str) -> ApplicationAnswer:
    names = set(ApplicationAnswer.model_fields) - {"role", "allowed_networks", "other_packages"}
    values = {name: getattr(application, name) for name in names}
    networks, packages = list(application.allowed_networks), list(application.other_packages)
    return ApplicationAnswer(**values, role=role, allowed_networks=networks, other_packages=packages)


def _rates(context: ConsoleContext, rates: Rates) -> RatesAnswer:
    def settings(source: object) -> RateSettings:
        return RateSettings(**{name: getattr(source, name) for name in RateSettings.model_fields})

    return RatesAnswer(own=settings(rates), server=settings(context.api.settings.limits))


def _keys(application: Application) -> Keys:
    return Keys(**{name: getattr(application, name) for name in Keys.model_fields})
