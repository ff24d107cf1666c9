"""Reading request members the way TPNS does, whose clients are loose.

- A key is looked up exactly, then under ASCII case folding (published examples send `Title`, the Go client `DayTimes`).
- null, "", 0, [] and {} mean "not given": the Go, Java and PHP clients always send every member they know. Where zero
  is a value like others, as in `expire_time`, it is one; "0" as a text is one, too.
- Integers may come as decimal strings ("account_type": "991") and ids as integers; booleans as 0, 1, "true", "false".
- Unknown members are ignored.
- Control characters inside a string, above all the TAB of a pasted document, are taken as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import ascii_uppercase
from typing import Any

import msgspec

from rockdove.api.tpns.errors import InvalidParameterError, MissingParameterError, ParseError

_BOM = b"\xef\xbb\xbf"
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
"""Matches from every quote on, to the end where it is never closed: each byte is looked at once."""
MAX_DEPTH = 64
"""Of objects and arrays in one another; a push needs eight. Whoever walks through a body may recurse."""
_ESCAPES = {code: f"\\u{code:04x}" for code in range(0x20)}
_LOWER = {ord(letter): letter.lower() for letter in ascii_uppercase}
_DECIMAL = re.compile(r"[+-]?[0-9]{1,30}", re.ASCII)
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


class Fields:
    """The members of one JSON object; errors name them with the path that leads there."""

    def __init__(self, members: dict[str, Any], path: str = "") -> None:
        self.members = members
        self._path = path
        self._folded: dict[str, str] | None = None

    def name(self, key: str) -> str:
        """How an error calls a member: `message.android.action`."""
        return f"{self._path}.{key}" if self._path else key

    def raw(self, key: str) -> Any:
        """The member as it came; None when there is none."""
        if key in self.members:
            return self.members[key]
        if self._folded is None:
            self._folded = {fold(name): name for name in self.members}
        return self.members.get(self._folded.get(fold(key), ""))

    def given(self, key: str) -> bool:
        """Is there a value other than a zero value?"""
        return bool(self.raw(key))

    def require(self, *keys: str) -> None:
        """At least one of the members. Raises MissingParameterError."""
        if not any(self.given(key) for key in keys):
            raise MissingParameterError(" or ".join(self.name(key) for key in keys))

    def invalid(self, key: str, reason: str) -> InvalidParameterError:
        return InvalidParameterError(f"{self.name(key)} {reason}")

    def integer(self, key: str, default: int = 0, minimum: int | None = None, maximum: int | None = None) -> int:
        """A whole number; `default` when it is not given, and zero counts as that where it is below `minimum`."""
        value = as_integer(self.raw(key))
        if value == 0 and minimum is not None and minimum > 0:
            return default
        if value is None:
            if self.raw(key) not in (None, "", [], {}):
                raise self.invalid(key, "must be an integer")
            return default
        if (minimum is not None and value < minimum) or (maximum is not None and value > maximum):
            raise self.invalid(key, f"must be {_range(minimum, maximum)}, not {value}")
        return value

    def text(self, key: str, default: str = "") -> str:
        """Text; an integer becomes its decimal digits, but zero is not given."""
        value = self.raw(key)
        if value in (None, 0, [], {}):
            return default
        text = as_text(value)
        if text is None:
            raise self.invalid(key, "must be a string")
        return text or default

    def boolean(self, key: str, default: bool = False) -> bool:
        value = self.raw(key)
        if value in (None, "", [], {}):
            return default
        if isinstance(value, int) and value in (0, 1):
            return bool(value)
        if isinstance(value, str) and value.lower() in _BOOLEANS:
            return _BOOLEANS[value.lower()]
        raise self.invalid(key, "must be true or false")

    def choice(self, key: str, allowed: tuple[str, ...], default: str = "") -> str:
        value = self.text(key, default)
        if value not in allowed:
            raise self.invalid(key, f"must be one of {', '.join(allowed)}")
        return value

    def array(self, key: str, maximum: int | None = None) -> list[Any]:
        value = self.raw(key)
        if not value or value == "0":
            return []
        if not isinstance(value, list):
            raise self.invalid(key, "must be an array")
        if maximum is not None and len(value) > maximum:
            raise self.invalid(key, f"has {len(value)} elements, the limit is {maximum}")
        return value

    def texts(self, key: str, maximum: int | None = None) -> list[str]:
        """An array of strings (or of integers, which become their digits)."""
        texts = []
        for position, element in enumerate(self.array(key, maximum)):
            text = as_text(element)
            if text is None:
                raise self.invalid(f"{key}[{position}]", "must be a string")
            texts.append(text)
        return texts

    def integers(self, key: str, minimum: int, maximum: int) -> list[int]:
        """An array of whole numbers within bounds; zero is a number here."""
        numbers = []
        for position, element in enumerate(self.array(key)):
            number = as_integer(element)
            if number is None or not minimum <= number <= maximum:
                raise self.invalid(f"{key}[{position}]", f"must be {_range(minimum, maximum)}")
            numbers.append(number)
        return numbers

    def object(self, key: str) -> Fields | None:
        """A JSON object, None when it is not given."""
        value = self.raw(key)
        if not value or value == "0":
            return None
        if not isinstance(value, dict):
            raise self.invalid(key, "must be an object")
        return Fields(value, self.name(key))

    def objects(self, key: str, maximum: int | None = None) -> Iterator[Fields]:
        """The elements of an array of JSON objects."""
        for position, element in enumerate(self.array(key, maximum)):
            name = f"{key}[{position}]"
            if not isinstance(element, dict):
                raise self.invalid(name, "must be an object")
            yield Fields(element, self.name(name))


def parse(body: bytes) -> Fields:
    """A request body. Raises ParseError, or InvalidParameterError for U+0000, which no stored text can hold."""
    body = body.removeprefix(_BOM)
    try:
        value = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(str(error)) from None
    if not isinstance(value, dict):
        raise ParseError("the body must be a JSON object")
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _is_deeper(value, MAX_DEPTH):
        raise ParseError(f"objects and arrays are nested more than {MAX_DEPTH} deep")
    if (b"\\u0000" in body or b"\0" in body) and _holds_nul(value):
        raise InvalidParameterError("the character U+0000 is not allowed")
    return Fields(value)


def fold(name: str) -> str:
    """A key as it compares: ASCII letters in one case, others as they are (U+212A, the kelvin sign, is no k)."""
    return name.translate(_LOWER)


def as_integer(value: object) -> int | None:
    """An integer, or a decimal string, or a float without a fraction; else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return int(value) if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()) else None


def as_text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _decode(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        mended = _STRING.sub(_escaped, body)
        if mended == body:
            raise
        return msgspec.json.decode(mended)


def _escaped(match: re.Match[bytes]) -> bytes:
    return match[0].decode("latin-1").translate(_ESCAPES).encode("latin-1")


def _is_deeper(value: dict[str, Any], most: int) -> bool:
    """Level by level: what is too deep is too deep for recursion."""
    level: list[Any] = [value]
    for _ in range(most):
        members = (each.values() if isinstance(each, dict) else each for each in level)
        level = [inner for outer in members for inner in outer if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _holds_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(_holds_nul(element) for element in value)


def _range(minimum: int | None, maximum: int | None) -> str:
    if maximum is None:
        return f"at least {minimum}"
    return f"at most {maximum}" if minimum is None else f"{minimum} to {maximum}"
