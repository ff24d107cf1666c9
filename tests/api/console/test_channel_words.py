"""The fields of vendors' settings have their words in Chinese too; English comes from the server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rockdove.api.console.channels import documentation
from rockdove.channels.provider import Provider
from rockdove.channels.registry import PROVIDERS
from rockdove.channels.settings import fields
from rockdove.domain.device import CHANNELS

ROOT = Path(__file__).parents[3]
LOCALES = ROOT / "console/src/locales"


def words(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((LOCALES / name).read_text("utf-8"))
    return found


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=lambda provider: provider.name)
def test_every_field_has_its_chinese_words(provider: Provider) -> None:
    chinese = words("channelFields.zh.json")
    own = chinese.get(provider.name, {})
    for field in fields(provider.settings):
        found = own.get(field.name) or chinese["common"].get(field.name, {})
        assert found.get("title"), f"{provider.name}.{field.name}"
        assert found.get("description") or not field.description, f"{provider.name}.{field.name}"
        assert found.get("choices", {}).keys() == field.choices.keys(), f"{provider.name}.{field.name}"
    assert own.keys() <= {field.name for field in fields(provider.settings)}


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=lambda provider: provider.name)
def test_every_channel_has_its_page(provider: Provider) -> None:
    """The form names it."""
    assert (ROOT / documentation(provider)).is_file()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_channel_has_a_name(language: str) -> None:
    assert words(f"{language}/channels.json")["name"].keys() == CHANNELS
