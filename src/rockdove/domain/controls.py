"""Push controls: what an application allows of the pushes it is given. TPNS's "push settings", by default all off.

Kept as JSON in `apps.controls`. Bad values raise msgspec.ValidationError wherever they come from.
"""

from __future__ import annotations

import re
from datetime import datetime

import msgspec

MOST_NOTIFICATIONS = 100
DEFAULT_PLAN = "0"
"""The push plan of pushes that name none."""

_PLAN = re.compile(r"[0-9]{1,19}", re.ASCII)
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)


class DailyCap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No device gets more than `notifications` a day; days are those of the application's time zone."""

    notifications: int = 3
    plans: tuple[str, ...] = ()
    """Ids of the push plans whose notifications are counted and capped. Empty: all of them."""

    def __post_init__(self) -> None:
        if not 1 <= self.notifications <= MOST_NOTIFICATIONS:
            raise ValueError(f"a daily cap is 1 to {MOST_NOTIFICATIONS} notifications, not {self.notifications}")
        for plan_id in self.plans:
            if not _PLAN.fullmatch(plan_id):
                raise ValueError(f"{plan_id!r} can't be a push plan: a number, {DEFAULT_PLAN} is the default plan")

    def covers(self, plan_id: str) -> bool:
        """Are pushes of this plan (empty: the default one) counted and capped?"""
        return not self.plans or (plan_id or DEFAULT_PLAN) in self.plans


class AllowedHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The part of every day in which pushes may be created, HH:MM in the application's time zone; `end` is not in it.

    With the start after the end it goes over midnight.
    """

    start: str
    end: str

    def __post_init__(self) -> None:
        for text in (self.start, self.end):
            if not _TIME.fullmatch(text):
                raise ValueError(f"{text!r} is no time of day: HH:MM, 00:00 to 23:59")
        if self.start == self.end:
            raise ValueError(f"from {self.start} to {self.end} is no time at all")

    def hold(self, moment: datetime) -> bool:
        """Is it within them? `moment` as the clocks of the application's time zone show it."""
        clock = f"{moment:%H:%M}"
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end


class Controls(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    daily_cap: DailyCap | None = None
    deduplicate: bool = False
    """Refuse a push that says the same to the same recipients again, also where they are not `all`."""
    allowed_hours: AllowedHours | None = None
