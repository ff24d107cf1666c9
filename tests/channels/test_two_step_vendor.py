"""A message is told to the vendor once, however many batches of it are under way."""

from __future__ import annotations

import asyncio

import pytest

from rockdove.channels import two_step_vendor
from rockdove.channels.channel import ChannelAwayError, Rejected
from rockdove.channels.two_step_vendor import Handles, Told
from tests.channels.batches import MESSAGE, batch


class Teller:
    """Tells when it is let."""

    def __init__(self, *gives: Told | Exception) -> None:
        self.let = asyncio.Event()
        self.let.set()
        self.told = 0
        self._gives = list(gives)

    async def __call__(self) -> Told:
        self.told += 1
        await self.let.wait()
        given = self._gives.pop(0)
        if isinstance(given, Exception):
            raise given
        return given


async def test_side_by_side_tell_once() -> None:
    handles, teller = Handles(), Teller("a", "b", "c")
    teller.let.clear()
    waiting = [asyncio.ensure_future(handles.of(batch("t"), teller)) for _ in range(8)]
    await asyncio.sleep(0)
    teller.let.set()
    assert await asyncio.gather(*waiting) == ["a"] * 8
    assert await handles.of(batch("other"), teller) == "a"
    assert teller.told == 1


async def test_another_message_and_another_push_are_told() -> None:
    handles, teller = Handles(), Teller("a", "b", "c")
    assert await handles.of(batch("t"), teller) == "a"
    assert await handles.of(batch("t", message=MESSAGE | {"title": "Personal"}), teller) == "b"
    assert await handles.of(batch("t", push_id=70002), teller) == "c"


async def test_who_is_cancelled_leaves_it_to_the_others() -> None:
    handles, teller = Handles(), Teller("a", "b")
    teller.let.clear()
    first, second = (asyncio.ensure_future(handles.of(batch("t"), teller)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    teller.let.set()
    assert await second == "a"
    assert teller.told == 1


async def test_a_failure_is_shared_and_not_kept() -> None:
    handles, teller = Handles(), Teller(ChannelAwayError("away"), Rejected("no"), "a")
    teller.let.clear()
    waiting = [asyncio.ensure_future(handles.of(batch("t"), teller)) for _ in range(3)]
    await asyncio.sleep(0)
    teller.let.set()
    assert [str(error) for error in await asyncio.gather(*waiting, return_exceptions=True)] == ["away"] * 3
    assert await handles.of(batch("t"), teller) == Rejected("no")
    assert await handles.of(batch("t"), teller) == "a"
    assert teller.told == 3


async def test_forgotten_if_it_is_older_than_the_asking() -> None:
    handles, teller = Handles(), Teller("a", "b")
    await handles.of(batch("t"), teller)
    assert not handles.forget(batch("t"), "a", before=0)
    assert handles.forget(batch("t"), "a", before=float("inf"))
    assert await handles.of(batch("t"), teller) == "b"
    assert handles.forget(batch("t"), "a", before=0)  # somebody else has told it again
    assert await handles.of(batch("t"), teller) == "b"


async def test_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(two_step_vendor, "MOST_KEPT", 2)
    handles, teller = Handles(), Teller(*"abcd")
    for push_id in (1, 2, 3):
        await handles.of(batch("t", push_id=push_id), teller)
    assert await handles.of(batch("t", push_id=3), teller) == "c"
    assert await handles.of(batch("t", push_id=1), teller) == "d"


async def test_told_anew_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(two_step_vendor, "KEPT_SECONDS", 0)
    handles, teller = Handles(), Teller("a", "b")
    assert await handles.of(batch("t"), teller) == "a"
    assert await handles.of(batch("t"), teller) == "b"
