"""Different messages to different devices: answers to sync, acknowledgements."""

from __future__ import annotations

from collections.abc import Iterable

from rockdove.engines.wire import Wire

WRITE_BYTES = 256 * 1024


async def publish_each(wire: Wire, messages: Iterable[tuple[int, int, bytes]]) -> None:
    """Publish (access id, device id, payload) in the order given; returns when the server has them all.

    Raises ConnectionLostError: any part may have left.
    """
    lines: list[bytes] = []
    size = 0
    for access_id, device_id, payload in messages:
        lines.append(b"PUB d.%d.%d %d\r\n%b\r\n" % (access_id, device_id, len(payload), payload))
        size += len(lines[-1])
        if size >= WRITE_BYTES:
            await wire.write(b"".join(lines))
            lines.clear()
            size = 0
    await wire.write(b"".join(lines))
    await wire.flush()
