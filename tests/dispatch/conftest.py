"""What tests of dispatch share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from rockdove.engines import Engines
from rockdove.runtime.connections import open_wire
from tests.dispatch.vendor_push import Own


@pytest.fixture
async def own(engines: Engines) -> AsyncIterator[Own]:
    async with open_wire(engines.settings, "test") as wire, open_wire(engines.settings, "listener") as listener:
        yield Own(wire, listener)
