"""What every channel is to the stages above it."""

from __future__ import annotations


class ChannelAwayError(RuntimeError):
    """The channel can't be reached now. Nothing is lost: the batch is sent again when it can."""
