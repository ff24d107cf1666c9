"""What a device keeps over restarts. Its JSON form is the same in every client of ours."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

KEPT_IDS = 1000
"""Messages a device remembers having seen. Only its newest three are ever sent again."""
KEPT_EVENTS = 1000
"""Events it keeps until they are acknowledged."""
KEPT_COLLAPSE_IDS = 100


@dataclass(slots=True)
class State:
    """Every collection is bounded, its oldest entry leaving first."""

    token: str = ""
    device_secret: str = ""
    """As secret as a password."""
    seen: dict[str, None] = field(default_factory=dict)
    """Push ids, the oldest first."""
    unacknowledged: dict[tuple[str, str], int] = field(default_factory=dict)
    """(push id, event) → when it happened, in Unix seconds."""
    shown: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Collapse id → (seq, push id) of the message that was shown last under it."""

    def see(self, push_id: str) -> bool:
        """Remember a message; whether it is new."""
        if push_id in self.seen:
            return False
        self.seen[push_id] = None
        _bound(self.seen, KEPT_IDS)
        return True

    def keep(self, push_id: str, event: str, at: int) -> None:
        """Remember an event until it is acknowledged."""
        self.unacknowledged[push_id, event] = at
        _bound(self.unacknowledged, KEPT_EVENTS)

    def show(self, collapse_id: str, seq: int, push_id: str) -> None:
        """Remember what is shown under a collapse id."""
        self.shown.pop(collapse_id, None)
        self.shown[collapse_id] = (seq, push_id)
        _bound(self.shown, KEPT_COLLAPSE_IDS)

    def begin_anew(self) -> None:
        """Become a new device. What the old one did can't be reported any more; what was seen was seen."""
        self.token = self.device_secret = ""
        self.unacknowledged.clear()

    def to_json(self) -> str:
        events = [
            {"push_id": push_id, "event": event, "at": at} for (push_id, event), at in self.unacknowledged.items()
        ]
        shown = [{"collapse_id": key, "seq": seq, "push_id": push_id} for key, (seq, push_id) in self.shown.items()]
        own = {"token": self.token, "device_secret": self.device_secret, "seen": list(self.seen)}
        return json.dumps({**own, "unacknowledged": events, "shown": shown})

    @classmethod
    def from_json(cls, text: str) -> State:
        """Raises ValueError: not what `to_json` gives."""
        try:
            return cls._from(json.loads(text))
        except (KeyError, TypeError) as error:
            raise ValueError(f"not the state of a device: {error!r}") from None

    @classmethod
    def _from(cls, kept: dict[str, Any]) -> State:
        return cls(
            kept["token"],
            kept["device_secret"],
            dict.fromkeys(kept["seen"]),
            {(event["push_id"], event["event"]): event["at"] for event in kept["unacknowledged"]},
            {shown["collapse_id"]: (shown["seq"], shown["push_id"]) for shown in kept["shown"]},
        )


def _bound(entries: dict[Any, Any], limit: int) -> None:
    if len(entries) > limit:
        del entries[next(iter(entries))]
