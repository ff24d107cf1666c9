"""What a device reports: one receipt, or an array of them, as JSON."""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

Event = Literal["arrived", "shown", "clicked", "cleared"]
EVENTS: Final[tuple[Event, ...]] = get_args(Event)
ACKNOWLEDGED: Final = frozenset(EVENTS) - {"arrived"}
"""The device keeps these until they are acknowledged. An arrival needs none: what is not known to have arrived is
sent again."""

RECEIPTS_AT_ONCE: Final = 1000
"""Receipts in one report."""
REPORT_BYTES: Final = 128 * 1024
_PUSH_ID_DIGITS: Final = 18


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """Times are the server's: a late event counts on the day it is reported, and phones' clocks are wrong. The `at`
    of the protocol is for the device's own use."""

    push_id: str
    event: Event


class BadReportError(ValueError):
    """The report can't be read."""


_decoder = msgspec.json.Decoder(Receipt | list[Receipt])


def parse(report: bytes) -> list[tuple[int, Event]]:
    """(push id, event) of each receipt. Raises BadReportError: all of a report counts, or nothing."""
    if len(report) > REPORT_BYTES:
        raise BadReportError(f"a report has at most {REPORT_BYTES} bytes, this one {len(report)}")
    try:
        decoded = _decoder.decode(report)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadReportError(str(error)) from None
    receipts = decoded if isinstance(decoded, list) else [decoded]
    if len(receipts) > RECEIPTS_AT_ONCE:
        raise BadReportError(f"a report has at most {RECEIPTS_AT_ONCE} receipts, this one {len(receipts)}")
    return [(_number(receipt.push_id), receipt.event) for receipt in receipts]


def _number(push_id: str) -> int:
    if len(push_id) > _PUSH_ID_DIGITS or not (push_id.isascii() and push_id.isdigit()):
        raise BadReportError("push_id is a decimal number in quotes")
    return int(push_id)
