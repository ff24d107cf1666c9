"""The body of `POST /v3/push/app`, translated into a PushRequest.

The functions follow TPNS's order of checks as our contract fixes it: an audience nobody knows, what is missing, then
what is wrong, then the environment. Everything that needs the database comes after them, in `push`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from rockdove.api.tpns import message as messages
from rockdove.api.tpns.errors import MissingParameterError, UnknownAudienceTypeError
from rockdove.api.tpns.fields import Fields, as_text, fold
from rockdove.audience import tag_rules
from rockdove.config import Limits
from rockdove.domain.account import MAX_ACCOUNT_TYPE, fault_of
from rockdove.domain.controls import DEFAULT_PLAN
from rockdove.domain.device import CHANNELS
from rockdove.domain.push import AudienceType, MessageType, PushRequest

DEFAULT_EXPIRE, SHORTEST_EXPIRE, LONGEST_EXPIRE = 86_400, 800, 259_200
SLOWEST, FASTEST = 1000, 50_000
"""push_speed, devices a second."""
TEXT_LENGTH = 256
"""Of group_id, trace_id and plan_id."""
SWITCHES = ("force_collapse", "supply_inapp_msg")
"""For vendor channels and clients; `force_collapse` only where a push can take another one's place."""
OPTIONS_BYTES = 4096
"""Of the members nobody reads yet, as JSON; what is above is not kept."""

_NEEDS = {
    AudienceType.TAG: ("tag_rules", "tag_list"),
    AudienceType.TOKEN: ("token_list",),
    AudienceType.TOKEN_LIST: ("token_list",),
    AudienceType.ACCOUNT: ("account_list",),
    AudienceType.ACCOUNT_LIST: ("account_list",),
    AudienceType.PACKAGE_ACCOUNT: ("upload_id",),
    AudienceType.PACKAGE_TOKEN: ("upload_id",),
}
_BY_ACCOUNT = {AudienceType.ACCOUNT, AudienceType.ACCOUNT_LIST, AudienceType.PACKAGE_ACCOUNT}
_ENVIRONMENTS = ("product", "dev")
_READ = frozenset({
    "audience_type", "message_type", "message", "environment", "upload_id", "account_push_type", "account_type",
    "account_list", "token_list", "ignore_invalid_token", "tag_rules", "tag_list", "expire_time", "send_time",
    "loop_param", "push_speed", "collapse_id", "multi_pkg", "channel_rules", "plan_id", "group_id", "trace_id", "seq",
    "exclude_upload_id", "exclude_push_id", "tpns_online_push_type", *SWITCHES,
})  # fmt: skip
"""Members that have a place of their own; the others are kept as options."""


def read(fields: Fields, access_id: int, platform: str, limits: Limits) -> PushRequest:
    """Everything that can be checked without the database, but for `environment` and the schedule.

    Raises UnknownAudienceTypeError, then MissingParameterError, then InvalidParameterError.
    """
    fields.require("audience_type")
    audience_type = _audience_type(fields)  # before the rest: TPNS's own tests send an unknown one and no message
    _require(fields, platform, audience_type)
    bulk = not audience_type.is_small
    by_account = audience_type in _BY_ACCOUNT
    message_type = MessageType(fields.choice("message_type", tuple(MessageType), MessageType.NOTIFY))
    message = messages.read(fields, platform, message_type, limits)
    return PushRequest(
        access_id=access_id,
        audience_type=audience_type,
        tokens=_tokens(fields, audience_type, limits.push_targets),
        accounts=_accounts(fields, audience_type, limits.push_targets),
        tag_rules=_tag_rules(fields, limits.push_tags) if audience_type is AudienceType.TAG else (),
        package_id=fields.integer("upload_id") if "upload_id" in _NEEDS.get(audience_type, ()) else None,
        exclude_package_id=fields.integer("exclude_upload_id", 0, 1) or None,
        exclude_push_id=fields.integer("exclude_push_id", 0, 1) or None,
        account_type=fields.integer("account_type", 0, 0, MAX_ACCOUNT_TYPE) if by_account else 0,
        every_device=bool(fields.integer("account_push_type", 0, 0, 1)) if by_account else False,
        message_type=message_type,
        message=message,
        expire_seconds=_expire_seconds(fields),
        push_speed=fields.integer("push_speed", 0, SLOWEST, FASTEST) if bulk else 0,
        multi_package=fields.boolean("multi_pkg"),
        disabled_channels=_disabled_channels(fields),
        online_first=not fields.integer("tpns_online_push_type", 0, 0, 1),
        collapse_id=fields.integer("collapse_id", 0, 0) if bulk else 0,
        plan_id=_plan_id(fields),
        group_id=_short_text(fields, "group_id"),
        trace_id=_short_text(fields, "trace_id"),
        options=_switches(fields, bulk) | _options(fields),
    )


def read_environment(fields: Fields, platform: str) -> str:
    """iOS must say which; elsewhere it defaults to product. Raises MissingParameterError or InvalidParameterError."""
    if platform == "ios" and not fields.given("environment"):
        raise MissingParameterError("environment")
    return fields.choice("environment", _ENVIRONMENTS, "product")


