"""What the form warns of is what the channel refuses."""

from __future__ import annotations

import re
from pathlib import Path

from rockdove.channels.registry import PROVIDERS
from rockdove.channels.settings import fields

FORM = Path(__file__).parents[2] / "console/src/composer/textLimits.ts"


def test_the_form_knows_every_limit_of_a_channel_s_settings() -> None:
    lines = re.findall(r"^  (\w+): \{ title: (\d+), content: (\d+)", FORM.read_text("utf-8"), re.MULTILINE)
    shown = {name: (int(title), int(content)) for name, title, content in lines}
    limits = {}
    for name, provider in PROVIDERS.items():
        default = {field.name: field.default for field in fields(provider.settings)}
        limits[name] = default["title_characters"], default["content_characters"]
    assert shown == {name: limit for name, limit in limits.items() if any(limit)}
