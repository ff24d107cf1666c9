"""The state table: complete, closed, and the same as the picture in the documentation."""

from __future__ import annotations

from pathlib import Path

from rockdove.lifecycle.diagram import diagram
from rockdove.lifecycle.states import MOVES, STARTABLE, State

DOCUMENT = Path(__file__).parents[2] / "docs/internals/lifecycle.md"


def test_every_state_has_its_row() -> None:
    assert MOVES.keys() == set(State)


def test_every_state_is_reached_from_the_first() -> None:
    reached, frontier = {State.INIT}, [State.INIT]
    while frontier:
        for state in MOVES[frontier.pop()] - reached:
            reached.add(state)
            frontier.append(state)
    assert reached == set(State)


def test_a_push_that_started_is_never_resolved_again() -> None:
    after_start: set[State] = set()
    frontier = [State.STARTED]
    while frontier:
        for state in MOVES[frontier.pop()] - after_start:
            after_start.add(state)
            frontier.append(state)
    assert not after_start & STARTABLE
    assert {state for state in after_start if State.STARTED in MOVES[state]} == {State.PAUSED}


def test_the_documented_picture_is_the_table() -> None:
    assert f"```mermaid\n{diagram()}\n```" in DOCUMENT.read_text("utf-8")
