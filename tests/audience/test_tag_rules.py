"""Tag rules: what is refused, and how they join. That their sets are the right ones: test_history."""

from __future__ import annotations

from typing import Any

import pytest
from pyroaring import BitMap

from rockdove.audience.tag_rules import evaluate, parse

DEVICES = {"a": {1, 2, 3}, "b": {2, 3, 4}, "c": {4, 5}}
AVAILABLE = BitMap(range(1, 8))


def rule(*tags: str, **members: Any) -> dict[str, Any]:
    return {"tag_items": [{"tags": [tag], "tag_type": "xg_user_define"} for tag in tags], **members}


def devices(*rules: dict[str, Any]) -> list[int]:
    return list(evaluate(parse(rules), lambda _, tag: BitMap(DEVICES.get(tag, ())), AVAILABLE))


def test_missing_operators_mean_or() -> None:
    assert devices(rule("a", "c")) == [1, 2, 3, 4, 5]
    assert devices(rule("a"), rule("c")) == [1, 2, 3, 4, 5]


def test_and_binds_tighter_than_or() -> None:
    assert devices(rule("a"), rule("b", operator="OR"), rule("c", operator="AND")) == [1, 2, 3, 4]
    assert devices(rule("a"), rule("b", operator="AND"), rule("c", operator="OR")) == [2, 3, 4, 5]


def test_the_first_operator_is_ignored() -> None:
    assert devices(rule("a", operator="AND"), rule("c", operator="OR")) == [1, 2, 3, 4, 5]


def test_not_complements_within_the_available_devices() -> None:
    assert devices(rule("a", is_not=True)) == [4, 5, 6, 7]
    item = {"tags": ["a", "b"], "tags_operator": "AND", "is_not": True, "tag_type": "xg_user_define"}
    assert devices({"tag_items": [item]}) == [1, 4, 5, 6, 7]


def test_an_unknown_tag_is_the_empty_set() -> None:
    assert devices(rule("nobody has it")) == []
    assert devices(rule("nobody has it", is_not=True)) == list(AVAILABLE)


def test_empty_operators_count_as_missing_as_published_examples_have_them() -> None:
    item = {"tags": ["a"], "tags_operator": "", "items_operator": "", "is_not": False, "tag_type": "xg_user_define"}
    assert devices({"tag_items": [item], "operator": "", "is_not": False}) == [1, 2, 3]


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        ([], "empty"),
        ([{"tag_items": []}], "empty"),
        ([{"tag_items": [{"tags": [], "tag_type": "xg_user_define"}]}], "empty"),
        ([{"tag_items": [{"tags": ["a"], "tag_type": "xg_auto_moon"}]}], "xg_auto_moon"),
        ([{"tag_items": [{"tags": ["a"]}]}], "tag_type"),
        ([rule("a", operator="XOR")], "XOR"),
        ("a", "array"),
    ],
)
def test_what_is_refused(rules: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse(rules)
