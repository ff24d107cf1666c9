"""Loose reading: every looseness of TPNS's clients that the dialect forgives, and what it doesn't."""

from __future__ import annotations

from typing import Any

import pytest

from rockdove.api.tpns.errors import InvalidParameterError, MissingParameterError, ParseError
from rockdove.api.tpns.fields import Fields, parse


def test_exact_key_before_any_other_case() -> None:
    assert Fields({"Title": "a", "title": "b"}).text("title") == "b"
    assert Fields({"DayTimes": ["09:00:00"]}).texts("dayTimes") == ["09:00:00"]
    assert Fields({"pushid": 133703}).text("pushId") == "133703"


def test_only_ascii_letters_have_another_case() -> None:
    """Python's lower() makes a k of the kelvin sign, and two characters of the dotted capital I."""
    assert Fields({"to\u212aen": "a"}).text("token") == ""
    assert Fields({"T\u0130TLE": "a", "TITLE": "b"}).text("title") == "b"


@pytest.mark.parametrize("zero", ["", None, [], {}])
def test_zero_values_are_absent(zero: Any) -> None:
    fields = Fields({"x": zero})
    assert fields.integer("x", 7) == 7
    assert fields.text("x", "d") == "d"
    assert fields.boolean("x", True)
    assert fields.array("x") == []
    assert fields.object("x") is None
    assert not fields.given("x")
    with pytest.raises(MissingParameterError, match="x"):
        fields.require("x")


def test_zero_is_absent_below_the_minimum_and_a_number_within() -> None:
    assert Fields({"push_speed": 0}).integer("push_speed", 0, 1000, 50_000) == 0
    assert Fields({"limit": 0}).integer("limit", 50, 1, 200) == 50
    assert Fields({"expire_time": 0}).integer("expire_time", 86_400, 0, 259_200) == 0


@pytest.mark.parametrize(
    ("value", "number"), [(991, 991), ("991", 991), (" 991 ", 991), (-1, -1), ("-1", -1), (2.0, 2)]
)
def test_integers(value: Any, number: int) -> None:
    assert Fields({"x": value}).integer("x") == number


@pytest.mark.parametrize("value", ["nine", "1.5", 1.5, True, [1], {"a": 1}, "９９１"])
def test_no_integers(value: Any) -> None:
    with pytest.raises(InvalidParameterError, match="x must be an integer"):
        Fields({"x": value}).integer("x")


@pytest.mark.parametrize("value", [True, 1, "1", "true", "TRUE"])
def test_true(value: Any) -> None:
    assert Fields({"x": value}).boolean("x")
    assert Fields({"x": value}).boolean("x", False)


@pytest.mark.parametrize("value", [False, 0, "0", "false"])
def test_false(value: Any) -> None:
    assert not Fields({"x": value}).boolean("x", True)


@pytest.mark.parametrize("value", [2, "yes", 1.5, [0]])
def test_no_boolean(value: Any) -> None:
    with pytest.raises(InvalidParameterError):
        Fields({"x": value}).boolean("x")


def test_texts_take_numbers_and_name_the_element_at_fault() -> None:
    assert Fields({"account_list": ["a", 12345]}).texts("account_list") == ["a", "12345"]
    with pytest.raises(InvalidParameterError, match=r"account_list\[1\] must be a string"):
        Fields({"account_list": ["a", {}]}).texts("account_list")
    with pytest.raises(InvalidParameterError, match="has 3 elements, the limit is 2"):
        Fields({"x": [1, 2, 3]}).texts("x", 2)


def test_errors_carry_the_whole_path() -> None:
    inner = Fields({"message": {"android": {"action": {"action_type": "x"}}}}).object("message")
    assert inner
    android = inner.object("android")
    assert android
    action = android.object("action")
    assert action
    with pytest.raises(InvalidParameterError, match=r"message\.android\.action\.action_type must be an integer"):
        action.integer("action_type")


@pytest.mark.parametrize(
    ("body", "members"),
    [
        (b'{"a":1}', {"a": 1}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'\r\n{\t"a"\t:\t1 }\n', {"a": 1}),
        (b'{"a":1,"a":2}', {"a": 2}),
        (b'{"a":"x\ty"}', {"a": "x\ty"}),
        (b'{"a":"x\r\ny\\"\tz","b":\t1}', {"a": 'x\r\ny"\tz', "b": 1}),
        ('{"a":"用户"}'.encode(), {"a": "用户"}),
    ],
)
def test_bodies(body: bytes, members: dict[str, Any]) -> None:
    assert parse(body).members == members


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"[]", b'"a"', b"1", b"null", b"{", b'{"a":0001}', b'{"a":1,}', b'{"a":1}//x', b"{'a':1}",
        b'{"a":NaN}', b'{"a":"\xff"}', b'{"a":"\\ud800"}', b'{"a":1e999}', b"a=1&b=2", b'{"a":' + b"[" * 100_000,
    ],
)  # fmt: skip
def test_no_json_object(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse(body)


@pytest.mark.parametrize("body", [b'{"a":"x\\u0000"}', b'{"a":{"\\u0000":[1]}}', b'{"a":["x\0"]}'])
def test_nul_is_refused_wherever_it_hides(body: bytes) -> None:
    with pytest.raises(InvalidParameterError, match="U\\+0000"):
        parse(body)


def test_an_escaped_backslash_before_u0000_is_text() -> None:
    assert parse(b'{"a":"\\\\u0000"}').members == {"a": "\\u0000"}
