"""Pushes: what was asked for, after the door has translated it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class AudienceType(StrEnum):
    """Whom a push is for. The values are TPNS's, kept in the table because its users search by them."""

    ALL = "all"
    TAG = "tag"
    TOKEN = "token"
    TOKEN_LIST = "token_list"
    ACCOUNT = "account"
    ACCOUNT_LIST = "account_list"
    PACKAGE_ACCOUNT = "package_account_push"
    PACKAGE_TOKEN = "package_token_push"

    @property
    def is_small(self) -> bool:
        """Given by an explicit list (at most 1000), resolved with the request; the others when the push starts."""
        return self in _SMALL

    @property
    def is_by_token(self) -> bool:
        """Given by the tokens of devices rather than by accounts, whether in the call or in a package."""
        return self in _BY_TOKEN


_SMALL = {AudienceType.TOKEN, AudienceType.TOKEN_LIST, AudienceType.ACCOUNT, AudienceType.ACCOUNT_LIST}
_BY_TOKEN = {AudienceType.TOKEN, AudienceType.TOKEN_LIST, AudienceType.PACKAGE_TOKEN}
SMALL_PUSH_TARGETS = 1000
"""Up to so many targets a push is found by index (small_push_targets), above by bitmap."""


class MessageType(StrEnum):
    NOTIFY = "notify"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRequest:
    """A valid push, in our words. Times are aware datetimes, durations seconds, sizes bytes."""

    access_id: int
    audience_type: AudienceType
    tokens: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    tag_rules: tuple[dict[str, Any], ...] = ()
    package_id: int | None = None
    exclude_package_id: int | None = None
    """Nobody with a device bound to an account of this package …"""
    exclude_push_id: int | None = None
    """… and no device that this earlier push has reached."""
    account_type: int = 0
    every_device: bool = False
    message_type: MessageType
    message: dict[str, Any]
    environment: str = "product"
    expire_seconds: int = 86_400
    send_at: datetime | None = None
    """None: now."""
    push_speed: int = 0
    """Devices a second; 0: as fast as it goes."""
    multi_package: bool = False
    disabled_channels: frozenset[str] = frozenset()
    online_first: bool = True
    """Connected devices get it over the own channel, whatever their vendor's is."""
    collapse_id: int = 0
    plan_id: str = ""
    group_id: str = ""
    trace_id: str = ""
    source: str = "api"
    options: dict[str, Any] = field(default_factory=dict)
    """Accepted members that no stage reads yet, kept with the push for the record."""
