"""The OpenAPI document as a judge: does an answer conform to what is said of its endpoint?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import jsonschema_rs
import msgspec

from rockdove.api.tpns.openapi import document
from rockdove.config import Settings

DRAFT = "https://json-schema.org/draft/2020-12/schema"


class Described:
    """The document of a server, with its schemas ready to judge by."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._judges: dict[tuple[str, int], Any] = {}

    @cached_property
    def document(self) -> dict[str, Any]:
        """As clients get it: through JSON."""
        return msgspec.json.decode(msgspec.json.encode(document(self._settings)), type=dict[str, Any])

    def operation(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self.document["paths"][path]["post"]
        return found

    def request_schema(self, path: str) -> dict[str, Any]:
        [media] = self.operation(path)["requestBody"]["content"].values()
        schema: dict[str, Any] = media["schema"]
        return schema

    def examples(self, path: str) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
        """Requests and answers by name."""
        operation = self.operation(path)
        [media] = operation["requestBody"]["content"].values()
        answers = operation["responses"]["200"]["content"]["application/json"]["examples"]
        assert list(media["examples"]) == list(answers)
        return {name: (one["value"], answers[name]["value"]) for name, one in media["examples"].items()}

    def judge(self, path: str, status: int, answer: bytes | dict[str, Any]) -> list[str]:
        """What is wrong with an answer; nothing for a path that is not described."""
        path = re.sub("^/+", "/", path).removesuffix("/")
        if path not in self.document["paths"]:
            return []
        responses = self.operation(path)["responses"]
        if str(status) not in responses:
            return [f"HTTP {status} is not described"]
        if (path, status) not in self._judges:
            self._judges[path, status] = self._compiled(responses[str(status)])
        if isinstance(answer, bytes):
            answer = msgspec.json.decode(answer, type=dict[str, Any])
        return [
            f"{'.'.join(map(str, one.instance_path))}: {one.message}"
            for one in self._judges[path, status].iter_errors(answer)
        ]

    def compiled(self, schema: dict[str, Any]) -> Any:
        """A validator. Components can be referred to."""
        return jsonschema_rs.validator_for({"$schema": DRAFT, **schema, "components": self.document["components"]})

    def _compiled(self, response: dict[str, Any]) -> Any:
        if "$ref" in response:
            response = self.document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        return self.compiled(response["content"]["application/json"]["schema"])


def members(schema: dict[str, Any], before: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every member of a request with the path that leads there: `message.accept_time[].start.hour`."""
    for name, member in schema.get("properties", {}).items():
        yield f"{before}{name}", member
        for part, mark in _objects(member):
            yield from members(part, f"{before}{name}{mark}.")


def _objects(schema: dict[str, Any], mark: str = "") -> Iterator[tuple[dict[str, Any], str]]:
    if "properties" in schema:
        yield schema, mark
    for alternative in schema.get("anyOf", ()):
        yield from _objects(alternative, mark)
    if "items" in schema:
        yield from _objects(schema["items"], f"{mark}[]")
