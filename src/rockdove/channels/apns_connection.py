"""A connection to Apple, tried out by one request before it carries many.

A new connection takes one request at a time until a good provider token has come by it; libcurl sends all that wait for
one the moment it is there, and they would be refused. So whoever finds a connection idle, or broken, sends one request,
and the others wait for its answer. Where that is about the channel (token refused, Apple busy), it is theirs too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias

from rockdove.channels.http import Answer, HttpError, NoAnswerError, Post, Server, UnreachableError

BATCHES: int = 10
"""At the same time: 500 streams, which is fewer than Apple lets through, so that libcurl opens no other connection."""

Found: TypeAlias = Answer | HttpError


class ApnsConnection:
    def __init__(self, server: Server, is_of_all: Callable[[Answer], bool]) -> None:
        """`is_of_all`: whether an answer is about the channel, and not about the device it was for."""
        self.under_way = 0
        self._server, self._is_of_all = server, is_of_all
        self._room = asyncio.Semaphore(BATCHES)
        self._used, self._good = False, False
        self._trial: asyncio.Future[Found | None] | None = None
        """Gives what is wrong; None: nothing, or nobody knows."""

    async def ask(self, posts: Sequence[Post]) -> list[Found]:
        """What became of each."""
        self.under_way += 1
        try:
            async with self._room:
                found = await self._admitted(posts)
                found += await self._server.post_all(posts[len(found) :])
        finally:
            self.under_way -= 1
            if not self.under_way:
                self._good = False  # while nobody looks it may be closed, and the next request open another one
        if any(isinstance(each, HttpError) for each in found):
            self._good = False
        return found

    async def _admitted(self, posts: Sequence[Post]) -> list[Found]:
        """What is known of the first ones when the others may go: of none, of the first, of all."""
        while not self._good:
            if self._trial is None:
                wrong, first = await self._try_out(posts[0])
                return [first, *[_for_others(first)] * (len(posts) - 1)] if wrong else [first]
            if (found := await asyncio.shield(self._trial)) is not None:
                return [_for_others(found)] * len(posts)
        return []

    async def _try_out(self, post: Post) -> tuple[bool, Found]:
        """Whether something is wrong, and the answer."""
        self._trial = trial = asyncio.get_running_loop().create_future()
        wrong = None
        try:
            first = await self._first(post)
            self._good = self._used = isinstance(first, Answer) and not self._is_of_all(first)
            wrong = None if self._good else first
            return not self._good, first
        finally:
            self._trial = None
            trial.set_result(wrong)

    async def _first(self, post: Post) -> Found:
        """Once more where a connection from before turns out to be dead."""
        (found,) = await self._server.post_all([post])
        if self._used and isinstance(found, NoAnswerError):
            (found,) = await self._server.post_all([post])
        return found


def _for_others(found: Found) -> Found:
    """What a trial means for those who waited: nothing of theirs was sent."""
    return found if isinstance(found, Answer) else UnreachableError(str(found))
