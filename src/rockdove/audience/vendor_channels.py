"""Which vendors' channels an application's devices can be reached over: asked when an audience is resolved."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

VendorChannels = Callable[[int], Awaitable[frozenset[str]]]
"""By application: the names of those that can be sent to at this moment."""


async def none(_: int) -> frozenset[str]:
    """There are none: everybody is served by the own channel."""
    return frozenset()
