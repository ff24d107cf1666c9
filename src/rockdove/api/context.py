"""What the endpoints of the API work with, put together once a process."""

from __future__ import annotations

from dataclasses import dataclass

from rockdove.config import Settings
from rockdove.devices.applications import Applications
from rockdove.ingest.packages import Packages
from rockdove.storage.database import Database


@dataclass(frozen=True, slots=True)
class ApiContext:
    """Everything is shared by all requests of the process and safe to use from any of them."""

    settings: Settings
    database: Database
    applications: Applications
    packages: Packages
