"""The document as one page to read: no script, nothing loaded, light or dark as the reader's system is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any

import msgspec

from rockdove.api.tpns.openapi.schemas import Schema

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2530; --dim: #5f6975; --mark: #2a6b4a;
  --paper: #fff; --plate: #f5f6f8; --line: #e1e4e8 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #dde3ea; --dim: #939da9; --mark: #7fc8a2; --paper: #15191e; --plate: #1d2329; --line: #303841 } }
* { box-sizing: border-box }
html { scroll-behavior: smooth; scroll-padding-top: 1rem }
body { margin: 0; font: 15px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
nav { position: fixed; inset: 0 auto 0 0; width: 19rem; overflow-y: auto; padding: 1.5rem; background: var(--plate) }
nav b { display: block; margin: 1.2rem 0 .2rem; color: var(--dim); font-size: .85rem }
nav a { display: block; padding: .12rem 0 }
main { margin-left: 19rem; padding: 2rem 3rem 6rem; max-width: 62rem }
a { color: inherit; text-decoration: none } a:hover { color: var(--mark) }
p a { color: var(--mark) }
h1 { margin: 0; font-size: 1.7rem } h2 { margin: 0; font-size: 1.25rem } h3 { margin: 1.6rem 0 .5rem; font-size: 1rem }
section { border-top: 1px solid var(--line); margin-top: 2.5rem; padding-top: 1.5rem }
.path { margin: .2rem 0 .8rem; font: 14px ui-monospace, monospace; color: var(--mark); overflow-wrap: anywhere }
code, pre { font: 13px/1.5 ui-monospace, monospace }
code { background: var(--plate); padding: .05rem .25rem; border-radius: 3px }
pre { margin: .4rem 0; padding: .8rem 1rem; background: var(--plate); border-radius: 6px; overflow-x: auto }
table { border-collapse: collapse; width: 100% }
td { padding: .3rem .8rem .3rem 0; border-top: 1px solid var(--line); vertical-align: top }
td:first-child { font: 13px/1.7 ui-monospace, monospace; white-space: nowrap }
td:first-child i { font-style: normal; color: var(--dim) }
small { color: var(--dim); font-size: .85rem }
details { margin: .4rem 0 } summary { cursor: pointer }
@media (max-width: 60rem) {
  nav { position: static; width: auto } main { margin: 0; padding: 1.5rem } td:first-child { white-space: normal } }
@media (max-width: 40rem) {
  tr { display: block; padding: .5rem 0; border-top: 1px solid var(--line) }
  td { display: block; padding: 0; border: 0; overflow-wrap: anywhere } }
"""


def page(described: dict[str, Any], address: str) -> str:
    """HTML, with an anchor for each endpoint: its operationId. `address`: where its curl lines call."""
    info, operations = described["info"], list(_operations(described))
    sections = "".join(_section(described, address, path, operation) for path, operation in operations)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])}: REST API</title><style>{_STYLE}</style>"
        f"<nav><a href='#top'><strong>{escape(info['title'])}</strong> {escape(info['version'])}</a>"
        f"{_contents(operations)}</nav>"
        f"<main id='top'><h1>{escape(info['summary'])}</h1>{_prose(info['description'])}"
        "<p>For programs: <a href='openapi.json'>openapi.json</a> (OpenAPI 3.1). "
        "<small>In the tables, * is a member that is required, or in every answer that is a success.</small></p>"
        f"{_authentication(described)}{sections}{_codes(described)}</main></html>"
    )


def _operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in described["paths"].items():
        yield path, item["post"]


def _contents(operations: list[tuple[str, dict[str, Any]]]) -> str:
    links, group = ["<b>Calling</b><a href='#authentication'>Authentication</a><a href='#codes'>Codes</a>"], ""
    for path, operation in operations:
        if operation["tags"][0] != group:
            group = operation["tags"][0]
            links.append(f"<b>{escape(group)}</b>")
        name = path.rpartition("/")[2] if "x-alias-of" in operation else operation["summary"]
        links.append(f"<a href='#{operation['operationId']}'>{escape(name)}</a>")
    return "".join(links)


def _section(described: dict[str, Any], address: str, path: str, operation: dict[str, Any]) -> str:
    anchor = operation["operationId"]
    head = (
        f"<section id='{anchor}'><h2><a href='#{anchor}'>{escape(operation['summary'])}</a></h2>"
        f"<p class='path'>POST {escape(path)}</p>{_prose(operation['description'])}"
    )
    [(kind, media)] = operation["requestBody"]["content"].items()
    answer = operation["responses"]["200"]["content"]["application/json"]
    curl = f"<pre>{escape(_curl(address.rstrip('/') + path, kind, media))}</pre>"
    if "x-alias-of" in operation:
        return f"{head}{curl}</section>"
    return (
        f"{head}{curl}<h3>Request</h3>{_table(media['schema'], _headers(described, operation))}"
        f"<h3>Answer</h3>{_table(_own_part(answer['schema']))}"
        f"<h3>Examples</h3>{_examples(media['examples'], answer['examples'])}</section>"
    )


def _own_part(schema: Schema) -> Schema:
    """The answer without the code and text that all have; these are described once."""
    common = ("ret_code", "err_msg", "retCode", "errMsg", "err_msg_zh", "seq")
    always = [*schema["required"], *schema.get("then", {}).get("required", ())]
    members = {name: member for name, member in schema["properties"].items() if name not in common}
    return {"properties": members, "required": always}


