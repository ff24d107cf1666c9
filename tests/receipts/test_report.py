from __future__ import annotations

import pytest

from rockdove.receipts.report import RECEIPTS_AT_ONCE, BadReportError, parse


def test_one_and_many() -> None:
    assert parse(b'{"push_id":"70001","event":"arrived","at":1767225600}') == [(70001, "arrived")]
    assert parse(b'[{"push_id":"1","event":"shown"},{"event":"clicked","push_id":"2","more":[1]}]') == [
        (1, "shown"),
        (2, "clicked"),
    ]
    assert parse(b"[]") == []


@pytest.mark.parametrize(
    "report",
    [
        b"",
        b"{}",
        b"nonsense",
        b'"arrived"',
        b'{"push_id":"1"}',
        b'{"push_id":1,"event":"arrived"}',
        b'{"push_id":"-1","event":"arrived"}',
        b'{"push_id":"1e3","event":"arrived"}',
        b'{"push_id":"","event":"arrived"}',
        '{"push_id":"٣","event":"arrived"}'.encode(),
        b'{"push_id":"1","event":"eaten"}',
        b'{"push_id":"' + b"9" * 19 + b'","event":"arrived"}',
        b'{"push_id":"\xff","event":"arrived"}',
        b'[{"push_id":"1","event":"arrived"},{}]',
        b"[" * 100_000,
        b" " * 200_000 + b'{"push_id":"1","event":"arrived"}',
        b"[" + b",".join([b'{"push_id":"1","event":"shown"}'] * (RECEIPTS_AT_ONCE + 1)) + b"]",
    ],
)
def test_whatever_else_is_refused_as_a_whole(report: bytes) -> None:
    with pytest.raises(BadReportError):
        parse(report)
