"""Accounts, tags and attributes of devices."""

from __future__ import annotations

from collections.abc import Iterable

from rockdove.api.tpns.answers import Family
from rockdove.api.tpns.attributes import SUCCESS
from rockdove.api.tpns.errors import (
    InvalidParameterError,
    InvalidTokenError,
    NotFoundError,
    PartlyFailedError,
    TokenNotValidError,
    TpnsError,
)
from rockdove.api.tpns.openapi.operation import BATCH, TOKEN, TOKEN_2, Example, Operation
from rockdove.api.tpns.openapi.schemas import Schema, answered, array, either, integer, mapping, record, text
from rockdove.config import Limits, Settings
from rockdove.domain.account import MAX_ACCOUNT_TYPE, MAX_DEVICES_PER_ACCOUNT, MAX_LENGTH, MIN_LENGTH
from rockdove.domain.token import LENGTH

GROUP = "Devices"


def operations(settings: Settings) -> list[Operation]:
    limits = settings.limits
    return [
        _batchoperate(limits),
        _query(limits),
        _tag(limits),
        _delete_tags(limits),
        _attributes(limits),
    ]


def a_token(description: str = "") -> Schema:
    return text(description or f"{LENGTH} letters and digits.", form=f"^[0-9A-Za-z]{{{LENGTH}}}$")


def _an_account_type(description: str, default: int | None = None) -> Schema:
    return integer(description, 0, MAX_ACCOUNT_TYPE, default=default)


def _accounts(description: str, most: int) -> Schema:
    account = text(f"{MIN_LENGTH} to {MAX_LENGTH} characters, without white space at its ends.")
    pair = record(
        {"account": account, "account_type": _an_account_type("By default that of the call.")}, required=["account"]
    )
    return array(either(pair, account), f"{description} An account of the call's type may be just its text.", most)


def _codes(errors: Iterable[type[TpnsError]], description: str) -> Schema:
    return array(text(among=["0", *(str(error.code) for error in errors)]), description)


def _batchoperate(limits: Limits) -> Operation:
    pairs = [{"account": "user-0001", "account_type": 1}]
    return Operation(
        path="/device/account/batchoperate",
        family=Family.SNAKE,
        group=GROUP,
        title="Bind and unbind accounts",
        description=f"""A device has one account of each type: binding another replaces it, and binding the same
again makes it the most recent. An account has at most {MAX_DEVICES_PER_ACCOUNT} devices: one more drops the oldest
binding.

All is done before the answer. Each token, or account, is done or left out as a whole, and has its code in `result`;
above them stands 0, 1008026 when some failed, 1008027 when all did.""",
        request=record(
            {
                "operator_type": integer(
                    "1 (TPNS's older append) and 2 set the given accounts, other types stay; 3 removes them; 4 "
                    "removes all accounts of the tokens; 5 removes the accounts from all their tokens.",
                    1,
                    5,
                ),
                "token_accounts": array(
                    record(
                        {"token": a_token(), "account_list": _accounts("Of this token.", limits.binding_accounts)},
                        required=["token", "account_list"],
                    ),
                    "Operators 1, 2 and 3: required.",
                    limits.binding_tokens,
                ),
                "token_list": array(a_token(), "Operator 4: required.", limits.listed_accounts),
                "account_list": _accounts("Operator 5: required.", limits.listed_accounts),
                "account_type": _an_account_type("Of accounts that name none.", default=0),
            },
            required=["operator_type"],
        ),
        answer={
            "result": _codes((InvalidTokenError, InvalidParameterError), "A code for each token or account, as asked.")
        },
        errors=BATCH,
        examples={
            "set": Example(
                title="A user logs in on a device",
                request={"operator_type": 2, "token_accounts": [{"token": TOKEN, "account_list": pairs}]},
                answer={"result": ["0"]},
            ),
            "append": Example(
                title="The older append: acts as set",
                request={
                    "operator_type": 1,
                    "account_type": 1,
                    "token_accounts": [{"token": TOKEN, "account_list": ["user-0001"]}],
                },
                answer={"result": ["0"]},
            ),
            "partly": Example(
                title="One of two devices is not registered",
                request={
                    "operator_type": 3,
                    "token_accounts": [
                        {"token": TOKEN, "account_list": pairs},
                        {"token": "0" * LENGTH, "account_list": pairs},
                    ],
                },
                answer={"result": ["0", "1008006"]},
                error=PartlyFailedError,
            ),
            "clear": Example(
                title="Take all accounts from devices",
                request={"operator_type": 4, "token_list": [TOKEN, TOKEN_2]},
                answer={"result": ["0", "0"]},
            ),
            "remove": Example(
                title="Take an account from all its devices",
                request={"operator_type": 5, "account_list": [{"account": "user-0001", "account_type": 0}]},
                answer={"result": ["0"]},
            ),
        },
    )


