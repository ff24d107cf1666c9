"""`/apps/{access_id}/forecast`: how long a push would take and what would be refused, channel by channel."""

# No postponed annotations here: FastAPI reads them at definition.

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from rockdove.api.console.callers import Context, Viewer
from rockdove.api.console.faults import RESPONSES
from rockdove.dispatch import forecast

router = APIRouter(prefix="/apps/{access_id}/forecast", tags=["pushes"], responses=RESPONSES)


class ForecastRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    message: dict[str, object] = Field(description="as in a push; texts and vendor channel ids decide")
    channels: dict[str, int] = Field(description="planned devices by channel, as a preview counts them")
    push_speed: int = Field(0, ge=0, description="devices a second; 0: as fast as it goes")


class ChannelForecast(BaseModel):
    """What one channel will do with it. What a vendor does not take goes over the own channel (xg)."""

    channel: str
    devices: int = Field(description="planned for it")
    taken: int = Field(description="of them, those it should take; of the own channel: with those the others refuse")
    refusal: str = Field(description="why the vendor would take this message for nobody; empty: it would")
    stop_reason: str = Field(description="why the vendor takes nothing at present; empty: it does")
    stopped_seconds: float
    over_quota: int = Field(description="devices beyond today's quota")
    message_class: str = Field(description="the class that quota is of; empty: there is no quota")
    quota_left: int | None
    ahead: int = Field(description="devices of other pushes that wait for the channel")
    per_second: int = Field(description="0: no limit of the vendor's")
    seconds: float | None = Field(description="how long the rate makes it take; null: the rate is no limit")


@router.post("")
async def forecast_push(context: Context, access: Viewer, wanted: ForecastRequest) -> list[ChannelForecast]:
    """An estimate from the channels' configuration and today's counters; nothing is sent."""
    channels = await context.channels.of(access.access_id)
    async with context.database.connection() as connection:
        found = await forecast.forecast(
            connection, access.access_id, wanted.message, wanted.channels, channels, push_speed=wanted.push_speed
        )
    return [ChannelForecast(**msgspec.to_builtins(each)) for each in found]
