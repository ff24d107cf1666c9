"""Rates: how fast an application may call, where that differs from what the server allows everybody.

Kept as JSON in `apps.rates`; the names are those of `config.Limits`. Bad values raise msgspec.ValidationError wherever
they come from.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

Limits = TypeVar("Limits", bound=msgspec.Struct)

MOST_A_SECOND = 1_000
MOST_OF_A_WINDOW = 7 * 24 * 3600
MOST_COUNTED = 1_000_000


class Rates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """None: as the server is configured. 0: no limit."""

    bulk_pushes_per_second: Annotated[int, Meta(ge=0, le=MOST_A_SECOND)] | None = None
    repeat_window_seconds: Annotated[int, Meta(ge=0, le=MOST_OF_A_WINDOW)] | None = None
    statistics_per_hour: Annotated[int, Meta(ge=0, le=MOST_COUNTED)] | None = None
    plans_per_day: Annotated[int, Meta(ge=0, le=MOST_COUNTED)] | None = None

    def over(self, limits: Limits) -> Limits:
        """`limits` (config.Limits), with the application's own rates in place of the server's."""
        own = {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not None}
        return msgspec.structs.replace(limits, **own)