def _query(limits: Limits) -> Operation:
    answered_account = {"account": text(), "account_type": integer()}
    return Operation(
        path="/device/account/query",
        family=Family.CAMEL,
        group=GROUP,
        title="Accounts and their devices",
        description="The tokens of accounts, newest binding first, or the accounts of tokens. Above the codes of the "
        "single ones stands 0, 1008026 when some were not found, 1008027 when none was.",
        request=record(
            {
                "operator_type": integer("1: accounts to tokens, 2: tokens to accounts.", 1, 2),
                "account_list": _accounts("Operator 1: required.", limits.listed_accounts),
                "token_list": array(a_token(), "Operator 2: required.", limits.listed_accounts),
                "account_type": _an_account_type("Of accounts that name none.", default=0),
            },
            required=["operator_type"],
        ),
        answer={"result": _codes((InvalidTokenError, NotFoundError), "A code for each account or token, as asked.")},
        sometimes={
            "account_tokens": array(
                answered({**answered_account, "token_list": array(text(), "Newest binding first.")}), "Operator 1."
            ),
            "token_accounts": array(
                answered({"token": text(), "account_list": array(answered(answered_account))}), "Operator 2."
            ),
        },
        errors=BATCH,
        examples={
            "tokens": Example(
                title="The devices of two accounts, one of which has none",
                request={"operator_type": 1, "account_list": [{"account": "user-0001"}, {"account": "user-0009"}]},
                answer={
                    "result": ["0", "10110008"],
                    "account_tokens": [
                        {"account": "user-0001", "account_type": 0, "token_list": [TOKEN]},
                        {"account": "user-0009", "account_type": 0, "token_list": []},
                    ],
                },
                error=PartlyFailedError,
            ),
            "accounts": Example(
                title="The accounts of a device",
                request={"operator_type": 2, "token_list": [TOKEN]},
                answer={
                    "result": ["0"],
                    "token_accounts": [{"token": TOKEN, "account_list": [{"account": "user-0001", "account_type": 0}]}],
                },
            ),
        },
    )


def _tag_text(limits: Limits) -> Schema:
    size = f", at most {limits.tag_bytes} bytes of UTF-8" if limits.tag_bytes else ""
    return text(f"Without white space{size}.")


