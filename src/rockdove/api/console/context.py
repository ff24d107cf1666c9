"""What the console API works with, put together once a process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from rockdove.api.console.live import Live
from rockdove.api.context import ApiContext
from rockdove.audience.hashed_texts import OpenPackage
from rockdove.audience.packages import opener
from rockdove.channels.configured import ConfiguredChannels
from rockdove.devices.registration import Registration
from rockdove.ingest.packages import Packages
from rockdove.storage.database import Database
from rockdove.storage.package_store import PackageStore


@dataclass(frozen=True, slots=True)
class ConsoleContext:
    api: ApiContext
    store: PackageStore
    """Where packages lie, and what workers leave for download."""
    is_connected: Callable[[int, int], Awaitable[bool | None]]
    """Is the device of an application connected at this moment? See gateway.connections."""
    registration: Registration
    """Of virtual phones."""
    device_addresses: Mapping[str, str]
    """`mqtt`, `ws`, `nats`: where devices connect."""
    channels: ConfiguredChannels
    """The vendors', as each application has them."""
    open_package: OpenPackage = field(init=False)
    live: Live = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "open_package", opener(self.api.database, self.store))
        object.__setattr__(self, "live", Live(self.api.database))

    @property
    def database(self) -> Database:
        return self.api.database

    @property
    def packages(self) -> Packages:
        return self.api.packages

    @property
    def is_secure(self) -> bool:
        """Do browsers reach us by TLS?"""
        return self.api.settings.http.public_url.startswith("https:")
