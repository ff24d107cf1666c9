"""What is configured of a channel, for one application: the common part, and how a field says what it is.

Every provider's settings are a struct of these fields, named as the vendor names them. Title and description of a field
are what console, command line and documentation show; a `Secret` is stored encrypted and never shown again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

Secret = Annotated[str, Meta(extra={"kind": "secret"})]
SecretFile = Annotated[str, Meta(extra={"kind": "secret file"})]
"""The text of a file from the vendor's site; a binary one (.p12) as base64."""
Advanced = Meta(extra_json_schema={"advanced": True})
"""Rarely changed: console and documentation put it last."""


def choices(titles: Mapping[str, str]) -> Meta:
    """What the values of a choice mean, in the order they are offered."""
    return Meta(extra_json_schema={"choices": titles})


Count = Annotated[int, Meta(ge=0)]
Address = Annotated[str, Meta(pattern=r"^(https://[^\s/]+)?$")]
Proxy = Annotated[str, Meta(pattern=r"^((https?|socks5h?)://\S+)?$", extra={"kind": "secret"})]


class ChannelSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Of every channel. What is left at its default is not stored, so a better default reaches everyone."""

    devices_per_second: Annotated[
        Count, Meta(title="Devices per second", description="The rate the vendor allows your application; 0: no limit.")
    ] = 0
    title_characters: Annotated[
        Count,
        Advanced,
        Meta(title="Longest title", description="In characters; longer goes over our own channel. 0: any."),
    ] = 0
    content_characters: Annotated[
        Count,
        Advanced,
        Meta(title="Longest content", description="In characters; longer goes over our own channel. 0: any."),
    ] = 0
    server: Annotated[
        Address, Advanced, Meta(title="Server", description="https://host[:port] in place of the vendor's own.")
    ] = ""
    proxy: Annotated[
        Proxy,
        Advanced,
        Meta(title="Proxy", description="http://, https:// or socks5h://, with user and password if needed."),
    ] = ""

    def __repr__(self) -> str:
        """Without what is secret: a traceback, a log and a test's failure are read by others."""
        shown = {field.name: getattr(self, field.name) for field in fields(type(self)) if not field.secret}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


class Field(NamedTuple):
    """One field of a channel's settings, as a form shows it."""

    name: str
    title: str
    description: str
    kind: str
    """text, number, switch, choice, secret, secret file"""
    required: bool
    default: Any
    choices: Mapping[str, str]
    """Value and what it means."""
    advanced: bool

    @property
    def secret(self) -> bool:
        return self.kind.startswith("secret")


def fields(settings: type[ChannelSettings]) -> Iterator[Field]:
    """The provider's own first, then the common ones, then the advanced."""
    found = [_field(each) for each in msgspec.inspect.type_info(settings).fields]  # type: ignore[attr-defined]
    common = {each.name for each in msgspec.structs.fields(ChannelSettings)}
    yield from sorted(found, key=lambda field: (field.advanced, field.name in common))


def _field(given: msgspec.inspect.Field) -> Field:
    kind, extra, schema = given.type, {}, {}  # type: ignore[var-annotated]
    while isinstance(kind, msgspec.inspect.Metadata):
        extra |= kind.extra or {}
        schema |= kind.extra_json_schema or {}
        kind = kind.type
    return Field(
        name=given.encode_name,
        title=schema.get("title", given.name),
        description=schema.get("description", ""),
        kind=extra.get("kind") or _kind(kind),
        required=given.required,
        default=None if given.required else given.default,
        choices=schema.get("choices", {}),
        advanced=schema.get("advanced", False),
    )


def _kind(kind: msgspec.inspect.Type) -> str:
    match kind:
        case msgspec.inspect.IntType():
            return "number"
        case msgspec.inspect.BoolType():
            return "switch"
        case msgspec.inspect.LiteralType():
            return "choice"
    return "text"
