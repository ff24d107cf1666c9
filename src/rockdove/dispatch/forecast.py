"""What a push will meet, channel by channel, before it is sent: how long it takes, and what will be refused.

An estimate from what is configured and what has been used today. A vendor may allow less than it documents; what it
then refuses goes over the own channel like the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rockdove.channels.channel import Channel
from rockdove.dispatch.channel_pace import standing, used_today
from rockdove.domain.device import OWN_CHANNEL
from rockdove.storage.database import Connection, fetch_all
from rockdove.storage.sql import load

_sql = load(__package__, "forecast.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Of one channel. What it does not take goes over the own channel, where the push allows that."""

    channel: str
    devices: int
    """Planned for it."""
    taken: int
    """Of them, those the vendor should take."""
    refusal: str = ""
    """Why the vendor would take the message for nobody."""
    stop_reason: str = ""
    """Why the vendor takes nothing at present …"""
    stopped_seconds: float = 0.0
    """… and for how long."""
    over_quota: int = 0
    message_class: str = ""
    """The class the quota is of; empty: there is no quota."""
    quota_left: int | None = None
    """Devices of that class that are left today."""
    ahead: int = 0
    """Devices of other pushes that wait for the channel."""
    per_second: int = 0
    """The rate it is sent to at; 0: no limit of the vendor's."""
    seconds: float | None = None
    """How long the vendor's rate makes it take, with those ahead; None: its rate is no limit."""


async def forecast(
    connection: Connection,
    access_id: int,
    message: dict[str, Any],
    devices: Mapping[str, int],
    channels: Mapping[str, Channel],
    *,
    push_speed: int = 0,
) -> list[Forecast]:
    """Of every channel in `devices` (planned devices by channel, as a preview counts them), the own one last."""
    used = await used_today(connection, access_id)
    ahead = {row.channel: row.devices for row in await fetch_all(connection, _sql.ahead, access_id=access_id)}
    found = []
    for name in sorted(set(devices) & set(channels)):
        channel, now = channels[name], await standing(connection, access_id, name)
        quota = channel.quota(message)
        left = max(0, quota.devices_per_day - used.get((name, quota.message_class), 0)) if quota else None
        refusal, waiting = channel.refusal(message), devices[name]
        over = max(0, waiting - left) if left is not None else 0
        taken = 0 if refusal or now.stopped else waiting - over
        rate = min(filter(None, (channel.limits.devices_per_second, push_speed)), default=0)
        found.append(
            Forecast(
                channel=name,
                devices=waiting,
                taken=taken,
                refusal=refusal,
                stop_reason=now.stop_reason,
                stopped_seconds=now.stopped,
                over_quota=0 if refusal or now.stopped else over,
                message_class=quota.message_class if quota else "",
                quota_left=left,
                ahead=ahead.get(name, 0),
                per_second=rate,
                seconds=now.wait + (ahead.get(name, 0) + taken) / rate if rate else None,
            )
        )
    return [*found, *_own(devices, found, ahead, push_speed)]


def _own(
    devices: Mapping[str, int], vendors: list[Forecast], ahead: Mapping[str, int], push_speed: int
) -> list[Forecast]:
    """Its own devices, and those the vendors do not take."""
    planned = sum(count for name, count in devices.items() if name not in {each.channel for each in vendors})
    total = planned + sum(each.devices - each.taken for each in vendors)
    if not total:
        return []
    return [
        Forecast(
            channel=OWN_CHANNEL,
            devices=planned,
            taken=total,
            ahead=ahead.get(OWN_CHANNEL, 0),
            per_second=push_speed,
            seconds=total / push_speed if push_speed else None,
        )
    ]
