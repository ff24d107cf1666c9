"""One statement for many callers: questions that come while an answer is on its way are asked together with the next.

A round trip and a commit cost more than what a small question adds to them, and a commit waits for the disk. So what
can be accepted in a second is bounded by them, unless callers share. Nobody waits for company: on an idle server a
question is alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Generic, TypeAlias, TypeVar

from rockdove.storage.database import Connection, Unavailable

MOST = 100
"""Questions of a turn: what one asks for delays the others of its turn."""

Question = TypeVar("Question")
Answer = TypeVar("Answer")

_Asked: TypeAlias = "tuple[Question, asyncio.Future[Answer]]"


class Gathering(Generic[Question, Answer]):
    """`answer_all` gives an answer for each question, in their order, on a connection or in a transaction that `begin`
    makes. Every caller gets its own once that has ended. Where `answer_all` fails, each question is asked alone: what
    is wrong with one harms no other.
    """

    def __init__(
        self,
        begin: Callable[[], AbstractAsyncContextManager[Connection]],
        answer_all: Callable[[Connection, Sequence[Question]], Awaitable[Sequence[Answer]]],
    ) -> None:
        self._begin = begin
        self._answer_all = answer_all
        self._waiting: list[_Asked[Question, Answer]] = []
        self._working: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> Answer:
        """Raises what `answer_all` does for this question."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        while self._waiting:
            turn, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            await self._take(turn)

    async def _take(self, turn: Sequence[_Asked[Question, Answer]]) -> None:
        try:
            async with self._begin() as connection:
                found = await self._answer_all(connection, [question for question, _ in turn])
        except Unavailable as error:
            _fail(turn, error)
        except Exception as error:
            if len(turn) == 1:
                _fail(turn, error)
            else:
                for alone in turn:
                    await self._take([alone])
        else:
            for (_, answer), result in zip(turn, found, strict=True):
                if not answer.done():  # else its caller has gone
                    answer.set_result(result)


def _fail(turn: Sequence[_Asked[Question, Answer]], error: Exception) -> None:
    for _, answer in turn:
        if not answer.done():
            answer.set_exception(error)
