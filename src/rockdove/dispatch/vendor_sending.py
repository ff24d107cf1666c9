"""Slices of a vendor's channel.

A slice is sent in steps of as many devices as the vendor takes at once. A step waits for the channel's turn
(`channel_pace`), and ends in one transaction that moves the cursor and records what became of every device:

- taken by the vendor: nothing more to say, it counts as sent;
- connected to us: moves to the own channel, before the vendor is asked (unless the push wants it otherwise), with the
  vendor as fallback;
- refused (by the vendor, or over the day's quota), or gone from this channel: moves to the own channel, where it is
  kept for the device;
- to be tried again: moves to a later slice of the same channel, with growing pauses, until the push expires;
- token gone: failed, and the device is reported as uninstalled.

A crash repeats at most one step, which a phone may show twice: vendors' collapse ids hide that where they exist.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from pyroaring import BitMap

from rockdove.channels.channel import (
    Accepted,
    Batch,
    Channel,
    ChannelAwayError,
    ChannelStoppedError,
    GoneToken,
    Limits,
    Outcome,
    Rejected,
    Retry,
    Target,
    TokenGone,
)
from rockdove.dispatch.channel_pace import ChannelPace, NotYetError
from rockdove.dispatch.messages import Messages
from rockdove.dispatch.slices import Cause, Departure, Slice, SliceQueue
from rockdove.domain.device import OWN_CHANNEL
from rockdove.observe import log

FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 300.0
SHORT_WAIT_SECONDS = 0.02
"""Up to so long a worker waits for a channel's turn with the slice in its hand."""
RETURNS_PER_SECOND = 50
"""How many slices that wait for the same channel look again in a second, so that looking costs little."""
MOST_WAITING = 500


OnTokensGone = Callable[[int, str, Sequence[GoneToken]], Awaitable[object]]
"""Hears of an application's tokens that are gone from a channel."""


@dataclass(slots=True)
class _Step:
    """What became of the devices of a step."""

    online: BitMap = field(default_factory=BitMap)
    refused: defaultdict[str, BitMap] = field(default_factory=lambda: defaultdict(BitMap))
    again: BitMap = field(default_factory=BitMap)
    again_in: float = 0.0
    pause: float = 0.0
    """How long the vendor wants to hear nothing."""
    gone: list[GoneToken] = field(default_factory=list)


