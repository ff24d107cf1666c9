"""The own channel: one payload to very many devices, as fast as bytes can be joined.

Every device listens on `d.<access_id>.<device_id>`. A batch is one `str.join` around the ids, written in pieces of
about WRITE_BYTES, and counts as sent when the server has answered the PING behind it. Publishing to a device that is
not connected costs the server next to nothing, and is right: see `gateway.sync` for why every target is published to.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rockdove.channels.channel import ChannelAwayError
from rockdove.engines.wire import ConnectionLostError, Wire

WRITE_BYTES = 256 * 1024


class PayloadTooLargeError(ValueError):
    """The message is larger than the server lets through."""


class OwnChannel:
    """Sends over `wire`; counts what it handed over."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.sent_messages = 0
        self.sent_bytes = 0

    async def send(self, access_id: int, payload: bytes, device_ids: NDArray[np.uint32]) -> None:
        """The same payload to every device; returns when the server has them all.

        Raises ChannelAwayError when the connection is lost meanwhile (any part may have left: send the batch again),
        PayloadTooLargeError before anything left.
        """
        before, after = self._around(access_id, payload)
        between = after + before
        step = max(1, WRITE_BYTES // (len(between) + 10))
        try:
            for start in range(0, len(device_ids), step):
                ids = map(str, device_ids[start : start + step].tolist())
                await self._wire.write((before + between.join(ids) + after).encode("latin-1"))
            await self._wire.flush()
        except ConnectionLostError as lost:
            raise ChannelAwayError(str(lost)) from lost
        self.sent_messages += len(device_ids)
        self.sent_bytes += len(device_ids) * len(payload)

    def _around(self, access_id: int, payload: bytes) -> tuple[str, str]:
        """What stands before and after the device id of a PUB line. Latin-1 maps bytes to characters one to one."""
        self._check(payload)
        return f"PUB d.{access_id}.", f" {len(payload)}\r\n{payload.decode('latin-1')}\r\n"

    def _check(self, payload: bytes) -> None:
        try:
            limit = self._wire.max_payload
        except ConnectionLostError as lost:
            raise ChannelAwayError(str(lost)) from lost
        if len(payload) > limit:
            raise PayloadTooLargeError(f"a message of {len(payload)} bytes, the server takes {limit}")
