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

ROOT = Path(__file__).parents[3]
SOURCES = (
    *("members", "api/console", "ingest", "lifecycle/states.py", "devices/products.py", "devices/applications.py"),
    *("devices/attributes.py", "devices/trial_devices.py", "devices/details.py", "devices/registration.py"),
    *("domain/controls.py", "pushes/plans.py", "pushes/admission.py", "audience/outcome.py", "audience/packages.py"),
    *("api/tpns/rates.py", "api/tpns/push.py", "api/tpns/schedule.py", "api/ending.py"),
)
"""Whose errors reach a form of the console."""


def sentences() -> Iterator[str]:
    for source in SOURCES:
        path = ROOT / "src/rockdove" / source
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and (said := _said(node)):
                    yield said


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


def test_what_differs_from_case_to_case_is_in_both(chinese: dict[str, str]) -> None:
    def places(text: str) -> list[str]:
        return sorted(part[0] for part in text.split("{")[1:] if part[1:2] == "}")

    assert {said: text for said, text in chinese.items() if not set(places(text)) <= set(places(said))} == {}
