"""Ending the connections of a device that has unregistered."""

from __future__ import annotations

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


async def kick(system: Client, account: str, access_id: int, device_id: int) -> int:
    """Close every connection that listens as this device; gives how many.

    Its JWT stays valid until it expires: who comes back with it is told nothing (see `gateway.sync`) and kicked again.
    When no server answers nothing is done, for the same reason.
    """
    question = {"acc": account, "filter_subject": f"d.{access_id}.{device_id}"}
    kicked = 0
    try:
        for answer in await ask_all(system, "$SYS.REQ.SERVER.PING.CONNZ", msgspec.json.encode(question)):
            listed = msgspec.json.decode(answer, type=_Connz)
            for client in listed.data.connections:
                subject = f"$SYS.REQ.SERVER.{listed.server.id}.KICK"
                await ask(system, subject, b'{"cid":%d}' % client.cid)
                kicked += 1
    except (NatsError, TimeoutError, OSError) as error:
        log.warning("device not kicked", access_id=access_id, device_id=device_id, error=str(error))
    return kicked
