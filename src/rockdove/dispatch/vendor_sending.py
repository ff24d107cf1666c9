"""Slices of a vendor's channel.

Whoever is connected to us moves to the own channel at once, with the vendor as fallback (unless the push wants it
otherwise): however slow the vendor is, and if it is away. The others are sent to in steps of as many devices as the
vendor takes at once. A step waits for the channel's turn (`channel_pace`), and ends in one transaction that moves the
cursor and records what became of every device:

- taken by the vendor: nothing more to say, it counts as sent;
- connected by now: moves to the own channel like those before;
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
    UNANSWERED,
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
from rockdove.dispatch.hands import BusyError, Hands, RestingError
from rockdove.dispatch.messages import Messages
from rockdove.dispatch.slices import Cause, Departure, Slice, SliceQueue
from rockdove.domain.device import OWN_CHANNEL
from rockdove.observe import log
from rockdove.storage.database import Unavailable

FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 300.0
SHORT_WAIT_SECONDS = 0.02
"""Up to so long a worker waits for a channel's turn with the slice in its hand."""
RETURNS_PER_SECOND = 50
"""How many slices that wait for the same channel look again in a second, so that looking costs little."""
MOST_WAITING = 500
LOOK_AGAIN_SECONDS = 0.05
"""A slice whose channel is busy or rests comes back after so long, at least."""
MOST_UNANSWERED = 8
"""A message that may have been taken is sent again so often, at most: eight minutes with the time-outs and the pauses.
Then the own channel has it."""
MOST_CHARACTERS = 300
"""Of a reason: a vendor may answer with the list of all it refused."""


OnTokensGone = Callable[[int, str, Sequence[GoneToken]], Awaitable[object]]
"""Hears of an application's tokens that are gone from a channel."""


@dataclass(slots=True)
class _Step:
    """What became of the devices of a step."""

    online: BitMap = field(default_factory=BitMap)
    refused: defaultdict[str, BitMap] = field(default_factory=lambda: defaultdict(BitMap))
    again: BitMap = field(default_factory=BitMap)
    unanswered: BitMap = field(default_factory=BitMap)
    """Of them, those whose message may have been taken."""
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
        self._hands = Hands()
        self._waiting: Counter[tuple[int, str]] = Counter()
        """Slices of an application's channel that found its turn taken since somebody had one."""

    async def send(self, slice_: Slice, channel: Channel) -> None:
        """What is left of it. Raises LeaseLostError, NotYetError (it is another slice's turn), ChannelAwayError."""
        left = await self._move_connected(slice_, await self._left(slice_))
        if not left:
            return
        key = slice_.access_id, slice_.channel
        try:
            with self._hands.lent(key):
                await self._send_steps(slice_, channel, left)
        except BusyError:
            raise NotYetError(self._look_again(key, LOOK_AGAIN_SECONDS)) from None
        except RestingError:
            raise NotYetError(self._look_again(key, LOOK_AGAIN_SECONDS), keeps_turn=False) from None

    async def give_up(self, slice_: Slice, reason: str) -> None:
        """The channel is not there (any more): everybody moves to the own one."""
        step = _Step()
        if left := await self._left(slice_):
            step.refused[reason] = left
        slice_.sent_upto = slice_.targets.max()
        await self._queue.advance(slice_, departures(slice_, step))

    async def _left(self, slice_: Slice) -> BitMap:
        """Its targets that nothing has become of yet."""
        left = slice_.targets - await self._queue.departed(slice_)
        left.remove_range(0, slice_.sent_upto + 1)
        return left

    async def _move_connected(self, slice_: Slice, left: BitMap) -> BitMap:
        """Ahead of the cursor; gives the others, nobody if the slice is to be left."""
        step = _Step(online=left & self._connected(slice_))
        others = left - step.online
        if not others:
            slice_.sent_upto = slice_.targets.max()
        if others and not step.online:
            return others
        return others if await self._queue.advance(slice_, departures(slice_, step)) else BitMap()

    async def _send_steps(self, slice_: Slice, channel: Channel, left: BitMap) -> None:
        for devices in _steps(left, _step_size(channel.limits)):
            step = await self._send_step(slice_, channel, devices)
            slice_.sent_upto = slice_.targets.max() if devices.max() == left.max() else devices.max()
            goes_on = await self._queue.advance(slice_, departures(slice_, step))
            if step.gone:
                await self._on_tokens_gone(slice_.access_id, slice_.channel, step.gone)
            if not goes_on:
                return
            if slice_.sent_upto < slice_.targets.max() and self._hands.rests(slice_.access_id, slice_.channel):
                raise RestingError  # every step would cost a time-out

    def _connected(self, slice_: Slice) -> BitMap:
        """Whom the own channel comes first for."""
        if slice_.online_first and slice_.own_allowed and slice_.cause is not Cause.UNCONFIRMED:
            return self._online(slice_.access_id)
        return BitMap()

    def _look_again(self, key: tuple[int, str], seconds: float) -> float:
        """In so long, and in a moment that is another one for each slice that waits, about fifty a second."""
        self._waiting[key] = min(self._waiting[key] + 1, MOST_WAITING)
        return seconds + random.uniform(0, self._waiting[key] / RETURNS_PER_SECOND)  # noqa: S311

    async def _send_step(self, slice_: Slice, channel: Channel, devices: BitMap) -> _Step:
        step = _Step(online=devices & self._connected(slice_))
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
        """Why the channel takes nothing at all, or empty. Raises NotYetError: of the slices that wait, whoever comes
        back first has the turn."""
        key, per_second = (slice_.access_id, slice_.channel), channel.limits.devices_per_second
        while True:
            standing = await self._pace.take_turn(*key, devices, per_second)
            if standing.stopped:
                return standing.stop_reason
            if not standing.wait:
                self._waiting[key] //= 2
                return ""
            if standing.wait > SHORT_WAIT_SECONDS:
                raise NotYetError(self._look_again(key, standing.wait))
            await asyncio.sleep(standing.wait)

    async def _send_within_quota(self, slice_: Slice, channel: Channel, targets: Sequence[Target], step: _Step) -> None:
        """To as many as the day's quota leaves; the others are refused."""
        quota = channel.quota((await self._messages.of(slice_.push_id)).row.message)
        drawn = await self._pace.draw(slice_.access_id, slice_.channel, quota, len(targets))
        if quota and (over := targets[drawn.granted :]):
            reason = f"the day's quota of {slice_.channel} for {quota.message_class} messages is used up"
            step.refused[reason] = BitMap(target.device_id for target in over)
        try:
            accepted = await self._send_to(slice_, channel, targets[: drawn.granted], step)
        except ChannelAwayError:
            await self._pace.give_back(slice_.access_id, slice_.channel, quota, drawn, drawn.granted)
            raise
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
        key = slice_.access_id, slice_.channel
        if answers and not any(answers):
            self._hands.failed(key)
            raise ChannelAwayError(f"{slice_.channel} does not answer")
        accepted = 0
        for (_, part), outcomes in zip(parts, answers, strict=True):
            accepted += _sort(step, part, outcomes or [Retry()] * len(part))
        if answers and _is_mute(answers):
            self._hands.failed(key)
        elif answers:
            self._hands.answered(key)
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
                outcomes = await channel.send(batch)
            if len(outcomes) != len(targets):
                raise ValueError(f"{len(outcomes)} outcomes for {len(targets)} devices")
            return outcomes
        except ChannelStoppedError as stopped:
            where = {"channel": slice_.channel, "access_id": slice_.access_id, "seconds": round(stopped.seconds)}
            log.warning("channel stopped", **where, reason=str(stopped))
            reason = str(stopped)[:MOST_CHARACTERS]
            await self._pace.stop(slice_.access_id, slice_.channel, stopped.seconds, reason)
            return [Rejected(reason)] * len(targets)
        except ChannelAwayError as away:
            log.warning("channel away", channel=slice_.channel, push_id=slice_.push_id, error=str(away))
            return ()
        except Unavailable:
            raise
        except Exception:  # ours, or an answer nobody has thought of; not tried again, for the vendor may have taken it
            log.exception("channel failed", channel=slice_.channel, access_id=slice_.access_id, push_id=slice_.push_id)
            reason = f"internal error in channel {slice_.channel}; the server's log says more"
            return [Rejected(reason)] * len(targets)


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
    given_up = step.unanswered if slice_.round >= MOST_UNANSWERED else BitMap()
    if given_up:
        leaving.append(_refused(slice_, "not answered", given_up))
    if again := step.again - given_up:
        leaving.append(_again(slice_, step, again))
    if step.gone:
        leaving.append(Departure(devices=BitMap(gone.device_id for gone in step.gone), reason="token gone"))
    leaving += [_refused(slice_, reason, devices) for reason, devices in step.refused.items()]
    return leaving


