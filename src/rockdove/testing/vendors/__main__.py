"""A fake vendor to try a set-up out with, until interrupted: `python -m rockdove.testing.vendors xm`.

It writes its authority and its settings into files, and says how to set a channel up with them and what it was sent.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import shlex
import tempfile
from pathlib import Path
from typing import Any

from rockdove.channels.registry import PROVIDERS
from rockdove.testing.vendors.server import FakeVendor

LOOK_SECONDS = 0.5
EXAMPLES = {"ok": "taken", "bad": "refused", "gone": "uninstalled", "retry1": "not now, once; then taken"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m rockdove.testing.vendors", description=__doc__)
    parser.add_argument("channel", choices=sorted(PROVIDERS))
    arguments = parser.parse_args()
    try:
        asyncio.run(serve(fake_of(arguments.channel)))
    except KeyboardInterrupt:
        print()


def fake_of(channel: str) -> FakeVendor:
    """A provider and its fake have files of the same name."""
    module = importlib.import_module(f"{__package__}.{PROVIDERS[channel].check.__module__.rpartition('.')[2]}")
    kind: type[FakeVendor] = next(
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, FakeVendor) and getattr(each, "name", "") == channel
    )
    return kind()


async def serve(fake: FakeVendor) -> None:
    """Until cancelled. Its files go with it."""
    with tempfile.TemporaryDirectory(prefix=f"rockdove-fake-{fake.name}-") as folder:
        async with fake:
            await _serve(fake, Path(folder))


async def _serve(fake: FakeVendor, folder: Path) -> None:
    print(f"{PROVIDERS[fake.name].title}, a fake of it, at {fake.origin}\n")
    print("Start the server so that it trusts the fake:")
    print(f"  ROCKDOVE_CHANNELS__CA_FILE={fake.ca_file} rockdove serve\n")
    print("Set the channel up:")
    given = " ".join(_argument(folder, name, value) for name, value in fake.settings().items())
    print(f"  rockdove channel set ACCESS_ID {fake.name} {given}\n")
    print("Register devices with one of these as channel_token:")
    for number, (kind, meaning) in enumerate(EXAMPLES.items(), 1):
        print(f"  {fake.token(kind, number)}   {meaning}")
    print("\nWhat it is sent:", flush=True)
    await _say_what_comes(fake)


def _argument(folder: Path, name: str, value: Any) -> str:
    """Long ones (keys, certificates) in a file."""
    text = str(value)
    if len(text) < 100 and "\n" not in text:
        return shlex.quote(f"{name}={text}")
    file = folder / name
    file.write_text(text)
    return shlex.quote(f"{name}=@{file}")


async def _say_what_comes(fake: FakeVendor) -> None:
    told = 0
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        for request in fake.requests[told:]:
            print(f"  {request.method} {request.path} {request.body[:300].decode('utf-8', 'replace')}", flush=True)
        told = len(fake.requests)


if __name__ == "__main__":
    main()
