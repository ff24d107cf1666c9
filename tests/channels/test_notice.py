"""Our message as vendors read it: a member of the wrong kind costs itself and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from rockdove.channels import notice
from rockdove.channels.notice import Action, Android, Aps, Browser, Ios, Notice

WHOLE = {
    "title": "Sale",
    "content": "Half price today",
    "thread_id": "sales",
    "show_type": 1,
    "android": {"xm_ch_id": "120001", "badge_type": 3, "action": {"action_type": 2, "browser": {"url": "https://a"}}},
    "ios": {"aps": {"alert": {"subtitle": "s"}, "interruption-level": "passive", "badge_type": 0}},
}
READ = Notice(
    title="Sale",
    content="Half price today",
    thread_id="sales",
    show_type=1,
    android=Android(xm_ch_id="120001", badge_type=3, action=Action(action_type=2, browser=Browser(url="https://a"))),
    ios=Ios(aps=Aps(alert={"subtitle": "s"}, interruption_level="passive", badge_type=0)),
)


def test_a_message_as_it_should_be() -> None:
    assert notice.read(WHOLE) == READ


@pytest.mark.parametrize(
    ("path", "odd"),
    [
        ("android.xg_unknown", {}),
        ("android.hw_category", 7),
        ("android.icon_color", "blue"),
        ("android.custom_content", {"an": "object"}),
        ("android.action.activity", []),
        ("android.action.browser.confirm", None),
        ("ios.custom_content", None),
        ("ios.aps.sound", {"critical": 1}),
        ("xg_media_resources", None),
        ("thread_sumtext", 3),
    ],
)
def test_a_member_of_another_kind_reads_as_absent(path: str, odd: Any) -> None:
    *parts, name = path.split(".")
    message: dict[str, Any] = copied(WHOLE)
    part = message
    for each in parts:
        part = part[each]
    part[name] = odd
    assert notice.read(message) == READ


@pytest.mark.parametrize("odd", [None, [], "text", 7])
def test_a_part_of_another_kind_reads_as_absent(odd: Any) -> None:
    found = notice.read(WHOLE | {"android": odd, "ios": odd})
    assert (found.title, found.thread_id, found.android, found.ios) == ("Sale", "sales", Android(), Ios())


def copied(part: Any) -> Any:
    return {name: copied(value) for name, value in part.items()} if isinstance(part, dict) else part
