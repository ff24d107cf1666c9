"""The file of an import: CSV with a header, read in blocks, checked column by column, bad rows refused one by one.

One row is one device with at most one account; a device with several accounts takes several rows. Everything but the
token may be missing. A row is refused for its first fault, the rest of the file goes on; a file is refused as a whole
only when its header can't be understood.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import polars as pl

from rockdove.domain.account import MAX_ACCOUNT_TYPE, MAX_LENGTH, MIN_LENGTH
from rockdove.domain.device import VENDOR_CHANNELS
from rockdove.domain.text import WHITE_SPACE

COLUMNS: Final = (
    "token", "platform", "account", "account_type", "bound_at", "channel", "channel_token", "package_name",
    "environment", "notifications",
)  # fmt: skip
EXAMPLE: Final = """\
token,platform,account,account_type,bound_at,channel,channel_token,package_name,environment,notifications
05a8ea6924590dfe3eb4d3d8ea4fd43d7be1,android,user-10001,0,2026-05-01T09:30:00+08:00,hw,AKrWb2Vnxhcd,com.example.app,product,true
05a8ea6924590dfe3eb4d3d8ea4fd43d7be1,android,+8613800138000,1002,1767225600,hw,AKrWb2Vnxhcd,com.example.app,product,true
0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b,android,user-10002,0,2026-04-30T22:00:00Z,,,com.example.app,product,false
0f0e0d0c0b0a09080706050403020100ffee,,,,,,,,,
"""
"""What a file looks like. A device may have several accounts, or none; whatever is empty takes its default."""

BLOCK_BYTES: Final = 16 * 1024 * 1024
LONGEST_QUOTED_BYTES: Final = 64 * 1024 * 1024
"""A quote that nobody closes would else read the whole file into memory."""
MAX_TEXT: Final = 200
MAX_VENDOR_TOKEN: Final = 4096
_CONTROL: Final = "[\x00-\x1f\x7f-\x9f]"
_ISO: Final = r"^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d))?(?:[.,]\d{1,9})?(Z|[+-]\d\d:?\d\d)$"
_BOM: Final = b"\xef\xbb\xbf"


class ImportFileError(ValueError):
    """The file can't be imported; the text says why and what to do."""


class Refusal(NamedTuple):
    """`row` counts from 1, which is the header, as spreadsheets do."""

    row: int
    column: str
    reason: str


class Block(NamedTuple):
    """`accepted`: line, token, account (null: none), account_type, bound_at (UTC), channel, channel_token,
    package_name, environment, notifications. `end`: where in the file the block ends, of `total`
    bytes."""

    accepted: pl.DataFrame
    refused: list[Refusal]
    end: int
    total: int


def read(path: Path, platform: str, now: datetime | None = None) -> Iterator[Block]:
    """Block by block, for an application of this platform. Raises ImportFileError."""
    try:
        with path.open("rb") as file:
            total = os.fstat(file.fileno()).st_size
            header = _header(file.readline())
            row = 2
            for text in _blocks(file):
                frame = _parse(text, header, row)
                row += len(frame)
                yield Block(*_check(frame, platform, now or datetime.now(UTC)), file.tell(), total)
    except OSError as error:
        raise ImportFileError(f"{path}: {error.strerror}") from None


def _header(line: bytes) -> list[str]:
    try:
        names = [name.strip() for name in next(csv.reader([line.removeprefix(_BOM).decode()]), [])]
    except UnicodeDecodeError:
        raise ImportFileError("the first line is not UTF-8; save the file as UTF-8 and import it again") from None
    unknown = [name for name in names if name not in COLUMNS]
    if "token" not in names:
        raise ImportFileError(
            f"the first line names the columns, and `token` must be one of them: {', '.join(COLUMNS)}"
        )
    if unknown or len(set(names)) < len(names):
        raise ImportFileError(f"unknown or repeated columns: {', '.join(unknown) or ', '.join(names)}")
    return names


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    """The file in pieces that end where a row ends: at a line break outside quotes, that is, after an even number of
    them."""
    rest = b""
    while piece := file.read(BLOCK_BYTES):
        rest += piece
        end = rest.rfind(b"\n") + 1
        if end and rest.count(b'"', 0, end) % 2 == 0:
            yield rest[:end]
            rest = rest[end:]
        elif len(rest) > LONGEST_QUOTED_BYTES:
            raise ImportFileError("a quotation mark is not closed")
    if rest.strip():
        yield rest


def _parse(text: bytes, header: list[str], first_row: int) -> pl.DataFrame:
    """All columns as text, missing ones empty; one column more than the header has, to find rows that are too long."""
    schema = dict.fromkeys([*header, "surplus"], pl.String)
    full_row = b"," * len(header) + b"\n"  # the first row decides how many columns there are
    try:
        frame = pl.read_csv(
            io.BytesIO(full_row + text),
            has_header=False,
            schema=schema,
            encoding="utf8-lossy",
            truncate_ragged_lines=True,
        )
    except pl.exceptions.PolarsError as error:
        raise ImportFileError(f"not readable as CSV: {error}") from None
    missing = [pl.lit("").alias(name) for name in COLUMNS if name not in header]
    return (
        frame[1:]
        .fill_null("")
        .with_columns(missing)
        .with_row_index("line", first_row)
        .with_columns(pl.col("line").cast(pl.Int64))
    )


