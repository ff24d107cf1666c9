"""Personalised messages: `{{name}}` in a text becomes the device's attribute of that name.

The title, the content and, on iOS, the texts of `aps.alert` may name attributes. A device that lacks one of them gets
the `default_` texts of the message instead, all of them, so that nobody reads half a sentence. A value is data: braces
in it mean nothing.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

Attributes = Mapping[str, str]

DEFAULTS: Final = {"title": "default_title", "content": "default_content", "subtitle": "default_subtitle"}
_PLACE = re.compile(r"\{\{([^{}]+)\}\}")
_ALERT_TEXTS = {"title": "default_title", "subtitle": "default_subtitle", "body": "default_content"}


def is_personal(message: Mapping[str, Any]) -> bool:
    """A message keeps its default texts only when they are needed."""
    return DEFAULTS["content"] in message


def names_in(message: Mapping[str, Any]) -> frozenset[str]:
    """The attributes its texts name."""
    return frozenset(name for text in _texts(message) for name in _PLACE.findall(text))


class Personal:
    """One message, made for each device. `encode` makes JSON of it, once: the values go into the finished bytes, which
    takes a tenth of the time and needs nothing kept for later.
    """

    def __init__(self, message: Mapping[str, Any], encode: Callable[[dict[str, Any]], bytes]) -> None:
        self._encode = encode
        self._names = sorted(names_in(message))
        self._message = {key: value for key, value in message.items() if key not in DEFAULTS.values()}
        self._plain = _with_defaults(self._message, message)
        self._plain_payload = encode(self._plain)
        self._template, self._places = self._prepared()

    def message(self, attributes: Attributes) -> dict[str, Any]:
        values = self._values(attributes)
        return self._plain if values is None else self._filled(values)

    def payload(self, attributes: Attributes) -> bytes:
        values = self._values(attributes)
        if values is None:
            return self._plain_payload
        texts = [msgspec.json.encode(value)[1:-1] for value in values]
        return self._template % tuple([texts[place] for place in self._places])

    def _prepared(self) -> tuple[bytes, list[int]]:
        """The encoded message with a %b wherever an attribute belongs, and which one that is: a mark that nobody can
        have written stands for each until the message is encoded."""
        mark = secrets.token_hex(16)
        marked = self._filled(tuple(f"{mark}{place}." for place in range(len(self._names))))
        literals = re.split(rb"%b(\d+)\." % mark.encode(), self._encode(marked))
        return b"%b".join(part.replace(b"%", b"%%") for part in literals[::2]), list(map(int, literals[1::2]))

    def _values(self, attributes: Attributes) -> tuple[str, ...] | None:
        """None: one is lacking."""
        try:
            return tuple([attributes[name] for name in self._names])
        except KeyError:
            return None

    def _filled(self, values: tuple[str, ...]) -> dict[str, Any]:
        of_name = dict(zip(self._names, values, strict=True))
        return _changed(self._message, lambda text: _PLACE.sub(lambda place: of_name[place[1]], text))


def _texts(message: Mapping[str, Any]) -> Iterator[str]:
    yield from (message[key] for key in ("title", "content") if key in message)
    alert = _alert(message)
    yield from [alert] if isinstance(alert, str) else (alert[key] for key in _ALERT_TEXTS if _is_text(alert, key))


def _changed(message: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    changed = message | {key: change(message[key]) for key in ("title", "content") if key in message}
    alert = _alert(message)
    if isinstance(alert, str):
        return _with_alert(changed, change(alert))
    texts = {key: change(alert[key]) for key in _ALERT_TEXTS if _is_text(alert, key)}
    return _with_alert(changed, {**alert, **texts}) if texts else changed


def _with_defaults(message: dict[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """A text without a default of its own stays if it names no attribute, and is left out otherwise."""
    plain = message | {key: defaults[DEFAULTS[key]] for key in ("title", "content") if DEFAULTS[key] in defaults}
    if _PLACE.search(plain.get("title", "")):
        del plain["title"]
    alert = _alert(message)
    if isinstance(alert, str):
        return _with_alert(plain, defaults[DEFAULTS["content"]])
    texts = {key: defaults.get(_ALERT_TEXTS[key], alert[key]) for key in _ALERT_TEXTS if _is_text(alert, key)}
    kept = {key: text for key, text in texts.items() if not _PLACE.search(text) or text != alert[key]}
    others = {key: value for key, value in alert.items() if key not in texts}
    return _with_alert(plain, {**others, **kept}) if alert else plain


def _alert(message: Mapping[str, Any]) -> Any:
    """A text, or an object, an empty one where there is none."""
    return ((message.get("ios") or {}).get("aps") or {}).get("alert") or {}


def _is_text(alert: Mapping[str, Any], key: str) -> bool:
    return isinstance(alert.get(key), str)


def _with_alert(message: dict[str, Any], alert: Any) -> dict[str, Any]:
    ios = message["ios"]
    return message | {"ios": ios | {"aps": ios["aps"] | {"alert": alert}}}
