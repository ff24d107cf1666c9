"""Many callers, few statements: each gets its own answer, and its own failure."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from rockdove.storage.database import Connection, Database, fetch_all
from rockdove.storage.gathering import MOST, Gathering

_DIVIDE = b"""
SELECT 100 / divisor AS quotient FROM unnest(%(divisors)s::integer[]) WITH ORDINALITY AS asked (divisor, position)
ORDER BY position
"""


class Divider:
    def __init__(self) -> None:
        self.turns: list[int] = []

    async def divide(self, connection: Connection, divisors: Sequence[int]) -> list[int]:
        self.turns.append(len(divisors))
        return [row.quotient for row in await fetch_all(connection, _DIVIDE, divisors=list(divisors))]


async def test_callers_at_once_share_a_statement_and_get_their_own_answers(database: Database) -> None:
    divider = Divider()
    gathering = Gathering(database.connection, divider.divide)
    divisors = [number % 50 + 1 for number in range(MOST + 10)]
    assert await asyncio.gather(*map(gathering.ask, divisors)) == [100 // divisor for divisor in divisors]
    assert divider.turns == [MOST, 10]
    assert await gathering.ask(4) == 25


async def test_of_a_turn_that_fails_only_those_who_are_at_fault_hear_of_it(database: Database) -> None:
    gathering = Gathering(database.transaction, Divider().divide)
    answers = await asyncio.gather(*map(gathering.ask, [1, 0, 2]), return_exceptions=True)
    assert [answers[0], answers[2]] == [100, 50]
    assert "division by zero" in str(answers[1])


async def test_a_caller_that_leaves_takes_nobody_with_it(database: Database) -> None:
    gathering = Gathering(database.connection, Divider().divide)
    leaving, staying = asyncio.create_task(gathering.ask(5)), asyncio.create_task(gathering.ask(10))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == 10
    with pytest.raises(asyncio.CancelledError):
        await leaving
