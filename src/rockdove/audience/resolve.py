"""A resolution: who is meant (audience), who can be reached at all (available), who must not get it (filters).

The order is the contract's. Environment and package name decide who is a candidate, before *recent* picks the newest
one; opting out, exclusions and channels take devices away afterwards, without putting an older device in their place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from rockdove.audience.audience import Audience, AudienceError, Counts, Filters, narrow
from rockdove.audience.bitmaps import of_ids, of_mask
from rockdove.audience.device_columns import EXISTS, NOTIFICATIONS, PRODUCT, REGISTERED, DeviceColumns
from rockdove.audience.hashed_texts import HashedTexts
from rockdove.audience.match import Match
from rockdove.audience.request import AudienceRequest
from rockdove.audience.tag_lookup import lookup_in
from rockdove.audience.tag_rules import evaluate
from rockdove.audience.token_match import TokenMatch
from rockdove.audience.view import View
from rockdove.domain.device import AVAILABLE_DAYS
from rockdove.domain.push import AudienceType

Flags = npt.NDArray[np.bool_]


class Packages(NamedTuple):
    """The packages a request names, opened."""

    wanted: HashedTexts | None = None
    excluded: HashedTexts | None = None


def resolve(view: View, request: AudienceRequest, packages: Packages) -> Audience:
    """Whom `request` means, as of the view."""
    counts = Counts()
    chosen = _chosen(view, request, packages, counts)
    return narrow(chosen, filters(view, request, packages), counts)


def available(view: View) -> Flags:
    """One flag a device id: registered, not uninstalled, seen within 90 days."""
    first_day = view.header.today - AVAILABLE_DAYS
    return view.devices.ask(lambda devices: devices.has(REGISTERED) & devices.seen_since(first_day))


def eligible(view: View, request: AudienceRequest) -> Flags:
    """… and of the environment and package name the request asks for."""
    flags = available(view)
    if view.header.platform == "ios":
        product = request.environment == "product"
        return flags & view.devices.ask(lambda devices: devices.has(PRODUCT) == product)
    if view.header.main_package and not request.multi_package:
        return flags & view.devices.ask(lambda devices: devices.equals("package_name", view.header.main_package))
    return flags


def on_channel(name: str) -> Callable[[DeviceColumns], Flags]:
    return lambda devices: devices.equals("channel", name)


def filters(view: View, request: AudienceRequest, packages: Packages) -> Filters:
    def opted_out(devices: DeviceColumns) -> Flags:
        return devices.has(EXISTS) & ~devices.has(NOTIFICATIONS)

    return Filters(
        opted_out=of_mask(view.devices.ask(opted_out)) if request.notification else BitMap(),
        excluded=_excluded(view, request, packages),
        disabled_channels=request.disabled_channels,
        vendor={name: of_mask(view.devices.ask(on_channel(name))) for name in sorted(request.vendor_channels)},
    )


def count(counts: Counts, wanted: HashedTexts, match: Match | TokenMatch) -> None:
    matched, served = int(np.count_nonzero(match.matched)), int(np.count_nonzero(match.served))
    counts.accounts, counts.matched = wanted.size, matched
    counts.unmatched, counts.unavailable = wanted.size - matched, matched - served


def _chosen(view: View, request: AudienceRequest, packages: Packages, counts: Counts) -> BitMap:
    usable = eligible(view, request)
    if request.audience_type == AudienceType.ALL:
        return of_mask(usable)
    if request.audience_type == AudienceType.TAG:
        return evaluate(request.tag_rules, lookup_in(view), of_mask(available(view))) & of_mask(usable)
    if packages.wanted is None:
        raise AudienceError(f"a push to {request.audience_type} needs a package")
    if request.audience_type == AudienceType.PACKAGE_TOKEN:
        return _by_token(view, packages.wanted, usable, counts)
    match = Match(view.bindings(request.account_type), packages.wanted, usable)
    count(counts, packages.wanted, match)
    return of_ids(match.every() if request.every_device else match.newest())


def _by_token(view: View, package: HashedTexts, usable: Flags, counts: Counts) -> BitMap:
    match = TokenMatch(view.reading, package, usable)
    counts.invalid = match.invalid
    count(counts, match.wanted, match)
    if not match.wanted.size:
        raise AudienceError("no line of the package can be a token: 36 letters and digits")
    return of_ids(match.devices)


def _excluded(view: View, request: AudienceRequest, packages: Packages) -> BitMap:
    excluded = BitMap()
    if request.exclude_push_id is not None:
        excluded |= view.reading.reached(request.exclude_push_id)
    if packages.excluded is not None:
        everyone = np.ones(view.devices.size, np.bool_)
        excluded |= of_ids(Match(view.bindings(request.account_type), packages.excluded, everyone).every_one())
    return excluded
