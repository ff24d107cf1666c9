"""What the server says to people at the console is there in Chinese too.

Sentences are written in English where they are raised, and are their own keys: the page looks them up in
console/src/locales/sentences.zh.json, where what differs from case to case is {0}, {1} …
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rockdove.channels import apns, vivo
from rockdove.channels.provider import Provider
from rockdove.channels.registry import PROVIDERS

ROOT = Path(__file__).parents[3]
SOURCES = (
    *("members", "api/console", "ingest", "lifecycle/states.py", "devices/products.py", "devices/applications.py"),
    *("devices/attributes.py", "devices/trial_devices.py", "devices/details.py", "devices/registration.py"),
    *("domain/controls.py", "pushes/plans.py", "pushes/admission.py", "audience/outcome.py", "audience/packages.py"),
    *("api/tpns/rates.py", "api/tpns/push.py", "api/tpns/schedule.py", "api/ending.py"),
)
"""Whose errors reach a form of the console."""
VENDORS = ("channels", "dispatch/vendor_sending.py", "dispatch/dispatcher.py", "storage/vault.py")
"""Whose words stand beside a channel, and in what became of a push. A vendor's own stay as they are."""
UNHEARD = {
    "ForgedReceiptError",
    "SubscriptionError",
    "PayloadTooLargeError",
    "VaultKeyError",
    "NotYetError",
    "ValueError",
}
"""Errors whose text reaches a log, or who configures the server."""
WORDINGS = {"words", "_words", "_words_for", "_words_of_kind", "_refusal", "refusal", "too_long", "_too_large"}
"""Functions that give words."""


def sentences() -> Iterator[str]:
    for source in SOURCES:
        path = ROOT / "src/rockdove" / source
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and (said := _said(node)):
                    yield said


def vendors_sentences() -> Iterator[str]:
    yield from (*apns._WORDS.values(), *vivo._STANDING_USERS.values())
    for source in VENDORS:
        path = ROOT / "src/rockdove" / source
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                for text in _vendors_texts(node):
                    yield from filter(None, (_template(text), *_asides(text)))


def _vendors_texts(node: ast.AST) -> Iterator[ast.expr]:
    """The texts that a person may read of a channel."""
    match node:
        case ast.Call(func=ast.Name(id="Rejected"), args=[text]):
            yield text
        case ast.Call(func=ast.Name(id=name), args=[text, *_]) if name.endswith("Error") and name not in UNHEARD:
            yield text
        case ast.Call(func=ast.Name(id="Checked")):
            yield from (text for keyword in node.keywords if keyword.arg == "says" for text in _branches(keyword.value))
        case ast.Call(func=ast.Attribute(attr="give_up"), args=[_, text]):
            yield text
        case ast.Call(func=ast.Name(id="_refused"), args=[_, ast.Constant() as text, _]):
            yield text
        case ast.Assign(targets=[ast.Name(id="says" | "words" | "reason")]):
            yield from _branches(node.value)
        case ast.Subscript(value=ast.Attribute(attr="refused"), slice=ast.Constant()):
            yield node.slice
        case ast.FunctionDef(name=name) if name in WORDINGS:
            yield from (
                text
                for inner in ast.walk(node)
                if isinstance(inner, ast.Return) and inner.value
                for text in _branches(inner.value)
            )


def _branches(text: ast.expr) -> Iterator[ast.expr]:
    if isinstance(text, ast.IfExp):
        yield from _branches(text.body)
        yield from _branches(text.orelse)
    else:
        yield text


def _asides(text: ast.expr) -> Iterator[str]:
    """What stands in a place where the vendor says nothing."""
    for place in text.values if isinstance(text, ast.JoinedStr) else ():
        if isinstance(place, ast.FormattedValue) and isinstance(place.value, ast.BoolOp):
            last = place.value.values[-1]
            if isinstance(last, ast.Constant) and " " in str(last.value):
                yield str(last.value)


def _said(call: ast.Call) -> str:
    """The text of an error that is made here; empty: it is none, or has no text of its own."""
    match call.func:
        case ast.Name(id="HTTPException"):
            return _template(call.args[1]) if len(call.args) > 1 else ""
        case ast.Name(id=name) | ast.Attribute(attr=name) if name.endswith("Error") and call.args:
            return _template(call.args[0])
        case ast.Attribute(attr="__init__", value=ast.Call(func=ast.Name(id="super"))) if call.args:
            return _template(call.args[0])
        case ast.Attribute(attr="invalid") if len(call.args) == 2:
            return _template(ast.JoinedStr([call.args[0], ast.Constant(" "), *_parts(call.args[1])]))
    return ""


def _template(text: ast.expr) -> str:
    parts, number = [], 0
    for part in _parts(text):
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        else:
            parts.append(f"{{{number}}}")
            number += 1
    template = "".join(parts)
    return template if any(letter.isalpha() for letter in template) else ""


def _parts(text: ast.expr) -> list[ast.expr]:
    if isinstance(text, ast.JoinedStr):
        return [
            inner for part in text.values for inner in (_parts(part) if isinstance(part, ast.JoinedStr) else [part])
        ]
    return [text] if isinstance(text, ast.Constant) and isinstance(text.value, str) else [ast.Name("value")]


@pytest.fixture(scope="module")
def chinese() -> dict[str, str]:
    found: dict[str, str] = json.loads((ROOT / "console/src/locales/sentences.zh.json").read_text("utf-8"))
    return found


def test_every_sentence_is_translated(chinese: dict[str, str]) -> None:
    said = set(sentences())
    assert len(said) > 80, "the sentences are not found any more"
    assert said - set(chinese) == set()


def test_what_is_said_of_a_vendor_s_channel_is_translated(chinese: dict[str, str]) -> None:
    said = set(vendors_sentences())
    assert len(said) > 70, "the sentences are not found any more"
    assert said - set(chinese) == set()


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS.keys())
def test_the_vendors_names_are_translated(provider: Provider, chinese: dict[str, str]) -> None:
    """They stand in sentences."""
    assert provider.title in chinese


def test_what_differs_from_case_to_case_is_in_both(chinese: dict[str, str]) -> None:
    def places(text: str) -> list[str]:
        return sorted(part[0] for part in text.split("{")[1:] if part[1:2] == "}")

    assert {said: text for said, text in chinese.items() if not set(places(text)) <= set(places(said))} == {}
