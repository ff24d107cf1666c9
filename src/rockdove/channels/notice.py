"""Our message as vendors need it: read once, with every member at a known type.

Members and their meanings are TPNS's (spec, push.md §2). The message was checked at the door; what is odd here all the
same (imported, from an older version) reads as absent.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, TypeVar

import msgspec


class Browser(msgspec.Struct, frozen=True):
    url: str = ""
    confirm: int = 0


class Action(msgspec.Struct, frozen=True):
    """What a tap does."""

    action_type: int = 1
    """1 opens the app or an activity of it, 2 the browser, 3 a page of the app by intent."""
    activity: str = ""
    browser: Browser = Browser()
    intent: str = ""


class Android(msgspec.Struct, frozen=True):
    n_ch_id: str = ""
    xm_ch_id: str = ""
    hw_ch_id: str = ""
    oppo_ch_id: str = ""
    fcm_ch_id: str = ""
    vivo_ch_id: str = "0"
    hw_category: str = ""
    hw_importance: int = 0
    hw_biz_type: int = 0
    badge_type: int = -1
    """-2 adds one, -1 leaves it, else the number shown."""
    ring: int = 1
    ring_raw: str = ""
    vibrate: int = 1
    lights: int = 1
    clearable: int = 1
    icon_type: int = 0
    icon_res: str = ""
    small_icon: str = ""
    icon_color: int = 0
    show_type: int = 2
    """1 hides it while the app is in front."""
    custom_content: str = ""
    action: Action = Action()


class Aps(msgspec.Struct, frozen=True, rename="kebab"):
    alert: dict[str, Any] | str = ""
    badge_type: int = msgspec.field(default=-1, name="badge_type")
    category: str = ""
    mutable_content: int = 1
    sound: str | None = None
    """None: not said; empty: silent."""
    interruption_level: str = ""
    content_available: int = 0


class Ios(msgspec.Struct, frozen=True):
    aps: Aps = Aps()
    custom_content: str = ""


class Notice(msgspec.Struct, frozen=True):
    title: str = ""
    content: str = ""
    thread_id: str = ""
    thread_sumtext: str = ""
    xg_media_resources: str = ""
    show_type: int = 2
    """On iOS: 1 hides it while the app is in front."""
    android: Android = Android()
    ios: Ios = Ios()


def read(message: dict[str, Any]) -> Notice:
    """Never raises: a member of the wrong type reads as absent, and the others as they are."""
    try:
        return msgspec.convert(message, Notice, strict=False)
    except msgspec.ValidationError:
        return _readable(message, Notice)


_Part = TypeVar("_Part", bound=msgspec.Struct)


def _readable(given: Any, part: type[_Part]) -> _Part:
    """Member by member: what can be read of them."""
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(part) if isinstance(given, dict) else ():
        if field.encode_name not in given:
            continue
        value = given[field.encode_name]
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            found[field.name] = _readable(value, field.type)
        else:
            with suppress(msgspec.ValidationError):
                found[field.name] = msgspec.convert(value, field.type, strict=False)
    return part(**found)


def page_uri(action: Action, package_name: str) -> str:
    """The page of the app that a tap opens, as an intent's URI; '' is the app as it starts.

    An activity is written as a class; where the package is not known (or one of several), nothing can be made of it.
    """
    if action.intent or "://" in action.activity or "#Intent;" in action.activity:
        return action.intent or action.activity
    known = action.activity and package_name and "," not in package_name
    return f"intent:#Intent;component={package_name}/{action.activity};end" if known else ""


def custom_members(custom_content: str) -> dict[str, str]:
    """`custom_content` (JSON text) as the pairs of texts most vendors want; whole under one name if it is no object."""
    try:
        given = msgspec.json.decode(custom_content) if custom_content else {}
    except msgspec.DecodeError:
        given = custom_content
    if not isinstance(given, dict):
        return {"custom_content": custom_content}
    return {
        key: value if isinstance(value, str) else msgspec.json.encode(value).decode() for key, value in given.items()
    }
