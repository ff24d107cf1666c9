"""The result of a resolution: which devices, on which channel, and what became of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
from msgspec import structs
from pyroaring import BitMap

from rockdove.domain.device import OWN_CHANNEL


class AudienceError(Exception):
    """There is nobody to push to and never will be: the text says why."""


class Counts(msgspec.Struct, kw_only=True):
    """What the push detail shows. Kept as JSON in `pushes.counts`."""

    accounts: int = 0
    """Distinct accounts (tokens, for token audiences) that were asked for."""
    matched: int = 0
    """… of these, bound to at least one device (tokens: registered once)."""
    unmatched: int = 0
    unavailable: int = 0
    """Matched, but without an available device of the wanted environment and package name."""
    invalid: int = 0
    """Lines of a package that can't be a token."""
    devices: int = 0
    """Distinct devices chosen, before any is filtered."""
    filtered: dict[str, int] = {}
    """Devices removed, by the first reason that removed them: opted_out, excluded, no_channel, capped."""
    planned: int = 0
    """Targets: what the push is going to send to."""


@dataclass(slots=True, kw_only=True)
class Audience:
    """Targets by channel (disjoint sets of device ids), and the counts of one resolution."""

    channels: dict[str, BitMap] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)

    @property
    def targets(self) -> BitMap:
        return BitMap.union(*self.channels.values()) if self.channels else BitMap()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is taken away after the devices were chosen, as sets of devices."""

    opted_out: BitMap = field(default_factory=BitMap)
    excluded: BitMap = field(default_factory=BitMap)
    disabled_channels: frozenset[str] = frozenset()
    vendor: Mapping[str, BitMap] = field(default_factory=dict)
    """Devices by vendor channel, for the channels that are configured and serve them."""


def narrow(chosen: BitMap, filters: Filters, counts: Counts) -> Audience:
    """Filters come after the choice: an account whose most recent device opted out gets nothing, not its second one."""
    counts.devices = len(chosen)
    left = chosen
    for reason, devices in (("opted_out", filters.opted_out), ("excluded", filters.excluded)):
        kept = left - devices
        _count(counts, reason, len(left) - len(kept))
        left = kept
    channels = split_by_channel(left, filters)
    counts.planned = sum(map(len, channels.values()))
    _count(counts, "no_channel", len(left) - counts.planned)
    return Audience(channels=channels, counts=counts)


def without(audience: Audience, devices: BitMap, reason: str) -> Audience:
    """The same less `devices`, counted as filtered for `reason`; for what is known only when the push starts."""
    channels = {channel: left for channel, targets in audience.channels.items() if (left := targets - devices)}
    planned = sum(map(len, channels.values()))
    counts = structs.replace(audience.counts, filtered=dict(audience.counts.filtered), planned=planned)
    _count(counts, reason, audience.counts.planned - planned)
    return Audience(channels=channels, counts=counts)


def split_by_channel(devices: BitMap, filters: Filters) -> dict[str, BitMap]:
    """Every device on one channel: its vendor's where that is configured and not disabled, else our own. Dispatch looks
    again when it sends, and moves who is online to the own channel.
    """
    channels: dict[str, BitMap] = {}
    rest = devices
    for channel, served in filters.vendor.items():
        if channel not in filters.disabled_channels and (on_it := rest & served):
            channels[channel] = on_it
            rest = rest - on_it
    if rest and OWN_CHANNEL not in filters.disabled_channels:
        channels[OWN_CHANNEL] = rest
    return channels


def _count(counts: Counts, reason: str, devices: int) -> None:
    if devices:
        counts.filtered[reason] = counts.filtered.get(reason, 0) + devices