def _tag(limits: Limits) -> Operation:
    tag, most = _tag_text(limits), limits.tag_call_items
    held = f" A device has at most {limits.tags_per_device} tags" if limits.tags_per_device else ""
    named = f" An application has at most {limits.tags_per_app} different tags." if limits.tags_per_app else ""
    pair = record({"tag": tag, "token": a_token()}, required=["tag", "token"])
    predecessors_pair = array(text(), "The older form: tag and token.")
    return Operation(
        path="/device/tag",
        family=Family.SNAKE,
        group=GROUP,
        title="Tag devices",
        description=f"""Custom tags; those that come from registration (brand, version, place …) need no
call.{held + "." if held else ""}{named}

1, 2 add, delete one tag on one token; 3, 4 several tags on one token; 5 deletes all tags of a token; 6 overwrites:
where all tags hold a colon, only those of the same category (`level:3` replaces `level:*`), otherwise all; 7, 8 one
tag on several tokens; 9, 10 pairs. Where an operator takes one, the first of the list counts. All is done before
the answer.""",
        request=record(
            {
                "operator_type": integer("What to do, see above.", 1, 10),
                "token_list": array(a_token(), "Operators 1 to 8: required.", most),
                "tag_list": array(tag, "Operators 1 to 4 and 6 to 8: required.", most),
                "tag_token_list": array(either(pair, predecessors_pair), "Operators 9 and 10: required.", most),
            },
            required=["operator_type"],
        ),
        answer={
            "result": text(
                "JSON text: for operators 7 to 10 an array with a code for each token or pair; otherwise `{}`."
            )
        },
        errors=(*BATCH, InvalidTokenError, TokenNotValidError),
        examples={
            "add": Example(
                title="Tags for a device",
                request={"operator_type": 3, "token_list": [TOKEN], "tag_list": ["vip", "level:3"]},
                answer={"result": "{}"},
            ),
            "overwrite": Example(
                title="Another level",
                request={"operator_type": 6, "token_list": [TOKEN], "tag_list": ["level:4"]},
                answer={"result": "{}"},
            ),
            "several": Example(
                title="A tag for several devices",
                request={"operator_type": 7, "token_list": [TOKEN, TOKEN_2], "tag_list": ["vip"]},
                answer={"result": '["0","0"]'},
            ),
            "pairs": Example(
                title="Pairs, the second with a token that is not registered",
                request={
                    "operator_type": 9,
                    "tag_token_list": [{"tag": "vip", "token": TOKEN}, {"tag": "vip", "token": "0" * LENGTH}],
                },
                answer={"result": '["0","1008006"]'},
                error=PartlyFailedError,
            ),
            "unknown": Example(
                title="A token that is not registered",
                request={"operator_type": 5, "token_list": ["0" * LENGTH]},
                answer={},
                error=InvalidTokenError,
            ),
        },
    )


def _delete_tags(limits: Limits) -> Operation:
    return Operation(
        path="/device/tag/delete_all_device",
        family=Family.SNAKE,
        group=GROUP,
        title="Delete tags",
        description="From every device, and from the application's list of tags.",
        request=record(
            {"tag_list": array(_tag_text(limits), "Which ones.", limits.deleted_tags, least=1)}, required=["tag_list"]
        ),
        answer={"result": text("Always `{}`.", among=["{}"])},
        examples={"tags": Example(title="Two tags", request={"tag_list": ["vip", "level:3"]}, answer={"result": "{}"})},
    )


def _attributes(limits: Limits) -> Operation:
    size = f" A value has at most {limits.attribute_bytes} bytes." if limits.attribute_bytes else ""
    most = f" A device has at most {limits.attributes_per_device}." if limits.attributes_per_device else ""
    return Operation(
        path="/device/set_custom_attribute",
        family=Family.CAMEL,
        group=GROUP,
        title="Attributes of a device's user",
        description="Texts that a push with `ntf_wt_attrs` may name. Names are made in the application's settings "
        f"first; others are skipped, and returned.{size}{most}",
        request=record(
            {
                "cmd": integer(
                    "1 (add) and 2 (update) set the given ones, others stay; 3 deletes the given ones; 4 deletes "
                    "all; 5 asks for all.",
                    1,
                    5,
                ),
                "token": a_token("The device."),
                "attributeInfo": record(
                    {"attributeMap": mapping(text(), "Values by name. Names are case-sensitive.")},
                    "Commands 1 to 3: required.",
                ),
            },
            required=["cmd", "token"],
        ),
        sometimes={
            "attributeInfo": answered({"attributeMap": mapping(text())}, "Command 5."),
            "invalidAttribute": array(text(), "Names that were skipped, where there are any."),
        },
        errors=(InvalidTokenError, TokenNotValidError),
        done_text=SUCCESS,
        examples={
            "set": Example(
                title="A name; the other attribute does not exist",
                request={
                    "cmd": 1,
                    "token": TOKEN,
                    "attributeInfo": {"attributeMap": {"name": "Ada", "shoe-size": "38"}},
                },
                answer={"invalidAttribute": ["shoe-size"]},
            ),
            "delete": Example(
                title="Delete one",
                request={"cmd": 3, "token": TOKEN, "attributeInfo": {"attributeMap": {"name": ""}}},
                answer={},
            ),
            "query": Example(
                title="Ask for all",
                request={"cmd": 5, "token": TOKEN},
                answer={"attributeInfo": {"attributeMap": {"name": "Ada"}}},
            ),
        },
    )
