"""`/apps/{access_id}/overview`: how the application stands, and how it went day by day."""

# No postponed annotations here: FastAPI reads them at definition.

from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from rockdove.api.console.callers import Context, Viewer
from rockdove.api.console.faults import RESPONSES
from rockdove.api.console.live import StageCounts
from rockdove.stats import console_figures, days, device_days
from rockdove.stats.days import KEPT_DAYS
from rockdove.stats.funnel import Funnel

router = APIRouter(prefix="/apps/{access_id}/overview", tags=["overview"], responses=RESPONSES)

Property = Literal["city", "province", "app_version", "sdk_version", "system_version", "device_brand", "device_version"]


class StandingAnswer(BaseModel):
    """Devices by what a push can do with them."""

    available: int = Field(description="registered and seen within 90 days")
    opted_in: int = Field(description="of those: notifications are enabled")
    absent: int = Field(description="registered, not seen for 90 days")
    unregistered: int
    uninstalled: int
    channels: dict[str, int] = Field(description="available ones by their vendor's channel; xg: only the own channel")
    counted_at: datetime


class DayAnswer(BaseModel):
    """One day in the application's time zone. Distinct devices, whatever number of pushes each got."""

    day: date
    pushes: int
    total: StageCounts
    channels: dict[str, StageCounts]
    registered: int
    active: int = Field(description="connected that day")
    accumulated: int = Field(description="ever registered, until the end of the day")


class OverviewAnswer(BaseModel):
    standing: StandingAnswer | None = Field(description="null: not counted yet, that takes a minute")
    days: list[DayAnswer] = Field(description="oldest first, today last")


class ValueCount(BaseModel):
    value: str = Field(description="empty: unknown")
    devices: int


@router.get("")
async def get_overview(
    context: Context, access: Viewer, span: Annotated[int, Query(alias="days", ge=1, le=90)] = 30
) -> OverviewAnswer:
    """Figures of today are minutes old; what was pushed is known for the last month, devices for three."""
    application = access.application
    last = datetime.now(ZoneInfo(application.timezone)).date()
    first = last - timedelta(days=span - 1)
    async with context.database.connection() as connection:
        standing = await console_figures.standing(connection, access.access_id)
        pushes = await console_figures.pushes_by_day(connection, access.access_id, first, last, application.timezone)
        funnels = await days.of_days(connection, access.access_id, max(first, last - timedelta(KEPT_DAYS)), last)
        devices = await device_days.overview(connection, access.access_id, first, last)
    return OverviewAnswer(
        standing=_standing(standing) if standing else None,
        days=[_day(one, pushes.get(one.day, 0), funnels.get(one.day, Funnel())) for one in devices],
    )


@router.get("/distribution")
async def get_distribution(
    context: Context, access: Viewer, of: Annotated[Property, Query(alias="property")]
) -> list[ValueCount]:
    """What the devices are, the most frequent values first; counted once an hour."""
    today = datetime.now(ZoneInfo(access.application.timezone)).date()
    async with context.database.connection() as connection:
        found = await device_days.distribution(connection, access.access_id, today, of)
        if not found:
            found = await device_days.distribution(connection, access.access_id, today - timedelta(1), of)
    return [ValueCount(value=value, devices=devices) for value, devices in found.items()]


def _standing(standing: console_figures.DeviceStanding) -> StandingAnswer:
    channels = {channel or "xg": devices for channel, devices in standing.channels.items()}
    values = {name: getattr(standing, name) for name in StandingAnswer.model_fields}
    return StandingAnswer(**values | {"channels": channels})


def _day(devices: device_days.DeviceDay, pushes: int, funnel: Funnel) -> DayAnswer:
    total = StageCounts.of(funnel.total).model_copy(update={"arrived": funnel.arrived})
    return DayAnswer(
        day=devices.day,
        pushes=pushes,
        total=total,
        channels={channel: StageCounts.of(stages) for channel, stages in sorted(funnel.channels.items())},
        registered=devices.registered,
        active=devices.active,
        accumulated=devices.accumulated,
    )
