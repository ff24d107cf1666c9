"""How many devices a second one core of a worker reaches over the vendors' channels.

    ./dev bench providers [--devices N] [--runs N] [--only CHANNEL ...] [--json]

Every provider there is sends to its fake, over TLS on this machine, through `Channel.send` as a worker calls it:
batches as large and as many at a time as its limits say. The fake runs in another process. It is written in Python and
looks at everything it is sent, so that it is what bounds the seconds that pass. **What counts is the processor time of
the sending process**: devices per second of it are what a core would send to a vendor that is quick enough. `fake_busy`
is how much of a core the fake used, `wall_per_second` what went through. The best of the runs, for other processes can
only slow one down.

- raw          the sender alone (`Server.post_all`), 300 bytes each, to a peer that answers without looking
- raw_aioapns, raw_httpx, raw_h2load   others to the same peer; h2load (nghttp2) is what a core can do at all
- aioapns      beside `apns` on the same fake
- httpx        with HTTP/2, beside `fcm` on the same fake
- pywebpush    beside `webpush` on the same fake, one after the other as it works

`raw` is the floor of libcurl; what APNs and FCM lose to it is bodies, headers and outcomes, and that an answer which
comes alone makes libcurl look at every stream of its connection.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import resource
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

import aioapns
import httpx
import jwt
import msgspec
import pywebpush
import requests
import uvloop
from aioapns.connection import APNsTLSClientProtocol
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks._machine import Business
from benchmarks._vendor_process import Told, vendor_process
from rockdove.channels.channel import Accepted, Batch, Target
from rockdove.channels.http import Answer, Post, Sender
from rockdove.channels.provider import Connections
from rockdove.channels.registry import PROVIDERS
from rockdove.channels.tokens import OwnTokens

DEVICE_VENDORS: Final = ("fcm", "apns", "webpush")
"""One device a request."""
MANY: Final = 20
"""Vendors with many devices a request are sent to so many times as many."""
PEER_SHARE: Final = 8
"""The peers, which are slower, get so many times fewer."""
TIMES_AIOAPNS: Final = 8.0
BATCHED_PER_SECOND: Final = 1_000_000
BODY: Final = b'{"aps":{"alert":{"title":"Half price","body":"Today only"},"sound":"default"},"custom":"%s"}' % (
    b"x" * 210
)
PUSH_ID: Final = 1328245138690125824
MESSAGE: Final = {
    "title": "Half price today",
    "content": "Everything in your basket, until midnight",
    "android": {"custom_content": '{"order":"20260301-7","campaign":"spring"}'},
    "ios": {"aps": {"sound": "default"}, "custom_content": '{"order":"20260301-7","campaign":"spring"}'},
}

Figures = dict[str, Any]


def main() -> None:
    options = _options()
    business = Business()
    result = uvloop.run(measure(options.devices, options.runs, options.only or [*PROVIDERS]))
    result = judged(result) | business.result()
    print(json.dumps(result) if options.json else table(result))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=8_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=PROVIDERS, metavar="CHANNEL", help="of these channels")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


async def measure(devices: int, runs: int, channels: Sequence[str]) -> Figures:
    few = max(1, devices // PEER_SHARE)
    result: Figures = {"devices": devices, "runs": runs}
    result |= await _best("raw", "bare", 4 * devices, runs, _raw)
    result |= await _best("raw_aioapns", "bare apns", few, runs, _aioapns)
    result |= await _best("raw_httpx", "bare", few, runs, _raw_httpx)
    result |= _h2load(4 * devices)
    for channel in channels:
        many = devices if channel in DEVICE_VENDORS else devices * MANY
        result |= await _best(channel, channel, many, runs, partial(_ours, channel))
        if peer := _PEERS.get(channel):
            name, opened = peer
            result |= await _best(name, channel, few, runs, opened)
    return result


Send = Callable[[int], Awaitable[None]]
"""To so many devices."""
Open = Callable[[Told], AbstractAsyncContextManager[Send]]
"""Connects; what that takes is not counted."""


async def _best(name: str, channel: str, devices: int, runs: int, opened: Open) -> Figures:
    """Of so many runs, each with a fake of its own."""
    found = [await _run(name, channel, devices, opened) for _ in range(runs)]
    return max(found, key=lambda figures: figures[f"{name}_per_core"])


async def _run(name: str, channel: str, devices: int, opened: Open) -> Figures:
    with vendor_process(channel, min(devices, 10_000)) as vendor:
        async with opened(vendor.told) as send:
            gc.collect()
            theirs, own, wall = vendor.cpu_seconds(), time.process_time(), time.perf_counter()
            await send(devices)
            own, wall = time.process_time() - own, time.perf_counter() - wall
            theirs = vendor.cpu_seconds() - theirs
    return {
        f"{name}_per_core": round(devices / own),
        f"{name}_wall_per_second": round(devices / wall),
        f"{name}_fake_busy": round(theirs / wall, 2),
    }


# ours


@asynccontextmanager
async def _raw(told: Told) -> AsyncIterator[Send]:
    headers = tuple(f"{name}: {value}" for name, value in _APNS_HEADERS.items())
    async with Sender(told.ca_file) as sender:
        server = sender.server(told.origin, http2=True)

        async def send(devices: int) -> None:
            for part in _sizes(devices, 10_000):
                answers = await server.post_all([Post(path, BODY, headers) for path in _device_paths(part)])
                assert all(isinstance(each, Answer) and each.status == 200 for each in answers)

        await send(1)
        yield send


@asynccontextmanager
async def _ours(name: str, told: Told) -> AsyncIterator[Send]:
    """As a worker does it: batches, and several of them at a time."""
    provider = PROVIDERS[name]
    targets = [Target(number, token) for number, token in enumerate(told.tokens)]
    async with Sender(told.ca_file) as sender:
        connections = Connections(sender=sender, tokens=OwnTokens(), receipt_url="https://push.example/r/secret")
        channel = provider.open(msgspec.convert(told.settings, provider.settings), connections)

        async def send(devices: int) -> None:
            sizes = _sizes(devices, channel.limits.devices_per_request)
            await asyncio.gather(*(some(sizes) for _ in range(channel.limits.in_flight)))

        async def some(sizes: Iterator[int]) -> None:
            for size in sizes:
                outcomes = await channel.send(_batch(targets[:size]))
                refused = [each for each in outcomes if not isinstance(each, Accepted)]
                assert not refused, refused[0]

        await send(1)
        yield send


def _sizes(devices: int, most: int) -> Iterator[int]:
    for start in range(0, devices, most):
        yield min(most, devices - start)


_numbers = count(PUSH_ID)


def _batch(targets: Sequence[Target]) -> Batch:
    return Batch(
        access_id=1500000001,
        push_id=next(_numbers),
        message_type="notify",
        message=MESSAGE,
        environment="product",
        collapse_id=0,
        expires_at=datetime.now(UTC) + timedelta(days=1),
        targets=targets,
    )


# the peers


_APNS_HEADERS: Final = {
    "apns-topic": "com.example.shop",
    "apns-push-type": "alert",
    "apns-priority": "10",
    "authorization": "bearer " + "x" * 180,
}


def _device_paths(devices: int) -> Iterable[str]:
    return (f"/3/device/{number:064x}" for number in range(devices))


@asynccontextmanager
async def _aioapns(told: Told) -> AsyncIterator[Send]:
    """With what its pool is worth: connections, and streams on them, as many as it likes."""
    made = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    given = {"key": made.decode(), "key_id": "KEY0000001", "team_id": "TEAM000001", "bundle_id": "com.example.shop"}
    given |= {name: told.settings[name] for name in given if name in told.settings}
    client = aioapns.APNs(
        key=given["key"],
        key_id=given["key_id"],
        team_id=given["team_id"],
        topic=given["bundle_id"],
        ssl_context=ssl.create_default_context(cafile=told.ca_file),
        max_connections=2,
    )
    address = {"APNS_SERVER": "localhost", "APNS_PORT": int(told.origin.rpartition(":")[2])}
    client.pool.protocol_class = type("Local", (APNsTLSClientProtocol,), address)
    message = json.loads(BODY)
    tokens = told.tokens or [path.rpartition("/")[2] for path in _device_paths(1000)]

    async def one(number: int) -> None:
        request = aioapns.NotificationRequest(tokens[number % len(tokens)], message)
        assert (await client.send_notification(request)).is_successful

    await one(0)
    yield partial(_side_by_side, one)
    client.pool.close()


@asynccontextmanager
async def _raw_httpx(told: Told) -> AsyncIterator[Send]:
    paths = [*_device_paths(1000)]
    async with _httpx_client(told) as client:

        async def one(number: int) -> None:
            answer = await client.post(paths[number % 1000], content=BODY, headers=_APNS_HEADERS)
            assert answer.status_code == 200

        await one(0)
        yield partial(_side_by_side, one)


@asynccontextmanager
async def _httpx(told: Told) -> AsyncIterator[Send]:
    """To FCM, with the access token and the message as one would write it by hand."""
    account = json.loads(told.settings["service_account"])
    now = int(time.time())
    claims = {
        "iss": account["client_email"],
        "aud": account["token_uri"],
        "scope": "https://www.googleapis.com/auth/firebase.messaging",
        "iat": now,
        "exp": now + 3600,
    }
    grant = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": jwt.encode(claims, account["private_key"], "RS256"),
    }
    path = f"/v1/projects/{account['project_id']}/messages:send"
    async with _httpx_client(told) as client:
        access = (await client.post("/token", data=grant)).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {access}"

        async def one(number: int) -> None:
            notification = {"title": MESSAGE["title"], "body": MESSAGE["content"]}
            message = {"token": told.tokens[number % len(told.tokens)], "notification": notification}
            assert (await client.post(path, json={"message": message})).status_code == 200

        yield partial(_side_by_side, one)


def _httpx_client(told: Told) -> httpx.AsyncClient:
    context = ssl.create_default_context(cafile=told.ca_file)
    return httpx.AsyncClient(base_url=told.origin, http2=True, verify=context, trust_env=False, timeout=60)


async def _side_by_side(one: Callable[[int], Awaitable[None]], devices: int, at_once: int = 100) -> None:
    numbers = iter(range(devices))

    async def some() -> None:
        for number in numbers:
            await one(number)

    await asyncio.gather(*(some() for _ in range(at_once)))


@asynccontextmanager
async def _pywebpush(told: Told) -> AsyncIterator[Send]:
    session = requests.Session()
    session.verify, session.trust_env = told.ca_file, False

    async def send(devices: int) -> None:
        for number in range(devices):
            answer = pywebpush.webpush(
                json.loads(told.tokens[number % len(told.tokens)]),
                json.dumps(MESSAGE),
                vapid_private_key=told.settings["vapid_private_key"],
                vapid_claims={"sub": told.settings["subject"]},
                ttl=86400,
                requests_session=session,
            )
            assert answer.status_code == 201

    await send(1)
    yield send


_PEERS: Final[dict[str, tuple[str, Open]]] = {
    "apns": ("aioapns", _aioapns),
    "fcm": ("httpx", _httpx),
    "webpush": ("pywebpush", _pywebpush),
}


def _h2load(devices: int) -> Figures:
    """Nothing where it is not installed."""
    command = shutil.which("h2load")
    if not command:
        return {}
    with vendor_process("bare") as vendor, tempfile.NamedTemporaryFile() as body:
        Path(body.name).write_bytes(BODY)
        options = ["-n", str(devices), "-c", "1", "-m", "500", "-d", body.name]
        options += [part for name, value in _APNS_HEADERS.items() for part in ("-H", f"{name}: {value}")]
        before = _children_seconds()
        said = subprocess.run([command, *options, f"{vendor.told.origin}/3/device/0"], capture_output=True, check=True)
        seconds = _children_seconds() - before
    assert f"{devices} succeeded".encode() in said.stdout, said.stdout
    return {"raw_h2load_per_core": round(devices / seconds)}


def _children_seconds() -> float:
    """Of processor time, of those that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


