"""What vendors that take one device a request have in common: a batch is many requests, which end differently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from rockdove.channels.channel import UNANSWERED, Accepted, ChannelAwayError, ChannelError, Outcome, Retry
from rockdove.channels.http import HttpError, UnreachableError

Verdict: TypeAlias = Outcome | ChannelError
"""Of one device's request. An error is what is wrong with the channel as a whole."""


def no_answer(error: HttpError) -> Verdict:
    return ChannelAwayError(str(error)) if isinstance(error, UnreachableError) else UNANSWERED


def settled(found: Sequence[Verdict]) -> list[Outcome]:
    """The outcomes. Raises the channel's fault if nothing was taken, or may have been; otherwise the devices it hit
    are tried again, and the fault shows then."""
    faults = [verdict for verdict in found if isinstance(verdict, ChannelError)]
    if faults and not any(isinstance(verdict, Accepted) or verdict is UNANSWERED for verdict in found):
        raise faults[0]
    return [Retry() if isinstance(verdict, ChannelError) else verdict for verdict in found]
