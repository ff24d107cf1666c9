"""A fake vendor in a process of its own, so that its work is not counted as ours.

    python -m benchmarks._vendor_process CHANNEL TOKENS

says in one line of JSON what a client needs, and runs until its input ends. `bare` and `bare apns` are no vendors but
`_http2_peer`.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import uvloop

from benchmarks._http2_peer import ApnsPeer, Http2Peer
from rockdove.channels.registry import PROVIDERS
from rockdove.testing.vendors import certificates
from rockdove.testing.vendors.server import FakeVendor

BARE: Final = {"bare": Http2Peer, "bare apns": ApnsPeer}
TOKEN_CHARACTERS: Final = 150
"""About what Huawei's and Google's have."""
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Told(msgspec.Struct):
    origin: str
    ca_file: str
    settings: dict[str, Any] = {}
    tokens: list[str] = []


class VendorProcess:
    def __init__(self, process: subprocess.Popen[bytes], told: Told) -> None:
        self.told = told
        self._pid = process.pid

    def cpu_seconds(self) -> float:
        """Used until now."""
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def vendor_process(channel: str, tokens: int = 0) -> Iterator[VendorProcess]:
    command = [sys.executable, "-m", __name__, channel, str(tokens)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield VendorProcess(process, msgspec.json.decode(process.stdout.readline(), type=Told))
        finally:
            process.stdin.close()


def fake_of(channel: str) -> type[FakeVendor]:
    """By the name that provider and fake share."""
    module = PROVIDERS[channel].check.__module__.rpartition(".")[2]
    content = vars(importlib.import_module(f"rockdove.testing.vendors.{module}")).values()
    fakes = [each for each in content if isinstance(each, type) and issubclass(each, FakeVendor)]
    return next(each for each in fakes if getattr(each, "name", "") == channel)


async def _run(channel: str, tokens: int) -> None:
    if channel in BARE:
        context = certificates.server_context(["h2"], "", asks_for_certificate=False)
        server = await asyncio.get_running_loop().create_server(BARE[channel], "127.0.0.1", 0, ssl=context)
        origin = f"https://localhost:{server.sockets[0].getsockname()[1]}"
        await _until_input_ends(Told(origin, str(certificates.authority_file())))
        return
    async with fake_of(channel)() as vendor:
        vendor.keep_requests = False
        named = [_long(vendor.token("ok", number)) for number in range(tokens)]
        await _until_input_ends(Told(vendor.origin, str(vendor.ca_file), vendor.settings(), named))


async def _until_input_ends(told: Told) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)


def _long(token: str) -> str:
    """As long as real ones, where the fake leaves their form to us."""
    return token.ljust(TOKEN_CHARACTERS, "x") if token.startswith("ok-") else token


if __name__ == "__main__":
    uvloop.run(_run(sys.argv[1], int(sys.argv[2])))