def _again(slice_: Slice, step: _Step, devices: BitMap) -> Departure:
    pause = max(step.again_in, min(FIRST_RETRY_SECONDS * 2**slice_.round, LONGEST_RETRY_SECONDS))
    if slice_.expires_at is None or datetime.now(UTC) + timedelta(seconds=pause) >= slice_.expires_at:
        return _refused(slice_, "not taken in time", devices)
    return Departure(
        devices=devices,
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
                step.refused[reason[:MOST_CHARACTERS]].add(target.device_id)
            case TokenGone(since):
                step.gone.append(GoneToken(target.device_id, target.token, since))
            case Retry(after, everyone, unanswered):
                step.again.add(target.device_id)
                if unanswered:
                    step.unanswered.add(target.device_id)
                step.again_in = max(step.again_in, after)
                step.pause = max(step.pause, after if everyone else 0.0)
    return accepted


def _is_mute(answers: Sequence[Sequence[Outcome]]) -> bool:
    """Nobody has heard anything from the vendor."""
    return all(outcome is UNANSWERED for outcomes in answers for outcome in outcomes)


def batched(targets: Sequence[Target], size: int) -> Iterator[Sequence[Target]]:
    return (targets[start : start + size] for start in range(0, len(targets), size))


def _step_size(limits: Limits) -> int:
    """Devices that the vendor takes at once, and not more than a second's worth."""
    size = limits.devices_per_request * limits.in_flight
    return max(1, min(size, limits.devices_per_second)) if limits.devices_per_second else size


def _steps(devices: BitMap, size: int) -> Iterator[BitMap]:
    device_ids = np.asarray(devices.to_array(), dtype=np.uint32)
    for start in range(0, len(device_ids), size):
        yield BitMap(device_ids[start : start + size])
