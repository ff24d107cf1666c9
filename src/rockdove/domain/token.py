"""Tokens: the 36-character id of one app install on one device."""

from __future__ import annotations

import re
import secrets
from typing import Final

LENGTH: Final = 36
_TOKEN: Final = re.compile(r"[0-9A-Za-z]{36}", re.ASCII)


def new_token() -> str:
    """36 random lower-case hexadecimal characters, like TPNS's."""
    return secrets.token_hex(18)


def is_token(text: str) -> bool:
    """Any 36 letters and digits: tokens migrated from TPNS stay valid."""
    return _TOKEN.fullmatch(text) is not None