def _curl(url: str, kind: str, media: dict[str, Any]) -> str:
    if kind == "multipart/form-data":
        return f"curl -u ACCESS_ID:SECRET_KEY -F file=@accounts.txt {url}"
    first = next(iter(media["examples"].values()))["value"]
    body = msgspec.json.encode(first).decode().replace("'", "'\\''")
    return f"curl -u ACCESS_ID:SECRET_KEY {url} \\\n  -d '{body}'"


def _headers(described: dict[str, Any], operation: dict[str, Any]) -> str:
    rows = []
    for reference in operation.get("parameters", ()):
        parameter = described["components"]["parameters"][reference["$ref"].rpartition("/")[2]]
        meaning = _inline(parameter["description"])
        rows.append(f"<tr><td>{escape(parameter['name'])}</td><td><small>header</small></td><td>{meaning}</td></tr>")
    return "".join(rows)


def _table(schema: Schema, first: str = "") -> str:
    rows = first + "".join(_rows(schema, ""))
    return f"<table>{rows}</table>" if rows else "<p><small>Nothing but the code and its text.</small></p>"


def _rows(schema: Schema, before: str) -> Iterator[str]:
    """A row a member, depth first; `before` is the path that leads there."""
    required = schema.get("required", ())
    for name, member in schema.get("properties", {}).items():
        must = "" if name not in required else " <b title='always there'>*</b>"
        place = f"<i>{escape(before)}</i>{escape(name)}{must}"
        yield f"<tr><td>{place}</td><td><small>{escape(_kind(member))}</small></td><td>{_meaning(member)}</td></tr>"
        for part, mark in _parts(member):
            yield from _rows(part, f"{before}{name}{mark}.")


def _parts(schema: Schema) -> Iterator[tuple[Schema, str]]:
    """The objects inside: of alternatives, of arrays, itself."""
    if "properties" in schema:
        yield schema, ""
    for alternative in schema.get("anyOf", ()):
        yield from _parts(alternative)
    for part, mark in _parts(schema["items"]) if "items" in schema else ():
        yield part, f"[]{mark}"


def _kind(schema: Schema) -> str:
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(alternative) for alternative in schema["anyOf"]))
    if schema["type"] == "array":
        return f"array of {_kind(schema['items'])}"
    return str(schema["type"])


def _meaning(schema: Schema) -> str:
    facts = []
    if "enum" in schema:
        facts.append(" · ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"]))
    if schema.get("type") == "integer":
        facts.append(_span(schema.get("minimum"), schema.get("maximum")))
    if "maxItems" in schema:
        facts.append(f"at most {schema['maxItems']}")
    if "maxLength" in schema and "minLength" not in schema:
        facts.append(f"at most {schema['maxLength']} characters")
    if "default" in schema:
        facts.append(f"default <code>{escape(msgspec.json.encode(schema['default']).decode())}</code>")
    if "x-honoured-for" in schema:
        facts.append(f"for {', '.join(schema['x-honoured-for'])}")
    if "x-kept" in schema:
        facts.append(f"{schema['x-kept']}, not acted upon here")
    said = "; ".join(fact for fact in facts if fact)
    return _inline(schema.get("description", "")) + (f" <small>{said}</small>" if said else "")


def _span(minimum: int | None, maximum: int | None) -> str:
    """Bounds of the number format itself are no news."""
    if maximum is None or maximum >= 2**31 - 1:
        return f"from {minimum}" if minimum else ""
    return f"{minimum} to {maximum}"


def _examples(requests: dict[str, Any], answers: dict[str, Any]) -> str:
    return "".join(
        f"<details{' open' if number == 0 else ''}><summary>{escape(one['summary'])}</summary>"
        f"<pre>{escape(_pretty(one['value']))}</pre><pre>{escape(_pretty(answers[name]['value']))}</pre></details>"
        for number, (name, one) in enumerate(requests.items())
    )


def _pretty(value: dict[str, Any]) -> str:
    """An uploaded file is shown as it is."""
    if list(value) == ["file"]:
        return str(value["file"]).rstrip("\n")
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _authentication(described: dict[str, Any]) -> str:
    schemes = described["components"]["securitySchemes"].values()
    named = {scheme.get("name", "Authorization: Basic"): scheme["description"] for scheme in schemes}
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{_inline(text)}</td></tr>" for name, text in named.items())
    return (
        "<section id='authentication'><h2>Authentication</h2>"
        f"<p>Basic, or the three headers of a signature.</p><table>{rows}</table></section>"
    )


def _codes(described: dict[str, Any]) -> str:
    code = described["components"]["schemas"]["Code"]
    rows = "".join(
        f"<tr><td>{value}</td><td>{escape(meaning)}</td></tr>"
        for value, meaning in zip(code["enum"], code["x-enum-descriptions"], strict=True)
    )
    return f"<section id='codes'><h2>Codes</h2><table>{rows}</table></section>"


def _prose(text: str) -> str:
    return "".join(f"<p>{_inline(paragraph)}</p>" for paragraph in text.split("\n\n"))


def _inline(text: str) -> str:
    """Backticks are the only mark-up that descriptions use."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
