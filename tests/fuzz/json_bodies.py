"""JSON bodies that are nearly right: a good body of an endpoint with a few members gone wrong."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

from tests.fuzz.recorded import BODIES
from tests.fuzz.wire import Case, request


class Raw(bytes):
    """JSON text, right or wrong, that is written as it is."""


class Members(list[tuple[str, Any]]):
    """An object whose keys may come twice."""


WORDS = (
    "", " ", "0", "1", "-1", "true", "null", "NaN", "١٢", "１", " 5 ", "1e3", "0x10", "9" * 30, "9" * 31, "ß", "İ", "ſ",
    "\u2028", "\u202e", "\ufeff", "\U0010ffff", "a\tb", "a\nb", "%s", "{}", "{{}}", "{{city}}", "{{" * 50, "'; --",
    "<script>", "../../etc/passwd", "0001-01-01", "9999-12-31", "0001-01-01 00:00:00", "9999-12-31 23:59:59",
    "00010101", "99991231", "20240230", "2024-2-3", "24:00:00", "23:59:60", "https://", "http://x y", "all", "tag",
    "token", "package_token_push", "package_account_push", "notify", "message", "dev", "xg", "default", "[0]",
    "x" * 99, "x" * 101, "用" * 100, "x" * 5000,
)  # fmt: skip
NUMBERS = (
    b"0", b"-0", b"1", b"-1", b"2", b"3", b"4", b"5", b"6", b"7", b"8", b"9", b"10", b"11", b"0.0", b"1.0", b"1.5",
    b"1e3",
    b"1E400", b"1e308", b"-1e308", b"5e-324", b"2147483647", b"2147483648", b"-2147483649", b"4294967296",
    b"9223372036854775807", b"9223372036854775808", b"-9223372036854775809", b"18446744073709551616", b"9" * 40,
    b"9" * 4300, b"9" * 4301, b"-" + b"9" * 9000, b"0." + b"3" * 9000, b"0001", b"+1", b".5", b"1.", b"NaN",
    b"Infinity",
    b"-Infinity", b"0x1F", b"1_000",
)  # fmt: skip
TEXTS = (
    b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\ud83d\\ude00"', b'"\\u0000"', b'"a\\u0000b"', b'"\x00"',
    b'"\x01\t\r\n\x1f"',
    b'"\xff\xfe"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\\x41"', b'"\\u12"', b'"', b"'a'", b'"\\', b'"' + b'\\"' * 3000,
    b'"' + b"\\u0041" * 2000 + b'"', b'"' + b"\xf0\x9f\x98\x80" * 2000 + b'"', b'"' + b"a" * 200_000 + b'"',
)  # fmt: skip
CONTAINERS = (
    b"[]", b"{}", b"[[]]", b"[{}]", b"[null]", b"[null,null]", b"[0]", b'[""]', b"[true]", b'{"":null}',
    b'{"":{"":[]}}',
    b"[1,]", b"{,}", b"[", b"{", b"]", b"{1:2}", b'{"a" "b"}', b"[1 2]", b'{"a":1,"a":[2]}', b"/* */1", b"1//",
    b"undefined",
    b"[" + b"0," * 1001 + b"0]", b"[" + b"[]," * 20_000 + b"[]]", b"[" + b'{"a":{}},' * 2000 + b"{}]",
    b"{" + b",".join(b'"k%d":%d' % (n, n) for n in range(5000)) + b"}",
)  # fmt: skip
DEPTHS = (2, 10, 50, 100, 200, 333, 500, 700, 900, 980, 1000, 2000, 20_000, 300_000)
INNERMOST = (b"1", b"", b'"\\u0000"', b'"a\tb"', b'"x"', b"1e400", b"9" * 30)

deep = st.builds(
    lambda depth, ends, inner: Raw(ends[0] * depth + inner + ends[1] * depth),
    st.sampled_from(DEPTHS),
    st.sampled_from([(b"[", b"]"), (b'{"a":', b"}"), (b'[{"":', b"}]"), (b"[", b"")]),
    st.sampled_from(INNERMOST),
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return False
    return True


_raw = [Raw(text) for text in (*NUMBERS, *TEXTS, *CONTAINERS, b"true", b"false", b"null")]
_json, _no_json = [text for text in _raw if _is_json(text)], [text for text in _raw if not _is_json(text)]
nasty = st.one_of(
    *[st.sampled_from(WORDS)] * 4, *[st.sampled_from(_json)] * 6, st.sampled_from(_no_json), deep, ANY_JSON
)
"""A body with one piece that is no JSON gets no further than the parser: those are the rarer ones."""
_CASES = (str.upper, str.title, str.swapcase, lambda key: key.replace("s", "ſ"), lambda key: key.replace("i", "İ"))


def render(value: Any) -> bytes:
    """As JSON text, with the raw pieces in it."""
    if isinstance(value, Raw):
        return bytes(value)
    if isinstance(value, dict):
        value = Members(value.items())
    if isinstance(value, Members):
        return b"{" + b",".join(_text(key) + b":" + render(member) for key, member in value) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(render, value)) + b"]"
    if isinstance(value, float):
        return repr(value).replace("inf", "Infinity").replace("nan", "NaN").encode()
    return str(value).encode() if type(value) is int else _text(value)


def _text(value: object) -> bytes:
    return msgspec.json.encode(value)


@st.composite
def bodies(draw: st.DrawFn, path: str) -> bytes:
    """The body of an endpoint, with up to four faults."""
    body: Any = draw(st.sampled_from(BODIES[path]))
    for _ in range(draw(st.integers(1, 4))):
        body = _worse(draw, body)
    text = render(body)
    return draw(st.sampled_from([text, text, text, text, b"\xef\xbb\xbf" + text, text + b"\n", b" " + text, text[:-1]]))


def _worse(draw: st.DrawFn, value: Any) -> Any:
    """One fault, somewhere at or below this value."""
    if isinstance(value, dict):
        value = Members(value.items())
    if isinstance(value, Members) and value and draw(st.integers(0, 9)):
        return _worse_member(draw, value)
    if isinstance(value, list) and not isinstance(value, Members) and value and draw(st.booleans()):
        place = draw(st.integers(0, len(value) - 1))
        return draw(
            st.sampled_from([[*value[:place], _worse(draw, value[place]), *value[place + 1 :]], value * 2, value * 600])
        )
    return draw(nasty)


def _worse_member(draw: st.DrawFn, members: Members) -> Members:
    place = draw(st.integers(0, len(members) - 1))
    key, value = members[place]
    before, after = members[:place], members[place + 1 :]
    match draw(st.sampled_from(["value", "value", "inside", "inside", "drop", "case", "twice", "more", "rename"])):
        case "value":
            now = [(key, draw(nasty))]
        case "inside":
            now = [(key, _worse(draw, value))]
        case "drop":
            now = []
        case "case":
            now = [(draw(st.sampled_from(_CASES))(key), value)]
        case "twice":
            now = [(key, value), (draw(st.sampled_from([key, key.upper()])), draw(nasty))]
        case "more":
            now = [(key, value), (draw(st.text(max_size=30)), draw(nasty))]
        case _:
            now = [(draw(st.sampled_from(["", "seq", "\u212a", "a" * 1000])), value)]
    return Members([*before, *now, *after])


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A call of any endpoint."""
    path = draw(st.sampled_from(sorted(BODIES)))
    body = draw(bodies(path))
    lines = draw(st.sampled_from([(), (), (), (b"Content-Type: application/json",), (b"Idempotency-Key: k1",)]))
    return Case((request(f"/v3{path}", body, *lines),))