def _check(frame: pl.DataFrame, platform: str, now: datetime) -> tuple[pl.DataFrame, list[Refusal]]:
    frame = frame.filter(~pl.all_horizontal(pl.col(*COLUMNS, "surplus") == ""))  # blank lines
    frame = frame.with_columns(_bound_at(), _account_type(), _notifications())
    faults = [pl.when(fault).then(pl.lit(f"{column}\t{reason}")) for column, fault, reason in _rules(platform, now)]
    frame = frame.with_columns(pl.coalesce(faults).alias("fault"))
    refused = frame.filter(pl.col("fault").is_not_null()).select("line", "fault")
    accepted = frame.filter(pl.col("fault").is_null()).select(
        "line",
        "token",
        pl.col("account").replace("", None),
        pl.col("type").alias("account_type"),
        pl.col("bound").fill_null(now).alias("bound_at"),
        "channel",
        "channel_token",
        "package_name",
        pl.col("environment").replace("", "product"),
        pl.col("enabled").alias("notifications"),
    )
    return accepted, [Refusal(line, *fault.split("\t", 1)) for line, fault in refused.iter_rows()]


def _rules(platform: str, now: datetime) -> list[tuple[str, pl.Expr, str]]:
    """(column, when it is wrong, what is wrong), in the order of the columns."""
    account, channel = pl.col("account"), pl.col("channel")
    has_account = account != ""
    bound_at, bound = pl.col("bound_at"), pl.col("bound")
    return [
        ("", pl.col("surplus") != "", "more fields than the header has"),
        ("token", ~pl.col("token").str.contains(r"^[0-9A-Za-z]{36}$"), "a token is 36 letters and digits"),
        ("platform", ~pl.col("platform").is_in(["", platform]), f"this application's devices are {platform}"),
        (
            "account",
            has_account & ~account.str.len_chars().is_between(MIN_LENGTH, MAX_LENGTH),
            f"an account has {MIN_LENGTH} to {MAX_LENGTH} characters",
        ),
        ("account", account.str.contains(_CONTROL), "an account holds no control characters"),
        ("account", account.str.contains("\ufffd", literal=True), "the account is not UTF-8"),
        ("account", account.str.strip_chars(WHITE_SPACE) != account, "an account has no white space at its ends"),
        (
            "account_type",
            pl.col("type").is_null() | (pl.col("type") > MAX_ACCOUNT_TYPE),
            f"an account type is an integer from 0 to {MAX_ACCOUNT_TYPE}",
        ),
        ("bound_at", (bound_at != "") & bound.is_null(), "a time is ISO 8601 with a zone, or Unix seconds"),
        ("bound_at", bound > now + timedelta(days=1), "the time lies in the future"),
        ("channel", (channel != "") & ~channel.is_in(sorted(VENDOR_CHANNELS)), "there is no such vendor channel"),
        ("channel_token", (channel != "") & (pl.col("channel_token") == ""), "a vendor channel needs its token"),
        *_text_rules("channel_token", MAX_VENDOR_TOKEN),
        *_text_rules("package_name", MAX_TEXT),
        ("environment", ~pl.col("environment").is_in(["", "product", "dev"]), "product or dev"),
        ("notifications", pl.col("enabled").is_null(), "true or false"),
    ]


def _text_rules(column: str, longest: int) -> list[tuple[str, pl.Expr, str]]:
    text = pl.col(column)
    return [
        (column, text.str.len_chars() > longest, f"at most {longest} characters"),
        (column, text.str.contains(_CONTROL), "no control characters"),
    ]


def _bound_at() -> pl.Expr:
    text = pl.col("bound_at")
    epoch = pl.when(text.str.contains(r"^\d{1,10}$")).then(text.cast(pl.Int64, strict=False))
    zone = text.str.extract(_ISO, 4).str.replace("Z", "+0000", literal=True).str.replace(":", "", literal=True)
    iso = pl.concat_str(
        text.str.extract(_ISO, 1),
        pl.lit("T"),
        text.str.extract(_ISO, 2),
        pl.lit(":"),
        text.str.extract(_ISO, 3).fill_null("00"),
        zone,
    ).str.to_datetime("%Y-%m-%dT%H:%M:%S%z", time_unit="us", strict=False)
    seconds = pl.from_epoch(epoch, "s").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return pl.coalesce(seconds, iso.dt.convert_time_zone("UTC")).alias("bound")


def _account_type() -> pl.Expr:
    text = pl.col("account_type")
    number = pl.when(text.str.contains(r"^\d{1,10}$")).then(text.cast(pl.Int64, strict=False))
    return pl.when(text == "").then(pl.lit(0, pl.Int64)).otherwise(number).alias("type")


def _notifications() -> pl.Expr:
    text = pl.col("notifications").str.to_lowercase()
    return (
        pl.when(text.is_in(["", "true", "1", "yes"]))
        .then(pl.lit(value=True))
        .when(text.is_in(["false", "0", "no"]))
        .then(pl.lit(value=False))
        .alias("enabled")
    )
