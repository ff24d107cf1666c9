"""The streams NATS keeps for MQTT, bounded before it makes them itself without bounds.

For every MQTT session the server stores a record, for every retained message a copy, for every QoS 1 subscription a
consumer, which costs so much that a few thousand of them slow everybody down (1.3 k deliveries/s in all). The own
channel needs the first only. A device can't touch JetStream, but what it does in MQTT ends up there, and no permission
or user limit speaks of it. So

- every stream has a size, and the oldest make room: a device that retains what it likes pushes out what others
  retained, and no session;
- the streams that QoS 1 and 2 deliver from allow one consumer, and that one is ours and matches nothing. Every QoS 1
  subscription is refused with 0x80 in SUBACK, always: better than granted to the first few who ask. *Publishing* with
  QoS 1 works.

An account-wide consumer limit would not do: after each unclean stop the server leaves a consumer of its own behind for
minutes, and without room for the next one it refuses every MQTT client.
"""

from __future__ import annotations

import base64
from typing import Final

import nats
import nkeys
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StreamConfig
from nats.js.errors import NotFoundError, ServerError

from rockdove.engines.errors import EngineStartError
from rockdove.observe import log

MB: Final = 1024 * 1024
SESSION_BYTES: Final = 1536 * MB
"""One record of some 250 bytes a device."""
RETAINED_BYTES: Final = 8 * MB
IN_FLIGHT_BYTES: Final = 64 * MB
PLACEHOLDER: Final = "none"

KEEPING: Final = (
    StreamConfig(name="$MQTT_sess", subjects=["$MQTT.sess.>"], max_msgs_per_subject=1, max_bytes=SESSION_BYTES),
    StreamConfig(name="$MQTT_rmsgs", subjects=["$MQTT.rmsgs.>"], max_msgs_per_subject=1, max_bytes=RETAINED_BYTES),
)
DELIVERING: Final = {"$MQTT_msgs": "$MQTT.msgs.", "$MQTT_out": "$MQTT.out."}
"""What QoS 1 and 2 are delivered from, and its subjects' prefix."""


async def bound_mqtt_streams(url: str, user: nkeys.KeyPair, token: str) -> None:
    """Make them, or see that they are so. `user` and `token`: anybody of the devices' account."""

    def sign(nonce: str) -> bytes:
        return base64.b64encode(user.sign(nonce.encode()))

    async def report(error: Exception) -> None:
        log.debug("connection to NATS at its start", error=str(error))

    try:
        client = await nats.connect(
            url, user_jwt_cb=token.encode, signature_cb=sign, allow_reconnect=False, error_cb=report
        )
        async with client:
            await _bound(client.jetstream())
    except (NatsError, OSError) as error:
        raise EngineStartError(f"NATS does not keep MQTT's streams within bounds: {error}") from None


async def _bound(streams: JetStreamContext) -> None:
    for stream in KEEPING:
        await _ensure(streams, stream)
    for name, prefix in DELIVERING.items():
        await _ensure(streams, _delivering(name, prefix))
        await streams.add_consumer(name, _placeholder(prefix))


async def _ensure(streams: JetStreamContext, stream: StreamConfig) -> None:
    try:
        await streams.update_stream(stream)
    except NotFoundError:
        await streams.add_stream(stream)
    except ServerError:  # a device was faster, and the server made it with what can't be changed any more
        await streams.delete_stream(str(stream.name))
        await streams.add_stream(stream)


def _delivering(name: str, prefix: str) -> StreamConfig:
    """The server expects such a stream to drop what nobody wants."""
    retention = RetentionPolicy.INTEREST
    return StreamConfig(
        name=name, subjects=[f"{prefix}>"], retention=retention, max_consumers=1, max_bytes=IN_FLIGHT_BYTES
    )


def _placeholder(prefix: str) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=PLACEHOLDER, ack_policy=AckPolicy.EXPLICIT, filter_subject=f"{prefix}{PLACEHOLDER}"
    )
