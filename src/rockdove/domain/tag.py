"""What may be a custom tag."""

from __future__ import annotations

import re

_UNFIT = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")


def fault_of(tag: str, most_bytes: int) -> str:
    """Why `tag` can't be one, empty where it can. `most_bytes` of its UTF-8; 0: any number."""
    if not tag:
        return "is empty"
    if _UNFIT.search(tag):
        return "has white space or control characters in it"
    size = len(tag.encode("utf-8", "surrogatepass"))
    return f"has {size} bytes, the limit is {most_bytes}" if most_bytes and size > most_bytes else ""
