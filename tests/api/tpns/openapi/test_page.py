"""`GET /v3/docs`: the document as a page that needs nothing else."""

from __future__ import annotations

import re
import shlex
from html import unescape
from html.parser import HTMLParser

import msgspec

from rockdove.api.tpns.openapi import document
from rockdove.api.tpns.openapi.page import page
from rockdove.config import Settings
from tests.api.tpns.described import Described, members
from tests.api.tpns.rest import Client

DESCRIBED = Described(Settings())
ADDRESS = "http://127.0.0.1:8080"
PAGE = page(document(Settings()), ADDRESS)
VOID = {"meta"}


class Structure(HTMLParser):
    """Elements that are opened are closed, in order; what is referred to is there."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            assert name in {"id", "href", "class", "title", "open", "lang", "charset", "name", "content"}, (tag, name)
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_it_is_there_for_everybody(client: Client) -> None:
    reply = await client.post("/v3/docs", b"", headers={}, method="GET")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    assert reply.body.decode().startswith("<!doctype html>")
    assert (await client.post("/v3/docs", {})).status == 405


def test_it_is_sound_and_loads_nothing() -> None:
    structure = Structure(PAGE)
    assert structure.open == []
    assert not structure.tags & {"script", "link", "img", "iframe", "object"}
    assert len(structure.ids) == len(set(structure.ids))
    assert {link.removeprefix("#") for link in structure.links if link.startswith("#")} <= set(structure.ids)
    assert [link for link in structure.links if not link.startswith("#")] == ["openapi.json"]
    assert "url(" not in PAGE
    assert "@import" not in PAGE


def test_it_has_an_anchor_and_a_curl_line_for_every_endpoint() -> None:
    ids = Structure(PAGE).ids
    lines = {
        words[-1 if "-F" in words else 3]: words
        for block in re.findall(r"<pre>(curl .*?)</pre>", PAGE, re.DOTALL)
        if (words := shlex.split(unescape(block).replace("\\\n", " ")))
    }
    for path in DESCRIBED.document["paths"]:
        assert DESCRIBED.operation(path)["operationId"] in ids
        words = lines[f"{ADDRESS}{path}"]
        if "-d" in words:
            [(first, _), *_] = DESCRIBED.examples(path).values()
            assert msgspec.json.decode(words[words.index("-d") + 1]) == first


def test_it_names_every_member_and_code() -> None:
    text = unescape(re.sub(r"<[^>]+>", "", PAGE))
    for path in DESCRIBED.document["paths"]:
        for name, _ in members(DESCRIBED.request_schema(path)):
            assert name in text or name == "seq", (path, name)
    assert all(str(code) in text for code in DESCRIBED.document["components"]["schemas"]["Code"]["enum"])


def test_what_is_configured_is_shown_as_text() -> None:
    html = page(document(Settings()), "https://push.example.com/<b>&'/")
    assert "https://push.example.com/&lt;b&gt;&amp;&#x27;/v3/push/app" in html
    assert "<b>&" not in html