def ignores_invalid_tokens(fields: Fields) -> bool:
    return bool(fields.integer("ignore_invalid_token", 0, 0, 1))


def _require(fields: Fields, platform: str, audience_type: AudienceType) -> None:
    fields.require("message")
    if audience_type in _NEEDS:
        fields.require(*_NEEDS[audience_type])
    messages.require(fields, platform, fields.raw("message_type"))


def _audience_type(fields: Fields) -> AudienceType:
    try:
        return AudienceType(fields.raw("audience_type"))
    except ValueError:
        raise UnknownAudienceTypeError from None


def _tokens(fields: Fields, audience_type: AudienceType, most: int) -> tuple[str, ...]:
    if "token_list" not in _NEEDS.get(audience_type, ()):
        return ()
    ignores_invalid_tokens(fields)
    tokens = tuple(fields.texts("token_list", most or None))
    return tokens[:1] if audience_type is AudienceType.TOKEN else tokens


def _accounts(fields: Fields, audience_type: AudienceType, most: int) -> tuple[str, ...]:
    if "account_list" not in _NEEDS.get(audience_type, ()):
        return ()
    accounts = tuple(fields.texts("account_list", most or None))
    accounts = accounts[:1] if audience_type is AudienceType.ACCOUNT else accounts
    for position, account in enumerate(accounts):
        if fault := fault_of(account):
            raise fields.invalid(f"account_list[{position}]", f"can't be an account: {fault}")
    return accounts


def _expire_seconds(fields: Fields) -> int:
    seconds = fields.integer("expire_time", DEFAULT_EXPIRE, 0, LONGEST_EXPIRE)
    return max(seconds, SHORTEST_EXPIRE) if seconds else 0


def _disabled_channels(fields: Fields) -> frozenset[str]:
    disabled = set()
    for rule in fields.objects("channel_rules", len(CHANNELS) * 10):
        channel = rule.choice("channel", tuple(sorted(CHANNELS)))
        if rule.boolean("disable"):
            disabled.add(channel)
    return frozenset(disabled)


def _plan_id(fields: Fields) -> str:
    """Empty for the default plan. Whether there is such a plan is asked later."""
    plan_id = _short_text(fields, "plan_id")
    return "" if plan_id == DEFAULT_PLAN else plan_id


def _short_text(fields: Fields, key: str) -> str:
    text = fields.text(key)
    if len(text) > TEXT_LENGTH:
        raise fields.invalid(key, f"has {len(text)} characters, the limit is {TEXT_LENGTH}")
    return text


def _switches(fields: Fields, bulk: bool) -> dict[str, bool]:
    """Those that are on. Raises InvalidParameterError."""
    return {key: True for key in SWITCHES if (bulk or key != "force_collapse") and fields.boolean(key)}


def _options(fields: Fields) -> dict[str, Any]:
    """The members nobody reads yet, as far as there is room."""
    options: dict[str, Any] = {}
    room = OPTIONS_BYTES
    for key, value in fields.members.items():
        if fold(key) in _READ or value in (None, "", 0, [], {}):
            continue
        room -= len(msgspec.json.encode({key: value}))
        if room >= 0:
            options[key] = value
    return options


def _tag_rules(fields: Fields, most: int) -> tuple[dict[str, Any], ...]:
    """The rules in one spelling; the older `tag_list` becomes a rule of custom tags."""
    if fields.given("tag_rules"):
        key, rules = "tag_rules", [_tag_rule(rule) for rule in fields.objects("tag_rules", most or None)]
    else:
        key, rules = "tag_list", [_rule_of_tag_list(fields)]
    try:
        count = sum(len(item.tags) for rule in tag_rules.parse(rules) for item in rule.tag_items)
    except msgspec.ValidationError as error:
        raise fields.invalid(key, f"can't be used: {error}") from None
    if most and count > most:
        raise fields.invalid(key, f"has {count} tags, the limit is {most}")
    return tuple(rules)


def _tag_rule(rule: Fields) -> dict[str, Any]:
    items = [_tag_item(item) for item in rule.objects("tag_items")]
    return {"tag_items": items, "operator": _operator(rule, "operator"), "is_not": rule.boolean("is_not")}


def _tag_item(item: Fields) -> dict[str, Any]:
    return {
        "tags": item.texts("tags"),
        "tags_operator": _operator(item, "tags_operator"),
        "items_operator": _operator(item, "items_operator"),
        "is_not": item.boolean("is_not"),
        "tag_type": item.text("tag_type"),
    }


def _rule_of_tag_list(fields: Fields) -> dict[str, Any]:
    given = fields.raw("tag_list")
    tag_list = Fields({"tags": given}, "tag_list") if isinstance(given, list) else fields.object("tag_list")
    assert tag_list is not None  # noqa: S101  required above
    tags, operator = tag_list.texts("tags"), _operator(tag_list, "op")
    return {"tag_items": [{"tags": tags, "tags_operator": operator, "tag_type": tag_rules.TagType.CUSTOM.value}]}


def _operator(fields: Fields, key: str) -> str:
    text = as_text(fields.raw(key)) or ""
    return fields.choice(key, ("AND", "OR"), "OR") if text not in ("and", "or") else text.upper()