class VendorSending:
    def __init__(
        self,
        queue: SliceQueue,
        pace: ChannelPace,
        messages: Messages,
        online: Callable[[int], BitMap],
        on_tokens_gone: OnTokensGone,
    ) -> None:
        self._queue = queue
        self._pace = pace
        self._messages = messages
        self._online = online
        self._on_tokens_gone = on_tokens_gone
        self._waiting: Counter[tuple[int, str]] = Counter()
        """Slices of an application's channel that found its turn taken since somebody had one."""

    async def send(self, slice_: Slice, channel: Channel) -> None:
        """What is left of it. Raises ChannelAwayError, LeaseLostError, NotYetError (it is another slice's turn)."""
        for devices in _steps(slice_, _step_size(channel.limits)):
            step = await self._send_step(slice_, channel, devices)
            slice_.sent_upto = devices.max()
            goes_on = await self._queue.advance(slice_, departures(slice_, step))
            if step.gone:
                await self._on_tokens_gone(slice_.access_id, slice_.channel, step.gone)
            if not goes_on:
                return

    async def give_up(self, slice_: Slice, reason: str) -> None:
        """The channel is not there (any more): everybody moves to the own one."""
        step = _Step()
        step.refused[reason] = BitMap(slice_.targets)
        step.refused[reason].remove_range(0, slice_.sent_upto + 1)
        slice_.sent_upto = slice_.targets.max()
        await self._queue.advance(slice_, departures(slice_, step))

    async def _send_step(self, slice_: Slice, channel: Channel, devices: BitMap) -> _Step:
        step = _Step()
        if slice_.online_first and slice_.own_allowed and slice_.cause is not Cause.UNCONFIRMED:
            step.online = devices & self._online(slice_.access_id)
        offline = devices - step.online
        if not offline:
            return step
        if stopped := await self._take_turn(slice_, channel, len(offline)):
            step.refused[stopped] = offline
            return step
        targets = await self._queue.vendor_targets(slice_, offline)
        if len(targets) < len(offline):
            step.refused["not on this channel any more"] = offline - BitMap(target.device_id for target in targets)
        await self._send_within_quota(slice_, channel, targets, step)
        return step

    async def _take_turn(self, slice_: Slice, channel: Channel, devices: int) -> str:
        """Why the channel takes nothing at all, or empty. Raises NotYetError.

        Slices that wait for the same channel come back at different moments, about fifty a second: whoever is first has
        the turn.
        """
        key, per_second = (slice_.access_id, slice_.channel), channel.limits.devices_per_second
        while True:
            standing = await self._pace.take_turn(*key, devices, per_second)
            if standing.stopped:
                return standing.stop_reason
            if not standing.wait:
                self._waiting[key] //= 2
                return ""
            if standing.wait > SHORT_WAIT_SECONDS:
                self._waiting[key] = min(self._waiting[key] + 1, MOST_WAITING)
                raise NotYetError(standing.wait + random.uniform(0, self._waiting[key] / RETURNS_PER_SECOND))  # noqa: S311
            await asyncio.sleep(standing.wait)

    async def _send_within_quota(self, slice_: Slice, channel: Channel, targets: Sequence[Target], step: _Step) -> None:
        """To as many as the day's quota leaves; the others are refused."""
        quota = channel.quota((await self._messages.of(slice_.push_id)).row.message)
        drawn = await self._pace.draw(slice_.access_id, slice_.channel, quota, len(targets))
        if quota and (over := targets[drawn.granted :]):
            reason = f"the day's quota of {slice_.channel} for {quota.message_class} messages is used up"
            step.refused[reason] = BitMap(target.device_id for target in over)
        accepted = await self._send_to(slice_, channel, targets[: drawn.granted], step)
        await self._pace.give_back(slice_.access_id, slice_.channel, quota, drawn, drawn.granted - accepted)

    async def _send_to(self, slice_: Slice, channel: Channel, targets: Sequence[Target], step: _Step) -> int:
        """In batches, side by side; gives how many the vendor took."""
        parts = []
        for message, some in await self._by_message(slice_, targets):
            if refusal := channel.refusal(message):
                step.refused[refusal] |= BitMap(target.device_id for target in some)
            else:
                parts += [(message, part) for part in batched(some, channel.limits.devices_per_request)]
        turns = asyncio.Semaphore(channel.limits.in_flight)
        answers = await asyncio.gather(*(self._request(slice_, channel, turns, *part) for part in parts))
        if answers and not any(answers):
            raise ChannelAwayError(f"{slice_.channel} does not answer")
        accepted = 0
        for (_, part), outcomes in zip(parts, answers, strict=True):
            accepted += _sort(step, part, outcomes or [Retry()] * len(part))
        if step.pause:
            await self._pace.pause(slice_.access_id, slice_.channel, step.pause)
        return accepted

    async def _by_message(
        self, slice_: Slice, targets: Sequence[Target]
    ) -> Iterable[tuple[dict[str, Any], Sequence[Target]]]:
        """A request carries one message: devices of a personalised push are put together by what theirs says."""
        push = await self._messages.of(slice_.push_id)
        if push.personal is None:
            return [(push.row.message, targets)]
        attributes = await self._queue.attributes(slice_.access_id, [target.device_id for target in targets])
        found: dict[bytes, tuple[dict[str, Any], list[Target]]] = {}
        for target in targets:
            own = attributes.get(target.device_id, {})
            found.setdefault(push.personal.payload(own), (push.personal.message(own), []))[1].append(target)
        return found.values()

    async def _request(
        self,
        slice_: Slice,
        channel: Channel,
        turns: asyncio.Semaphore,
        message: dict[str, Any],
        targets: Sequence[Target],
    ) -> Sequence[Outcome]:
        """Nothing where the channel is away: the other requests of the step may have got through."""
        row = (await self._messages.of(slice_.push_id)).row
        batch = Batch(
            access_id=slice_.access_id,
            push_id=slice_.push_id,
            message_type=row.message_type,
            message=message,
            environment=row.environment,
            collapse_id=row.collapse_id,
            expires_at=row.expires_at,
            targets=targets,
        )
        try:
            async with turns:
                return await channel.send(batch)
        except ChannelStoppedError as stopped:
            where = {"channel": slice_.channel, "access_id": slice_.access_id, "seconds": round(stopped.seconds)}
            log.warning("channel stopped", **where, reason=str(stopped))
            await self._pace.stop(slice_.access_id, slice_.channel, stopped.seconds, str(stopped))
            return [Rejected(str(stopped))] * len(targets)
        except ChannelAwayError as away:
            log.warning("channel away", channel=slice_.channel, push_id=slice_.push_id, error=str(away))
            return ()


