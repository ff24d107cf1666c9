"""The `message` of a push: checked, and put into one spelling before it is stored.

TPNS's clients write members in other cases, send null for what they don't set, give `custom_content` as text or as an
object and call it `custom` on iOS. Behind this door each member has its documented name, empty ones are gone, and
`custom_content` is JSON text. Members we don't know stay as they came.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from rockdove.api.tpns.errors import InvalidParameterError, MissingParameterError
from rockdove.api.tpns.fields import Fields, fold
from rockdove.config import Limits
from rockdove.domain import personalisation
from rockdove.domain.push import MessageType

_MEMBERS = (
    "title", "content", "accept_time", "thread_id", "thread_sumtext", "xg_media_resources", "xg_media_audio_resources",
    "show_type", "android", "ios", "default_title", "default_content", "default_subtitle",
)  # fmt: skip
_ACTION = ("action_type", "activity", "aty_attr", "browser", "intent")
_IOS = ("aps", "custom_content", "custom")
_TEXTS = ("thread_id", "thread_sumtext", "xg_media_resources", "xg_media_audio_resources", "default_title",
          "default_content", "default_subtitle")  # fmt: skip
_ANDROID_TEXTS = (
    "n_ch_id", "n_ch_name", "xm_ch_id", "hw_ch_id", "oppo_ch_id", "fcm_ch_id", "vivo_ch_id", "hw_category", "ring_raw",
    "icon_res", "small_icon",
)  # fmt: skip
_ANDROID_INTEGERS = {
    "n_id": (-1, 2**31 - 1), "builder_id": (0, 2**31 - 1), "badge_type": (-2, 99), "ring": (0, 1), "vibrate": (0, 1),
    "lights": (0, 1), "clearable": (0, 1), "icon_type": (0, 1), "style_id": (0, 1), "icon_color": (0, 0xFFFFFF),
    "show_type": (1, 2), "hw_biz_type": (0, 1), "hw_importance": (1, 2),
}  # fmt: skip
_VIVO_KINDS = ("0", "1")
_APS = ("alert", "badge_type", "category", "mutable-content", "sound", "interruption-level", "content-available")
_APS_INTEGERS = {"badge_type": (-2, 2**31 - 1), "mutable-content": (0, 1), "content-available": (0, 1)}
_INTERRUPTIONS = ("passive", "active", "time-sensitive", "critical")
_URL = re.compile(r"https?://\S+", re.IGNORECASE)


def require(fields: Fields, platform: str, message_type: object) -> None:
    """The step of missing members. Raises MissingParameterError; a wrong type is a later step's."""
    message = fields.raw("message")
    if not isinstance(message, dict):
        return
    inner = Fields(message, "message")
    silent = platform == "ios" and message_type == MessageType.MESSAGE
    if not silent:
        inner.require("title")
        inner.require("content")
    if platform == "ios":
        inner.require("ios")
        if isinstance(ios := inner.raw("ios"), dict):
            Fields(ios, "message.ios").require("aps")
    if _wants_attributes(fields):
        inner.require("default_content")
        if platform == "android":
            inner.require("default_title")


def _wants_attributes(fields: Fields) -> bool:
    try:
        return fields.boolean("ntf_wt_attrs")
    except InvalidParameterError:
        return False


def read(fields: Fields, platform: str, message_type: MessageType, limits: Limits) -> dict[str, Any]:
    """The message as it is stored. Raises InvalidParameterError or MissingParameterError."""
    given = fields.object("message")
    if given is None:
        raise MissingParameterError("message")
    size = len(msgspec.json.encode(given.members))
    if limits.message_bytes and size > limits.message_bytes:
        raise fields.invalid("message", f"has {size} bytes as compact JSON, the limit is {limits.message_bytes}")
    message = _spelled(given.members, _MEMBERS)
    for key in ("title", "content", *_TEXTS):
        _set(message, key, given.text(key))
    _set(message, "show_type", given.integer("show_type", 0, 1, 2))
    _set(message, "accept_time", [_window(window) for window in given.objects("accept_time")])
    _set(message, "android", _android(given.object("android")) if platform == "android" else message.get("android"))
    _set(message, "ios", _ios(given.object("ios"), message_type) if platform == "ios" else message.get("ios"))
    return _personalised(message, limits.push_attributes) if fields.boolean("ntf_wt_attrs") else _plain(message)


def _personalised(message: dict[str, Any], most: int) -> dict[str, Any]:
    """A message that is made for each device, naming at most so many attributes (0: any number).

    Raises InvalidParameterError.
    """
    names = personalisation.names_in(message)
    if most and len(names) > most:
        raise InvalidParameterError(f"message names {len(names)} attributes, the limit is {most}")
    return message


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    """The same for everybody: nobody needs the default texts."""
    return {key: value for key, value in message.items() if key not in personalisation.DEFAULTS.values()}


