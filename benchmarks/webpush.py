"""How many messages of Web Push a core sends, encryption and all.

    ./dev bench webpush [--messages N] [--json]

The push service is `rockdove.testing.vendors.webpush` in a process of its own, over TLS; it opens every message as a
browser would. Counted is the time of our process only, so that a slow fake spoils nothing but the waiting.

- sent       `channels.webpush` with batches of 500
- encrypted  the same without sending
- pywebpush  the peer: the Python library that everybody uses, with a session kept open, doing both
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import msgspec
import pywebpush
import requests
import uvloop

from benchmarks._machine import Business
from rockdove.channels.channel import Accepted, Batch, Target
from rockdove.channels.http import Sender
from rockdove.channels.provider import Connections
from rockdove.channels.push_subscription import read_subscription
from rockdove.channels.tokens import OwnTokens
from rockdove.channels.web_push_encryption import encrypt
from rockdove.channels.webpush import WebPush, WebPushSettings, payload
from rockdove.testing.vendors.webpush import FakeWebPush

MESSAGE = {"title": "Half price today", "content": "Everything in the shop, until midnight. " * 4}
PEERS = 10
"""So many times fewer messages for the peer."""


class Service(NamedTuple):
    settings: dict[str, Any]
    ca_file: str
    tokens: list[str]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--messages", type=int, default=20_000)
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    business = Business()
    with _service(given.messages) as service:
        result = measured(service) | business.result()
    print(json.dumps(result) if given.json else _table(result))


def measured(service: Service) -> dict[str, Any]:
    tokens = service.tokens
    few = tokens[: max(1, len(tokens) // PEERS)]
    ours = _per_second(len(tokens), lambda: uvloop.run(_send(service, tokens)))
    theirs = _per_second(len(few), lambda: _send_with_pywebpush(service, few))
    return {
        "messages": len(tokens),
        "body_bytes": len(encrypt(payload(MESSAGE, 1, "x" * 12, ""), read_subscription(tokens[0]))),
        "sent_per_core_second": ours,
        "pywebpush_sent_per_core_second": theirs,
        "encrypted_per_core_second": _per_second(len(tokens), lambda: _encrypt(tokens)),
        "pywebpush_encrypted_per_core_second": _per_second(len(few), lambda: _encrypt_with_pywebpush(few)),
        "met": {"sent": ours >= theirs},
    }


def _per_second(count: int, work: Callable[[], object]) -> int:
    began = time.process_time()
    work()
    return round(count / (time.process_time() - began))


async def _send(service: Service, tokens: list[str]) -> None:
    async with Sender(ca_file=service.ca_file) as sender:
        connections = Connections(sender=sender, tokens=OwnTokens(), receipt_url="")
        channel = WebPush(msgspec.convert(service.settings, WebPushSettings), connections)
        size = channel.limits.devices_per_request
        for start in range(0, len(tokens), size):
            batch = _batch(tokens[start : start + size])
            assert await channel.send(batch) == [Accepted()] * len(batch.targets)


def _send_with_pywebpush(service: Service, tokens: list[str]) -> None:
    session = requests.Session()
    session.verify, session.trust_env = service.ca_file, False
    text = payload(MESSAGE, 1, "x" * 12, "")
    for token in tokens:
        answer = pywebpush.webpush(
            msgspec.json.decode(token),
            text,
            vapid_private_key=service.settings["vapid_private_key"],
            vapid_claims={"sub": service.settings["subject"]},
            requests_session=session,
            ttl=3600,
        )
        assert answer.status_code == 201


def _encrypt(tokens: list[str]) -> None:
    text = payload(MESSAGE, 1, "x" * 12, "")
    for token in tokens:
        encrypt(text, read_subscription(token))


def _encrypt_with_pywebpush(tokens: list[str]) -> None:
    text = payload(MESSAGE, 1, "x" * 12, "")
    for token in tokens:
        pywebpush.WebPusher(msgspec.json.decode(token)).encode(text)


def _batch(tokens: list[str]) -> Batch:
    return Batch(
        access_id=1_500_000_001,
        push_id=1,
        message_type="notify",
        message=MESSAGE,
        environment="product",
        collapse_id=0,
        expires_at=datetime.now(UTC) + timedelta(hours=1),
        targets=[Target(number, token) for number, token in enumerate(tokens, 1)],
    )


@contextmanager
def _service(messages: int) -> Iterator[Service]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, messages), daemon=True)
    process.start()
    yield here.recv()
    here.send(None)
    process.join()


def _serve(parent: Connection, messages: int) -> None:
    async def serve() -> None:
        async with FakeWebPush() as vendor:
            vendor.keep_requests = False
            tokens = [vendor.token("ok", number) for number in range(messages)]
            parent.send(Service(vendor.settings(), str(vendor.ca_file), tokens))
            await asyncio.to_thread(parent.recv)

    uvloop.run(serve())


def _table(result: dict[str, Any]) -> str:
    met = "met" if result["met"]["sent"] else "NOT MET"
    return "\n".join(
        [
            f"{result['messages']:,} messages with bodies of {result['body_bytes']} bytes, a second and core of ours",
            f"sent           {result['sent_per_core_second']:8,}   at least the peer's: {met}",
            f"  pywebpush    {result['pywebpush_sent_per_core_second']:8,}",
            f"encrypted only {result['encrypted_per_core_second']:8,}",
            f"  pywebpush    {result['pywebpush_encrypted_per_core_second']:8,}",
            f"other work on the machine's {result['cores']} cores: {result['cores_busy_elsewhere']}",
        ]
    )


if __name__ == "__main__":
    main()
