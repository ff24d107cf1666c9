"""A provider: everything that is particular to one vendor, in one file that declares one of these.

`registry.py` lists them. Adding one is its file, its line there, its fake in `rockdove.testing.vendors` and its page in
`docs/reference/channels`; the conformance suite then runs over it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from rockdove.channels.channel import Channel
from rockdove.channels.http import Sender
from rockdove.channels.settings import ChannelSettings
from rockdove.channels.tokens import Tokens


class ReceiptRequest(NamedTuple):
    """A vendor calling us. Header names are in small letters."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


class Receipt(NamedTuple):
    """What a vendor reports of one device. `push_id` comes back from what `send` gave along."""

    push_id: int
    token: str
    event: Literal["arrived", "clicked", "gone", "failed"]
    at: datetime
    """Aware."""
    reason: str = ""
    """Of `failed`, in words."""


class ForgedReceiptError(ValueError):
    """The signature is not the vendor's, or the body is none of its."""


class CredentialFaultError(ValueError):
    """The settings can't be used: a key that is none, a certificate that has expired. The text names the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """What a channel works with: the process's sender, and the access tokens of one application at one vendor."""

    sender: Sender
    tokens: Tokens
    receipt_url: str
    """Where the vendor may report to, https://…; '' when we have no public address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a test of credentials found."""

    accepted: bool
    says: str
    """In words, for a person: what the vendor answered and, if it refused, what to look at."""
    expires_at: datetime | None = None
    """When the credentials end, where they do (a certificate)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    name: str
    """As in `domain.device.VENDOR_CHANNELS` and on the wire."""
    title: str
    """The vendor's own name for the service."""
    platforms: tuple[str, ...]
    """Of the applications that can have it: android, ios."""
    settings: type[ChannelSettings]
    open: Callable[[Any, Connections], Channel]
    """With settings of that type. Raises CredentialFaultError."""
    check: Callable[[Any, Connections], Awaitable[Checked]]
    """Asks the vendor, without sending anything to anyone, whether it takes these credentials.

    Raises CredentialFaultError, HttpError."""
    credentials: tuple[str, ...] = ()
    """The settings that access tokens are fetched with: where others change, the token there is stays."""
    ends: Callable[[Any], datetime | None] | None = None
    """When credentials end by themselves (a certificate); None: they don't. Raises CredentialFaultError."""
    receipts: Callable[[Any, ReceiptRequest], Sequence[Receipt]] | None = None
    """Reads what the vendor reports. Raises ForgedReceiptError. None: this vendor does not report."""
