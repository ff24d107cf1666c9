"""One database and a few servers for the whole folder; what a test changes, it changes in an application of its own.

- `android`, `ios`   applications that every table may use, at a server without rates
- `new_app`          makes another one
- `ports`            of the servers over the same database: `plain`, `rated` (TPNS's rates), `unlimited`, `strict`
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import fields, replace

from rockdove.api.context import ApiContext
from rockdove.channels.configured import ConfiguredChannels
from rockdove.channels.http import Sender
from rockdove.config import Limits, Settings
from rockdove.devices.applications import Applications
from rockdove.engines import Engines
from rockdove.ingest.packages import Packages
from rockdove.storage.database import Database
from tests.api.tpns.conftest import SharedParsers
from tests.api.tpns.contract.world import VAULT, App, an_application
from tests.api.tpns.rest import serve
from tests.conftest import a_database

NewApp = Callable[..., Awaitable[App]]

WITHOUT_RATES = Limits(bulk_pushes_per_second=0, statistics_per_hour=0, plans_per_day=0)
CAN_BE_OFF = [field.name for field in fields(Limits) if "ge=0" in str(field.type)]
LIMITS = {
    "plain": WITHOUT_RATES,
    "rated": Limits(),
    "unlimited": replace(Limits(), **dict.fromkeys(CAN_BE_OFF, 0)),
    "strict": replace(WITHOUT_RATES, strict_schedule_audience=True),
}


@pytest.fixture(scope="package")
async def database(engines: Engines, template: str) -> AsyncIterator[Database]:
    async with a_database(engines, template) as url, Database(url, 8) as database:
        yield database


@pytest.fixture(scope="package")
async def packages(database: Database, package_folder: Path, parsers: SharedParsers) -> AsyncIterator[Packages]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rockdove.ingest.packages.ParserProcesses", lambda _: parsers)
        async with Packages(Settings().packages, package_folder, database) as packages:
            yield packages


@pytest.fixture(scope="package")
async def ports(database: Database, packages: Packages) -> AsyncIterator[dict[str, int]]:
    async with AsyncExitStack() as stack, Sender() as sender:
        channels, ports = ConfiguredChannels(database, VAULT, sender), {}
        for name, limits in LIMITS.items():
            context = ApiContext(Settings(limits=limits), database, Applications(database), packages, channels.fault)
            ports[name] = await stack.enter_async_context(serve(context))
        yield ports


@pytest.fixture(scope="package")
def new_app(database: Database, ports: dict[str, int]) -> NewApp:
    return partial(an_application, database, ports["plain"])


@pytest.fixture(scope="package")
async def android(new_app: NewApp) -> App:
    return await new_app()


@pytest.fixture(scope="package")
async def ios(new_app: NewApp) -> App:
    return await new_app("ios")