def _android(given: Fields | None) -> dict[str, Any]:
    if given is None:
        return {}
    android = _spelled(given.members, (*_ANDROID_TEXTS, *_ANDROID_INTEGERS, "action", "custom_content"))
    for key in _ANDROID_TEXTS:
        _set(android, key, given.text(key))
    for key, (minimum, maximum) in _ANDROID_INTEGERS.items():
        if key in android:
            android[key] = given.integer(key, 0, minimum, maximum)
            if not minimum <= android[key]:
                del android[key]
    if android.get("vivo_ch_id", "0") not in _VIVO_KINDS:
        raise given.invalid("vivo_ch_id", "must be 0 (operation) or 1 (system message)")
    _set(android, "custom_content", _json_text(given, "custom_content"))
    _set(android, "action", _action(given.object("action")))
    return android


def _action(given: Fields | None) -> dict[str, Any]:
    if given is None:
        return {}
    action = _spelled(given.members, _ACTION)
    action["action_type"] = given.integer("action_type", 1, 1, 3)
    for key in ("activity", "intent"):
        _set(action, key, given.text(key))
    _set(action, "aty_attr", _flags(given.object("aty_attr")))
    _set(action, "browser", _browser(given.object("browser")))
    if action["action_type"] == 2:
        given.require("browser")
        _check_url(Fields(action.get("browser", {}), given.name("browser")))
    if action["action_type"] == 3:
        given.require("intent")
    return action


def _flags(given: Fields | None) -> dict[str, Any]:
    """Of the intent (`if`) and the pending intent (`pf`) that open an activity."""
    if given is None:
        return {}
    return _spelled(given.members, ("if", "pf")) | {
        key: given.integer(key, 0, -(2**31), 2**32 - 1) for key in ("if", "pf") if given.given(key)
    }


def _browser(given: Fields | None) -> dict[str, Any]:
    if given is None:
        return {}
    browser = _spelled(given.members, ("url", "confirm"))
    _set(browser, "url", given.text("url"))
    _set(browser, "confirm", given.integer("confirm", 0, 0, 1))
    return browser


def _check_url(browser: Fields) -> None:
    """Raises MissingParameterError or InvalidParameterError."""
    browser.require("url")
    if not _URL.fullmatch(browser.text("url")):
        raise browser.invalid("url", "must be an http or https URL")


def _ios(given: Fields | None, message_type: MessageType) -> dict[str, Any]:
    if given is None:
        raise MissingParameterError("message.ios")
    ios = _spelled(given.members, _IOS)
    custom = _json_text(given, "custom_content") or _json_text(given, "custom")
    ios.pop("custom", None)
    _set(ios, "custom_content", custom)
    aps = given.object("aps")
    if aps is None:
        raise MissingParameterError(given.name("aps"))
    ios["aps"] = _aps(aps, message_type)
    return ios


def _aps(given: Fields, message_type: MessageType) -> dict[str, Any]:
    background = given.integer("content-available", 0, 0, 1)
    visible = [key for key in ("alert", "sound", "badge_type") if given.given(key)]
    if message_type is MessageType.MESSAGE and (not background or visible):
        reason = f"none of {', '.join(visible)}" if visible else "content-available = 1"
        raise given.invalid("content-available", f"a silent message (message_type message) needs {reason}")
    if message_type is MessageType.NOTIFY and background:
        raise given.invalid("content-available", "must not be 1 in a notification (message_type notify)")
    alert = given.raw("alert")
    if alert and not isinstance(alert, str | dict):
        raise given.invalid("alert", "must be an object or a string")
    aps = _spelled(given.members, _APS)
    _set(aps, "alert", alert)
    for key in ("sound", "category"):
        _set(aps, key, given.text(key))
    if given.raw("sound") == "":
        aps["sound"] = ""  # says silent, where none at all says nothing
    _set(aps, "interruption-level", given.choice("interruption-level", ("", *_INTERRUPTIONS)))
    for key, (minimum, maximum) in _APS_INTEGERS.items():
        if key in aps:
            aps[key] = given.integer(key, minimum=minimum, maximum=maximum)
    return aps


def _window(given: Fields) -> dict[str, dict[str, str]]:
    """One daily window; an end before its start lies on the next day."""
    start, end = _minute(given, "start"), _minute(given, "end")
    if start == end:
        raise given.invalid("start", "and end are the same")
    return {"start": start, "end": end}


def _minute(given: Fields, key: str) -> dict[str, str]:
    moment = given.object(key)
    if moment is None:
        raise given.invalid(key, 'must be {"hour": .., "min": ..}')
    return {"hour": f"{moment.integer('hour', 0, 0, 23):02}", "min": f"{moment.integer('min', 0, 0, 59):02}"}


def _json_text(given: Fields, key: str) -> str:
    """A string as it is, an object or array as its JSON text."""
    value = given.raw(key)
    if isinstance(value, dict | list):
        return msgspec.json.encode(value).decode() if value else ""
    return given.text(key)


def _spelled(members: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The members under their documented names, without the empty ones. An exactly spelled member wins over others."""
    known = {fold(name): name for name in names}
    spelled: dict[str, Any] = {}
    for key, value in members.items():
        name = known.get(fold(key), key)
        if (name == key or name not in members) and value not in (None, "", [], {}):
            spelled[name] = value
    return spelled


def _set(members: dict[str, Any], key: str, value: object) -> None:
    """Zero values are left out."""
    if value:
        members[key] = value
    else:
        members.pop(key, None)
