from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rockdove.engines import Engines
from rockdove.engines.wire import Message, _Link, _Subscription
from rockdove.runtime.connections import open_wire

subjects = st.sampled_from([b"d.1.2", b"r.15.7", b"s.1500000001.4294967295"])
payloads = st.one_of(st.binary(max_size=50), st.just(b"MSG a 1 2\r\nxx\r\nPONG\r\n"), st.just(b"\r\n\r\n"))
messages = st.lists(st.tuples(subjects, st.sampled_from([b"1", b"2"]), payloads), max_size=20)


@settings(max_examples=200, deadline=None)
@given(messages, st.data())
def test_messages_are_the_same_however_the_bytes_are_cut(
    sent: list[tuple[bytes, bytes, bytes]], data: st.DataObject
) -> None:
    stream = b"".join(
        b"MSG %b %b %b%d\r\n%b\r\n+OK\r\n" % (subject, sid, b"_INBOX.1 " if sid == b"2" else b"", len(payload), payload)
        for subject, sid, payload in sent
    )
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    received: dict[int, list[Message]] = {1: [], 2: []}

    async def feed() -> None:
        subscriptions = {sid: _Subscription("x", "", got.extend) for sid, got in received.items()}
        link = _Link(subscriptions)
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            link.data_received(stream[start:end])

    asyncio.run(feed())
    for sid, got in received.items():
        assert got == [Message(subject, payload) for subject, number, payload in sent if int(number) == sid]


@pytest.mark.parametrize("turns", range(6))
async def test_a_cancellation_that_meets_the_answer_is_not_swallowed(engines: Engines, turns: int) -> None:
    """As by asyncio.wait_for on Python 3.11: who then waits for the end of the cancelled task waits for ever."""
    async with open_wire(engines.settings, "test") as wire:
        flushing = asyncio.create_task(wire.flush())
        await asyncio.sleep(0)
        answered = asyncio.Event()
        wire._up()._pongs[0].add_done_callback(lambda _: answered.set())
        await answered.wait()
        for _ in range(turns):
            await asyncio.sleep(0)
        was_running = flushing.cancel()
        await asyncio.wait([flushing])
        assert flushing.cancelled() == was_running
