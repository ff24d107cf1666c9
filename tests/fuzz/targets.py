"""What is fuzzed: each target has cases and a law. The test suite runs a little of each, `./dev fuzz` as much as it is
given time for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st

from rockdove.api.tpns.errors import ParseError, TpnsError
from rockdove.api.tpns.fields import Fields, parse
from rockdove.api.tpns.multipart import FormReader, Part, PartEnd
from tests.fuzz import forms, http_bytes, json_bodies
from tests.fuzz.law import World
from tests.fuzz.recorded import BODIES

Law = Callable[[Any], object]


class Target(NamedTuple):
    cases: st.SearchStrategy[Any]
    law: Callable[[World], Law]
    examples: int
    """How many the test suite tries, and one round of `./dev fuzz`."""


def read_in_pieces(case: tuple[bytes, bytes, list[int]]) -> None:
    """A form gives the same parts however it is cut; or the same refusal, at the latest at its end."""
    content_type, body, sizes = case
    assert _read(content_type, body, [len(body)]) == _read(content_type, body, sizes)


def _read(content_type: bytes, body: bytes, sizes: list[int]) -> list[object]:
    found: list[object] = []
    try:
        reader = FormReader(content_type.decode("latin-1"))
        place = 0
        while place < len(body):
            for size in sizes:
                for event in reader.feed(body[place : place + size]):
                    if isinstance(event, bytes) and found and isinstance(found[-1], bytes):
                        found[-1] += event
                    elif event != b"":
                        assert isinstance(event, bytes | Part | PartEnd)
                        found.append(event)
                place += size
    except ParseError:
        return ["refused"]
    return [*found, reader.ended]


def parse_and_read(body: bytes) -> None:
    """Whatever a body holds, it is refused in words, or each of its members can be asked for in every way."""
    try:
        fields = parse(body)
    except TpnsError:
        return
    _ask(fields, 3)


def _ask(fields: Fields, deep: int) -> None:
    ways: tuple[Callable[[str], Any], ...] = (
        fields.integer, fields.text, fields.boolean, fields.array, fields.texts, fields.object,
        lambda key: fields.integers(key, 0, 9), lambda key: list(fields.objects(key)), lambda key: fields.choice(key,
        ("a",)),
        fields.given, fields.raw,
    )  # fmt: skip
    for key in [*fields.members][:50]:
        for way in ways:
            try:
                found = way(key)
            except TpnsError:
                continue
            if deep and isinstance(found, Fields):
                _ask(found, deep - 1)


_cut_forms = st.builds(
    lambda form, sizes: (*form, sizes),
    forms.form_bodies().filter(lambda form: len(form[1]) < 200_000),
    st.lists(st.sampled_from([1, 2, 3, 7, 64, 1000, 65_536]), min_size=1, max_size=3),
)

TARGETS: dict[str, Target] = {
    "form reader": Target(_cut_forms, lambda _: read_in_pieces, 200),
    "json reader": Target(st.sampled_from(sorted(BODIES)).flatmap(json_bodies.bodies), lambda _: parse_and_read, 300),
    "json calls": Target(json_bodies.cases(), lambda world: world.obey, 300),
    "no json": Target(json_bodies.cannot_be_json(), lambda world: world.obey, 40),
    "uploads": Target(forms.cases(), lambda world: world.obey, 250),
    "http": Target(http_bytes.cases(), lambda world: world.obey, 100),
}
