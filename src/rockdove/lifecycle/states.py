"""The life of a push, as one table.

The law: a push is in exactly one state, moves only along MOVES, and nothing outside this package assigns
`pushes.state`. `docs/internals/lifecycle.md` is drawn from this table, and a test keeps it so.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class State(StrEnum):
    """What a push is doing. The values are the ones TPNS's record API shows; PAUSED is ours, see `tpns`."""

    INIT = "PUSH_INIT"
    """Accepted and due; no worker has begun."""
    WAIT = "PUSH_WAIT"
    """Scheduled for later. A worker takes it when `due` has come."""
    STARTED = "PUSH_STARTED"
    """Its targets are written as slices; dispatch is handing them to channels."""
    PAUSED = "PUSH_PAUSED"
    """Held in the middle of sending: nothing leaves, and offline devices are told nothing, until it goes on."""
    FINISHED = "PUSH_FINISHED"
    """Every target was handed to a channel or is kept for its device until `expires_at`; receipts still come in."""
    FAILED = "PUSH_FAILED"
    """Nothing was sent and nothing will be; `failure` says why."""
    CANCELED = "PUSH_CANCELED"
    """Cancelled by its user before it started."""
    REVOKED = "PUSH_REVOKED"
    """Recalled: offline copies discarded, shown notifications asked to be removed."""
    COLLAPSED = "PUSH_COLLAPSED"
    """A later push took its collapse id."""
    STOPPED = "PUSH_DELETED_PUSH_MSG"
    """Terminated: what was not delivered yet is discarded."""
    DELETED = "PUSH_DELETED"
    """Its record was deleted in the console."""

    @property
    def tpns(self) -> str:
        """The value TPNS's clients know: they have never seen a paused push."""
        return State.STARTED if self is State.PAUSED else self


MOVES: Final = MappingProxyType(
    {
        State.INIT: frozenset({State.WAIT, State.STARTED, State.FAILED, State.CANCELED}),
        State.WAIT: frozenset({State.STARTED, State.FAILED, State.CANCELED}),
        State.STARTED: frozenset(
            {State.PAUSED, State.FINISHED, State.FAILED, State.STOPPED, State.REVOKED, State.COLLAPSED}
        ),
        State.PAUSED: frozenset({State.STARTED, State.STOPPED, State.REVOKED, State.COLLAPSED}),
        State.FINISHED: frozenset({State.STOPPED, State.REVOKED, State.COLLAPSED, State.DELETED}),
        State.FAILED: frozenset({State.DELETED}),
        State.CANCELED: frozenset({State.DELETED}),
        State.REVOKED: frozenset({State.DELETED}),
        State.COLLAPSED: frozenset({State.DELETED}),
        State.STOPPED: frozenset({State.DELETED}),
        State.DELETED: frozenset(),
    }
)
"""From each state, where a push may go. INIT → STARTED is the short way of a push that is due at once."""

STARTABLE: Final = frozenset({State.INIT, State.WAIT})
OWED: Final = frozenset({State.STARTED, State.FINISHED})
"""In these states an offline device is still owed the message."""


class IllegalMoveError(RuntimeError):
    """The push is not in a state from which this move is legal."""

    def __init__(self, push_id: int, current: State, wanted: State) -> None:
        super().__init__(f"push {push_id} is {current}, it can't become {wanted}")
        self.push_id, self.current, self.wanted = push_id, current, wanted


class UnknownPushError(LookupError):
    """There is no such push."""
