"""The own channel with everything behind it, as the tests of the gateway have it."""

from __future__ import annotations

from tests.gateway.conftest import world

__all__ = ["world"]
