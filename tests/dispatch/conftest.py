"""What tests of dispatch share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from rockdove.engines import Engines
from rockdove.runtime.connections import open_wire
from tests.dispatch.vendor_push import Own


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses that nobody waits for."""
    monkeypatch.setattr("rockdove.dispatch.vendor_sending.FIRST_RETRY_SECONDS", 0.02)
    monkeypatch.setattr("rockdove.dispatch.vendor_sending.LONGEST_RETRY_SECONDS", 0.05)
    monkeypatch.setattr("rockdove.dispatch.dispatcher.AWAY_SECONDS", 0.02)
    monkeypatch.setattr("rockdove.dispatch.hands.FIRST_REST_SECONDS", 0.02)
    monkeypatch.setattr("rockdove.dispatch.hands.LONGEST_REST_SECONDS", 0.1)


@pytest.fixture
async def own(engines: Engines) -> AsyncIterator[Own]:
    async with open_wire(engines.settings, "test") as wire, open_wire(engines.settings, "listener") as listener:
        yield Own(wire, listener)
