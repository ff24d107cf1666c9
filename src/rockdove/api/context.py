"""What the endpoints of the API work with, put together once a process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from rockdove.config import Settings
from rockdove.devices import accounts
from rockdove.devices.accounts import Tokens, Wanted
from rockdove.devices.applications import Applications
from rockdove.ingest.packages import Packages
from rockdove.pushes import requests
from rockdove.pushes.requests import Order
from rockdove.storage.database import Database
from rockdove.storage.gathering import Gathering


async def _nothing_wrong(_access_id: int, _channel: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class ApiContext:
    """Everything is shared by all requests of the process and safe to use from any of them."""

    settings: Settings
    database: Database
    applications: Applications
    packages: Packages
    channel_fault: Callable[[int, str], Awaitable[str]] = _nothing_wrong
    """Why a vendor's channel of an application can't be sent to although it is set up; '' where nothing is wrong."""
    intake: Gathering[Order, list[int]] = field(init=False)
    """Takes pushes, see `requests.accept_all`."""
    registered: Gathering[Tokens, dict[str, int]] = field(init=False)
    reachable: Gathering[Wanted, set[str]] = field(init=False)
    """… and who of those they are for exists, see `devices.accounts`. All for very many callers at once."""

    def __post_init__(self) -> None:
        begin = partial(self.database.transaction, pipelined=True)
        object.__setattr__(self, "intake", Gathering(begin, requests.accept_all))
        object.__setattr__(self, "registered", Gathering(self.database.connection, accounts.registered_all))
        object.__setattr__(self, "reachable", Gathering(self.database.connection, accounts.reachable_all))
