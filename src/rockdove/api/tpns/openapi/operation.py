"""What is said of one endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rockdove.api.tpns.answers import Family
from rockdove.api.tpns.errors import (
    InvalidParameterError,
    MissingParameterError,
    ParseError,
    PartlyFailedError,
    TotallyFailedError,
    TpnsError,
)
from rockdove.api.tpns.openapi.schemas import Schema

EXAMPLE_DAY = date(2026, 1, 15)
"""The day on which the examples are sent. Those who try them on another day move all dates by the difference."""
TOKEN, TOKEN_2 = "3f8a1c5e7b9d2046813579bdf02468ace135", "c0ffee5e7b9d2046813579bdf02468ace246"

Errors = tuple[type[TpnsError], ...]
ANYWHERE: Errors = (ParseError, MissingParameterError, InvalidParameterError)
BATCH: Errors = (PartlyFailedError, TotallyFailedError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A call and its answer."""

    title: str
    request: dict[str, Any]
    answer: dict[str, Any]
    """Without the code and its text, but where they are the point of it."""
    error: type[TpnsError] | None = None
    platform: str = "android"
    """Of the application that calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One POST. `request` is the schema of its body, `answer` the members that every success has."""

    path: str
    family: Family
    group: str
    title: str
    description: str
    request: Schema
    answer: dict[str, Schema] = field(default_factory=dict)
    sometimes: dict[str, Schema] = field(default_factory=dict)
    """Members that an answer may have."""
    errors: Errors = ()
    """Beside those that any endpoint may give."""
    done_text: str = "NO_ERROR"
    examples: dict[str, Example]
    keyed: bool = False
    """Takes an Idempotency-Key."""
    form: bool = False
    """The body is multipart/form-data."""
    alias_of: str = ""

    @property
    def answered_errors(self) -> Errors:
        """All that come with HTTP 200."""
        return (*ANYWHERE, *self.errors)
