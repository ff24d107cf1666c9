"""Loops: the days and times at which a push repeats, in the application's time zone."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo


class Rhythm(Enum):
    DAILY = 1
    WEEKLY = 2
    MONTHLY = 3


@dataclass(frozen=True, slots=True)
class Loop:
    """Every matching day from `start` to `end`, both included, at every one of `times`.

    `days`: weekly 0 (Sunday) to 6, monthly 1 to 31 (a day the month lacks is skipped), daily unused.
    """

    start: date
    end: date
    rhythm: Rhythm
    days: frozenset[int]
    times: tuple[time, ...]

    def occurrences(self, after: datetime, zone: ZoneInfo, maximum: int) -> list[datetime]:
        """The instants not before `after`, ascending, at most `maximum`."""
        found: list[datetime] = []
        day = max(self.start, after.astimezone(zone).date())
        while day <= self.end and len(found) < maximum:
            if self._matches(day):
                # as a set of instants: where clocks go forward, two times of a day can be one
                moments = {datetime.combine(day, moment, zone).astimezone(UTC) for moment in self.times}
                found += sorted(moment for moment in moments if moment >= after)
            day += timedelta(days=1)
        return found[:maximum]

    def described(self) -> dict[str, Any]:
        """As it is kept with each of its pushes, for whoever wants the same again."""
        return {
            "start_date": self.start.isoformat(),
            "end_date": self.end.isoformat(),
            "rhythm": self.rhythm.name.lower(),
            "days": sorted(self.days),
            "times": [f"{moment:%H:%M:%S}" for moment in self.times],
        }

    def _matches(self, day: date) -> bool:
        match self.rhythm:
            case Rhythm.DAILY:
                return True
            case Rhythm.WEEKLY:
                return (day.weekday() - calendar.SUNDAY) % 7 in self.days
            case Rhythm.MONTHLY:
                return day.day in self.days
