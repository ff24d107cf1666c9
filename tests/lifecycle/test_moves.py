"""Moving pushes: only along the table, one at a time."""

from __future__ import annotations

import asyncio
from itertools import product

import pytest

from rockdove.lifecycle.moves import move, move_many
from rockdove.lifecycle.states import MOVES, IllegalMoveError, State, UnknownPushError
from rockdove.storage.database import Database
from tests.rows import a_push, an_app, state_of


async def test_moves_are_those_of_the_table(database: Database) -> None:
    async with database.connection() as connection:
        app = await an_app(connection)
        for state, to in product(State, State):
            push_id = await a_push(connection, app, state=state)
            if to in MOVES[state]:
                assert await move(connection, push_id, to) == state
            else:
                with pytest.raises(IllegalMoveError, match=str(push_id)):
                    await move(connection, push_id, to)
            assert await state_of(database, push_id) == (to if to in MOVES[state] else state)


async def test_an_unknown_push_is_said_to_be_unknown(database: Database) -> None:
    async with database.connection() as connection:
        with pytest.raises(UnknownPushError):
            await move(connection, 1, State.STARTED)


async def test_starting_gives_order_and_expiry(database: Database) -> None:
    async with database.transaction() as connection:
        app = await an_app(connection)
        first, second = [await a_push(connection, app, expire_seconds=800) for _ in range(2)]
        await move(connection, second, State.STARTED)
        await move(connection, first, State.STARTED)
        rows = await (
            await connection.execute(
                "SELECT push_id, extract(epoch FROM expires_at - started_at)::float8 AS kept"
                " FROM pushes ORDER BY send_seq"
            )
        ).fetchall()
    assert [row.push_id for row in rows] == [second, first]
    assert all(row.kept == pytest.approx(800, abs=1) for row in rows)


async def test_of_two_moves_at_once_one_wins(database: Database) -> None:
    async with database.transaction() as connection:
        push_id = await a_push(connection, await an_app(connection))

    async def try_move(to: State) -> bool:
        async with database.transaction() as connection:
            try:
                await move(connection, push_id, to)
            except IllegalMoveError:
                return False
            await asyncio.sleep(0.05)  # holds the row, so that the other one has to wait for it
            return True

    outcomes = await asyncio.gather(try_move(State.CANCELED), try_move(State.STARTED))
    assert sorted(outcomes) == [False, True]


async def test_of_many_those_move_that_may_and_in_the_order_named(database: Database) -> None:
    async with database.transaction() as connection:
        app = await an_app(connection)
        first, second, third = [await a_push(connection, app) for _ in range(3)]
        cancelled = await a_push(connection, app, state=State.CANCELED)
        moved = await move_many(connection, [third, cancelled, first, 1, second], State.STARTED)
        assert await move_many(connection, [cancelled], State.STARTED) == []
    in_order = sorted(moved, key=lambda row: row.send_seq)
    assert [row.push_id for row in in_order] == [third, first, second]
    assert all(row.expires_at for row in moved)
    assert await state_of(database, first) == State.STARTED
    assert await state_of(database, cancelled) == State.CANCELED
