"""Preview: a resolution without its last step. What an operator sees before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import numpy as np
import polars as pl

from rockdove.audience.audience import Audience, AudienceError, Counts, Filters, narrow
from rockdove.audience.bitmaps import of_ids
from rockdove.audience.hashed_texts import HashedTexts
from rockdove.audience.match import Match
from rockdove.audience.request import AudienceRequest
from rockdove.audience.resolve import Packages, count, eligible, filters, resolve
from rockdove.audience.view import View
from rockdove.domain.push import AudienceType

CSV_ROWS = 100_000
"""Accounts in each piece of a download."""


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """One way of choosing devices. Names as in Counts; `channels` has the targets of each."""

    devices: int
    filtered: dict[str, int]
    planned: int
    channels: dict[str, int]


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """The answer. `recent` (the most recent device of each account) only where accounts are asked for."""

    platform: str
    """Of the application, and so of every device."""
    accounts: int = 0
    matched: int = 0
    unmatched: int = 0
    unavailable: int = 0
    invalid: int = 0
    recent: Reach | None = None
    every: Reach


def reach(audience: Audience) -> Reach:
    counts = audience.counts
    channels = {channel: len(devices) for channel, devices in audience.channels.items()}
    return Reach(devices=counts.devices, filtered=counts.filtered, planned=counts.planned, channels=channels)


class Choices(NamedTuple):
    """What a preview is made of: whom each way of choosing means. `recent` only where accounts are asked for."""

    platform: str
    every: Audience
    recent: Audience | None = None


def preview_of(choices: Choices) -> Preview:
    platform, every, recent = choices
    counts = every.counts
    return Preview(
        platform=platform,
        accounts=counts.accounts,
        matched=counts.matched,
        unmatched=counts.unmatched,
        unavailable=counts.unavailable,
        invalid=counts.invalid,
        recent=None if recent is None else reach(recent),
        every=reach(every),
    )


def choose(view: View, request: AudienceRequest, packages: Packages) -> Choices:
    """Of the audiences that are resolved from the index. Accounts are matched once for both ways of choosing."""
    if request.audience_type != AudienceType.PACKAGE_ACCOUNT:
        return Choices(view.header.platform, resolve(view, request, packages))
    wanted = _wanted(packages)
    match = Match(view.bindings(request.account_type), wanted, eligible(view, request))
    taken_away = filters(view, request, packages)
    recent, every = (_audience(devices, match, wanted, taken_away) for devices in (match.newest(), match.every()))
    return Choices(view.header.platform, every, recent)


def unmatched(view: View, request: AudienceRequest, packages: Packages) -> pl.Series:
    """The accounts of the package that are bound to no device, in the order of the package file."""
    wanted = _wanted(packages)
    nobody = np.zeros(view.devices.size, np.bool_)
    match = Match(view.bindings(request.account_type), wanted, nobody)
    return wanted.texts.filter(pl.Series(~match.matched))


def csv_of(accounts: pl.Series) -> Iterator[bytes]:
    """A download, piece by piece."""
    yield b"account\n"
    for first in range(0, len(accounts), CSV_ROWS):
        yield accounts.slice(first, CSV_ROWS).to_frame().write_csv(include_header=False).encode()


def _wanted(packages: Packages) -> HashedTexts:
    if packages.wanted is None:
        raise AudienceError("an account package is needed")
    return packages.wanted


def _audience(devices: np.ndarray, match: Match, wanted: HashedTexts, taken_away: Filters) -> Audience:
    counts = Counts()
    count(counts, wanted, match)
    return narrow(of_ids(devices), taken_away, counts)
