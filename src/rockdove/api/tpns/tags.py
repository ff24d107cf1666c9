"""`device/tag` and `device/tag/delete_all_device`: custom tags of devices.

Ten operators, which differ in how many tags and tokens they take:

    1, 2   add, delete one tag on one token           7, 8    one tag on several tokens
    3, 4   add, delete several tags on one token      9, 10   pairs of a tag and a token
    5      delete all tags of one token               6       overwrite the tags of one token

One transaction a call. Where there are several tokens each has its own code in `result`, and what is not at fault is
done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from rockdove.api.tpns.accounts import outcome
from rockdove.api.tpns.answers import Answer
from rockdove.api.tpns.endpoint import Call
from rockdove.api.tpns.errors import InvalidParameterError, InvalidTokenError, TokenNotValidError, TpnsError
from rockdove.api.tpns.fields import Fields, as_text
from rockdove.devices import accounts, tags
from rockdove.devices.tags import Change
from rockdove.domain.tag import fault_of
from rockdove.domain.token import is_token
from rockdove.storage.database import Connection

CLEAR, OVERWRITE = 5, 6
ADDING = frozenset({1, 3, 7, 9})
ONE_TAG = frozenset({1, 2, 7, 8})
ONE_TOKEN = frozenset({1, 2, 3, 4, CLEAR, OVERWRITE})
PAIRS = frozenset({9, 10})


@dataclass(slots=True)
class _Item:
    """Some tags for one token, and what became of it."""

    token: str
    tags: list[str]
    device_id: int = 0
    error: type[TpnsError] | None = None

    @property
    def code(self) -> str:
        return str(self.error.code if self.error else 0)


async def device_tag(call: Call) -> Answer:
    """Add, delete, overwrite."""
    fields = call.fields
    fields.require("operator_type")
    operator = fields.integer("operator_type", 0, 1, 10)
    items = _pairs(call) if operator in PAIRS else _listed(call, operator)
    async with call.context.database.transaction() as connection:
        await _find_devices(connection, call.application.access_id, items)
        limits = call.context.settings.limits
        try:
            full = await tags.change(
                connection,
                call.application.access_id,
                _changes(operator, [item for item in items if not item.error]),
                tags.Limits(limits.tags_per_app, limits.tags_per_device),
            )
        except tags.TooManyNamesError as error:
            raise InvalidParameterError(str(error)) from None
    for item in items:
        if item.device_id in full and not item.error:
            item.error = InvalidParameterError
    return _answer(operator, items, limits.tags_per_device)


async def delete_all_device(call: Call) -> Answer:
    """The tags, from every device and from the application's list."""
    call.fields.require("tag_list")
    limits = call.context.settings.limits
    wanted = [_checked(call, tag) for tag in call.fields.texts("tag_list", limits.deleted_tags or None)]
    async with call.context.database.transaction() as connection:
        await tags.delete(connection, call.application.access_id, wanted)
    return Answer({"result": "{}"})


def _listed(call: Call, operator: int) -> list[_Item]:
    most = call.context.settings.limits.tag_call_items or None
    call.fields.require("token_list")
    tokens = call.fields.texts("token_list", most)
    if operator == CLEAR:
        return [_Item(tokens[0], [])]
    call.fields.require("tag_list")
    listed = call.fields.texts("tag_list", most)
    wanted = [_checked(call, tag) for tag in (listed[:1] if operator in ONE_TAG else listed)]
    return [_Item(token, wanted) for token in (tokens[:1] if operator in ONE_TOKEN else tokens)]


def _pairs(call: Call) -> list[_Item]:
    call.fields.require("tag_token_list")
    pairs = call.fields.array("tag_token_list", call.context.settings.limits.tag_call_items or None)
    return [_pair(call, pair) for pair in pairs]


def _pair(call: Call, pair: Any) -> _Item:
    """Objects, or, as TPNS's predecessor had them, arrays of tag and token."""
    if isinstance(pair, list):
        pair = dict(zip(("tag", "token"), pair, strict=False))
    given = Fields(pair if isinstance(pair, dict) else {})
    tag, token = as_text(given.raw("tag")) or "", as_text(given.raw("token")) or ""
    fault = fault_of(tag, call.context.settings.limits.tag_bytes)
    return _Item(token, [tag], error=InvalidParameterError if fault else None)


def _checked(call: Call, tag: str) -> str:
    if fault := fault_of(tag, call.context.settings.limits.tag_bytes):
        raise InvalidParameterError(f"tag {tag!r} {fault}")
    return tag


async def _find_devices(connection: Connection, access_id: int, items: Sequence[_Item]) -> None:
    tokens = {item.token for item in items if is_token(item.token)}
    devices = await accounts.registered(connection, access_id, tokens)
    for item in items:
        item.device_id = devices.get(item.token, 0)
        if item.token not in devices:
            item.error = InvalidTokenError if is_token(item.token) else TokenNotValidError


def _changes(operator: int, items: Sequence[_Item]) -> dict[int, Change]:
    """By device; its tags of several pairs together."""
    wanted: dict[int, list[str]] = {}
    for item in items:
        wanted.setdefault(item.device_id, []).extend(item.tags)
    return {device_id: _change(operator, of_device) for device_id, of_device in wanted.items()}


def _change(operator: int, wanted: list[str]) -> Change:
    if operator == CLEAR:
        return tags.replace(())
    if operator == OVERWRITE:
        return tags.overwrite(wanted)
    return tags.add(wanted) if operator in ADDING else tags.remove(wanted)


def _answer(operator: int, items: Sequence[_Item], most: int) -> Answer:
    if operator not in ONE_TOKEN:
        codes = [item.code for item in items]
        return Answer({"result": msgspec.json.encode(codes).decode()}, outcome(codes))
    error = items[0].error
    if error is None:
        return Answer({"result": "{}"})
    detail = f"a device has at most {most} tags" if error is InvalidParameterError else f"{items[0].token!r}"
    raise error(detail)
