from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from rockdove.engines import Engines
from rockdove.storage.database import Database
from tests.gateway.world import World, own_channel


@pytest.fixture
async def world(engines: Engines, database: Database) -> AsyncIterator[World]:
    async with own_channel(engines, database) as world:
        yield world
