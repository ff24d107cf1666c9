"""A funnel as TPNS's statistics print it: a row a channel, and the row `all`."""

from __future__ import annotations

from typing import Any

from rockdove.domain.device import OWN_CHANNEL
from rockdove.stats.funnel import Funnel, Stages

ARRIVALS_KNOWN = frozenset({OWN_CHANNEL, "rog", "fcm"})
"""Channels whose arrivals TPNS counts as verified; the others report receipts of their own."""


def rows(counted: Funnel, platform: str) -> list[dict[str, Any]]:
    """A row for every channel with targets, the platform's own channel in any case, and `all`."""
    home = "apns" if platform == "ios" else OWN_CHANNEL
    stages = {home: Stages()} | {channel: stages for channel, stages in counted.channels.items() if stages.planned}
    found = [
        {"channel": channel, "pushState": _state(channel, stages[channel], platform)} for channel in sorted(stages)
    ]
    return [*found, {"channel": "all", "pushState": _state_of_all(counted, platform)}]


def _state(channel: str, stages: Stages, platform: str) -> dict[str, int]:
    verified = channel in ARRIVALS_KNOWN
    state = {
        "pushActiveUv": stages.planned,
        "pushOnlineUv": stages.sent,
        "arrivalUv": stages.arrived,
        "verifySvcUv": stages.arrived if verified or platform == "ios" else stages.sent,
        "callbackVerifySvcUv": 0 if verified else stages.arrived,
        "pushRetryUv": stages.retried,
        "verifyUv": stages.shown,
        "clickUv": stages.clicked,
        "cleanupUv": stages.cleared,
    }
    return _for_platform(state, platform)


def _state_of_all(counted: Funnel, platform: str) -> dict[str, int]:
    """Planned and sent over all channels; the older arrivals, shown, clicks and clearings of verified channels only."""
    total = counted.total
    ours = [stages for channel, stages in counted.channels.items() if channel in ARRIVALS_KNOWN or platform == "ios"]
    own = sum(ours, Stages())
    state = {
        "pushActiveUv": total.planned,
        "pushOnlineUv": total.sent,
        "arrivalUv": counted.arrived,
        "verifySvcUv": own.arrived,
        "callbackVerifySvcUv": total.arrived,
        "pushRetryUv": total.retried,
        "verifyUv": own.shown,
        "clickUv": own.clicked,
        "cleanupUv": own.cleared,
    }
    return _for_platform(state, platform)


def _for_platform(state: dict[str, int], platform: str) -> dict[str, int]:
    """iOS rows have five members."""
    if platform != "ios":
        return state
    return {key: state[key] for key in ("pushActiveUv", "pushOnlineUv", "arrivalUv", "verifySvcUv", "clickUv")}