# what is asked of it


def judged(result: Figures) -> Figures:
    """With how often ours does what a peer does, and what must be."""
    result = dict(result)
    for name, peer in (("raw", "raw_aioapns"), ("fcm", "httpx"), ("apns", "aioapns"), ("webpush", "pywebpush")):
        if f"{name}_per_core" in result and f"{peer}_per_core" in result:
            result[f"{name}_to_{peer}"] = round(result[f"{name}_per_core"] / result[f"{peer}_per_core"], 1)
    if "fcm_per_core" in result:
        result["fcm_to_raw_aioapns"] = round(result["fcm_per_core"] / result["raw_aioapns_per_core"], 1)
    must = {"raw_to_raw_aioapns": TIMES_AIOAPNS, "fcm_to_raw_aioapns": TIMES_AIOAPNS, "apns_to_aioapns": TIMES_AIOAPNS}
    must |= {"webpush_to_pywebpush": 1.0}
    must |= {f"{name}_per_core": BATCHED_PER_SECOND for name in PROVIDERS if name not in DEVICE_VENDORS}
    must = {name: least for name, least in must.items() if name in result}
    return result | {"must_at_least": must, "missed": [name for name, least in must.items() if result[name] < least]}


def table(result: Figures) -> str:
    rows = []
    for name, value in result.items():
        if name not in {"must_at_least", "missed"}:
            row = f"{name:28}{value:>14,}"
            if least := result["must_at_least"].get(name):
                row += f"   must be at least {least:,g}: {'MISSED' if name in result['missed'] else 'met'}"
            rows.append(row)
    rows.append("per_core is what counts: the fakes, written in Python, bound what goes through in a second.")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
