"""docs/reference/message.md says where every member of `message` is in what a device gets, and it is there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rockdove.api.tpns import message as messages
from rockdove.api.tpns.fields import Fields
from rockdove.config import Limits
from rockdove.domain.device_message import OURS, device_message
from rockdove.domain.personalisation import DEFAULTS, Personal
from rockdove.domain.push import MessageType

TEXT = (Path(__file__).parents[3] / "docs/reference/message.md").read_text("utf-8")
SECTIONS = {"For both platforms": "", "Android": "android", "iOS": "ios"}
SAMPLES: dict[str, Any] = {
    "accept_time": [{"start": {"hour": "09", "min": "30"}, "end": {"hour": "18", "min": "05"}}],
    "show_type": 1,
    "android.vivo_ch_id": "1",
    "android.action": {"action_type": 1},
    "android.action.action_type": 3,
    "android.action.browser": {"url": "https://example.com", "confirm": 1},
    "android.action.aty_attr": {"if": 1, "pf": 2},
    "ios.aps": {"alert": {"title": "t"}, "badge_type": -2, "mutable-content": 1},
}


def documented() -> list[tuple[str, str]]:
    """(path below `message`, path in the payload) of every row of the tables that are carried one to one."""
    found = []
    for section in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        if title not in SECTIONS:
            continue
        above = SECTIONS[title]
        for line in body.split("### Personalised")[0].splitlines():
            if header := re.match(r"\| `(?:message\.)?(\w+)` member \|", line):
                above = above if header[1] in ("message", above) else f"{above}.{header[1]}"
            elif row := re.match(r"\| `([\w-]+)` \| `([\w.-]+)` \|", line):
                found.append((f"{above}.{row[1]}".lstrip("."), row[2]))
    return found


def payload_of(message: dict[str, Any], platform: str) -> dict[str, Any]:
    """What the door makes of a message, as a device gets it."""
    stored = messages.read(Fields({"message": message}), platform, MessageType.NOTIFY, Limits())
    payload: dict[str, Any] = json.loads(device_message(70001, 12, "notify", stored, 1767312000, collapse_id=31))
    return payload


def put(tree: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    *above, last = path.split(".")
    inner = tree
    for name in above:
        inner = inner.setdefault(name, {})
    inner[last] = value
    return tree


def at(tree: Any, path: str) -> Any:
    for name in path.split("."):
        tree = tree[name]
    return tree


def sample(path: str) -> Any:
    name = path.rpartition(".")[2]
    if path.startswith("android") and name in messages._ANDROID_INTEGERS:
        return messages._ANDROID_INTEGERS[name][1]
    return SAMPLES.get(path, f"a {name}")


@pytest.mark.parametrize(("given", "there"), documented())
def test_is_where_the_table_says(given: str, there: str) -> None:
    platform = "ios" if given.startswith("ios") else "android"
    message: dict[str, Any] = {"title": "t", "content": "c"}
    if platform == "ios":
        put(message, "ios.aps", {"sound": "default"})
    if given.startswith("android.action."):
        put(message, "android.action.action_type", 3)
        put(message, "android.action.intent", "x")
    put(message, given, sample(given))
    assert at(payload_of(message, platform), there) == sample(given)


def test_every_member_has_a_row() -> None:
    paths = {path for path, _ in documented()}
    common = {name for name in messages._MEMBERS if name not in ("android", "ios", *DEFAULTS.values())}
    android = {f"android.{name}" for name in (*messages._ANDROID_TEXTS, *messages._ANDROID_INTEGERS)}
    action = {f"android.action.{name}" for name in messages._ACTION}
    ios = {f"ios.{name}" for name in messages._IOS}
    assert paths == common | android | action | ios | {"android.action", "android.custom_content"}
    for name in (*OURS, *DEFAULTS.values(), *MessageType):
        assert f"`{name}`" in TEXT, name


def test_the_example_is_true() -> None:
    push, payload = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL))
    assert payload_of(push["message"], "android") == payload


def test_a_member_under_one_of_our_names_is_left_out() -> None:
    plain = {"title": "t", "content": "c"}
    assert device_message(1, 2, "notify", {**dict.fromkeys(OURS, "x"), **plain}, 0) == device_message(
        1, 2, "notify", plain, 0
    )


def test_default_texts_take_the_places_the_table_says() -> None:
    texts = {"title": "{{a}}", "content": "{{a}}"}
    alert = {"title": "{{a}}", "subtitle": "{{a}}", "body": "{{a}}"}
    defaults = {name: name for name in DEFAULTS.values()}
    for given in (alert, "{{a}}"):
        message = {**texts, **defaults, "ios": {"aps": {"alert": given}}}
        got = msgspec.json.decode(Personal(message, msgspec.json.encode).payload({}))
        flat = {"alert": got["ios"]["aps"]["alert"]} if isinstance(given, str) else got["ios"]["aps"]["alert"]
        flat |= {name: got[name] for name in ("title", "content")}
        assert not set(got) & set(DEFAULTS.values())
        for key, value in flat.items():
            row = next(line for line in TEXT.splitlines() if line.startswith(f"| `{value}` "))
            assert re.search(rf"`(?:ios\.aps\.alert\.)?{key}`", row), (key, value)