def cannot_be_json() -> st.SearchStrategy[Case]:
    """Bodies that every endpoint must refuse, whatever else."""
    text = st.sampled_from(
        [
            b"", b"null", b"1", b'"x"', b"[]", b"[{}]", b"true", b"NaN", b"{", b"}", b'{"a":}', b"{'a':1}", b"{a:1}",
            b"\xff\xfe{\x00}\x00", b"\x1f\x8b\x08\x00", b"PK\x03\x04", b"a=1&b=2", b"<xml/>", b'{"a":1}{"b":2}',
            b"[" * 300_000, b'{"a":' * 300_000, b'{"a":"' + b'\\"' * 500_000, b'"' * 1_000_000,
            b'{"a":' + b'"\t",' * 200_000,
            b'{"a":"' + b"\x01" * 300_000, b"{" + b'"a":0,' * 200_000, b'{"a":"\\u0000"}', b'{"\\u0000":1}',
            b" " * 2_000_000,
            b"9" * 1_000_000, b'{"a":' + b"9" * 1_000_000 + b"}" + b"]", b'{"a":1e' + b"9" * 100_000 + b"}]",
        ]
    )  # fmt: skip
    return st.builds(
        lambda path, body: Case((request(f"/v3{path}", body),), bad=True), st.sampled_from(sorted(BODIES)), text
    )
