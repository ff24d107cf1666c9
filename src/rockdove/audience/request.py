"""Whom a push is for, as the audience stage reads it: from a push's row, or from a preview's."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import structs

from rockdove.audience.tag_rules import TagRule, parse
from rockdove.domain.device import SILENT_CHANNELS
from rockdove.domain.push import AudienceType, MessageType


class AudienceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides who gets a push, and nothing else. Kept as JSON in `previews.request`."""

    access_id: int
    audience_type: AudienceType
    accounts: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    tag_rules: tuple[TagRule, ...] = ()
    package_id: int | None = None
    account_type: int = 0
    every_device: bool = False
    """False: the most recently bound available device of each account."""
    notification: bool = True
    """Devices that opted out of notifications still get in-app messages."""
    environment: str = "product"
    """Honoured for iOS applications."""
    multi_package: bool = False
    """False: only devices registered under the application's main package name, where it has one."""
    disabled_channels: frozenset[str] = frozenset()
    vendor_channels: frozenset[str] = frozenset()
    """The vendors' channels that can be sent to; devices of others are served by the own channel."""
    exclude_package_id: int | None = None
    """Nobody with a device bound to one of these accounts (under the same account type) …"""
    exclude_push_id: int | None = None
    """… and no device that this earlier push has reached."""
    plan_id: str = ""
    """Of a preview: the push plan whose daily cap would hold; empty: the default one. A push that starts has its own
    read with the day (see `caps`)."""

    def over(self, vendor_channels: frozenset[str]) -> AudienceRequest:
        """The same with the vendors' channels there are: in-app messages go over the own channel only, silent ones over
        Apple's too."""
        usable = vendor_channels if self.notification else vendor_channels & SILENT_CHANNELS
        return structs.replace(self, vendor_channels=usable)


def of_push(row: Any) -> AudienceRequest:
    """The request of a row of `pushes`. `row.audience` holds what the audience type needs: `accounts`, `tokens`,
    `tag_rules` (as tag_rules.parse takes them), `exclude_package_id`, `exclude_push_id`, each of them optional.
    """
    rules = row.audience.get("tag_rules")
    columns = {
        "tag_rules": parse(rules) if rules else (),
        "access_id": row.access_id,
        "audience_type": row.audience_type,
        "package_id": row.package_id,
        "account_type": row.account_type,
        "every_device": row.every_device,
        "notification": row.message_type == MessageType.NOTIFY,
        "environment": row.environment,
        "multi_package": row.multi_package,
        "disabled_channels": row.disabled_channels,
    }
    return msgspec.convert({**row.audience, **columns}, AudienceRequest)
