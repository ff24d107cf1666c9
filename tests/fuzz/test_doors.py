"""A little of every target, the same cases each time; `./dev fuzz` tries others for as long as you like."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.fuzz import large
from tests.fuzz.hunt import hunt
from tests.fuzz.law import GROWTH_MB, World
from tests.fuzz.targets import TARGETS


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The form parser logs each of its refusals; they would bury what a failure says."""
    logger = logging.getLogger("python_multipart")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(before)


@pytest.mark.parametrize("name", TARGETS)
def test_the_law_holds(world: World, name: str) -> None:
    before = world.resident_mb()
    hunt(world, name)
    world.check_store()
    assert world.resident_mb() < before + GROWTH_MB


@pytest.mark.parametrize("name", large.STREAMS)
def test_memory_stays_bounded(world: World, name: str) -> None:
    large.obey(world, large.STREAMS[name])
