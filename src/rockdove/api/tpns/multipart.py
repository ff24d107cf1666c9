"""multipart/form-data as TPNS's clients really send it, parsed while it arrives.

python-multipart's low-level parser finds boundaries and headers; what it and the web frameworks do with a part is too
strict for these clients, so the parts are read here. A part is opaque bytes, whatever its Content-Type says (the PHP
and Java clients say multipart/form-data), parameters may be unquoted (C#), and a part without a file name may be of
any size (Python clients given an in-memory file).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

from rockdove.api.tpns.errors import ParseError

MAX_PARTS = 100
MAX_HEADERS = 16
"""Of one part."""
MAX_HEADER_BYTES = 16 * 1024

_PARAMETER = re.compile(rb';\s*([^\s=;]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_COMMA = re.compile(rb"^\s*(multipart/form-data)\s*,", re.IGNORECASE)
_CHARSETS = {"utf-8", "iso-8859-1", "us-ascii"}


@dataclass(frozen=True, slots=True)
class Part:
    """The head of one part. `file_name` is None when there is none, "" when it is empty."""

    name: str
    file_name: str | None


@dataclass(frozen=True, slots=True)
class PartEnd:
    """The part that began last has ended."""


Event = Part | bytes | PartEnd


class FormReader:
    """Feed it the body in pieces; each gives the events it completed, in order."""

    def __init__(self, content_type: str) -> None:
        """Raises ParseError when this is no multipart/form-data with a boundary."""
        kind, boundary = _form_type(content_type.encode("latin-1"))
        if kind != "multipart/form-data" or not boundary:
            raise ParseError("send the file as multipart/form-data with a boundary")
        self.ended = False
        """The closing boundary has come."""
        self._events: list[Event] = []
        self._parts = 0
        self._header = (bytearray(), bytearray())
        self._disposition = b""
        self._parser = self._new_parser(boundary)

    def feed(self, chunk: bytes) -> list[Event]:
        """Raises ParseError."""
        self._events = []
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise ParseError(f"multipart: {error}") from None
        if self._parts > MAX_PARTS:
            raise ParseError(f"multipart: more than {MAX_PARTS} parts")
        return self._events

    def _new_parser(self, boundary: bytes) -> MultipartParser:
        try:
            return MultipartParser(
                boundary,
                {
                    "on_part_begin": self._on_part_begin,
                    "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_part_data": lambda data, start, end: self._events.append(data[start:end]),
                    "on_part_end": lambda: self._events.append(PartEnd()),
                    "on_end": self._on_end,
                },
                max_header_count=MAX_HEADERS,
                max_header_size=MAX_HEADER_BYTES,
            )
        except FormParserError as error:
            raise ParseError(f"multipart: {error}") from None

    def _on_part_begin(self) -> None:
        self._parts += 1
        self._disposition = b""

    def _on_header_end(self) -> None:
        field, value = self._header
        if bytes(field).lower() == b"content-disposition":
            self._disposition = bytes(value)
        self._header = (bytearray(), bytearray())

    def _on_headers_finished(self) -> None:
        _, parameters = _parameters(self._disposition)
        name = _unquoted(parameters.get("name", b"")).decode("utf-8", "replace")
        self._events.append(Part(name, _file_name(parameters)))

    def _on_end(self) -> None:
        self.ended = True


def _form_type(content_type: bytes) -> tuple[str, bytes]:
    """The media type and the boundary, as TPNS's own samples write them: one has a comma for the semicolon, and in
    another curl is given a boundary by hand, to which it adds the one it uses: the last counts.
    """
    header = _COMMA.sub(rb"\1;", content_type)
    boundaries = [value.strip() for name, value in _PARAMETER.findall(header) if name.lower() == b"boundary"]
    return _parameters(header)[0], _unquoted(boundaries[-1]) if boundaries else b""


def _parameters(header: bytes) -> tuple[str, dict[str, bytes]]:
    """A header value before its parameters, and these, still quoted. The first of a name counts."""
    kind, _, _ = header.partition(b";")
    parameters: dict[str, bytes] = {}
    for name, value in _PARAMETER.findall(header):
        parameters.setdefault(name.decode("latin-1").lower(), value.strip())
    return kind.strip().decode("latin-1").lower(), parameters


def _file_name(parameters: dict[str, bytes]) -> str | None:
    """`filename*` (RFC 5987) before `filename`; bytes that are not UTF-8 become U+FFFD, for the name is only shown."""
    if "filename*" in parameters:
        charset, _, rest = _unquoted(parameters["filename*"]).partition(b"'")
        _, _, encoded = rest.partition(b"'")
        name = charset.decode("latin-1").lower()
        return unquote_to_bytes(encoded).decode(name if name in _CHARSETS else "utf-8", "replace")
    if "filename" not in parameters:
        return None
    value = parameters["filename"]
    return (_form_decoded(_unquoted(value)) if value.startswith(b'"') else value).decode("utf-8", "replace")


def _unquoted(value: bytes) -> bytes:
    """Without quotes. Only \\" and \\\\ are escapes: other backslashes belong to the paths some clients send."""
    if len(value) < 2 or not (value.startswith(b'"') and value.endswith(b'"')):
        return value
    return re.sub(rb'\\(["\\])', rb"\1", value[1:-1])


def _form_decoded(value: bytes) -> bytes:
    """Browsers write these three, and only these, as percent escapes."""
    return value.replace(b"%22", b'"').replace(b"%0D", b"\r").replace(b"%0A", b"\n")
