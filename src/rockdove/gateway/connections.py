"""The connections of one device, as the servers list them: to ask after them, and to end them."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from nats.aio.client import Client
from nats.errors import Error as NatsError

from rockdove.gateway.presence import ask, ask_all
from rockdove.observe import log


class _Listed(msgspec.Struct):
    cid: int


class _Page(msgspec.Struct):
    connections: list[_Listed] = []


class _Server(msgspec.Struct):
    id: str


class _Connz(msgspec.Struct):
    server: _Server
    data: _Page


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
            await ask(system, f"$SYS.REQ.SERVER.{server}.KICK", b'{"cid":%d}' % number)
            kicked += 1
    except (NatsError, TimeoutError, OSError) as error:
        log.warning("device not kicked", access_id=access_id, device_id=device_id, error=str(error))
    return kicked


async def _of_device(system: Client, account: str, access_id: int, device_id: int) -> list[_Connection]:
    question = msgspec.json.encode({"acc": account, "filter_subject": f"d.{access_id}.{device_id}"})
    answers = [
        msgspec.json.decode(answer, type=_Connz)
        for answer in await ask_all(system, "$SYS.REQ.SERVER.PING.CONNZ", question)
    ]
    return [_Connection(answer.server.id, client.cid) for answer in answers for client in answer.data.connections]
