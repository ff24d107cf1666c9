"""What a benchmark must reach: judged in one way, and told in one way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

Must: TypeAlias = Mapping[str, tuple[Literal["at least", "at most"], float]]
"""By the name of a figure."""


def judged(result: dict[str, Any], must: Must) -> dict[str, Any]:
    """The same with `must` and `missed`; a figure that was not measured is not judged."""
    missed = [name for name in must if name in result and not _is_met(result[name], *must[name])]
    return result | {"must": {name: f"{word} {limit:,g}" for name, (word, limit) in must.items()}, "missed": missed}


def verdict(result: dict[str, Any], name: str) -> str:
    """What stands behind a figure of a judged result; nothing where nothing is demanded of it."""
    if name not in result["must"]:
        return ""
    return f"   must be {result['must'][name]}: {'MISSED' if name in result['missed'] else 'met'}"


def _is_met(value: float, word: str, limit: float) -> bool:
    return value <= limit if word == "at most" else value >= limit
