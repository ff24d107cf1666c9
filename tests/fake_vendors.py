"""A fake vendor beside a test that waits for answers itself: it runs in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from rockdove.testing.vendors.server import FakeVendor

V = TypeVar("V", bound=FakeVendor)


@contextmanager
def running(vendor: V) -> Iterator[V]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(vendor.__aenter__(), loop).result(30)
        yield vendor
        asyncio.run_coroutine_threadsafe(vendor.__aexit__(None, None, None), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()
