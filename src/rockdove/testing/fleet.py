"""A fleet of virtual devices in one process: thousands of phones for tests, benchmarks and the demo.

    async with Fleet(FleetOptions(url, access_id, access_key, count=3000, online=0.9)) as fleet:
        ...                          # push something
        print(fleet.counters)

Speaks to any Rockdove server, here or elsewhere, through its public doors only.
"""

from __future__ import annotations

import asyncio
import random
import resource
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from rockdove.device_client.session import SYNC_SECONDS, Application
from rockdove.observe import log
from rockdove.testing.device_api import DeviceApi, DeviceApiError
from rockdove.testing.virtual_device import KEEP_ALIVE_SECONDS, NO_HABITS, Counters, Habits, VirtualDevice

REGISTRATIONS_AT_ONCE = 16
CONNECTS_AT_ONCE = 200
LONGEST_PAUSE = 10.0
"""Shorter than a phone's, and beginning at 0.2 s: who waits for a fleet is awake."""
SPARE_FILES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetOptions:
    """`url` is the server's, http://host:port. `tokens`, if given, are claimed: imported devices come alive."""

    url: str
    access_id: int
    access_key: str
    count: int = 100
    online: float = 1.0
    """The share that connects; the rest is registered and stays away until `go_online`."""
    tokens: Sequence[str] = ()
    account_prefix: str = ""
    """Not empty: device number n binds the account <prefix>n when it registers."""
    profile: dict[str, Any] = field(default_factory=lambda: {"platform": "android", "package_name": "com.example.app"})
    habits: Habits = NO_HABITS
    connects_per_second: float = 1000.0
    seed: int = 1


class Fleet:
    """`start` returns when everybody is registered and those who should be are connected and synced."""

    def __init__(self, options: FleetOptions) -> None:
        self._options = options
        self._api = DeviceApi(options.url)
        self._chance = random.Random(options.seed)  # noqa: S311  a simulation that can be repeated
        self._lives: dict[int, asyncio.Task[None]] = {}
        self._connecting = asyncio.Semaphore(CONNECTS_AT_ONCE)
        self._next_connect = 0.0
        self.counters = Counters()
        tokens: list[str | None] = [*options.tokens[: options.count]]
        tokens += [None] * (options.count - len(tokens))
        application = Application(options.access_id, options.access_key, options.profile)
        self.devices = [
            VirtualDevice(application, self.counters, options.habits, self._chance, token) for token in tokens
        ]

    async def __aenter__(self) -> Fleet:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Raises DeviceApiError or OSError when not a single device can register."""
        _allow_files(self._options.count)
        await self._register_all()
        await self.go_online(round(self._options.count * self._options.online))

    async def stop(self) -> None:
        await self.go_offline(len(self.devices))
        self._api.close()

    async def go_online(self, count: int) -> None:
        """Until `count` devices are connected and have been told what they missed."""
        for number in range(len(self.devices)):
            if len(self._lives) >= count:
                break
            if number not in self._lives and self.devices[number].jwt:
                self._lives[number] = asyncio.create_task(self._live(self.devices[number]))
        await asyncio.gather(*(self._until_online(number) for number in self._lives))

    async def _until_online(self, number: int) -> None:
        """Raises what ended the device's life, should it end: nobody else would ever hear of it."""
        life, online = self._lives[number], asyncio.create_task(self.devices[number].online.wait())
        await asyncio.wait({life, online}, return_when=asyncio.FIRST_COMPLETED)
        online.cancel()
        if life.done():
            life.result()

    async def go_offline(self, count: int, *, abruptly: bool = False) -> None:
        """Disconnect `count` devices, the last connected first; `abruptly` without a word."""
        leaving = [self._lives.popitem() for _ in range(min(count, len(self._lives)))]
        for number, life in leaving:
            life.cancel()
            self.devices[number].disconnect(abruptly=abruptly)
        await asyncio.gather(*(life for _, life in leaving), return_exceptions=True)

    async def _register_all(self) -> None:
        waiting = iter(enumerate(self.devices, 1))
        failures: list[Exception] = []

        async def register() -> None:
            for number, device in waiting:
                try:
                    await device.register(self._api)
                    await self._bind(device, number)
                except (DeviceApiError, OSError) as error:
                    self.counters.refused += 1
                    failures.append(error)

        await asyncio.gather(*(register() for _ in range(REGISTRATIONS_AT_ONCE)))
        if failures and not self.counters.registered:
            raise failures[0]
        if failures:
            log.warning("virtual devices refused", devices=len(failures), first=str(failures[0]))

    async def _bind(self, device: VirtualDevice, number: int) -> None:
        if self._options.account_prefix:
            accounts = [{"account": f"{self._options.account_prefix}{number}"}]
            await self._api.post("/device/v1/accounts", {"operation": "upsert", "accounts": accounts}, device.jwt)

    async def _live(self, device: VirtualDevice) -> None:
        """Stay connected, as phones do: come back after every loss, later each time it fails."""
        failures = 0
        while True:
            try:
                if device.must_register():
                    await device.register(self._api)
                await self._connect(device)
                failures = 0
                await self._stay(device)
            except (OSError, TimeoutError, DeviceApiError) as error:
                failures += 1
                self.counters.refused += 1
                log.debug("virtual device could not connect", device_id=device.device_id, error=str(error))
            await asyncio.sleep(min(0.2 * 2**failures, LONGEST_PAUSE) * self._chance.uniform(0.5, 1.5))

    async def _connect(self, device: VirtualDevice) -> None:
        async with self._connecting:
            await self._turn()
            await device.connect()

    async def _turn(self) -> None:
        """Connections at the wanted rate, whoever wants them."""
        loop = asyncio.get_running_loop()
        self._next_connect = max(self._next_connect, loop.time()) + 1 / self._options.connects_per_second
        await asyncio.sleep(self._next_connect - loop.time())

    async def _stay(self, device: VirtualDevice) -> None:
        """Until the connection is lost."""
        while True:
            pause = KEEP_ALIVE_SECONDS * 0.8 if device.online.is_set() else SYNC_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await device.lost.wait()
                    return
            device.ping() if device.online.is_set() else device.ask_again()


def _allow_files(count: int) -> None:
    """Every connection is an open file; raise our own limit as far as we may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + SPARE_FILES
    if soft < wanted:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (min(wanted, hard) if hard != resource.RLIM_INFINITY else wanted, hard)
        )
