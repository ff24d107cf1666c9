"""What a device reads of a personalised message."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rockdove.domain.personalisation import Personal, is_personal, names_in

DEFAULTS = {"default_title": "Hello", "default_content": "To you"}
MESSAGE = {"title": "Dear {{name}}", "content": "You are {{level}}, {{name}}", **DEFAULTS, "android": {"ring": 1}}


def read(message: dict[str, Any], attributes: dict[str, str]) -> dict[str, Any]:
    personal = Personal(message, msgspec.json.encode)
    found = personal.message(attributes)
    assert personal.payload(attributes) == msgspec.json.encode(found)
    return found


def test_the_texts_name_attributes() -> None:
    assert names_in(MESSAGE) == {"name", "level"}
    assert is_personal(MESSAGE)
    assert not is_personal({"title": "{{name}}", "content": "x"})
    filled = {"title": "Dear Ada", "content": "You are gold, Ada", "android": {"ring": 1}}
    assert read(MESSAGE, {"name": "Ada", "level": "gold", "more": "x"}) == filled


def test_who_lacks_one_reads_the_defaults() -> None:
    plain = {"title": "Hello", "content": "To you", "android": {"ring": 1}}
    for attributes in ({}, {"name": "Ada"}, {"level": "gold", "Name": "Ada"}):
        assert read(MESSAGE, attributes) == plain


def test_an_empty_value_is_a_value() -> None:
    assert read(MESSAGE, {"name": "", "level": "gold"})["title"] == "Dear "


def test_a_value_is_data() -> None:
    value = '{{level}}"\\1\n\\g<0>'
    assert read(MESSAGE, {"name": value, "level": "{{name}}"})["title"] == f"Dear {value}"


@pytest.mark.parametrize(
    ("alert", "filled", "plain"),
    [
        ("Hi {{name}}", "Hi Ada", "To you"),
        (
            {"title": "{{name}}", "body": "b {{name}}", "subtitle": "s {{name}}", "loc-key": "{{name}}"},
            {"title": "Ada", "body": "b Ada", "subtitle": "s Ada", "loc-key": "{{name}}"},
            {"title": "Hello", "body": "To you", "loc-key": "{{name}}"},
        ),
        ({"subtitle": "no name", "body": 5}, {"subtitle": "no name", "body": 5}, {"subtitle": "no name", "body": 5}),
    ],
)
def test_ios(alert: Any, filled: Any, plain: Any) -> None:
    message = {"title": "t", "content": "{{name}}", **DEFAULTS, "ios": {"aps": {"alert": alert, "sound": "x"}}}
    assert read(message, {"name": "Ada"})["ios"] == {"aps": {"alert": filled, "sound": "x"}}
    assert read(message, {})["ios"] == {"aps": {"alert": plain, "sound": "x"}}


def test_a_title_without_a_default_is_left_out() -> None:
    message = {"title": "{{name}}", "content": "c", "default_content": "d", "ios": {"aps": {"sound": "x"}}}
    assert read(message, {}) == {"content": "d", "ios": {"aps": {"sound": "x"}}}
    assert read(message | {"title": "fixed", "content": "{{name}}"}, {})["title"] == "fixed"


NAMES = st.sampled_from(["a", "b", "c"])
PARTS = st.lists(
    st.one_of(NAMES.map(lambda name: ("name", name)), st.tuples(st.just("text"), st.text('xyz{} %"b0.\n', max_size=4)))
)


@given(PARTS, st.dictionaries(NAMES, st.text(max_size=5)))
def test_against_joining_the_parts(parts: list[tuple[str, str]], attributes: dict[str, str]) -> None:
    parts = [(kind, text.replace("{", "").replace("}", "")) for kind, text in parts]
    content = "".join(f"{{{{{text}}}}}" if kind == "name" else text for kind, text in parts)
    wanted = {text for kind, text in parts if kind == "name"}
    expected = "".join(attributes.get(text, "") if kind == "name" else text for kind, text in parts)
    message = {"title": "t", "content": content, **DEFAULTS}
    assert read(message, attributes)["content"] == (expected if wanted <= attributes.keys() else "To you")
