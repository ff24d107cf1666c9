"""File names and what they say about the content (parse steps 1, 2 and 4)."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from rockdove.ingest.verdict import RefusedFileError

MAX_LENGTH: Final = 100
ZIP_START: Final = b"PK\x03\x04"
_CONTROL: Final = re.compile("[\x00-\x1f\x7f]")


class Kind(StrEnum):
    ZIP = "zip"
    TXT = "txt"
    CSV = "csv"


def clean_name(name: str) -> str:
    """The last component of what the client sent as the file's name (already decoded), if it can be one.

    Raises RefusedFileError.
    """
    name = re.split(r"[/\\]", name)[-1].strip(" ")
    if name in {"", ".", ".."}:
        raise RefusedFileError("the file has no name; name it like accounts.txt")
    if len(name) > MAX_LENGTH:
        raise RefusedFileError(f"the file name has {len(name)} characters, at most {MAX_LENGTH} are allowed")
    if _CONTROL.search(name):
        raise RefusedFileError("the file name holds a control character; rename the file")
    return name


def kind_of(name: str) -> Kind:
    """What the last suffix says. Raises RefusedFileError."""
    _, dot, suffix = name.rpartition(".")
    try:
        return Kind(suffix.lower() if dot else "")
    except ValueError:
        raise RefusedFileError(f"{name!r} is no .txt, .csv or .zip file") from None


def sniffed_kind(start: bytes) -> Kind:
    """What a file without a name is, by its first bytes."""
    return Kind.ZIP if start.startswith(ZIP_START) else Kind.TXT


def check_start(kind: Kind, start: bytes) -> None:
    """Raises RefusedFileError for a text that is a zip."""
    if kind is not Kind.ZIP and start.startswith(ZIP_START):
        raise RefusedFileError(f"the file is named .{kind} but looks like a zip; rename it, or unpack it first")
