"""What counts as white space and as a control character, everywhere in the product.

Python's `str.strip` also takes U+001C to U+001F and leaves U+FEFF and U+200B; polars' `strip_chars` differs again.
These are the sets of the package rules (parse steps 8 and 10): Unicode White_Space, U+FEFF and U+200B.
"""

from __future__ import annotations

import re
from typing import Final

WHITE_SPACE: Final = "".join(
    chr(point)
    for point in (
        *range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B),
        0x2028, 0x2029, 0x202F, 0x205F, 0x3000,
        0x200B, 0xFEFF,
    )
)  # fmt: skip
"""The characters stripped from both ends of a value: the property White_Space, zero-width space and BOM."""

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")


def strip_white_space(text: str) -> str:
    return text.strip(WHITE_SPACE)


def has_control_character(text: str) -> bool:
    """U+0000 to U+001F or U+007F to U+009F, inside a value that was already stripped."""
    return _CONTROL.search(text) is not None
