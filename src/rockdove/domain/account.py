"""Accounts: the app's own user ids, bound to devices under an account type."""

from __future__ import annotations

from typing import NamedTuple

from rockdove.domain.text import has_control_character, strip_white_space

MIN_LENGTH, MAX_LENGTH = 2, 100
"""Characters (Unicode code points), TPNS's package rule."""

MAX_ACCOUNT_TYPE = 2**31 - 1
MAX_DEVICES_PER_ACCOUNT = 100
"""Binding one more drops the oldest binding."""


class Account(NamedTuple):
    """One account as bound: the same text under two types is two accounts."""

    text: str
    account_type: int = 0


def fault_of(text: str) -> str | None:
    """Why `text` can't be an account, in words, or None.

    The API never trims: the package parser does, so an account with white space at its ends could never be matched.
    """
    if not MIN_LENGTH <= len(text) <= MAX_LENGTH:
        return f"an account has {MIN_LENGTH} to {MAX_LENGTH} characters, this one {len(text)}"
    if has_control_character(text):
        return "an account holds no control characters"
    if strip_white_space(text) != text:
        return "an account has no white space at its ends"
    return None
