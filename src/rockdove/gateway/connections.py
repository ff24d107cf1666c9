"""The connections of one device, as the servers list them: to ask after them, and to end them."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from nats.aio.client import Client
from nats.errors import Error as NatsError

from rockdove.gateway import servers
from rockdove.observe import log


class _Connection(NamedTuple):
    server: str
    number: int


async def is_connected(system: Client, account: str, access_id: int, device_id: int) -> bool | None:
    """At this moment; None: no server answered. Takes half a second: nobody knows how many servers there are."""
    try:
        return bool(await _of_device(system, account, access_id, device_id))
    except (NatsError, TimeoutError, OSError):
        return None


async def kick(system: Client, account: str, access_id: int, device_id: int) -> int:
    """Close every connection that listens as this device; gives how many.

    Its JWT stays valid until it expires: who comes back with it is told nothing (see `gateway.sync`) and kicked again.
    When no server answers nothing is done, for the same reason.
    """
    kicked = 0
    try:
        for server, number in await _of_device(system, account, access_id, device_id):
            await servers.kick(system, server, number)
            kicked += 1
    except (NatsError, TimeoutError, OSError) as error:
        log.warning("device not kicked", access_id=access_id, device_id=device_id, error=str(error))
    return kicked


async def _of_device(system: Client, account: str, access_id: int, device_id: int) -> list[_Connection]:
    question = msgspec.json.encode({"acc": account, "filter_subject": f"d.{access_id}.{device_id}"})
    lists = await servers.lists_of_all(system, question)
    return [_Connection(answer.server.id, client.cid) for answer in lists for client in answer.data.connections]