def departures(slice_: Slice, step: _Step) -> list[Departure]:
    """Where the devices of a step go; those the vendor took stay."""
    leaving = []
    if step.online:
        leaving.append(
            Departure(
                devices=step.online,
                reason="connected",
                channel=OWN_CHANNEL,
                cause=Cause.ONLINE,
                fallback=slice_.channel,
            )
        )
    if step.again:
        leaving.append(_again(slice_, step))
    if step.gone:
        leaving.append(Departure(devices=BitMap(gone.device_id for gone in step.gone), reason="token gone"))
    leaving += [_refused(slice_, reason, devices) for reason, devices in step.refused.items()]
    return leaving


def _again(slice_: Slice, step: _Step) -> Departure:
    pause = max(step.again_in, min(FIRST_RETRY_SECONDS * 2**slice_.round, LONGEST_RETRY_SECONDS))
    if slice_.expires_at is None or datetime.now(UTC) + timedelta(seconds=pause) >= slice_.expires_at:
        return _refused(slice_, "not taken in time", step.again)
    return Departure(
        devices=step.again,
        reason="try again",
        channel=slice_.channel,
        cause=Cause.UNCONFIRMED if slice_.cause is Cause.UNCONFIRMED else Cause.RETRY,
        round=slice_.round + 1,
        due_in=pause,
    )


def _refused(slice_: Slice, reason: str, devices: BitMap) -> Departure:
    """Once more over the own channel; whoever comes from there is kept there anyway."""
    if slice_.own_allowed and slice_.cause is not Cause.UNCONFIRMED:
        return Departure(devices=devices, reason=reason, channel=OWN_CHANNEL, cause=Cause.REFUSED)
    return Departure(devices=devices, reason=reason)


def _sort(step: _Step, targets: Sequence[Target], outcomes: Sequence[Outcome]) -> int:
    """Into the step; gives how many the vendor took."""
    accepted = 0
    for target, outcome in zip(targets, outcomes, strict=True):
        match outcome:
            case Accepted():
                accepted += 1
            case Rejected(reason):
                step.refused[reason].add(target.device_id)
            case TokenGone(since):
                step.gone.append(GoneToken(target.device_id, target.token, since))
            case Retry(after, everyone):
                step.again.add(target.device_id)
                step.again_in = max(step.again_in, after)
                step.pause = max(step.pause, after if everyone else 0.0)
    return accepted


def batched(targets: Sequence[Target], size: int) -> Iterator[Sequence[Target]]:
    return (targets[start : start + size] for start in range(0, len(targets), size))


def _step_size(limits: Limits) -> int:
    """Devices that the vendor takes at once, and not more than a second's worth."""
    size = limits.devices_per_request * limits.in_flight
    return max(1, min(size, limits.devices_per_second)) if limits.devices_per_second else size


def _steps(slice_: Slice, size: int) -> Iterator[BitMap]:
    device_ids = np.asarray(slice_.targets.to_array(), dtype=np.uint32)
    device_ids = device_ids[np.searchsorted(device_ids, slice_.sent_upto, side="right") :]
    for start in range(0, len(device_ids), size):
        yield BitMap(device_ids[start : start + size])
