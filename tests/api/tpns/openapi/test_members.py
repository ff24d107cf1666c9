"""Members of requests: those the handlers look up are those that are described, on every endpoint.

Each endpoint gets, besides its examples, requests with every member there is, one for each value of a member that has
few, so that every branch is taken once. What is looked up on the way is written down.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rockdove.api.context import ApiContext
from rockdove.api.tpns import endpoint, message, push_request
from rockdove.api.tpns.fields import Fields, parse
from rockdove.config import Settings
from tests.api.tpns.described import Described, members
from tests.api.tpns.openapi.days import moved
from tests.api.tpns.rest import Client
from tests.rows import an_app

DESCRIBED = Described(Settings())
JSON_PATHS = sorted(path for path in DESCRIBED.document["paths"] if not path.endswith("/upload"))
IOS = 1600000001
FEW = 10


class Reading:
    """What is looked up in a request, as paths of members."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.found: set[str] = set()
        self._root: Fields | None = None
        self._places: dict[int, str] = {}
        raw, spelled = Fields.raw, message._spelled

        def parsed(body: bytes) -> Fields:
            self._root = parse(body)  # kept, so that no other object gets the id of a part of it
            self._places = dict(_places(self._root.members, ""))
            return self._root

        def looked_up(fields: Fields, key: str) -> Any:
            place = self._places.get(id(fields.members), f"{fields._path}." if fields._path else None)
            if place is not None:  # None: a list element that the handler has made into an object itself
                self.found.add(place + key)
            return raw(fields, key)

        def put_in_one_spelling(given: dict[str, Any], names: Any) -> dict[str, Any]:
            self.found.update(self._places[id(given)] + name for name in names)
            return spelled(given, names)

        patch.setattr(endpoint, "parse", parsed)
        patch.setattr(Fields, "raw", looked_up)
        patch.setattr(message, "_spelled", put_in_one_spelling)


def _places(value: object, path: str) -> Iterator[tuple[int, str]]:
    """Objects by their identity, with the path of their members."""
    if isinstance(value, dict):
        yield id(value), f"{path}." if path else ""
        for name, part in value.items():
            yield from _places(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for part in value:
            yield from _places(part, f"{path}[]")


def everything(schema: dict[str, Any]) -> Iterator[Any]:
    """Values with all members; together they have every value of a member that has few, and every alternative."""
    if "anyOf" in schema:
        for alternative in schema["anyOf"]:
            yield from everything(alternative)
    elif schema["type"] == "object":
        choices = {name: list(everything(member)) for name, member in schema.get("properties", {}).items()}
        first = {name: values[0] for name, values in choices.items()}
        if "start" in first:
            first["end"] = choices["end"][-1]  # a window in which there is a moment
        yield first
        for name, values in choices.items():
            yield from ({**first, name: value} for value in values[1:])
    elif schema["type"] == "array":
        yield from ([value] for value in everything(schema["items"]))
    else:
        yield from _scalars(schema)


def _scalars(schema: dict[str, Any]) -> list[Any]:
    lowest, highest = schema.get("minimum", 0), schema.get("maximum", 2**31)
    if "enum" in schema:
        return list(schema["enum"])
    if schema["type"] == "integer":
        return list(range(lowest, highest + 1)) if highest - lowest <= FEW else [lowest, lowest + 1]
    if schema["type"] == "boolean":
        return [True, False]
    text = schema.get("pattern", "text")
    known = {"[0-9]{4}-": "2026-01-15", "[0-9]{2}:": "09:30:00", "[0-9]{8}": "20260115", "://": "https://example.com"}
    return [next((value for part, value in known.items() if part in text), "7")] + ["8"] * ("[0-5]?" in text)


def requests(path: str) -> Iterator[dict[str, Any]]:
    """The examples; and everything, also without one member each, for a fault in one hides those after it."""
    schema = DESCRIBED.request_schema(path)
    yield from (sent for sent, _ in DESCRIBED.examples(path).values())
    [first, *more] = everything(schema)
    yield from (first, *more)
    choosing = next((name for name, member in schema["properties"].items() if _chooses(member)), None)
    for value in _scalars(schema["properties"][choosing]) if choosing else [None]:
        full = {**first, choosing: value} if choosing else first
        yield from ({key: value for key, value in full.items() if key != name} for name in full)


def _chooses(schema: dict[str, Any]) -> bool:
    """Such as operator_type and audience_type: the endpoint does one thing or another."""
    return "enum" in schema or 0 < schema.get("maximum", 0) - schema.get("minimum", 0) <= FEW


@pytest.mark.parametrize("path", JSON_PATHS)
async def test_what_is_read_is_what_is_described(
    path: str, client: Client, context: ApiContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with context.database.connection() as connection:
        await an_app(connection, IOS, "ios")
    described = dict(members(DESCRIBED.request_schema(path)))
    kept = {name for name, member in described.items() if "x-kept" in member}
    reading = Reading(monkeypatch)
    for body in requests(path):
        for caller in (client, Client(client.port, IOS)):
            assert (await caller.post(path, moved(body))).status == 200
    found = reading.found - {"seq"}  # asked for everywhere, echoed in two of the families
    assert found == described.keys() - kept - {"seq"}


def test_kept_members_are_kept() -> None:
    """Members of a push that no handler reads are stored with it, or are inside the message, which is stored."""
    described = dict(members(DESCRIBED.request_schema("/v3/push/app")))
    kept = {name: member["x-kept"] for name, member in described.items() if "x-kept" in member}
    assert {name for name in kept if "." not in name} == {
        name for name, how in kept.items() if how == "stored with the push"
    }
    assert not any(name in push_request._READ for name in kept)
    top = {name for name in described if "." not in name and name not in kept}
    assert top - {"ntf_wt_attrs"} == push_request._READ


def test_an_undescribed_member_would_be_found() -> None:
    with pytest.MonkeyPatch.context() as patch:
        reading = Reading(patch)
        parsed = vars(endpoint)["parse"]  # as the endpoints find it now
        fields = parsed(b'{"message":{"accept_time":[{"start":{}}]}}')
        fields.text("Surprise")
        [message_fields] = [fields.object("message")]
        assert message_fields
        [window] = message_fields.objects("accept_time")
        window.object("start")
        assert window.given("end") is False
    assert reading.found == {
        "Surprise", "message", "message.accept_time", "message.accept_time[].start", "message.accept_time[].end",
    }  # fmt: skip
