"""Statistics by the day: pushes, devices, and what the devices are."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rockdove.api.tpns import stages
from rockdove.api.tpns.answers import Answer
from rockdove.api.tpns.dates import COMPACT, read_date_span, read_day
from rockdove.api.tpns.endpoint import Call
from rockdove.api.tpns.errors import DateFormatError
from rockdove.api.tpns.rates import take_statistics
from rockdove.stats import days, device_days
from rockdove.stats.funnel import Funnel

CHANNEL_DAYS, DEVICE_DAYS, DISTRIBUTION_DAYS = 30, 92, 31


async def get_push_channel_stat_overview(call: Call) -> Answer:
    """The funnel of every day; one on which nothing was sent has rows of zeros."""
    first, last = read_date_span(call.fields, ZoneInfo(call.application.timezone), CHANNEL_DAYS)
    await take_statistics(call, "get_push_channel_stat_overview")
    async with call.context.database.connection() as connection:
        counted = await days.of_days(connection, call.application.access_id, first, last)
    asked = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    listed = [
        {
            "date": f"{day:{COMPACT}}",
            "channelDatas": stages.rows(counted.get(day, Funnel()), call.application.platform),
        }
        for day in asked
    ]
    return Answer({"pushDateChannelStat": listed})


async def get_device_stat_overview(call: Call) -> Answer:
    """Dates are numbers here, as TPNS prints them."""
    first, last = read_date_span(call.fields, ZoneInfo(call.application.timezone), DEVICE_DAYS)
    await take_statistics(call, "get_device_stat_overview")
    async with call.context.database.connection() as connection:
        counted = await device_days.overview(connection, call.application.access_id, first, last)
    listed = [
        {
            "date": int(f"{one.day:{COMPACT}}"),
            "accuUv": one.accumulated,
            "newUv": one.registered,
            "activeUv": one.active,
        }
        for one in counted
    ]
    return Answer({"getDeviceStatOverviewData": listed})


async def get_device_distribute_info(call: Call) -> Answer:
    """Devices by one property; the property's name is the key of its value."""
    call.fields.require("type")
    day = read_day(call.fields, "date")
    today = datetime.now(ZoneInfo(call.application.timezone)).date()
    if not today - timedelta(days=DISTRIBUTION_DAYS) <= day <= today:
        raise DateFormatError(f"date must be one of the last {DISTRIBUTION_DAYS} days")
    kind = call.fields.choice("type", device_days.PROPERTIES)
    await take_statistics(call, "get_device_distribute_info")
    async with call.context.database.connection() as connection:
        found = await device_days.distribution(connection, call.application.access_id, day, kind)
    return Answer({"data": [{kind: value, "count": devices} for value, devices in found.items()]})
