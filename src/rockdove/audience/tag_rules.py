"""Tag rules: set algebra over the devices of an application.

An item names tags of one type and joins them; items join to a rule, rules to the whole, each by the operator of the
*second* one. AND binds tighter than OR, NOT complements within the available devices, an unknown tag is the empty set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import reduce
from operator import and_, or_
from typing import Literal

import msgspec
from pyroaring import BitMap

Operator = Literal["AND", "OR"]


class TagType(StrEnum):
    """Where the value of a tag comes from: custom tags from the app's servers, the others from registration."""

    CUSTOM = "xg_user_define"
    APP_VERSION = "xg_auto_version"
    APP_VERSION_MISSPELT = "xg_auto_verison"  # as a published example has it
    PROVINCE = "xg_auto_province"
    CITY = "xg_auto_city"
    COUNTRY = "xg_auto_country"
    ACTIVE = "xg_auto_active"
    SDK_VERSION = "xg_auto_sdkversion"
    OS_VERSION = "xg_auto_systemversion"
    LANGUAGE = "xg_auto_systemlanguage"
    BRAND = "xg_auto_devicebrand"
    MODEL = "xg_auto_deviceversion"


class TagItem(msgspec.Struct, frozen=True, kw_only=True):
    tags: tuple[str, ...]
    tag_type: TagType
    tags_operator: Operator = "OR"
    items_operator: Operator = "OR"
    is_not: bool = False


class TagRule(msgspec.Struct, frozen=True, kw_only=True):
    tag_items: tuple[TagItem, ...]
    operator: Operator = "OR"
    is_not: bool = False


Lookup = Callable[[TagType, str], BitMap]
"""The devices that carry a tag."""


def parse(rules: object) -> tuple[TagRule, ...]:
    """Rules as JSON has them. Raises msgspec.ValidationError (a ValueError) naming the member at fault; an empty
    operator counts as missing.
    """
    parsed = msgspec.convert(_without_empty(rules), tuple[TagRule, ...])
    if not parsed or any(not rule.tag_items or not all(item.tags for item in rule.tag_items) for rule in parsed):
        raise msgspec.ValidationError("tag rules, their items and tags can't be empty")
    return parsed


def evaluate(rules: Iterable[TagRule], lookup: Lookup, available: BitMap) -> BitMap:
    """The devices the rules describe, among the available ones."""
    return _join([(rule.operator, _rule(rule, lookup, available)) for rule in rules]) & available


def _rule(rule: TagRule, lookup: Lookup, available: BitMap) -> BitMap:
    devices = _join([(item.items_operator, _item(item, lookup, available)) for item in rule.tag_items])
    return available - devices if rule.is_not else devices


def _item(item: TagItem, lookup: Lookup, available: BitMap) -> BitMap:
    join = and_ if item.tags_operator == "AND" else or_
    devices: BitMap = reduce(join, [lookup(item.tag_type, tag) for tag in item.tags])
    return available - devices if item.is_not else devices


def _join(terms: list[tuple[Operator, BitMap]]) -> BitMap:
    """OR over runs of AND; the first term's operator has nothing to join."""
    products: list[BitMap] = []
    for operator, devices in terms:
        if operator == "AND" and products:
            products[-1] = products[-1] & devices
        else:
            products.append(devices)
    return reduce(or_, products, BitMap())


def _without_empty(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_empty(member) for key, member in value.items() if member not in ("", None)}
    return [_without_empty(member) for member in value] if isinstance(value, list | tuple) else value
