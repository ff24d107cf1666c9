"""When the devices of a push were sent to, as far as the funnel counts them as sent.

    handed over   in the minute in which the slice's cursor passed them, unless they were offline, failed or moved
    came later    who was offline, or not counted yet, and reported something all the same: in the minute of that

So the numbers add up to `sent` of the funnel (see there).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from pyroaring import BitMap

Span = TypeVar("Span")


def sent_in(
    spans: Callable[[datetime], Span],
    begin: datetime,
    slices: Iterable[Any],
    receipts: Iterable[Any],
    left: Iterable[Any],
) -> Counter[Span]:
    """How many in each span; `spans` says where a minute belongs. `receipts` in the order of time; `left`: the
    exceptions. A slice without marks, of a time when none were kept, counts as sent in the minute `begin`.
    """
    reports: defaultdict[int, dict[Span, BitMap]] = defaultdict(dict)
    for row in receipts:
        reports[row.slice_no].setdefault(spans(row.minute), BitMap()).update(BitMap.deserialize(row.devices))
    came = {slice_no: BitMap().union(*of_slice.values()) for slice_no, of_slice in reports.items()}
    failed: defaultdict[int, BitMap] = defaultdict(BitMap)
    moved: defaultdict[int, BitMap] = defaultdict(BitMap)
    for row in left:
        (moved if row.kind == "moved" else failed)[row.slice_no].update(BitMap.deserialize(row.devices))
    late = BitMap().union(*(devices & came.get(slice_no, BitMap()) for slice_no, devices in moved.items()))
    found: Counter[Span] = Counter()
    for row in slices:
        here = came.get(row.slice_no, BitMap())
        out = failed[row.slice_no] | (moved[row.slice_no] - here) | (late - here)
        marks = [(spans(minute), upto) for minute, upto in _marks(row, begin)]
        uncounted = here - _count_handed_over(found, row, marks, out)
        _count_reports(found, reports[row.slice_no], uncounted)
    return found


def _marks(row: Any, begin: datetime) -> list[tuple[datetime, int]]:
    """(minute, cursor), in the order of time."""
    if row.sent_marks:
        marks = sorted((int(minute), upto) for minute, upto in row.sent_marks.items())
        return [(datetime.fromtimestamp(minute * 60, UTC), upto) for minute, upto in marks]
    return [(begin, row.sent_upto)] if row.sent_upto >= row.first_device else []


def _count_handed_over(found: Counter[Span], row: Any, marks: Iterable[tuple[Span, int]], out: BitMap) -> BitMap:
    """Gives devices that are counted; all but them are not."""
    offline = BitMap.deserialize(row.offline) if row.offline else BitMap()
    counted, before = BitMap(), -1
    if row.targets is None:  # sent whole within a minute, and nobody has left
        for span, upto in marks:
            found[span] += row.target_count - len(offline)
            counted = BitMap(range(upto + 1)) - offline
        return counted
    targets = BitMap.deserialize(row.targets) - out - offline
    for span, upto in marks:
        passed = targets & BitMap(range(before + 1, upto + 1))
        found[span] += len(passed)
        counted, before = counted | passed, max(before, upto)
    return counted


def _count_reports(found: Counter[Span], reports: Mapping[Span, BitMap], uncounted: BitMap) -> None:
    for span, devices in reports.items():
        new = devices & uncounted
        found[span] += len(new)
        uncounted -= new
