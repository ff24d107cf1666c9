"""What the parser says about a file, and how it says no.

PackageError
├── RefusedFileError     the file breaks a rule; the text says what, where and what to do
│   └── EmptyFileError   nothing in it: no byte, or nothing but a BOM and blank lines
├── TooManyUploadsError  the application has `uploads_per_app` uploads in flight
├── StoreFullError       the disk budget for packages is used up
├── StoreFailedError     the package store or the parser failed; trying again may help
├── UnknownPackageError  no such package of this application
└── PackageInUseError    a push that is not finished refers to it
"""

from __future__ import annotations

from msgspec import Struct

EXAMPLES = 20
"""Refused lines that are part of the verdict; all of them are in the refused list."""


class RefusedLine(Struct, frozen=True):
    line: int
    """1-based line of the file (or of the text inside the zip); of a csv record, the line it begins on."""
    reason: str
    text: str
    """The value after cleaning, control characters written as \\xNN, cut at 1000 characters."""


class Verdict(Struct, frozen=True, kw_only=True):
    """The outcome of one file. `lines == accounts + duplicates + invalid`: blank lines are no lines."""

    lines: int = 0
    accounts: int = 0
    duplicates: int = 0
    invalid: int = 0
    invalid_by_reason: dict[str, int] = {}
    examples: tuple[RefusedLine, ...] = ()
    refused_listed: int = 0
    """Lines in the refused list: `invalid`, unless that exceeds the list's limit."""
    header_warning: str = ""
    """Line 1 looks like a column heading; it was taken as an account all the same."""
    text_bytes: int = 0
    """Size of the text read: of the file, or of what was in the zip."""
    stored_bytes: int = 0
    """What the package occupies in the store, all its objects together."""
    seconds: float = 0.0
    fault: str = ""
    """Why the whole file was refused, for humans; empty when it was accepted."""
    empty: bool = False
    """The fault is that there is nothing in it."""

    @property
    def accepted(self) -> bool:
        return not self.fault


class PackageError(Exception):
    """Anything that keeps an upload from becoming a package."""


class RefusedFileError(PackageError):
    """The file breaks a rule. `verdict` holds the counts as far as they are known."""

    def __init__(self, reason: str, verdict: Verdict | None = None) -> None:
        super().__init__(reason)
        self.verdict = verdict or Verdict(fault=reason)


class EmptyFileError(RefusedFileError):
    """Nothing in it: no byte, or nothing but a BOM and blank lines."""

    def __init__(self, reason: str = "the file holds no line", verdict: Verdict | None = None) -> None:
        super().__init__(reason, verdict or Verdict(fault=reason, empty=True))


class TooManyUploadsError(PackageError):
    """The application has as many uploads in flight as it may have."""


class StoreFullError(PackageError):
    """The disk budget for packages is used up."""


class StoreFailedError(PackageError):
    """The package store or the parser failed, not the file; trying again may help."""


class UnknownPackageError(PackageError):
    """No such package of this application."""


class PackageInUseError(PackageError):
    """A push that is not finished refers to the package."""
