"""JSON Schema, as short as it can be written. A limit of 0 is no limit, as in the configuration.

Two members of our own say what a schema can't: `x-honoured-for` (the audiences a member matters for), and `x-kept`: it
is stored or handed on as it came, and no stage of this server acts upon it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Any

Schema = dict[str, Any]


class Kept(StrEnum):
    """What becomes of a member nobody here acts upon."""

    WITH_THE_PUSH = "stored with the push"


def text(
    description: str = "",
    *,
    among: Iterable[str] = (),
    most: int = 0,
    length: int = 0,
    form: str = "",
    default: str | None = None,
    honoured_for: Collection[str] = (),
    kept: Kept | None = None,
) -> Schema:
    """A string of at most `most`, or exactly `length`, characters."""
    schema = _schema("string", description, honoured_for, kept)
    if allowed := list(among):
        schema["enum"] = allowed
    if length or most:
        schema |= {"minLength": length, "maxLength": length} if length else {"maxLength": most}
    if form:
        schema["pattern"] = form
    return _with_default(schema, default)


def integer(
    description: str = "",
    minimum: int | None = None,
    maximum: int | None = None,
    *,
    among: Iterable[int] = (),
    default: int | None = None,
    honoured_for: Collection[str] = (),
    kept: Kept | None = None,
) -> Schema:
    schema = _schema("integer", description, honoured_for, kept)
    if allowed := list(among):
        schema["enum"] = allowed
    if minimum is not None:
        schema["minimum"] = minimum
    if maximum is not None:
        schema["maximum"] = maximum
    return _with_default(schema, default)


def boolean(
    description: str = "",
    *,
    default: bool | None = False,
    honoured_for: Collection[str] = (),
    kept: Kept | None = None,
) -> Schema:
    return _with_default(_schema("boolean", description, honoured_for, kept), default)


def array(
    items: Schema, description: str = "", most: int = 0, *, least: int = 0, honoured_for: Collection[str] = ()
) -> Schema:
    schema = _schema("array", description, honoured_for) | {"items": items}
    if least:
        schema["minItems"] = least
    if most:
        schema["maxItems"] = most
    return schema


def record(
    members: dict[str, Schema],
    description: str = "",
    required: Collection[str] = (),
    *,
    closed: bool = False,
    honoured_for: Collection[str] = (),
    kept: Kept | None = None,
) -> Schema:
    """A JSON object. `closed`: it has no other members; objects we are sent may have, objects we send have not."""
    schema = _schema("object", description, honoured_for, kept) | {"properties": members}
    if required:
        schema["required"] = list(required)
    if closed:
        schema["additionalProperties"] = False
    return schema


def answered(members: dict[str, Schema], description: str = "", sometimes: Collection[str] = ()) -> Schema:
    """An object we send: all members are there, but for those that are there `sometimes`."""
    return record(members, description, [name for name in members if name not in sometimes], closed=True)


def mapping(values: Schema, description: str = "") -> Schema:
    """An object whose member names are data."""
    return _schema("object", description) | {"additionalProperties": values}


def either(*schemas: Schema, description: str = "", honoured_for: Collection[str] = ()) -> Schema:
    schema: Schema = {"description": description} if description else {}
    if honoured_for:
        schema["x-honoured-for"] = list(honoured_for)
    return schema | {"anyOf": list(schemas)}


def nothing() -> Schema:
    return {"type": "null"}


def _schema(kind: str, description: str, honoured_for: Collection[str] = (), kept: Kept | None = None) -> Schema:
    schema: Schema = {"type": kind}
    if description:
        schema["description"] = description
    if honoured_for:
        schema["x-honoured-for"] = list(honoured_for)
    if kept:
        schema["x-kept"] = kept.value
    return schema


def _with_default(schema: Schema, default: object) -> Schema:
    return schema if default is None else schema | {"default": default}
