"""Every member of `message` (spec/push.md 2): what is kept of it under which name, how far it goes, what is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.api.tpns.contract.test_push_fields import NO_NUMBERS, ZEROS, ZEROS_BUT_0
from tests.api.tpns.contract.world import ABSENT, INVALID, MISSING, App, table, values

NO_TEXTS: tuple[Any, ...] = (["x"], {"a": 1}, 1.5, True)
Kept = list[tuple[str, dict[str, Any], dict[str, Any]]]
Refused = list[tuple[str, dict[str, Any], int]]


def text_kept(*names: str) -> Kept:
    """Texts are optional; a number becomes its digits; any letter case is the same member."""
    rows: Kept = []
    for name in names:
        rows += [(f"{name} {zero}", {name: value}, {}) for zero, value in ZEROS]
        rows += [(f"{name} text", {name: "Größe 大"}, {name: "Größe 大"}), (f"{name} number", {name: 7}, {name: "7"})]
        rows += [(f"{name} in other case", {name.upper(): "x"}, {name: "x"})]
    return rows


def text_refused(*names: str) -> Refused:
    return [(f"{name} {value!r}", {name: value}, INVALID) for name in names for value in NO_TEXTS]


def range_kept(name: str, *edges: int) -> Kept:
    """Zero values are absent; the edges are kept, also written as text."""
    rows: Kept = [(f"{name} {zero}", {name: value}, {}) for zero, value in ZEROS_BUT_0]
    for edge in edges:
        rows += [(f"{name} {edge}", {name: edge}, {name: edge}), (f"{name} '{edge}'", {name: str(edge)}, {name: edge})]
    return [*rows, (f"{name} in other case", {name.title(): edges[-1]}, {name: edges[-1]})]


def range_refused(name: str, *outside: int) -> Refused:
    return [(f"{name} {value!r}", {name: value}, INVALID) for value in (*outside, *NO_NUMBERS)]


# ── 2.1 common members ─────────────────────────────────────────────────────────────────────────────────────────────

MESSAGE_TEXTS = ("thread_id", "thread_sumtext", "xg_media_resources", "xg_media_audio_resources")


def window(start: tuple[Any, Any], end: tuple[Any, Any]) -> dict[str, Any]:
    return {"start": {"hour": start[0], "min": start[1]}, "end": {"hour": end[0], "min": end[1]}}


NOON_TO_ONE = window(("12", "00"), ("13", "00"))
COMMON: Kept = [
    *text_kept(*MESSAGE_TEXTS),
    *range_kept("show_type", 1, 2),
    ("show_type 0", {"show_type": 0}, {}),
    ("Title and Content", {"title": ABSENT, "content": ABSENT, "Title": "t", "Content": "c"},
     {"title": "t", "content": "c"}),
    ("title of one character", {"title": "t"}, {"title": "t"}),
    ("title number", {"title": 5, "content": 6}, {"title": "5", "content": "6"}),
    *((f"accept_time {name}", {"accept_time": value}, {}) for name, value in ZEROS),
    ("accept_time", {"accept_time": [window(("13", "00"), ("14", "00"))]},
     {"accept_time": [window(("13", "00"), ("14", "00"))]}),
    ("accept_time of integers", {"accept_time": [window((9, 5), (10, 0))]},
     {"accept_time": [window(("09", "05"), ("10", "00"))]}),
    ("accept_time over midnight", {"accept_time": [window(("22", "0"), ("6", "30"))]},
     {"accept_time": [window(("22", "00"), ("06", "30"))]}),
    ("accept_time of one minute", {"accept_time": [window(("0", "0"), ("0", "1"))]},
     {"accept_time": [window(("00", "00"), ("00", "01"))]}),
    ("accept_time to the edges", {"accept_time": [window(("0", "00"), ("23", "59"))]},
     {"accept_time": [window(("00", "00"), ("23", "59"))]}),
    ("accept_time, two windows", {"accept_time": [NOON_TO_ONE, window((20, 0), (21, 0))]},
     {"accept_time": [NOON_TO_ONE, window(("20", "00"), ("21", "00"))]}),
    ("accept_time in other case", {"Accept_Time": [{"Start": {"Hour": 1}, "END": {"MIN": 5}}]},
     {"accept_time": [window(("01", "00"), ("00", "05"))]}),
    ("a member we don't know", {"future": {"a": [1]}}, {"future": {"a": [1]}}),
    ("default texts nobody needs", {"default_title": "t", "default_content": "c", "default_subtitle": "s"}, {}),
    ("android and ios without content", {"android": {}, "ios": None}, {}),
]  # fmt: skip
COMMON_REFUSED: Refused = [
    *((f"{key} {name}", {key: value}, MISSING) for key in ("title", "content") for name, value in ZEROS),
    *((f"{key} absent", {key: ABSENT}, MISSING) for key in ("title", "content")),
    *text_refused("title", "content", *MESSAGE_TEXTS),
    *range_refused("show_type", -1, 3),
    *((f"accept_time {value!r}", {"accept_time": value}, INVALID)
      for value in values("x", 7, NOON_TO_ONE, ["x"], [{}], [{"start": NOON_TO_ONE["start"]}],
                          [{"end": NOON_TO_ONE["end"]}],
                    [{"start": "12:00", "end": "13:00"}], [window((24, 0), (1, 0))], [window((1, 60), (2, 0))],
                    [window((-1, 0), (1, 0))], [window((1, -1), (2, 0))], [window(("noon", 0), (13, 0))],
                    [NOON_TO_ONE, window((1, 0), (1, 60))])),
    ("accept_time start == end", {"accept_time": [window(("12", "00"), (12, 0))]}, INVALID),
    ("accept_time start == end in the second", {"accept_time": [NOON_TO_ONE, window((5, 5), (5, 5))]}, INVALID),
    ("android text", {"android": "x"}, INVALID),
    ("android list", {"android": [1]}, INVALID),
    ("NUL", {"title": "a\0b"}, INVALID),
]  # fmt: skip


@table("members, kept", *COMMON)
async def test_common(android: App, members: dict[str, Any], kept: dict[str, Any]) -> None:
    body = android.message_push(**members)
    texts = {key: body["message"][key] for key in ("title", "content") if key in body["message"]}
    assert (await android.taken(body)).message == texts | kept


@table("members, code", *COMMON_REFUSED)
async def test_common_refused(android: App, members: dict[str, Any], code: int) -> None:
    assert await android.refused(android.message_push(**members)) == code


@pytest.mark.parametrize("name", ["android", "ios"])
async def test_4096_bytes_of_compact_json(android: App, ios: App, name: str) -> None:
    """On both platforms, in UTF-8, however much white space the body has and however it writes its characters."""
    app = {"android": android, "ios": ios}[name]
    message = app.message(content="")
    room = 4096 - len(msgspec.json.encode(message))
    fits = message | {"content": "推" * (room // 3) + "x" * (room % 3)}
    assert len(msgspec.json.encode(fits)) == 4096
    body = app.push(message=fits)
    row = await app.taken(msgspec.json.format(msgspec.json.encode(body), indent=4))
    assert row.message["content"] == fits["content"]
    escaped = msgspec.json.encode(body).replace("推".encode(), rb"\u63a8")
    assert (await app.taken(escaped)).message == row.message
    assert await app.refused(app.push(message=fits | {"content": fits["content"] + "x"})) == INVALID


# ── 2.2 message.android ────────────────────────────────────────────────────────────────────────────────────────────

ANDROID_TEXTS = ("n_ch_id", "n_ch_name", "xm_ch_id", "hw_ch_id", "oppo_ch_id", "fcm_ch_id", "hw_category", "ring_raw",
                 "icon_res", "small_icon")  # fmt: skip
SWITCHES = ("ring", "vibrate", "lights", "clearable", "icon_type", "style_id", "hw_biz_type")
URL = "https://example.com/?a=1"


def acting(name: str, given: dict[str, Any], kept: dict[str, Any]) -> Any:
    return (f"action {name}", {"action": given}, {"action": kept})


ANDROID: Kept = [
    *text_kept(*ANDROID_TEXTS),
    *((f"vivo_ch_id {name}", {"vivo_ch_id": value}, {}) for name, value in ZEROS),
    *((f"vivo_ch_id {value!r}", {"vivo_ch_id": value}, {"vivo_ch_id": str(value)}) for value in ("0", "1", 1)),
    *(row for name in SWITCHES for row in range_kept(name, 0, 1)),
    *range_kept("hw_importance", 1, 2),
    *range_kept("n_id", -1, 0, 1, 2**31 - 1),
    *range_kept("builder_id", 0, 1, 2**31 - 1),
    *range_kept("badge_type", -2, -1, 0, 99),
    *range_kept("icon_color", 0, 123456, 0xFFFFFF),
    *range_kept("show_type", 1, 2),
    *((f"{name} 0", {name: 0}, {}) for name in ("show_type", "hw_importance")),
    ("custom_content text", {"custom_content": '{"a": 1}'}, {"custom_content": '{"a": 1}'}),
    ("custom_content object", {"custom_content": {"a": {"Title": [1, "推"]}}},
     {"custom_content": '{"a":{"Title":[1,"推"]}}'}),
    ("custom_content number", {"custom_content": 5}, {"custom_content": "5"}),
    ("custom_content in other case", {"Custom_Content": {"a": 1}}, {"custom_content": '{"a":1}'}),
    *((f"custom_content {name}", {"custom_content": value}, {}) for name, value in ZEROS),
    *((f"action {name}", {"action": value}, {}) for name, value in ZEROS),
    acting("1 is the default", {"activity": "a.B"}, {"action_type": 1, "activity": "a.B"}),
    acting("1 without an activity", {"action_type": 1}, {"action_type": 1}),
    acting("1 in a string", {"action_type": "1", "Activity": "a.B"}, {"action_type": 1, "activity": "a.B"}),
    acting("1 with aty_attr", {"activity": "a.B", "aty_attr": {"if": 0x10000000, "PF": "1"}},
           {"action_type": 1, "activity": "a.B", "aty_attr": {"if": 0x10000000, "pf": 1}}),
    acting("2", {"action_type": 2, "browser": {"url": URL, "confirm": 1}},
           {"action_type": 2, "browser": {"url": URL, "confirm": 1}}),
    acting("2 without asking", {"action_type": 2, "browser": {"URL": URL, "Confirm": 0}},
           {"action_type": 2, "browser": {"url": URL}}),
    acting("2 over http", {"action_type": 2, "browser": {"url": "HTTP://x"}},
           {"action_type": 2, "browser": {"url": "HTTP://x"}}),
    acting("3", {"action_type": 3, "intent": "xgscheme://x"}, {"action_type": 3, "intent": "xgscheme://x"}),
    acting("1 of clients that send every member",
           {"action_type": 1, "activity": "", "intent": "", "aty_attr": {}, "browser": {"url": "", "confirm": 0}},
               {"action_type": 1}),
    acting("of the Go client", {"action_type": 0, "browser": None}, {"action_type": 1}),
    ("a member we don't know", {"xm_template": {"a": 1}}, {"xm_template": {"a": 1}}),
]  # fmt: skip
ANDROID_REFUSED: Refused = [
    *text_refused(*ANDROID_TEXTS, "vivo_ch_id"),
    ("vivo_ch_id 2", {"vivo_ch_id": "2"}, INVALID),
    *(row for name in SWITCHES for row in range_refused(name, -1, 2)),
    *range_refused("hw_importance", -1, 3),
    *range_refused("n_id", -2, 2**31),
    *range_refused("builder_id", -1, 2**31),
    *range_refused("badge_type", -3, 100),
    *range_refused("icon_color", -1, 0x1000000),
    *range_refused("show_type", -1, 3),
    *((f"custom_content {value!r}", {"custom_content": value}, INVALID) for value in (1.5, True)),
    *((f"action {value!r}", {"action": value}, INVALID)
      for value in ("x", 7, [1], {"action_type": -1}, {"action_type": 4}, {"action_type": "browser"},
                    {"activity": {"a": 1}},
                    {"aty_attr": 1}, {"aty_attr": {"if": "x"}}, {"aty_attr": {"pf": [1]}},
                        {"action_type": 2, "browser": URL},
                    {"action_type": 2, "browser": {"url": "ftp://x"}}, {"action_type": 2, "browser": {"url": "x"}},
                    {"action_type": 2, "browser": {"url": ["x"]}},
                        {"action_type": 2, "browser": {"url": URL, "confirm": 2}},
                    {"action_type": 3, "intent": {"a": 1}})),
    *((f"action {value!r}", {"action": value}, MISSING)
      for value in ({"action_type": 2}, {"action_type": 2, "browser": {}},
                    {"action_type": 2, "browser": {"confirm": 1}},
                    {"action_type": 2, "browser": {"url": ""}}, {"action_type": 3}, {"action_type": 3, "intent": ""})),
]  # fmt: skip


@table("members, kept", *ANDROID)
async def test_android(android: App, members: dict[str, Any], kept: dict[str, Any]) -> None:
    assert (await android.taken(android.android_push(**members))).message.get("android", {}) == kept


@table("members, code", *ANDROID_REFUSED)
async def test_android_refused(android: App, members: dict[str, Any], code: int) -> None:
    assert await android.refused(android.android_push(**members)) == code


async def test_android_of_an_ios_push_is_not_looked_into(ios: App) -> None:
    row = await ios.taken(ios.message_push(android={"ring": 7}))
    assert row.message["android"] == {"ring": 7}


# ── 2.3 message.ios ────────────────────────────────────────────────────────────────────────────────────────────────

IOS: Kept = [
    ("alert object", {"alert": {"title": "t", "subtitle": "s", "body": "b"}},
     {"alert": {"title": "t", "subtitle": "s", "body": "b"}}),
    ("alert text", {"alert": "hi"}, {"alert": "hi"}),
    *((f"alert {name}", {"alert": value, "category": "c"}, {"category": "c"}) for name, value in ZEROS),
    *range_kept("badge_type", -2, -1, 0, 1, 2**31 - 1),
    *text_kept("category"),
    *range_kept("mutable-content", 0, 1),
    ("sound default", {"sound": "default"}, {"sound": "default"}),
    ("sound file", {"Sound": "bell.wav"}, {"sound": "bell.wav"}),
    ("sound silent", {"sound": ""}, {"sound": ""}),
    ("sound null", {"sound": None, "category": "c"}, {"category": "c"}),
    *((f"interruption-level {value}", {"interruption-level": value}, {"interruption-level": value})
      for value in ("passive", "active", "time-sensitive", "critical")),
    *((f"interruption-level {name}", {"interruption-level": value}, {}) for name, value in ZEROS),
    ("content-available 0 of the Go client", {"content-available": 0, "badge_type": 0},
     {"content-available": 0, "badge_type": 0}),
    ("a member we don't know", {"relevance-score": 0.5}, {"relevance-score": 0.5}),
]  # fmt: skip
IOS_REFUSED: Refused = [
    *((f"alert {value!r}", {"alert": value}, INVALID) for value in (7, [1], True, 1.5)),
    *range_refused("badge_type", -3, 2**31),
    *text_refused("category", "sound"),
    *range_refused("mutable-content", -1, 2),
    *((f"interruption-level {value!r}", {"interruption-level": value}, INVALID)
      for value in ("loud", "Active", ["active"], 1)),
    *range_refused("content-available", -1, 2),
    ("content-available 1 in a notification", {"content-available": 1, "alert": "hi"}, INVALID),
    ("content-available '1' in a notification", {"Content-Available": "1"}, INVALID),
    ("aps empty", {}, MISSING),
]  # fmt: skip


@table("members, kept", *IOS)
async def test_ios(ios: App, members: dict[str, Any], kept: dict[str, Any]) -> None:
    row = await ios.taken(ios.ios_push(**{"relevance": 1, **members}))
    assert row.message["ios"] == {"aps": {"relevance": 1, **kept}}


@table("members, code", *IOS_REFUSED)
async def test_ios_refused(ios: App, members: dict[str, Any], code: int) -> None:
    assert await ios.refused(ios.ios_push(**members)) == code


APS = {"aps": {"sound": "default"}}


@table("members, kept",
       ("custom_content object", {"custom_content": {"a": 1}}, '{"a":1}'),
       ("custom_content text", {"custom_content": '{"a": 1}'}, '{"a": 1}'),
       ("custom object", {"custom": {"Key": {"title": "Ä"}}}, '{"Key":{"title":"Ä"}}'),
       ("custom text", {"custom": "x"}, "x"),
       ("custom in other case", {"Custom": {"a": 1}}, '{"a":1}'),
       ("both: custom_content wins", {"custom": {"b": 2}, "custom_content": {"a": 1}}, '{"a":1}'),
       ("custom_content empty: custom counts", {"custom": {"b": 2}, "custom_content": ""}, '{"b":2}'),
       *((f"custom {name}", {"custom": value}, None) for name, value in ZEROS))  # fmt: skip
async def test_ios_custom(ios: App, members: dict[str, Any], kept: str | None) -> None:
    """The Go and Java clients write `custom`; there is one member for it behind the door."""
    row = await ios.taken(ios.message_push(ios=APS | members))
    assert row.message["ios"] == APS | ({} if kept is None else {"custom_content": kept})


@table("message, code",
       ("ios absent", {"ios": ABSENT}, MISSING), ("ios null", {"ios": None}, MISSING),
           ("ios empty", {"ios": {}}, MISSING),
       ("ios text", {"ios": "x"}, INVALID), ("aps absent", {"ios": {"custom": "x"}}, MISSING),
       ("aps null", {"ios": {"aps": None}}, MISSING), ("aps text", {"ios": {"aps": "x"}}, INVALID),
       ("custom_content number", {"ios": APS | {"custom_content": 1.5}}, INVALID),
       ("title absent", {"title": ABSENT}, MISSING), ("content empty", {"content": ""}, MISSING))  # fmt: skip
async def test_ios_message_refused(ios: App, message: dict[str, Any], code: int) -> None:
    assert await ios.refused(ios.message_push(**message)) == code


async def test_ios_of_an_android_push_is_not_looked_into(android: App) -> None:
    row = await android.taken(android.message_push(ios={"aps": "junk"}))
    assert row.message["ios"] == {"aps": "junk"}


# ── silent and in-app messages ─────────────────────────────────────────────────────────────────────────────────────


@table("aps, code",
       ("alone", {}, 0), ("zero values", {"alert": {}, "sound": "", "badge_type": 0}, 0),
           ("nulls", {"alert": None, "sound": None}, 0),
       ("in a string", {"content-available": "1"}, 0),
           ("with other members", {"category": "c", "mutable-content": 1}, 0),
       ("alert", {"alert": {"body": "b"}}, INVALID), ("alert text", {"alert": "b"}, INVALID),
       ("sound", {"sound": "default"}, INVALID), ("badge", {"badge_type": 1}, INVALID),
           ("badge -2", {"badge_type": -2}, INVALID),
       ("content-available 0", {"content-available": 0}, INVALID),
           ("content-available absent", {"content-available": ABSENT, "category": "c"}, INVALID))  # fmt: skip
async def test_silent_message_of_ios(ios: App, aps: dict[str, Any], code: int) -> None:
    """message_type `message`: neither title nor content is needed, and nothing that is seen or heard may be in it."""
    body = ios.push(message_type="message", message={"ios": {"aps": {"content-available": 1, **aps}}})
    if code:
        assert await ios.refused(body) == code
    else:
        row = await ios.taken(body)
        assert row.message_type == "message"
        assert row.message["ios"]["aps"]["content-available"] == 1


async def test_in_app_message_of_android(android: App) -> None:
    body = android.push(message_type="message", message=android.message(android={"custom_content": {"a": 1}}))
    row = await android.taken(body)
    assert (row.message_type, row.message["android"]) == ("message", {"custom_content": '{"a":1}'})
    for key in ("title", "content"):
        assert (
            await android.refused(android.push(message_type="message", message=android.message(**{key: ""}))) == MISSING
        )


# ── texts that name attributes (spec/push.md 1.4, ntf_wt_attrs) ────────────────────────────────────────────────────


@table("platform, message, code",
       ("android, both defaults", "android", {}, 0),
       ("android, no default_title", "android", {"default_title": ABSENT}, MISSING),
       ("android, no default_content", "android", {"default_content": ""}, MISSING),
       ("ios, no default_title", "ios", {"default_title": ABSENT}, 0),
       ("ios, no default_content", "ios", {"default_content": ABSENT}, MISSING),
       ("ios, default_subtitle", "ios", {"default_subtitle": "s"}, 0),
       ("five attributes", "android", {"content": "{{a1}}{{a2}}{{a3}}{{a4}}"}, 0),
       ("the same one often", "android", {"content": "{{a1}}" * 9}, 0),
       ("six attributes", "android", {"content": "{{a1}}{{a2}}{{a3}}{{a4}}{{a5}}"}, INVALID),
       ("an unknown one", "android", {"content": "{{nobody}}"}, INVALID),
       ("default_title no text", "android", {"default_title": ["x"]}, INVALID))  # fmt: skip
async def test_ntf_wt_attrs(android: App, ios: App, platform: str, message: dict[str, Any], code: int) -> None:
    app = {"android": android, "ios": ios}[platform]
    texts = {"title": "Dear {{name}}", "content": "x", "default_title": "Hello", "default_content": "World"}
    body = app.push(ntf_wt_attrs=True, message=app.message(**{**texts, **message}))
    if code:
        assert await app.refused(body) == code
    else:
        row = await app.taken(body)
        assert row.message["default_content"] == "World"
