"""`account/batchoperate` and `account/query`: binding accounts to tokens from a server, and asking for bindings.

A batch is one transaction. Each element has a code of its own in `result`, in the order asked: an element at fault is
left out as a whole, the others are done. TPNS does these later, on its own time; here the answer comes after the
deed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rockdove.api.tpns.answers import Answer
from rockdove.api.tpns.endpoint import Call
from rockdove.api.tpns.errors import (
    InvalidParameterError,
    InvalidTokenError,
    NotFoundError,
    PartlyFailedError,
    TotallyFailedError,
    TpnsError,
)
from rockdove.api.tpns.fields import Fields, as_text
from rockdove.config import Limits
from rockdove.devices import accounts
from rockdove.domain.account import MAX_ACCOUNT_TYPE, Account, fault_of
from rockdove.domain.token import is_token
from rockdove.storage.database import Connection

APPEND, SET, REMOVE, CLEAR, REMOVE_EVERYWHERE = 1, 2, 3, 4, 5
"""APPEND was retired in 2020 and acts as SET."""


@dataclass(slots=True)
class _Element:
    """One token or account of a batch, and what became of it."""

    token: str = ""
    accounts: list[Account] = field(default_factory=list)
    device_id: int = 0
    error: type[TpnsError] | None = None

    @property
    def code(self) -> str:
        return str(self.error.code if self.error else 0)


async def batchoperate(call: Call) -> Answer:
    """Bind and unbind, by operator."""
    fields = call.fields
    fields.require("operator_type")
    operator = fields.integer("operator_type", 0, APPEND, REMOVE_EVERYWHERE)
    default_type = fields.integer("account_type", 0, 0, MAX_ACCOUNT_TYPE)
    elements = _elements(fields, operator, default_type, call.context.settings.limits)
    async with call.context.database.transaction() as connection:
        access_id = call.application.access_id
        if operator != REMOVE_EVERYWHERE:
            await _find_devices(connection, access_id, elements)
        await _apply(connection, access_id, operator, [element for element in elements if not element.error])
    codes = [element.code for element in elements]
    return Answer({"result": codes}, outcome(codes))


async def query(call: Call) -> Answer:
    """Accounts to tokens (1), tokens to accounts (2)."""
    fields = call.fields
    fields.require("operator_type")
    if fields.integer("operator_type", 0, 1, 2) == 1:
        return await _tokens_of_accounts(call)
    return await _accounts_of_tokens(call)


def _elements(fields: Fields, operator: int, default_type: int, limits: Limits) -> list[_Element]:
    if operator == CLEAR:
        fields.require("token_list")
        return [_Element(token) for token in fields.texts("token_list", limits.listed_accounts or None)]
    if operator == REMOVE_EVERYWHERE:
        fields.require("account_list")
        pairs = _accounts(fields, "account_list", default_type, limits.listed_accounts)
        return [_Element(accounts=[account]) if account else _Element(error=InvalidParameterError) for account in pairs]
    fields.require("token_accounts")
    members = fields.objects("token_accounts", limits.binding_tokens or None)
    return [_token_element(member, default_type, limits.binding_accounts) for member in members]


def _token_element(member: Fields, default_type: int, most: int) -> _Element:
    element = _Element(as_text(member.raw("token")) or "")
    try:
        found = _accounts(member, "account_list", default_type, most)
    except InvalidParameterError:
        found = []
    element.accounts = [account for account in found if account]
    if not found or None in found:
        element.error = InvalidParameterError
    return element


def _accounts(fields: Fields, key: str, default_type: int, maximum: int) -> list[Account | None]:
    """The accounts of a list, None for one that can't be an account. Raises InvalidParameterError for no list."""
    return [_account(element, default_type) for element in fields.array(key, maximum or None)]


def _account(element: Any, default_type: int) -> Account | None:
    given = Fields(element if isinstance(element, dict) else {"account": element})
    text = as_text(given.raw("account"))
    try:
        account_type = given.integer("account_type", default_type, 0, MAX_ACCOUNT_TYPE)
    except InvalidParameterError:
        return None
    return None if text is None or fault_of(text) else Account(text, account_type)


async def _find_devices(connection: Connection, access_id: int, elements: Sequence[_Element]) -> None:
    """A token without a registered device is at fault, whatever else is."""
    tokens = {element.token for element in elements if is_token(element.token)}
    devices = await accounts.registered(connection, access_id, tokens)
    for element in elements:
        element.device_id = devices.get(element.token, 0)
        if not element.device_id:
            element.error = InvalidTokenError


async def _apply(connection: Connection, access_id: int, operator: int, elements: Sequence[_Element]) -> None:
    pairs = [(element.device_id, account) for element in elements for account in element.accounts]
    match operator:
        case _ if not elements:
            return
        case 1 | 2:
            wanted = {(device_id, account.account_type): account.text for device_id, account in pairs}
            await accounts.bind_all(connection, access_id, wanted)
        case 3:
            await accounts.unbind_all(connection, access_id, pairs)
        case 4:
            await accounts.clear(connection, access_id, [element.device_id for element in elements])
        case 5:
            await accounts.remove(connection, access_id, [account for _, account in pairs])


async def _tokens_of_accounts(call: Call) -> Answer:
    fields = call.fields
    fields.require("account_list")
    default_type = fields.integer("account_type", 0, 0, MAX_ACCOUNT_TYPE)
    wanted = _accounts(fields, "account_list", default_type, call.context.settings.limits.listed_accounts)
    async with call.context.database.connection() as connection:
        asked = [account for account in wanted if account]
        found = await accounts.tokens_of(connection, call.application.access_id, asked)
    answer = [
        {**_as_asked(element, default_type), "token_list": found.get(account, []) if account else []}
        for account, element in zip(wanted, fields.array("account_list"), strict=True)
    ]
    codes = _found_codes(bool(member["token_list"]) for member in answer)
    return Answer({"result": codes, "account_tokens": answer}, outcome(codes))


def _as_asked(element: Any, default_type: int) -> dict[str, Any]:
    """The account as the answer names it, also when it can't be one; its type only if clients' integers hold it."""
    given = Fields(element if isinstance(element, dict) else {"account": element})
    try:
        account_type = given.integer("account_type", default_type, 0, MAX_ACCOUNT_TYPE)
    except InvalidParameterError:
        account_type = default_type
    return {"account": as_text(given.raw("account")) or "", "account_type": account_type}


async def _accounts_of_tokens(call: Call) -> Answer:
    fields = call.fields
    fields.require("token_list")
    tokens = fields.texts("token_list", call.context.settings.limits.listed_accounts or None)
    async with call.context.database.connection() as connection:
        found = await accounts.accounts_of(connection, call.application.access_id, list(filter(is_token, tokens)))
    codes = [
        str(InvalidTokenError.code) if not is_token(token) else "0" if token in found else str(NotFoundError.code)
        for token in tokens
    ]
    answer = [
        {
            "token": token,
            "account_list": [
                {"account": account.text, "account_type": account.account_type} for account in found.get(token, [])
            ],
        }
        for token in tokens
    ]
    return Answer({"result": codes, "token_accounts": answer}, outcome(codes))


def _found_codes(found: Iterable[bool]) -> list[str]:
    return ["0" if one else str(NotFoundError.code) for one in found]


def outcome(codes: Sequence[str]) -> TpnsError | None:
    """What to say above the codes of single items: did some fail, or all?"""
    failed = sum(code != "0" for code in codes)
    if not failed:
        return None
    return TotallyFailedError() if failed == len(codes) else PartlyFailedError()
